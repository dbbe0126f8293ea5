/* SPDX-License-Identifier: MIT
 *
 * What handles, scopes and references cost a module; that a long loop runs in constant memory; and what the checked
 * table adds. Two runtimes in one process take turns: one with GILKIT_CHECK=1, one without.
 *
 *     handles MODULE [ROUNDS]
 */
#include <gilkit/runtime.h>

#include "sample.h"

typedef struct subject {
    gil_runtime *runtime;
    gil_obj nothing, handles, scopes, references, objects;
    gil_env *env;
} subject;

static subject plain, checked;

static gil_obj sure(gil_env *env, gil_obj object)
{
    gil_error error;
    if (gil_is_null(object)) {
        gil_error_take(env, &error);
        die(error.message);
    }
    return object;
}

static void open_subject(subject *s, const char *path, const char *check)
{
    gil_error error;
    setenv("GILKIT_CHECK", check, 1);
    s->runtime = gil_runtime_new(NULL, &error);
    s->env = s->runtime ? gil_attach(s->runtime, &error) : NULL;
    if (!s->env)
        die(error.message);
    gil_obj module = sure(s->env, gil_load(s->env, path));
    s->nothing = sure(s->env, gil_attr_get(s->env, module, "steps"));
    s->handles = sure(s->env, gil_attr_get(s->env, module, "handles"));
    s->scopes = sure(s->env, gil_attr_get(s->env, module, "scopes"));
    s->references = sure(s->env, gil_attr_get(s->env, module, "references"));
    s->objects = sure(s->env, gil_attr_get(s->env, module, "objects"));
}

static void run(const subject *s, gil_obj function, size_t count)
{
    gil_env *env = s->env;
    GIL_SCOPE(env) {
        gil_obj steps = sure(env, gil_uint_new(env, count));
        sure(env, gil_call(env, function, &steps, 1, NULL, 0));
    }
}

#define LOOPS(name) \
    static void name##_plain(size_t count) \
    { \
        run(&plain, plain.name, count); \
    } \
    static void name##_checked(size_t count) \
    { \
        run(&checked, checked.name, count); \
    }

static void nothing_plain(size_t count)
{
    run(&plain, plain.nothing, count);
}

LOOPS(handles)
LOOPS(scopes)
LOOPS(references)
LOOPS(objects)

int main(int argc, char **argv)
{
    if (argc < 2)
        die("usage: handles MODULE [ROUNDS]");
    int rounds = argc > 2 ? atoi(argv[2]) : 51;
    open_subject(&plain, argv[1], "0");
    open_subject(&checked, argv[1], "1");
    sample_in_turns("handle",
                    (sample_variant[]){{"plain", handles_plain}, {"checked", handles_checked}, {"step", nothing_plain}},
                    3, rounds, 0.5);
    sample_in_turns("scope",
                    (sample_variant[]){{"plain", scopes_plain}, {"checked", scopes_checked}, {"step", nothing_plain}},
                    3, rounds, 0.5);
    sample_in_turns(
        "reference",
        (sample_variant[]){{"plain", references_plain}, {"checked", references_checked}, {"step", nothing_plain}}, 3,
        rounds, 0.5);
    sample_in_turns("object calls",
                    (sample_variant[]){{"plain", objects_plain}, {"checked", objects_checked}, {"step", nothing_plain}},
                    3, rounds, 0.5);
    objects_plain(1000); /* what is made once is made */
    for (int round = 0; round < 9; round++) {
        double before = own_megabytes();
        objects_plain(1000000);
        print_sample("million steps", "grown MB", own_megabytes() - before);
    }
    const subject *const both[] = {&plain, &checked};
    for (size_t i = 0; i < 2; i++) {
        gil_detach(both[i]->env);
        if (!gil_runtime_free(both[i]->runtime, NULL))
            return 1;
    }
    return 0;
}
