/* SPDX-License-Identifier: MIT
 *
 * Prototypes that are refused: the message of each, and its column, which an @ marks.
 */
#include "parsed.h"

typedef struct refusal {
    const char *marked, *message;
} refusal;

static void check(const refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_refused(refusals[i].marked, refusals[i].message);
}

#define CHECK(...) check((const refusal[]){__VA_ARGS__}, sizeof((const refusal[]){__VA_ARGS__}) / sizeof(refusal))

static void test_parse__refuses_a_pointer_without_a_size_and_says_what_to_write(void **state)
{
    (void)state;
    CHECK({"double f(size_t n, @double *x)", "x: a pointer does not say how many elements it has; write x[n] for an "
                                             "array, or GIL_OUT before it for one result"},
          {"double f(const @double *)", "arg1: a pointer does not say how many elements it has; write arg1[n] for an "
                                        "array, or GIL_OUT before it for one result"},
          {"void f(@int **x)", "x: pointers to pointers cannot be passed"},
          {"void f(const @char **x)", "x: pointers to pointers cannot be passed"},
          {"void f(@int *x[3])", "x: an array of pointers cannot be passed; write x[m][n]"},
          {"void f(const @char *names[3])", "names: an array of pointers cannot be passed; write names[m][n]"},
          {"void f(@char *s)", "s: char * is written; write char s[n] for memory, or const char * for text"},
          {"void f(@void *p)", "p: void * cannot be passed; write the element type and the size"},
          {"void f(@void x)", "x: void cannot be passed; write the element type and the size"},
          {"void f(int n, @void)", "arg2: void cannot be passed; write the element type and the size"});
}

static void test_parse__refuses_types_that_it_does_not_know(void **state)
{
    (void)state;
#define UNKNOWN(name) "unknown type " name "; write a C number type such as double, int32_t or size_t, or const char *"
    CHECK({"void f(@foo x)", UNKNOWN("foo")}, {"@vector f(int x)", UNKNOWN("vector")},
          {"void f(@struct point p)", UNKNOWN("struct")}, {"void f(int n, @FILE *file)", UNKNOWN("FILE")},
          {"void f(const @wchar_t *s)", UNKNOWN("wchar_t")}, {"@static int f(void)", UNKNOWN("static")},
          {"void f(@Double x)", UNKNOWN("Double")});
#undef UNKNOWN
}

static void test_parse__refuses_words_that_are_no_type_together(void **state)
{
    (void)state;
    static const char *const words[] = {
        "long float",
        "short long",
        "signed unsigned",
        "unsigned signed int",
        "int int",
        "long long long",
        "short short",
        "char char",
        "char short",
        "long char",
        "char int",
        "double double",
        "float double",
        "long long double",
        "unsigned double",
        "short double",
        "complex",
        "complex int",
        "_Complex",
        "double complex complex",
        "void int",
        "void void",
        "long void",
        "signed float",
        "complex void",
        "char double",
        "long float complex",
        "unsigned unsigned",
        "signed signed char",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char marked[100];
        snprintf(marked, sizeof marked, "void f(const @%s x)", words[i]);
        assert_refused(marked, "these words are no C type together");
        snprintf(marked, sizeof marked, "@%s f(int n)", words[i]);
        assert_refused(marked, "these words are no C type together");
    }
    CHECK({"void f(size_t @int x)", "int cannot follow another type"},
          {"void f(bool const @long x)", "long cannot follow another type"},
          {"int32_t @unsigned f()", "unsigned cannot follow another type"});
}

