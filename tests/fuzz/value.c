/* SPDX-License-Identifier: MIT
 *
 * Values of the command line: JSON text -> objects of a native runtime -> text again. The input's first byte
 * chooses what parameter the value is for, from 'A' on; files are not opened.
 */
#include "cli/value.h"

#include <gilkit/runtime.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"

/* One parameter each, of the prototype that it stands in. */
static const char *const prototypes[] = {
    "void f(int64_t x)",
    "void f(double x)",
    "void f(bool x)",
    "void f(double complex x)",
    "void f(const char *x)",
    "void f(const double x[3])",
    "void f(double x[3])",
    "void f(int8_t x[2][2])",
    "void f(bool x[2][1])",
    "void f(uint64_t x[2][1][2])",
    "void f(float complex x[2])",
    "void f(long double x[2])",
    "void f(char x[4])",
    "void f(int x[1][1][1][1][1][1][1][1])",
};
enum { N_PROTOTYPES = sizeof prototypes / sizeof prototypes[0] };

static gil__signature *signatures[N_PROTOTYPES];
static gil_env *env;

static void start(void)
{
    gil_error error;
    gil__proto_error proto_error;
    gil_runtime *runtime = gil_runtime_new(NULL, &error);
    PROMISE(runtime != NULL);
    env = gil_attach(runtime, &error);
    PROMISE(env != NULL);
    GIL_SCOPE(env) /* the table of handles is allocated once, and stays */
        gil_none_new(env);
    for (int i = 0; i < N_PROTOTYPES; i++) {
        signatures[i] = gil__signature_parse(prototypes[i], &proto_error);
        PROMISE(signatures[i] != NULL);
    }
}

static void show(gil_obj object)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory) {
        gil__value_print(env, object, memory);
        fclose(memory);
        PROMISE(size > 0);
        free(text);
    }
    json_t *json = gil__value_json(env, object);
    PROMISE(json || gil_error_pending(env));
    json_decref(json);
}

/* The argument as an object: one or the other of an object and an exception.
 *   countdown  which allocation fails; negative: none */
static void make(const gil__arg *arg, const gil__param *param, long countdown)
{
    gil_error error;
    gil__memory_fail_after(countdown, false);
    gil_obj object = gil__arg_object(env, arg, param);
    PROMISE(gil_is_null(object) == gil_error_pending(env));
    if (!gil_is_null(object))
        show(object);
    if (gil_error_take(env, &error))
        PROMISE(error.message[0] != '\0' && memchr(error.message, 0, sizeof error.message));
    gil__memory_fail_after(-1, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!env)
        start();
    if (size == 0)
        return 0;
    char *text = malloc(size);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    unsigned choice = (uint8_t)(data[0] - 'A') % (N_PROTOTYPES + 1);
    const gil__param *param = choice < N_PROTOTYPES ? &signatures[choice]->params[0] : NULL;
    char reason[400];
    gil__text why = gil__text_in(reason, sizeof reason);
    long live = gil__memory_live();
    gil__arg arg;
    if (!gil__arg_read(&arg, text, &why))
        PROMISE(why.length > 0 && reason[why.length] == '\0');
    else if (arg.source == GIL__SOURCE_JSON || arg.source == GIL__SOURCE_NUMBER)
        for (long countdown = -1; countdown < (long)(size < 8 ? size : 8); countdown++)
            GIL_SCOPE(env)
                make(&arg, param, countdown);
    gil__arg_end(&arg);
    PROMISE(gil__memory_live() == live);
    free(text);
    return 0;
}
