/* SPDX-License-Identifier: MIT
 *
 * Uses a counter of the template `objects` in every way that an object can be used: drive_counter MODULE */
#include <gilkit/runtime.h>
#include <stdio.h>

static int64_t number(gil_env *env, gil_obj object)
{
    int64_t value = -1;
    gil_int_get(env, object, &value);
    return value;
}

static const char *text(gil_env *env, gil_obj object)
{
    const char *utf8 = "?";
    gil_str_get(env, gil_to_repr(env, object), &utf8, NULL);
    return utf8;
}

static gil_obj str(gil_env *env, const char *utf8)
{
    return gil_str_format(env, "%s", utf8);
}

static gil_obj method(gil_env *env, gil_obj object, const char *name, gil_obj argument)
{
    return gil_call(env, gil_attr_get(env, object, name), &argument, 1, NULL, 0);
}

static void print_error(gil_env *env)
{
    gil_error error = {0};
    gil_error_take(env, &error);
    printf("%s: %s\n", gil_error_name(error.kind), error.message);
}

static void drive(gil_env *env, gil_obj module)
{
    size_t length = 0;
    bool there = false;
    gil_obj label = str(env, "x");
    gil_obj counter = gil_call(env, gil_attr_get(env, module, "counter"), &label, 1, NULL, 0);
    method(env, counter, "add", str(env, "a b"));
    method(env, counter, "add", str(env, "A c"));
    printf("total %lld\n", (long long)number(env, gil_attr_get(env, counter, "total")));
    gil_length(env, counter, &length);
    printf("length %zu\n", length);
    printf("get_item %lld\n", (long long)number(env, gil_item_get(env, counter, str(env, "a"))));
    gil_item_get(env, counter, str(env, "zebra"));
    print_error(env);
    printf("count %lld\n", (long long)number(env, method(env, counter, "count", str(env, "zebra"))));
    gil_contains(env, counter, str(env, "b"), &there);
    printf("contains b: %d\n", there);
    printf("label %s\n", text(env, gil_attr_get(env, counter, "label")));
    gil_attr_set(env, counter, "label", gil_int_new(env, 7));
    printf("label %s\n", text(env, gil_attr_get(env, counter, "label")));
    printf("words %s\n", text(env, gil_list_from(env, counter)));
    printf("%s\n", text(env, counter));
    gil_resource_close(env, counter);
    method(env, counter, "add", str(env, "d"));
    print_error(env);
}

int main(int argc, char **argv)
{
    gil_error error;
    gil_runtime *runtime = argc == 2 ? gil_runtime_new(NULL, &error) : NULL;
    gil_env *env = runtime ? gil_attach(runtime, &error) : NULL;
    if (!env)
        return 1;
    gil_obj module = gil_load(env, argv[1]);
    if (!gil_is_null(module))
        drive(env, module);
    int code = gil_error_take(env, &error);
    if (code)
        fprintf(stderr, "%s: %s\n", gil_error_name(error.kind), error.message);
    gil_detach(env);
    return gil_runtime_free(runtime, &error) ? code : 1;
}
