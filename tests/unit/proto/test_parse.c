/* SPDX-License-Identifier: MIT
 *
 * Prototypes that are fine. Those that are not: test_parse_refusals.c.
 */
#include "parsed.h"

static void check_param(const gil__signature *s, uint16_t index, const char *name, gil__class class, unsigned ndim,
                        gil__direction direction)
{
    const gil__param *param = &s->params[index];
    assert_true(index < s->n_params);
    assert_string_equal(param->name, name);
    assert_int_equal(param->type.class, class);
    assert_int_equal(param->ndim, ndim);
    assert_int_equal(param->direction, direction);
}

static void test_parse__reads_the_first_example(void **state)
{
    (void)state;
    gil__signature *s = parsed("double dot(size_t n, const double x[n], const double y[n])");
    assert_string_equal(s->name, "dot");
    assert_int_equal(s->result.class, GIL__FLOAT);
    assert_int_equal(s->n_params, 3);
    assert_int_equal(s->n_asked, 2);
    assert_int_equal(s->n_arrays, 2);
    assert_false(s->has_env);
    check_param(s, 0, "n", GIL__UNSIGNED, 0, GIL__IN);
    check_param(s, 1, "x", GIL__FLOAT, 1, GIL__IN);
    check_param(s, 2, "y", GIL__FLOAT, 1, GIL__IN);
    gil__signature_free(s);
}

static void test_parse__takes_no_parameters_two_ways(void **state)
{
    (void)state;
    const char *const both[] = {"void f(void)", "void f()", " void\tf (\nvoid ) ; "};
    for (size_t i = 0; i < 3; i++) {
        gil__signature *s = parsed(both[i]);
        assert_int_equal(s->n_params, 0);
        assert_int_equal(s->result.class, GIL__VOID);
        gil__signature_free(s);
    }
}

static void test_parse__const_may_stand_on_either_side(void **state)
{
    (void)state;
    const char *const texts[] = {"void f(const char *s)",          "void f(char const *s)",
                                 "void f(const char *const s)",    "void f(const char* s)",
                                 "void f(const char *restrict s)", "void f(const char s[4])",
                                 "void f(char const s[4])"};
    for (size_t i = 0; i < 7; i++) {
        gil__signature *s = parsed(texts[i]);
        if (i < 5)
            assert_int_equal(s->params[0].type.class, GIL__STRING);
        else
            assert_true(s->params[0].type.is_char);
        assert_int_equal(s->params[0].direction, GIL__IN);
        gil__signature_free(s);
    }
    gil__signature *s = parsed("const int f(const double x, volatile int y, register int z)");
    check_param(s, 0, "x", GIL__FLOAT, 0, GIL__IN);
    gil__signature_free(s);
}

static void test_parse__tells_directions_apart(void **state)
{
    (void)state;
    gil__signature *s = parsed("void f(int n, const float a[n], float b[n], GIL_OUT float c[n], GIL_OUT float *d, "
                               "float GIL_OUT e[n], float GIL_OUT *g, float *GIL_OUT h)");
    check_param(s, 1, "a", GIL__FLOAT, 1, GIL__IN);
    check_param(s, 2, "b", GIL__FLOAT, 1, GIL__INOUT);
    check_param(s, 3, "c", GIL__FLOAT, 1, GIL__OUT);
    check_param(s, 4, "d", GIL__FLOAT, 0, GIL__OUT);
    check_param(s, 5, "e", GIL__FLOAT, 1, GIL__OUT);
    check_param(s, 6, "g", GIL__FLOAT, 0, GIL__OUT);
    check_param(s, 7, "h", GIL__FLOAT, 0, GIL__OUT);
    assert_int_equal(s->n_asked, 2);
    gil__signature_free(s);
}

static void test_parse__numbers_parameters_without_a_name(void **state)
{
    (void)state;
    gil__signature *s = parsed("double hypot(double, double, const char *, int[3], GIL_OUT int *)");
    check_param(s, 0, "arg1", GIL__FLOAT, 0, GIL__IN);
    check_param(s, 1, "arg2", GIL__FLOAT, 0, GIL__IN);
    check_param(s, 2, "arg3", GIL__STRING, 0, GIL__IN);
    check_param(s, 3, "arg4", GIL__SIGNED, 1, GIL__INOUT);
    check_param(s, 4, "arg5", GIL__SIGNED, 0, GIL__OUT);
    gil__signature_free(s);
}

static void test_parse__skips_comments_and_lines(void **state)
{
    (void)state;
    gil__signature *s =
        parsed("/* the inner product */ double // of\n dot(/**/int n, /* read */ const double x[n /*!*/],\n"
               "\tconst double y[n]) // done");
    assert_int_equal(s->n_params, 3);
    gil__signature_free(s);
}