static void test_parse__refuses_what_is_missing(void **state)
{
    (void)state;
    CHECK({"@", "a type is missing before the end"}, {"  @", "a type is missing before the end"},
          {"void f(int x, @)", "a type is missing before )"}, {"void f(@, int x)", "a type is missing before ,"},
          {"void f(const @*x)", "a type is missing before *"}, {"void f(@3)", "a type is missing before 3"},
          {"@(int x)", "a type is missing before ("}, {"void f(int x,@", "a type is missing before the end"},
          {"double @(int x)", "the function's name is missing before ("},
          {"double @", "the function's name is missing before the end"},
          {"double @3(void)", "the function's name is missing before 3"}, {"void f@", "( is missing before the end"},
          {"void f@;", "( is missing before ;"}, {"void f @int x)", "( is missing before int"},
          {"void f(int x@", ", or ) is missing before the end"},
          {"void f(int x @int y)", ", or ) is missing before int"}, {"void f(int x@;", ", or ) is missing before ;"},
          {"void f(int x @= 3)", ", or ) is missing before ="}, {"void f(int x @: 3)", ", or ) is missing before :"},
          {"void f(unsigned @int32_t x)", "int32_t cannot name a parameter"});
}

static void test_parse__refuses_what_stands_behind_the_prototype(void **state)
{
    (void)state;
    CHECK({"void f(void) @{ return; }", "{ stands after the prototype"},
          {"void f(void); @void g(void);", "void stands after the prototype"},
          {"void f(void);@;", "; stands after the prototype"},
          {"void f(void) @const", "const stands after the prototype"}, {"void f()@)", ") stands after the prototype"});
}

static void test_parse__refuses_dimensions_that_say_no_size(void **state)
{
    (void)state;
    CHECK({"void f(int x@[])", "[] says no size; write one, as in x[n]"},
          {"void f(int n, int x[n]@[])", "[] says no size; write one, as in x[n]"},
          {"void f(int x@[static])", "[] says no size; write one, as in x[n]"},
          {"void f(int@[])", "[] says no size; write one, as in arg1[n]"},
          {"void f(int x[@*])", "[*] says no size; write one, as in x[n]"},
          {"void f(int n, int x[n+@])", "a size is missing before ]; write one, as in x[n]"},
          {"void f(int x[@-1])", "a size is missing before -; write one, as in x[n]"},
          {"void f(int n, int x[n*(@)])", "a size is missing before ); write one, as in x[n]"},
          {"void f(int n, int x[n*@", "a size is missing before the end; write one, as in x[n]"},
          {"void f(int n, int x[(n@])", ") is missing before ]"},
          {"void f(int n, int x[(n@", ") is missing before the end"});
}

static void test_parse__refuses_what_dimensions_cannot_do(void **state)
{
    (void)state;
#define CANNOT(what) what " cannot stand in a dimension; sizes are names and numbers with + - *"
    CHECK({"void f(int n, int x[n@/2])", CANNOT("/")}, {"void f(int n, int x[n@%2])", CANNOT("%")},
          {"void f(int n, int x[n @n])", CANNOT("n")}, {"void f(int x[3@.5])", CANNOT(".")},
          {"void f(int n, int x[n@(2)])", CANNOT("(")}, {"void f(int n, int x[n@", CANNOT("the end")},
          {"void f(int n, int x[n@[2]])", CANNOT("[")});
#undef CANNOT
    CHECK({"void f(int x[@0x])", "0x is not a size"}, {"void f(int x[@08])", "08 is not a size"},
          {"void f(int x[@1e3])", "1e3 is not a size"}, {"void f(int x[@3n])", "3n is not a size"},
          {"void f(int x[@9223372036854775808])", "9223372036854775808 is not a size"},
          {"void f(int x[@99999999999999999999])", "99999999999999999999 is not a size"});
}

static void test_parse__refuses_sizes_that_are_no_integers(void **state)
{
    (void)state;
    CHECK({"void f(int x[@n])", "n is no parameter; write its number, or a parameter size_t n"},
          {"void f(int n, int x[n + 2 * @many])", "many is no parameter; write its number, or a parameter size_t many"},
          {"void f(double n, int x[@n])", "n is not an integer, so it cannot be a size"},
          {"void f(bool n, int x[@n])", "n is not an integer, so it cannot be a size"},
          {"void f(int n[3], int x[@n])", "n is not an integer, so it cannot be a size"},
          {"void f(GIL_OUT int *n, GIL_OUT int x[@n])", "n is not an integer, so it cannot be a size"},
          {"void f(const char *n, int x[@n])", "n is not an integer, so it cannot be a size"},
          {"void f(int x[@x])", "x is not an integer, so it cannot be a size"});
}

