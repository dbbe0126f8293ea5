/* SPDX-License-Identifier: MIT
 *
 * Functions and modules as objects of the native host.
 */
#ifndef GILKIT_HOST_NATIVE_CALLABLE_H
#define GILKIT_HOST_NATIVE_CALLABLE_H

#include "host/native/object.h"

/* A module as an object, which keeps it. */
gil_obj gil__module_object_new(gil_env *env, gil__module *module);

/* A function of a module as an object, which keeps the module. */
gil_obj gil__callable_new(gil_env *env, gil__module *module, const gil__function *function, gil_policy policy);

/* A function of a plain library under a prototype. */
gil_obj gil__callable_bind(gil_env *env, gil__module *library, const char *prototype, gil_policy policy);

#endif
