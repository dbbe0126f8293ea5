/* SPDX-License-Identifier: MIT
 *
 * Where modules and plain libraries are looked for. Never in the current directory, never through the system's
 * search path.
 */
#ifndef GILKIT_LOAD_SEARCH_H
#define GILKIT_LOAD_SEARCH_H

#include "load/gate.h"

/* Find a module. With a slash, `name` is a path and is returned as it is; a C identifier NAME is looked up as
 * NAME.so in the folders of GILKIT_PATH (absolute, separated by colons), then in the folder of installed
 * modules.
 *   path    at least PATH_MAX bytes */
bool gil__search_module(const char *name, char *path, gil__refusal *why);

/* Find a plain library. With a slash, a path; otherwise "libm.so.6", "libm" or "m": the file of that full name that the process
 * has mapped already, or else the one in the system's library folders, the newest version when none is named. */
bool gil__search_library(const char *name, char *path, gil__refusal *why);

/* The folder of installed modules. */
const char *gil__module_folder(void);

#endif
