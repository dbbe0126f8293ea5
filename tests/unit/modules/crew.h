/* SPDX-License-Identifier: MIT
 *
 * Several threads that do the same at once. They must not use the checks of cmocka, which jump: they count what
 * went wrong, and the test looks at the count.
 */
#ifndef GILKIT_TESTS_CREW_H
#define GILKIT_TESTS_CREW_H

#include <pthread.h>

#include "fixture.h"

enum { CREW_MOST = 16 };

typedef struct crew_member {
    pthread_t thread;
    gil_runtime *runtime;
    void (*work)(gil_env *mine, struct crew_member *member);
    void *data;
    int number;
    int wrong;
} crew_member;

static inline void *crew_main(void *data)
{
    crew_member *member = data;
    gil_error error;
    gil_env *mine = gil_attach(member->runtime, &error);
    if (!mine) {
        member->wrong++;
        return NULL;
    }
    member->work(mine, member);
    if (gil_error_take(mine, &error)) {
        print_error("thread %d: %s: %s\n", member->number, gil_error_name(error.kind), error.message);
        member->wrong++;
    }
    gil_detach(mine);
    return NULL;
}

static inline void crew_begin(crew_member *crew, int count, void (*work)(gil_env *, crew_member *), void *data)
{
    for (int i = 0; i < count; i++) {
        crew[i] = (crew_member){.runtime = runtime, .work = work, .data = data, .number = i};
        if (pthread_create(&crew[i].thread, NULL, crew_main, &crew[i]) != 0)
            abort();
    }
}

/* How much went wrong. */
static inline int crew_end(crew_member *crew, int count)
{
    int wrong = 0;
    GIL_BEGIN_ALLOW_THREADS(env)
    for (int i = 0; i < count; i++) {
        pthread_join(crew[i].thread, NULL);
        wrong += crew[i].wrong;
    }
    GIL_END_ALLOW_THREADS(env)
    return wrong;
}

static inline int crew_run(int count, void (*work)(gil_env *, crew_member *), void *data)
{
    crew_member crew[CREW_MOST];
    crew_begin(crew, count, work, data);
    return crew_end(crew, count);
}

#endif