static void test_parse__refuses_outputs_that_are_none(void **state)
{
    (void)state;
    CHECK({"void f(GIL_OUT @int x)", "x: GIL_OUT is for arrays and pointers; write GIL_OUT T *x"},
          {"void f(GIL_OUT const @int x[3])", "x: GIL_OUT is written, so it cannot be const"},
          {"void f(GIL_OUT const @int *x)", "x: GIL_OUT is written, so it cannot be const"},
          {"void f(GIL_OUT @int *x[3])", "x: an array of pointers cannot be passed; write x[m][n]"},
          {"GIL_OUT @int f(void)", "GIL_OUT is for parameters; what a function returns is its result"},
          {"void f(gil_env *env, GIL_OUT @gil_obj *x)", "x: arrays and results are of numbers"},
          {"void f(gil_env *env, @gil_obj x[3])", "x: arrays and results are of numbers"},
          {"void f(gil_env *env, @gil_obj *x)", "x: arrays and results are of numbers"});
}

static void test_parse__refuses_env_and_task_in_other_places(void **state)
{
    (void)state;
    CHECK({"void f(@gil_env env)", "a parameter of type gil_env is a pointer: gil_env *env"},
          {"void f(@gil_env **env)", "a parameter of type gil_env is a pointer: gil_env *env"},
          {"void f(@gil_env *env[2])", "a parameter of type gil_env is a pointer: gil_env *env"},
          {"void f(GIL_OUT @gil_env *env)", "a parameter of type gil_env is a pointer: gil_env *env"},
          {"void f(int n, @gil_task task)", "a parameter of type gil_task is a pointer: gil_task *task"},
          {"void f(int n, @gil_env *env)", "gil_env *env must be the first parameter"},
          {"void f(gil_env *env, @gil_env *again)", "gil_env *env must be the first parameter"},
          {"void f(gil_task *a, @gil_task *b)", "a second gil_task *; one is enough"},
          {"@gil_env *f(void)", "this type is for parameters"}, {"@gil_task *f(void)", "this type is for parameters"},
          {"@void f(gil_obj x)", "gil_obj needs the GIL; write gil_env *env as first parameter"},
          {"@gil_obj f(void)", "gil_obj needs the GIL; write gil_env *env as first parameter"},
          {"@gil_obj f(gil_task *task, gil_obj x)", "gil_obj needs the GIL; write gil_env *env as first parameter"});
}

static void test_parse__refuses_returned_pointers(void **state)
{
    (void)state;
    const char *message = "a returned pointer does not say how long its memory is nor who frees it; return void and "
                          "write GIL_OUT T y[n]";
    CHECK({"@double *f(void)", message}, {"@char *f(void)", message}, {"@void *f(void)", message},
          {"const @char **f(void)", message}, {"const @unsigned char *f(void)", message},
          {"@gil_obj *f(gil_env *env)", message});
}

static void test_parse__refuses_what_cannot_be_passed(void **state)
{
    (void)state;
    CHECK({"int printf(const char *format, @...)", "a variable number of arguments cannot be passed"},
          {"void f(@...)", "a variable number of arguments cannot be passed"},
          {"void f(int @(*g)(int))", "functions cannot be passed"},
          {"void f(void @(*)(void))", "functions cannot be passed"},
          {"void f(int x, double @x)", "a second parameter x; give it another name"},
          {"void f(const char *@int)", "int cannot name a parameter"});
}

static void test_parse__refuses_a_comment_without_an_end(void **state)
{
    (void)state;
    CHECK({"void f(@/* int x)", "the comment does not end; close it with */"},
          {"@/*", "the comment does not end; close it with */"},
          {"void f(int x) @/*/", "the comment does not end; close it with */"},
          {"void f(int n, int x[n @/* many ])", "the comment does not end; close it with */"});
}

