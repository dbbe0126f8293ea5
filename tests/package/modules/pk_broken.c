/* SPDX-License-Identifier: MIT
 *
 * A module whose init shows the module to Python code, which may keep what is in it and raise.
 */
#include <gilkit/module.h>

static int begin(gil_env *env, void *state)
{
    (void)state;
    gil_obj self = gil_module_self(env);
    gil_obj look = gil_attr_get(env, gil_import(env, "pk_watch"), "look");
    return gil_is_null(gil_call(env, look, &self, 1, NULL, 0)) ? -1 : 0;
}

GIL_MODULE(pk_broken, .doc = "Begins as pk_watch.look(module) says.", .init = begin);

typedef struct thing {
    int64_t value;
} thing;

GIL_RESOURCE(thing);

GIL_SLOT(thing, void, init, (thing * self, int64_t value))
{
    self->value = value;
}

GIL_GETTER(thing, int64_t, value, (const thing *self))
{
    return self->value;
}

GIL_FUNCTION(double, twice, (double x))
{
    return x * 2;
}

GIL_FUNCTION(gil_obj, same, (gil_env * env, gil_obj x))
{
    (void)env;
    return x;
}
