/* SPDX-License-Identifier: MIT
 *
 * fork: the child has one thread. It must find no lock held, nobody queued and nobody attached that it does not
 * have.
 */
#ifndef GILKIT_CORE_FORK_H
#define GILKIT_CORE_FORK_H

#include <stdbool.h>

struct gil_runtime;

/* Let forks take care of a runtime, until gil__fork_forget.
 *   returns false: the C library has no memory for its handlers */
bool gil__fork_watch(struct gil_runtime *runtime);
void gil__fork_forget(struct gil_runtime *runtime);

#endif