static void test_parse__refuses_more_than_it_can_hold(void **state)
{
    (void)state;
    char marked[1000] = "void f(";
    for (int i = 0; i < GIL__MAX_PARAMS; i++)
        strcat(marked, "int, ");
    strcat(marked, "@int)");
    assert_refused(marked, "more than 64 parameters");
    assert_refused("void f(int a[1][2][3][4][5][6][7][8]@[9])", "a has more than 8 dimensions");
    strcpy(marked, "void f(int n, int x[");
    for (int i = 0; i < 33; i++)
        strcat(marked, "(");
    strcat(marked, "@n");
    assert_refused(marked, "too many parentheses inside one another");
    strcpy(marked, "void f(int n, int x[n");
    for (int i = 0; i < 127; i++)
        strcat(marked, "+n");
    strcat(marked, "+n@])");
    assert_refused(marked, "the dimensions are too long for one prototype");
}

static void test_parse__refuses_a_prototype_that_is_too_long(void **state)
{
    (void)state;
    char text[GIL__MAX_PROTOTYPE + 2];
    gil__proto_error error;
    memset(text, ' ', sizeof text);
    text[GIL__MAX_PROTOTYPE + 1] = '\0';
    assert_null(gil__signature_parse(text, &error));
    assert_string_equal(error.message, "a prototype of 16385 bytes; at most 16384");
    assert_int_equal(error.column, 1);
}

/* Names that the parser makes up must not meet those that are written. */
static void test_parse__gives_unnamed_parameters_names_of_their_own(void **state)
{
    (void)state;
    gil__signature *s = parsed("int f(int arg2, int)");
    assert_string_not_equal(s->params[0].name, s->params[1].name);
    gil__signature_free(s);
}

/* Every beginning of a prototype, and every byte of it replaced: an answer, and nothing left behind. */
static void test_parse__survives_any_damage(void **state)
{
    (void)state;
    static const char good[] =
        "double f(gil_env *env, size_t n, const double x[(n+1)*2], GIL_OUT int y[n][3]) /* c */;";
    static const char bytes[] = "*[](),;/ -0zx\x01\xff";
    long live = gil__memory_live();
    char text[sizeof good + 1] = "";
    for (size_t at = 0; at < sizeof good; at++)
        for (size_t b = 0; b < sizeof bytes; b++) { /* the last byte is a NUL, which cuts it */
            gil__proto_error error = {0};
            memcpy(text, good, sizeof good);
            text[at] = bytes[b];
            gil__signature *s = gil__signature_parse(text, &error);
            assert_true(s || (error.column >= 1 && error.message[0]));
            assert_true(error.column <= (int)sizeof good);
            gil__signature_free(s);
        }
    assert_int_equal(gil__memory_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__refuses_a_pointer_without_a_size_and_says_what_to_write),
        cmocka_unit_test(test_parse__refuses_types_that_it_does_not_know),
        cmocka_unit_test(test_parse__refuses_words_that_are_no_type_together),
        cmocka_unit_test(test_parse__refuses_what_is_missing),
        cmocka_unit_test(test_parse__refuses_what_stands_behind_the_prototype),
        cmocka_unit_test(test_parse__refuses_dimensions_that_say_no_size),
        cmocka_unit_test(test_parse__refuses_what_dimensions_cannot_do),
        cmocka_unit_test(test_parse__refuses_sizes_that_are_no_integers),
        cmocka_unit_test(test_parse__refuses_outputs_that_are_none),
        cmocka_unit_test(test_parse__refuses_env_and_task_in_other_places),
        cmocka_unit_test(test_parse__refuses_returned_pointers),
        cmocka_unit_test(test_parse__refuses_what_cannot_be_passed),
        cmocka_unit_test(test_parse__refuses_a_comment_without_an_end),
        cmocka_unit_test(test_parse__refuses_more_than_it_can_hold),
        cmocka_unit_test(test_parse__refuses_a_prototype_that_is_too_long),
        cmocka_unit_test(test_parse__gives_unnamed_parameters_names_of_their_own),
        cmocka_unit_test(test_parse__survives_any_damage),
    };
    return cmocka_run_group_tests_name("proto parse refusals", tests, NULL, NULL);
}
