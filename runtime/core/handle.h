/* SPDX-License-Identifier: MIT
 *
 * Handles: what keeps an object alive until the function that got it returns. A thread's handles are a stack;
 * a scope is a height of it. A handle's value is the object's address, so reading one costs nothing.
 */
#ifndef GILKIT_CORE_HANDLE_H
#define GILKIT_CORE_HANDLE_H

#include "core/host.h"

typedef struct gil__handles {
    void **objects;
    size_t count;
    size_t room;
} gil__handles;

/* Room for one more, so that a push cannot fail. false: no memory. */
bool gil__handles_reserve(gil__handles *handles);

/* Put an object that the caller owns one count of on the stack, which owns it from now on.
 *   errors: false: no memory; the count was dropped */
bool gil__handles_push(gil__handles *handles, const gil__host *host, void *object);

/* Drop every handle above `mark`. Dropping one may run code that makes and drops others. */
void gil__handles_close(gil__handles *handles, const gil__host *host, size_t mark);

/* Take the object out that was pushed last: the caller owns it. */
void *gil__handles_pop(gil__handles *handles);

#endif
