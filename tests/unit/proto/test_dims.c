/* SPDX-License-Identifier: MIT
 *
 * Dimensions as expressions: their values, their text, the sizes that they determine.
 */
#include "parsed.h"

/* The last dimension of the last parameter. */
static uint16_t last_dim(const gil__signature *s)
{
    const gil__param *param = &s->params[s->n_params - 1];
    return param->dims[param->ndim - 1];
}

static void check_text(const char *dim, const char *wanted)
{
    char prototype[200], buffer[200];
    snprintf(prototype, sizeof prototype, "void f(int64_t m, int64_t n, int64_t k, GIL_OUT int x[%s])", dim);
    gil__signature *s = parsed(prototype);
    gil__text text = gil__text_in(buffer, sizeof buffer);
    gil__dim_print(s, last_dim(s), &text);
    assert_string_equal(buffer, wanted);
    gil__signature_free(s);
}

static void test_dims__print_as_they_mean(void **state)
{
    (void)state;
    static const char *const same[] = {"n",       "3",       "n+1",     "m*n",   "(n+1)*2", "2*(n+1)",
                                       "m-n",     "m-n-1",   "m-(n-1)", "m*n+k", "m+n*k",   "(m-n)*k",
                                       "m*(n-k)", "m-(n+k)", "m-n*k",   "m*n*k", "n-1+m",   "(m+n)*(m-n)"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        check_text(same[i], same[i]);
    check_text(" ( ( n ) + 1 ) ", "n+1");
    check_text("0x10 + 010 + 3u + 4UL", "16+8+3+4");
}

static bool value_of(const char *dim, const int64_t *sizes, int64_t *value)
{
    char prototype[200];
    snprintf(prototype, sizeof prototype, "void f(int64_t m, int64_t n, int64_t k, GIL_OUT int x[%s])", dim);
    gil__signature *s = parsed(prototype);
    bool fine = gil__dim_value(s, last_dim(s), sizes, value);
    gil__signature_free(s);
    return fine;
}

static void check_value(const char *dim, int64_t m, int64_t n, int64_t k, int64_t wanted)
{
    int64_t value = ~wanted;
    assert_true(value_of(dim, (int64_t[]){m, n, k}, &value));
    if (value != wanted)
        print_error("%s is %lld\n", dim, (long long)value);
    assert_true(value == wanted);
}

static void test_dims__compute_with_the_precedence_of_c(void **state)
{
    (void)state;
    check_value("n", 0, 7, 0, 7);
    check_value("3", 0, 0, 0, 3);
    check_value("n+1", 0, 7, 0, 8);
    check_value("m*n", 6, 7, 0, 42);
    check_value("(n+1)*2", 0, 7, 0, 16);
    check_value("n+1*2", 0, 7, 0, 9);
    check_value("m-n-k", 10, 3, 2, 5);
    check_value("m-(n-k)", 10, 3, 2, 9);
    check_value("m-n", 3, 10, 0, -7);
    check_value("m*n*k", -2, 3, 4, -24);
    check_value("9223372036854775807", 0, 0, 0, INT64_MAX);
}

static void test_dims__do_not_wrap(void **state)
{
    (void)state;
    static const struct {
        const char *dim;
        int64_t sizes[3];
    } cases[] = {{"n+1", {0, INT64_MAX, 0}},         {"m+n", {INT64_MIN, -1, 0}},
                 {"m-n", {0, INT64_MIN, 0}},         {"m-n", {-2, INT64_MAX, 0}},
                 {"m*n", {1ll << 32, 1ll << 31, 0}}, {"m*n", {INT64_MIN, -1, 0}},
                 {"(m*n)*0", {INT64_MAX, 2, 0}},     {"m*n*k", {1ll << 30, 1ll << 30, 1ll << 30}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value;
        assert_false(value_of(cases[i].dim, cases[i].sizes, &value));
    }
}

/* What size of n makes the dimension come to `value`? */
static bool solve(const char *dim, int64_t m, int64_t k, int64_t value, int64_t *n)
{
    char prototype[200];
    const int64_t sizes[] = {m, 99, k};
    snprintf(prototype, sizeof prototype, "void f(int64_t m, int64_t n, int64_t k, const int x[%s])", dim);
    gil__signature *s = parsed(prototype);
    bool fine = gil__dim_solve(s, last_dim(s), 1, value, sizes, n);
    gil__signature_free(s);
    return fine;
}

static void check_solved(const char *dim, int64_t m, int64_t k, int64_t value, int64_t wanted)
{
    int64_t n = ~wanted;
    bool fine = solve(dim, m, k, value, &n);
    if (!fine || n != wanted)
        print_error("%s = %lld: %s, n is %lld\n", dim, (long long)value, fine ? "solved" : "refused", (long long)n);
    assert_true(fine);
    assert_true(n == wanted);
}

static void test_dims__are_solved_for_the_one_unknown(void **state)
{
    (void)state;
    check_solved("n", 0, 0, 5, 5);
    check_solved("n+1", 0, 0, 5, 4);
    check_solved("n+1", 0, 0, 0, -1);
    check_solved("1+n", 0, 0, 5, 4);
    check_solved("2*n", 0, 0, 6, 3);
    check_solved("n*2", 0, 0, 0, 0);
    check_solved("n-m", 3, 0, 5, 8);
    check_solved("m-n", 8, 0, 5, 3);
    check_solved("(n+1)*2", 0, 0, 8, 3);
    check_solved("m*n", 3, 0, 12, 4);
    check_solved("m*n", -3, 0, 12, -4);
    check_solved("m*n", -1, 0, 12, -12);
    check_solved("m*(n+k)-1", 3, 2, 11, 2);
    check_solved("m-(k-n)", 10, 4, 9, 3);
    check_solved("m+k+n", 1, 2, 3, 0);
}

static void test_dims__when_any_size_would_do_it_is_zero(void **state)
{
    (void)state;
    check_solved("m*n", 0, 0, 0, 0);
    check_solved("n*0", 0, 0, 0, 0);
    check_solved("m*(n+1)", 0, 0, 0, 0);
    check_solved("(n-1)*m", 0, 0, 0, 0);
    check_solved("(5-n)*m", 0, 0, 0, 0);
}

static void test_dims__without_a_whole_solution_are_refused(void **state)
{
    (void)state;
    int64_t n;
    assert_false(solve("2*n", 0, 0, 5, &n));
    assert_false(solve("m*n", 0, 0, 5, &n));
    assert_false(solve("(n+1)*3", 0, 0, 8, &n));
    assert_false(solve("n-m", INT64_MAX, 0, 5, &n));
    assert_false(solve("m-n", INT64_MIN, 0, 5, &n));
    assert_false(solve("n+m", INT64_MIN, 0, 5, &n));
    assert_false(solve("m*n+k*k", 1, INT64_MAX, 5, &n));
}

/* Which parameters a caller gives, as their names: "m,x". */
static void check_asked(const char *prototype, const char *wanted)
{
    char buffer[200];
    gil__text asked = gil__text_in(buffer, sizeof buffer);
    gil__signature *s = parsed(prototype);
    unsigned count = 0;
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].asked)
            gil__text_add(&asked, "%s%s", count++ ? "," : "", s->params[p].name);
    if (strcmp(buffer, wanted) != 0)
        print_error("%s asks %s\n", prototype, buffer);
    assert_string_equal(buffer, wanted);
    assert_int_equal(count, s->n_asked);
    gil__signature_free(s);
}

