/* SPDX-License-Identifier: MIT
 *
 * A fence between two threads that only one of them pays for: membarrier(2). Who passes often stores, then loads, with
 * gil__barrier_mine in between, which costs nothing. Who passes seldom stores, calls gil__barrier_all, then loads. Then
 * at least one of the two sees what the other stored, as if both had a full fence.
 */
#ifndef GILKIT_BASE_BARRIER_H
#define GILKIT_BASE_BARRIER_H

#include <stdatomic.h>
#include <stdbool.h>

/* Prepare this process; again in the child of a fork. Some microseconds in a process of one thread, some milliseconds
 * in one of several. false: this kernel cannot, or a sandbox does not let it. */
bool gil__barrier_ready(void);

/* Every thread of this process passes a full fence before this returns. errno is not kept. false: none did. */
bool gil__barrier_all(void);

static inline void gil__barrier_mine(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

#endif
