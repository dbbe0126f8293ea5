/* SPDX-License-Identifier: MIT
 *
 * The living runtimes: whoever attaches to another one is told so, and a fork takes care of each of them. The child
 * of a fork has one thread; it must find no lock held, nobody queued and nobody attached that it does not have.
 */
#ifndef GILKIT_CORE_LIVING_H
#define GILKIT_CORE_LIVING_H

#include <stdbool.h>

struct gil_runtime;

/* A runtime begins to live, and ends.
 *   returns false: the C library has no memory for its fork handlers */
bool gil__living_add(struct gil_runtime *runtime);
void gil__living_remove(struct gil_runtime *runtime);

/* Count this thread as attached, if the runtime lives and is not closing. It is not freed until the count is given
 * back. `runtime` may point to what was freed. */
bool gil__living_enter(struct gil_runtime *runtime);

#endif
