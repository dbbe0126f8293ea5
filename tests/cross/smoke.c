/* SPDX-License-Identifier: MIT
 *
 * Load the module crossed and call every function of it through the public runtime, from two threads too. Plain C,
 * so that it runs under an emulator as well.
 *
 *     smoke /PATH/crossed.so
 */
#include <gilkit/runtime.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gil_runtime *runtime;
static const char *path;

static void fail(const char *what, const char *why)
{
    printf("smoke: %s: %s\n", what, why);
    exit(1);
}

static gil_obj checked(gil_env *env, const char *what, gil_obj object)
{
    gil_error error;
    if (gil_is_null(object)) {
        if (!gil_error_take(env, &error))
            strcpy(error.message, "failed without an exception");
        fail(what, error.message);
    }
    return object;
}

static gil_obj call(gil_env *env, const char *name, const gil_obj *arguments, size_t n)
{
    gil_obj module = checked(env, path, gil_load(env, path));
    gil_obj function = checked(env, name, gil_attr_get(env, module, name));
    return gil_call(env, function, arguments, n, NULL, 0);
}

static void expect_float(gil_env *env, const char *name, const gil_obj *arguments, size_t n, double wanted)
{
    double got = 0.0;
    gil_obj result = checked(env, name, call(env, name, arguments, n));
    if (!gil_float_get(env, result, &got) || got != wanted) {
        printf("smoke: %s: got %g, wanted %g\n", name, got, wanted);
        exit(1);
    }
}

static gil_obj array_of(gil_env *env, gil_dtype dtype, const void *values, size_t n)
{
    gil_buffer buffer;
    gil_obj array = checked(env, "array", gil_array_new(env, dtype, 1, &n));
    if (!gil_buffer_pin(env, array, &buffer))
        fail("array", "cannot be pinned");
    memcpy(buffer.data, values, n * buffer.itemsize);
    gil_buffer_release(env, &buffer);
    return array;
}

static void check_scalars(gil_env *env)
{
    gil_obj two[] = {gil_float_new(env, 1.5), gil_float_new(env, 2.25)};
    expect_float(env, "add", two, 2, 3.75);

    gil_obj six[] = {gil_int_new(env, -100),  gil_float_new(env, 7.0), gil_int_new(env, 65535),
                     gil_float_new(env, 9.0), gil_bool_new(env, true), gil_int_new(env, -1000000)};
    expect_float(env, "mixed", six, 6, -100 + 7 + 65535 + 9 + 1 - 1000000);

    gil_obj ten[10];
    for (int i = 0; i < 10; i++)
        ten[i] = gil_int_new(env, 3 * i - 7);
    expect_float(env, "many", ten, 10, -7 + 4 + -1 - 2 + 5 - 8 + 11 - 14 + 17 * 20);

    double real, imag;
    gil_obj z = gil_complex_new(env, 3.0, 4.0);
    gil_obj turned = checked(env, "turn", call(env, "turn", &z, 1));
    if (!gil_complex_get(env, turned, &real, &imag) || real != -4.0 || imag != 3.0)
        fail("turn", "not the number times i");
}

static void check_arrays(gil_env *env)
{
    static const double x[] = {1.0, 2.0, 3.0, 4.0};
    static const int32_t even[] = {2, 4, 6}, odd[] = {2, 3, 6};
    gil_obj vectors[] = {array_of(env, GIL_FLOAT64, x, 4), array_of(env, GIL_FLOAT64, x, 4)};
    expect_float(env, "dot", vectors, 2, 30.0);

    gil_buffer buffer;
    gil_obj argument = array_of(env, GIL_INT32, even, 3);
    gil_obj halves = checked(env, "halves", call(env, "halves", &argument, 1));
    if (!gil_buffer_pin(env, halves, &buffer) || buffer.shape[0] != 3 || ((int32_t *)buffer.data)[2] != 3)
        fail("halves", "not an array of halves");
    gil_buffer_release(env, &buffer);

    gil_error error;
    argument = array_of(env, GIL_INT32, odd, 3);
    if (!gil_is_null(call(env, "halves", &argument, 1)) || !gil_error_take(env, &error) ||
        error.kind != GIL_VALUE_ERROR || !strstr(error.message, "element 1 is 3, which is odd"))
        fail("halves", "an odd number was not refused as it says");
}

static void *count_often(void *unused)
{
    (void)unused;
    gil_error error;
    gil_env *env = gil_attach(runtime, &error);
    if (!env)
        fail("attach", error.message);
    for (int i = 0; i < 200; i++)
        GIL_SCOPE(env) {
            checked(env, "count", call(env, "count", NULL, 0));
        }
    gil_detach(env);
    return NULL;
}

int main(int argc, char **argv)
{
    gil_error error;
    pthread_t threads[2];
    if (argc != 2)
        fail("usage", "smoke /PATH/crossed.so");
    path = argv[1];
    runtime = gil_runtime_new(NULL, &error);
    gil_env *env = runtime ? gil_attach(runtime, &error) : NULL;
    if (!env)
        fail("attach", error.message);
    check_scalars(env);
    check_arrays(env);
    GIL_BEGIN_ALLOW_THREADS(env)
    for (int t = 0; t < 2; t++)
        if (pthread_create(&threads[t], NULL, count_often, NULL) != 0)
            fail("thread", "cannot be made");
    for (int t = 0; t < 2; t++)
        pthread_join(threads[t], NULL);
    GIL_END_ALLOW_THREADS(env)
    int64_t calls = 0;
    gil_obj last = checked(env, "count", call(env, "count", NULL, 0));
    if (!gil_int_get(env, last, &calls) || calls != 401)
        fail("count", "the GIL did not guard the module's state");
    gil_detach(env);
    if (!gil_runtime_free(runtime, &error))
        fail("free", error.message);
    printf("smoke: every call of %s went as it should\n", path);
    return 0;
}