static void test_parse__knows_results_of_every_kind(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        gil__class class;
    } cases[] = {{"void f()", GIL__VOID},
                 {"bool f()", GIL__BOOL},
                 {"unsigned long long int f()", GIL__UNSIGNED},
                 {"extern double f()", GIL__FLOAT},
                 {"double _Complex f()", GIL__COMPLEX},
                 {"const char *f()", GIL__STRING},
                 {"char const *f()", GIL__STRING},
                 {"char f()", GIL__SIGNED},
                 {"gil_obj f(gil_env *env)", GIL__OBJECT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gil__signature *s = parsed(cases[i].text);
        if (i != 7)
            assert_int_equal(s->result.class, cases[i].class);
        gil__signature_free(s);
    }
}

static void test_parse__hides_env_and_task(void **state)
{
    (void)state;
    gil__signature *s = parsed("gil_obj f(gil_env *env, gil_task *task, gil_obj x)");
    assert_true(s->has_env && s->has_task);
    assert_int_equal(s->n_params, 3);
    assert_int_equal(s->n_asked, 1);
    gil__signature_free(s);
    s = parsed("void f(int n, gil_task *)");
    assert_true(!s->has_env && s->has_task);
    assert_int_equal(s->n_asked, 1);
    gil__signature_free(s);
}

static void test_parse__what_c_writes_inside_brackets_is_fine(void **state)
{
    (void)state;
    gil__signature *s =
        parsed("void f(int n, const int a[static n], const int b[const 3], int c[restrict static n][2])");
    assert_int_equal(s->params[1].ndim, 1);
    assert_int_equal(s->params[3].ndim, 2);
    gil__signature_free(s);
}

static void test_parse__sizes_may_stand_behind_their_arrays(void **state)
{
    (void)state;
    gil__signature *s = parsed("double f(const double x[n], const double y[n + m], size_t n, int m)");
    assert_true(s->params[2].hidden);
    assert_true(s->params[3].hidden);
    assert_int_equal(s->n_asked, 2);
    gil__signature_free(s);
}

static void test_parse__takes_the_most_that_it_takes(void **state)
{
    (void)state;
    char text[2048] = "void f(";
    for (int i = 0; i < GIL__MAX_PARAMS; i++)
        snprintf(text + strlen(text), 20, "%sint p%d", i ? "," : "", i);
    strcat(text, ")");
    gil__signature *s = parsed(text);
    assert_int_equal(s->n_params, GIL__MAX_PARAMS);
    assert_string_equal(s->params[63].name, "p63");
    gil__signature_free(s);
    s = parsed("void f(int a[1][2][3][4][5][6][7][8])");
    assert_int_equal(s->params[0].ndim, GIL_MAX_DIMS);
    gil__signature_free(s);
    s = parsed("void f(int n, int a[((((((((((((((((n))))))))))))))))])");
    assert_int_equal(s->params[1].ndim, 1);
    gil__signature_free(s);
}

static void test_parse__a_long_prototype_fits_its_names(void **state)
{
    (void)state;
    char text[GIL__MAX_PROTOTYPE + 1];
    memset(text, 'a', sizeof text);
    memcpy(text, "void f(int ", 11);
    text[GIL__MAX_PROTOTYPE - 1] = ')';
    text[GIL__MAX_PROTOTYPE] = '\0';
    gil__signature *s = parsed(text);
    assert_int_equal(strlen(s->params[0].name), GIL__MAX_PROTOTYPE - 12);
    gil__signature_free(s);
    gil__signature_free(parsed("int f(int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,"
                               "int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int,int)"));
}

static void test_parse__fails_cleanly_when_memory_does(void **state)
{
    (void)state;
    const char *text = "double dot(size_t n, const double x[n], GIL_OUT double y[n])";
    long live = gil__memory_live(), n = 0;
    for (;; n++) {
        gil__proto_error error = {-1, ""};
        gil__memory_fail_after(n, false);
        gil__signature *s = gil__signature_parse(text, &error);
        gil__memory_fail_after(-1, false);
        gil__signature_free(s);
        assert_int_equal(gil__memory_live(), live);
        if (s)
            break;
        assert_int_equal(error.column, 0);
        assert_string_equal(error.message, "no memory");
    }
    printf("# %ld injection points\n", n);
    assert_int_equal(n, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__reads_the_first_example),
        cmocka_unit_test(test_parse__takes_no_parameters_two_ways),
        cmocka_unit_test(test_parse__const_may_stand_on_either_side),
        cmocka_unit_test(test_parse__tells_directions_apart),
        cmocka_unit_test(test_parse__numbers_parameters_without_a_name),
        cmocka_unit_test(test_parse__skips_comments_and_lines),
        cmocka_unit_test(test_parse__knows_results_of_every_kind),
        cmocka_unit_test(test_parse__hides_env_and_task),
        cmocka_unit_test(test_parse__what_c_writes_inside_brackets_is_fine),
        cmocka_unit_test(test_parse__sizes_may_stand_behind_their_arrays),
        cmocka_unit_test(test_parse__takes_the_most_that_it_takes),
        cmocka_unit_test(test_parse__a_long_prototype_fits_its_names),
        cmocka_unit_test(test_parse__fails_cleanly_when_memory_does),
    };
    return cmocka_run_group_tests_name("proto parse", tests, NULL, NULL);
}
