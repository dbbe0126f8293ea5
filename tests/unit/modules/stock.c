/* SPDX-License-Identifier: MIT
 *
 * A resource type, module state and attributes, for what a module alone cannot try: several runtimes, unloading, and
 * kernels of several threads on one object.
 */
#include <gilkit/module.h>
#include <unistd.h>

typedef struct state {
    int64_t jars; /* that were made and not finalised */
} state;

static int start(gil_env *env, void *memory)
{
    gil_obj self = gil_module_self(env);
    (void)memory;
    return gil_attr_set(env, self, "shelf", gil_list_new(env)) ? 0 : -1;
}

GIL_MODULE(stock, .doc = "Jars.", .state_size = sizeof(state), .init = start);

typedef struct jar {
    int64_t level;
    int64_t users;  /* written without a lock: only one may be in here */
    int64_t *freed; /* where to say that it was finalised; NULL: nowhere */
} jar;

static void finish(gil_env *env, jar *self)
{
    state *mine = gil_module_state(env);
    mine->jars--;
    if (self->freed)
        ++*self->freed;
}

GIL_RESOURCE(jar, .doc = "Holds a level.", .finalize = finish, .closable = true);

GIL_SLOT(jar, void, init, (gil_env * env, jar *self, int64_t level))
{
    ((state *)gil_module_state(env))->jars++;
    self->level = level;
}

GIL_METHOD(jar, void, tell_freed, (jar * self, int64_t address))
{
    self->freed = (int64_t *)(intptr_t)address; // NOLINT(performance-no-int-to-ptr)
}

/* Slow and without a lock of its own: true when nobody else was in here. */
GIL_METHOD(jar, bool, fill, (jar * self, int64_t amount), .gil = GIL_RELEASE)
{
    bool alone = self->users++ == 0;
    int64_t level = self->level;
    usleep(300);
    self->level = level + amount;
    self->users--;
    return alone;
}

GIL_GETTER(jar, int64_t, level, (const jar *self))
{
    return self->level;
}

/* Two at once, in either order. */
GIL_FUNCTION(void, pour, (jar * from, jar *to, int64_t amount), .gil = GIL_RELEASE)
{
    from->level -= amount;
    usleep(100);
    to->level += amount;
}

/* Call something while the jar is in use. */
GIL_METHOD(jar, gil_obj, call_inside, (gil_env * env, jar *self, gil_obj what))
{
    (void)self;
    return gil_call(env, what, NULL, 0, NULL, 0);
}

GIL_FUNCTION(int64_t, jars, (gil_env * env))
{
    return ((state *)gil_module_state(env))->jars;
}
