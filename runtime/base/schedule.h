/* SPDX-License-Identifier: MIT
 *
 * A deterministic order for tests. The threads of a schedule run one at a time, and at each point (a wait, a wake, or
 * where gil__schedule_point stands) a seed decides who goes on. The same seed gives the same order. Waits in the kernel
 * are replaced, so a wake-up that is lost is seen at once: when nobody can go on, the process is stopped and the seed
 * named. Time is counted in points, and waits with a limit may end at it at any moment.
 *
 * Threads of a schedule must not wait for one another by other means than base/futex.h. Other threads, and the whole of
 * a program that makes no schedule, pay one load of a thread's own variable before they sleep.
 */
#ifndef GILKIT_BASE_SCHEDULE_H
#define GILKIT_BASE_SCHEDULE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gil__schedule gil__schedule;

/* Of so many threads, at most 16; none runs before all have joined. NULL: no memory. */
gil__schedule *gil__schedule_new(uint64_t seed, unsigned threads);

/* After every thread has left. */
void gil__schedule_free(gil__schedule *schedule);

/* This thread takes part from now on, under this number, until it leaves. */
void gil__schedule_join(gil__schedule *schedule, unsigned number);
void gil__schedule_leave(void);

/* What tells one order from another, and how many points it had. After every thread has left. */
uint64_t gil__schedule_order(const gil__schedule *schedule);
uint64_t gil__schedule_points(const gil__schedule *schedule);

/* What this thread is in its schedule; NULL: it takes part in none. */
struct gil__scheduled;
extern _Thread_local struct gil__scheduled *gil__scheduled __attribute__((tls_model("initial-exec")));

/* For base/futex.h; this thread takes part. */
void gil__scheduled_point(void);
void gil__scheduled_wait(atomic_uint *word, uint32_t expected, uint64_t timeout_ns);
void gil__scheduled_wake(atomic_uint *word, int threads);
uint64_t gil__scheduled_now(void);

/* Somebody else may go on here. */
static inline void gil__schedule_point(void)
{
    if (__builtin_expect(gil__scheduled != NULL, 0))
        gil__scheduled_point();
}

#endif
