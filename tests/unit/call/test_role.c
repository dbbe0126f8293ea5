/* SPDX-License-Identifier: MIT
 *
 * What the functions of a resource type must look like, each refusal with what to write instead.
 */
#include "call/resource.h"

#include "../proto/parsed.h"

static const char *const types[] = {"jar", "lid"};

/* The prototype, as a function of `jar`; why it is refused, NULL: it is not. */
static const char *refusal(gil_role role, const char *prototype, gil_policy policy)
{
    static gil__proto_error error;
    gil__signature *signature = gil__signature_parse_with(prototype, types, 2, &error);
    if (!signature)
        print_error("%s: column %d: %s\n", prototype, error.column, error.message);
    assert_non_null(signature);
    bool fine = gil__role_check(signature, role, 0, "jar", policy, &error);
    gil__signature_free(signature);
    assert_true(fine || error.column == -1);
    return fine ? NULL : error.message;
}

#define FITS(role, prototype)             assert_null(refusal(GIL_ROLE_##role, prototype, GIL_AUTO))
#define REFUSED(role, prototype, message) assert_string_equal(refusal(GIL_ROLE_##role, prototype, GIL_AUTO), message)

static void test_role__takes_the_prototypes_that_the_header_lists(void **state)
{
    (void)state;
    FITS(FUNCTION, "double any(double x)");
    FITS(METHOD, "void put(jar *self, int n)");
    FITS(METHOD, "gil_obj take(gil_env *env, const jar *self, gil_task *task)");
    FITS(GETTER, "double level(const jar *self)");
    FITS(SETTER, "void level(jar *self, double value)");
    FITS(INIT, "void init(gil_env *env, jar *self, const char *label)");
    FITS(CALL, "void call(jar *self, GIL_OUT double y[3])");
    FITS(LENGTH, "size_t length(const jar *self)");
    FITS(GET_ITEM, "double get_item(const jar *self, const char *key)");
    FITS(SET_ITEM, "void set_item(jar *self, int64_t key, double value)");
    FITS(DELETE_ITEM, "void delete_item(jar *self, int64_t key)");
    FITS(CONTAINS, "bool contains(const jar *self, double item)");
    FITS(ITER, "gil_obj iter(gil_env *env, jar *self)");
    FITS(NEXT, "gil_obj next(gil_env *env, jar *self)");
    FITS(NEXT, "bool next(jar *self, GIL_OUT double *x, GIL_OUT int *y)");
    FITS(STR, "const char *str(const jar *self)");
    FITS(REPR, "gil_obj repr(gil_env *env, const jar *self)");
    FITS(EQUAL, "bool equal(const jar *self, const jar *other)");
    FITS(LESS, "bool less(const jar *self, const jar *other)");
    FITS(HASH, "uint64_t hash(const jar *self)");
}

static void test_role__wants_the_struct_first(void **state)
{
    (void)state;
    REFUSED(METHOD, "void put(int n, jar *self)", "the first parameter must be jar *self or const jar *self");
    REFUSED(METHOD, "void put(lid *self)", "the first parameter must be jar *self or const jar *self");
    REFUSED(METHOD, "void put(void)", "the first parameter must be jar *self or const jar *self");
    REFUSED(METHOD, "void put(gil_env *env, int n)",
            "the first parameter behind gil_env must be jar *self or const jar *self");
}

static void test_role__says_what_a_slot_takes(void **state)
{
    (void)state;
    REFUSED(INIT, "void init(const jar *self)", "init changes its struct: write jar *self, without const");
    REFUSED(INIT, "int init(jar *self)", "init of jar takes its struct, any parameters and returns void");
    REFUSED(LENGTH, "double length(jar *self)", "length of jar takes its struct, no more and returns an integer");
    REFUSED(GETTER, "double level(jar *self, int n)",
            "getter of jar takes its struct, no more and returns the property");
    REFUSED(EQUAL, "bool equal(jar *self, int other)",
            "equal of jar takes its struct, another struct of the type and returns bool");
    REFUSED(NEXT, "bool next(jar *self)",
            "next of jar takes its struct, no more, and returns gil_obj, or bool with GIL_OUT parameters");
    REFUSED(SET_ITEM, "void set_item(jar *self, int key)",
            "set_item of jar takes its struct, a key and a value and returns void");
}

static void test_role__another_type_is_not_compared(void **state)
{
    (void)state;
    REFUSED(EQUAL, "bool equal(const jar *self, const lid *other)",
            "equal of jar takes its struct, another struct of the type and returns bool");
}

static void test_role__with_env_does_not_release(void **state)
{
    (void)state;
    assert_string_equal(refusal(GIL_ROLE_FUNCTION, "void f(gil_env *env)", GIL_RELEASE),
                        "it takes a gil_env, so it runs with the GIL; leave .gil out, or take gil_env out");
    assert_null(refusal(GIL_ROLE_FUNCTION, "void f(gil_env *env)", GIL_HOLD));
}

static void test_role__that_does_not_exist_is_refused(void **state)
{
    (void)state;
    assert_string_equal(refusal((gil_role)99, "void f(jar *self)", GIL_AUTO), "99 is no role of a function");
}

static void test_role__structs_are_passed_as_pointers_only(void **state)
{
    (void)state;
    static const struct {
        const char *prototype, *message;
    } cases[] = {
        {"void f(jar self)", "self: a resource is passed as a pointer to its struct: jar *self"},
        {"void f(jar **self)", "self: a resource is passed as a pointer to its struct: jar *self"},
        {"void f(jar self[3])", "self: a resource is passed as a pointer to its struct: jar *self"},
        {"void f(GIL_OUT jar *self)", "self: a resource is passed as a pointer to its struct: jar *self"},
        {"jar *f(void)", "a resource is returned as gil_obj, as GIL_RESOURCE_NEW makes it"},
        {"void f(pot *self)",
         "unknown type pot; write a C number type such as double, int32_t or size_t, or const char *"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gil__proto_error error;
        assert_null(gil__signature_parse_with(cases[i].prototype, types, 2, &error));
        assert_string_equal(error.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_role__takes_the_prototypes_that_the_header_lists),
        cmocka_unit_test(test_role__wants_the_struct_first),
        cmocka_unit_test(test_role__says_what_a_slot_takes),
        cmocka_unit_test(test_role__another_type_is_not_compared),
        cmocka_unit_test(test_role__with_env_does_not_release),
        cmocka_unit_test(test_role__that_does_not_exist_is_refused),
        cmocka_unit_test(test_role__structs_are_passed_as_pointers_only),
    };
    return cmocka_run_group_tests_name("role", tests, NULL, NULL);
}
