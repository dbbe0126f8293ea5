/* SPDX-License-Identifier: MIT
 *
 * Handles: what keeps an object alive until the function that got it returns. A thread's handles are a stack, in which
 * a mark stands where each open scope begins. A handle's value is the object's address, so reading one costs nothing.
 */
#ifndef GILKIT_CORE_HANDLE_H
#define GILKIT_CORE_HANDLE_H

#include "core/host.h"

typedef struct gil__handles {
    void **objects; /* odd: the mark of a scope; see handle.c */
    size_t count;
    size_t room;
    size_t scope;  /* behind the innermost mark; 0: none is open */
    size_t scopes; /* open ones */
} gil__handles;

/* Room for one more, so that a push cannot fail. false: no memory. */
bool gil__handles_reserve(gil__handles *handles);

/* Put an object that the caller owns one count of on the stack, which owns it from now on.
 *   errors: false: no memory; the count was dropped */
bool gil__handles_push(gil__handles *handles, const gil__host *host, void *object);

/* Drop every handle above a height, and close the scopes that were opened there. Dropping one may run code that makes
 * and drops others. */
void gil__handles_close(gil__handles *handles, const gil__host *host, size_t height);

/* Take the object out that was pushed last: the caller owns it. */
void *gil__handles_pop(gil__handles *handles);

/* Open a scope: what is pushed from now on ends with it.
 *   returns its number, for gil__scope_close; 0: no memory, and the handles live as long as those around them */
size_t gil__scope_open(gil__handles *handles);

/* Close a scope, and those inside it that are still open. 0 does nothing. */
void gil__scope_close(gil__handles *handles, const gil__host *host, size_t scope);

/* Put an object that the caller owns one count of below the innermost scope that was opened above `floor`, so that it
 * outlives it; on top when there is none.
 *   errors: false: no memory; the count was dropped */
bool gil__scope_escape(gil__handles *handles, const gil__host *host, size_t floor, void *object);

#endif
