/* SPDX-License-Identifier: MIT
 *
 * The checked table: what stands between modules and any host's own when GILKIT_CHECK=1. Modules get an env, handles
 * and references of its own, so that it knows which of them may be used; what may not is reported with module,
 * function and thread, and fails, and the host never sees it.
 */
#ifndef GILKIT_HOST_CHECK_CHECK_H
#define GILKIT_HOST_CHECK_CHECK_H

#include "core/runtime.h"

/* What a runtime's guard is when modules are checked; NULL: the environment does not ask for it. */
const gil__guard *gil__check_wanted(void);

/* How many reports there were in this process: for tests. */
unsigned gil__check_reports(void);

/* ---- For the files of this folder --------------------------------------------------------------------------- */

/* Over what threads share: dead handles, references, pins, envs without a thread. Held for a few instructions. */
extern gil__lock gil__check_lock;

extern const gil__guard gil__check_guard;
extern const gil_api gil__check_api;

typedef enum gil__fate { GIL__LIVES, GIL__SCOPE_ENDED, GIL__RETURNED } gil__fate;

struct gil__check;

/* What a module's handle points to. Dead ones are kept for a while, so that their use is seen for what it is. */
typedef struct gil__record {
    uint32_t magic;
    gil__fate fate;
    struct gil__check *check;      /* whose thread it belongs to */
    void *inside;                  /* the host's handle */
    const char *made_by;           /* the function that returned it, as "list_new" */
    const char *module, *function; /* what ran then */
    char *copy;                    /* what str_get or bytes_get gave out; NULL: nothing */
    size_t length;
    uint64_t sum; /* of it, when it was given out */
    struct gil__record *next_dead;
} gil__record;

/* An open scope, or a module's function that runs: how many handles there were when it began. */
typedef struct gil__level {
    size_t height;
    size_t scope; /* the host's number; 0: a function */
} gil__level;

/* The env that modules get on one thread. Never freed, only used again: whoever keeps one too long is told so. */
typedef struct gil__check {
    gil_env env;         /* first */
    gil__thread *thread; /* NULL: it has ended */
    const gil_api *inside;
    const char *module, *function; /* what got it last; read by other threads too */
    uint32_t number;               /* of the thread, for reports */
    uint32_t functions;            /* that run */
    uint32_t attached;             /* by modules themselves */
    gil__record **records;
    size_t count, room;
    gil__level *levels;
    size_t n_levels, level_room;
    struct gil__check *next_free;
} gil__check;

/* What a module gets for its runtime, so that a thread of its own that attaches gets an env of this table too. One for
 * each module that asks, in runtime->faces. */
typedef struct gil__face {
    const gil_api *api; /* first */
    gil_runtime *runtime;
    const void *owner; /* the module that it was given to, and the function that asked first */
    const char *module, *function;
    struct gil__face *next;
} gil__face;

/* check.c: the env of a thread; NULL: no memory, MemoryError is pending. */
gil__check *gil__check_of(gil__thread *thread);

/* May this thread call this function of the table now? false: it was reported, and where objects may be touched an
 * exception is pending. */
bool gil__check_begin(gil__check *check, const char *api);

/* What runs on the thread from now on, for reports; borrowed. */
void gil__check_name(gil__check *check, const char *module, const char *function);

/* Report: "gilkit: check: MODULE: FUNCTION() on thread N: ...". check may be NULL. */
void gil__check_report(const gil__check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, and raise it as SystemError on this thread, which holds the GIL. Always false. */
bool gil__check_refuse(gil__check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* handles.c: a handle goes out, and comes back. */
gil_obj gil__check_give(gil__check *check, gil_obj inside, const char *made_by);
bool gil__check_take(gil__check *check, gil_obj *object, const char *api);
gil__record *gil__check_record(gil__check *check, gil_obj outside);

bool gil__check_level_open(gil__check *check, size_t scope);
void gil__check_level_close(gil__check *check, gil__fate fate);
void gil__check_end_all(gil__check *check); /* of a thread that no function runs on */
gil_obj gil__check_escape(gil__check *check, gil_obj inside);

/* memory.c: what is given out read only. */
bool gil__check_lend(gil__check *check, gil__record *record, const void **memory, size_t length);
void gil__check_lent_back(gil__record *record);
void gil__check_pinned(gil__check *check, const gil_buffer *buffer);
void gil__check_unpinned(gil__check *check, const gil_buffer *buffer);

/* refs.c */
gil_ref *gil__check_ref_make(gil_env *env, gil_obj object, const char *file, int line);
gil_obj gil__check_ref_get(gil_env *env, gil_ref *ref);
void gil__check_ref_drop(gil_ref *ref);
void gil__check_unloaded(gil_runtime *runtime, const void *owner, const char *module);

#endif