static void test_dims__hide_the_sizes_that_they_determine(void **state)
{
    (void)state;
    check_asked("void f(int n, const int x[n])", "x");
    check_asked("void f(int n, int x[n])", "x");
    check_asked("void f(int n, const int x[n+1])", "x");
    check_asked("void f(int n, const int x[(n+1)*2])", "x");
    check_asked("void f(int m, int n, const int x[m][n])", "x");
    check_asked("void f(const int x[n], int n)", "x");
    check_asked("void f(int m, int n, const int x[m*n], const int y[n])", "x,y");
    check_asked("void f(int m, int n, const int x[m-n], const int y[m])", "x,y");
}

static void test_dims__ask_for_what_they_do_not_determine(void **state)
{
    (void)state;
    check_asked("void f(int n, GIL_OUT int y[n])", "n");
    check_asked("void f(int m, int n, const int x[m*n])", "m,x");
    check_asked("void f(int n, int m, const int x[m*n])", "n,x");
    check_asked("void f(int m, int n, const int x[m-n])", "m,x");
    check_asked("void f(int k, int m, int n, const int x[k*m*n])", "k,m,x");
    check_asked("void f(int n, const int x[n*n])", "n,x");
    check_asked("void f(int n, const int x[n-n])", "n,x");
    check_asked("void f(int n, int unused, const int x[n])", "unused,x");
    check_asked("void f(int n, const int x[3])", "n,x");
    check_asked("void f(int m, int n, const int x[n], GIL_OUT int y[m*n])", "m,x");
}

static void test_dims__work_for_the_sixty_fourth_parameter(void **state)
{
    (void)state;
    char text[1000] = "void f(";
    for (int i = 0; i < 61; i++)
        strcat(text, "int, ");
    strcat(text, "const int x[n*m], const int y[m], int n");
    strcat(text, ")");
    gil__proto_error error;
    assert_null(gil__signature_parse(text, &error)); /* m is no parameter */
    strcpy(text, "void f(");
    for (int i = 0; i < 61; i++)
        strcat(text, "int, ");
    strcat(text, "const int x[n*m], int n, int m)");
    gil__signature *s = parsed(text);
    assert_false(s->params[62].hidden);
    assert_true(s->params[63].hidden);
    assert_int_equal(s->n_asked, 63);
    gil__signature_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dims__print_as_they_mean),
        cmocka_unit_test(test_dims__compute_with_the_precedence_of_c),
        cmocka_unit_test(test_dims__do_not_wrap),
        cmocka_unit_test(test_dims__are_solved_for_the_one_unknown),
        cmocka_unit_test(test_dims__when_any_size_would_do_it_is_zero),
        cmocka_unit_test(test_dims__without_a_whole_solution_are_refused),
        cmocka_unit_test(test_dims__hide_the_sizes_that_they_determine),
        cmocka_unit_test(test_dims__ask_for_what_they_do_not_determine),
        cmocka_unit_test(test_dims__work_for_the_sixty_fourth_parameter),
    };
    return cmocka_run_group_tests_name("proto dims", tests, NULL, NULL);
}
