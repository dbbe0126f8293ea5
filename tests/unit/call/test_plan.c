/* SPDX-License-Identifier: MIT
 *
 * Plans against functions that this compiler made; libffi is the judge in test_plan_random.c.
 */
#include <complex.h>
#include <pthread.h>

#include "call/plan.h"
#include "fixture.h"

typedef void (*code)(void);

static gil__signature *parse(const char *prototype)
{
    gil__proto_error error;
    gil__signature *signature = gil__signature_parse(prototype, &error);
    if (!signature)
        print_error("column %d: %s\n", error.column, error.message);
    assert_non_null(signature);
    return signature;
}

/* Make both plans, put `count` values, call through both: the results must agree. */
static void call_both(const char *prototype, code f, const void *const *values, gil__value *result, bool registers)
{
    gil__signature *signature = parse(prototype);
    for (int way = 0; way < 2; way++) {
        _Alignas(16) gil__slot image[GIL__MAX_SLOTS];
        gil__value now = {0};
        gil__plan *plan = gil__plan_new(signature, way == 0);
        assert_non_null(plan);
        if (way == 0)
            assert_int_equal(!plan->ffi, registers);
        else
            assert_non_null(plan->ffi);
        for (uint16_t p = 0; p < signature->n_params; p++) {
            if (gil__param_is_pointer(&signature->params[p]))
                gil__plan_put_pointer(plan, image, p, values[p]);
            else
                gil__plan_put(plan, image, p, signature->params[p].type, values[p]);
        }
        gil__plan_call(plan, f, image, &now);
        if (way == 1)
            assert_memory_equal(&now, result, signature->result.size);
        *result = now;
        gil__plan_free(plan);
    }
    gil__signature_free(signature);
}

static double sum_mixed(int8_t a, float b, uint16_t c, double d, bool e, const double *f)
{
    return a + (double)b + c + d + e + f[1];
}

static void test_plan__loads_integers_and_floats_side_by_side(void **state)
{
    (void)state;
    int8_t a = INT8_MIN;
    float b = 0.5f;
    uint16_t c = UINT16_MAX;
    double d = 1e10, f[] = {1, 2};
    bool e = true;
    gil__value result;
    call_both("double f(int8_t a, float b, uint16_t c, double d, bool e, const double f[2])", (code)sum_mixed,
              (const void *[]){&a, &b, &c, &d, &e, f}, &result, true);
    assert_true(result.slots[0].d == sum_mixed(a, b, c, d, e, f));
}

static int64_t sum_small(signed char a, unsigned char b, short c, unsigned short d, int e, unsigned f)
{
    return (int64_t)a * 1 + b * 2 + c * 3 + d * 4 + (int64_t)e * 5 + (int64_t)f * 6;
}

static void test_plan__widens_small_integers_by_their_sign(void **state)
{
    (void)state;
    signed char a = -1;
    unsigned char b = 255;
    short c = -1;
    unsigned short d = 65535;
    int e = INT32_MIN;
    unsigned f = UINT32_MAX;
    gil__value result;
    call_both("int64_t f(signed char a, unsigned char b, short c, unsigned short d, int e, unsigned f)",
              (code)sum_small, (const void *[]){&a, &b, &c, &d, &e, &f}, &result, true);
    assert_true(result.slots[0].i == sum_small(a, b, c, d, e, f));
}

static double nine_floats(double a, double b, double c, double d, double e, double f, double g, double h, double i)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i;
}

static void test_plan__leaves_to_libffi_what_does_not_fit_the_registers(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const void *values[9];
    gil__value result;
    for (int i = 0; i < 9; i++)
        values[i] = &x[i];
    call_both("double f(double a, double b, double c, double d, double e, double f, double g, double h, double i)",
              (code)nine_floats, values, &result, false);
    assert_true(result.slots[0].d == 285);
}

static long nine_ints(long a, long b, long c, long d, long e, long f, long g, long h, long i)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i;
}

static void test_plan__leaves_nine_integers_to_libffi(void **state)
{
    (void)state;
    const long x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const void *values[9];
    gil__value result;
    for (int i = 0; i < 9; i++)
        values[i] = &x[i];
    call_both("long f(long a, long b, long c, long d, long e, long f, long g, long h, long i)", (code)nine_ints, values,
              &result, false);
    assert_true(result.slots[0].i == 285);
}

static float _Complex turn(float _Complex a, double _Complex b)
{
    return cimagf(a) + (float)creal(b) + (crealf(a) - (float)cimag(b)) * I;
}

static double _Complex turn_double(double _Complex a, float b)
{
    return cimag(a) + b + creal(a) * I;
}

static long double _Complex turn_long(long double _Complex a, int b)
{
    return cimagl(a) + b + creall(a) * I;
}

static void test_plan__passes_and_returns_complex_numbers(void **state)
{
    (void)state;
    float _Complex a = 1 + 2 * I;
    double _Complex b = 3 + 4 * I;
    long double _Complex c = 5 + 6 * I;
    float x = 7;
    int y = 8;
    gil__value result;
    call_both("float _Complex f(float _Complex a, double _Complex b)", (code)turn, (const void *[]){&a, &b}, &result,
              true);
    assert_true(result.slots[0].f == 5);
    call_both("double _Complex f(double _Complex a, float b)", (code)turn_double, (const void *[]){&b, &x}, &result,
              true);
    assert_true(result.slots[0].d == 11 && result.slots[1].d == 3);
    gil__signature *signature = parse("long double _Complex f(long double _Complex a, int b)");
    gil__plan *plan = gil__plan_new(signature, true);
    assert_non_null(plan->ffi);
    _Alignas(16) gil__slot image[GIL__MAX_SLOTS];
    gil__plan_put(plan, image, 0, signature->params[0].type, &c);
    gil__plan_put(plan, image, 1, signature->params[1].type, &y);
    gil__plan_call(plan, (code)turn_long, image, &result);
    long double parts[2];
    memcpy(parts, &result, sizeof parts);
    assert_true(parts[0] == 14 && parts[1] == 5);
    gil__plan_free(plan);
    gil__signature_free(signature);
}

static int calls;

static void count_call(void)
{
    calls++;
}

static void test_plan__calls_what_takes_and_returns_nothing(void **state)
{
    (void)state;
    gil__value result;
    calls = 0;
    call_both("void f(void)", count_call, NULL, &result, true);
    assert_int_equal(calls, 2);
}

static void test_plan__takes_sixty_four_parameters(void **state)
{
    (void)state;
    char prototype[1024] = "void f(";
    for (int i = 0; i < GIL__MAX_PARAMS; i++)
        strcat(prototype, i ? ", long double" : "long double");
    strcat(prototype, ")");
    gil__signature *signature = parse(prototype);
    gil__plan *plan = gil__plan_new(signature, true);
    assert_non_null(plan);
    assert_non_null(plan->ffi);
    assert_true(plan->n_slots <= GIL__MAX_SLOTS);
    gil__plan_free(plan);
    gil__signature_free(signature);
}

static void test_plan__is_made_or_not_made_when_memory_fails(void **state)
{
    (void)state;
    gil__signature *signature = parse("long double f(long double x)");
    long live = gil__memory_live();
    for (long n = 0; n < 2; n++) {
        gil__memory_fail_after(n, false);
        assert_null(gil__plan_new(signature, true));
        assert_int_equal(gil__memory_live(), live);
    }
    gil__memory_fail_after(-1, false);
    gil__plan_free(gil__plan_new(signature, true));
    gil__plan_free(NULL);
    assert_int_equal(gil__memory_live(), live);
    gil__signature_free(signature);
}

static double add(double a, double b)
{
    return a + b;
}

typedef struct caller {
    pthread_t thread;
    const gil__plan *plan;
    const gil__signature *signature;
    double from;
    int wrong;
} caller;

static void *call_often(void *data)
{
    caller *c = data;
    for (int i = 0; i < 5000; i++) {
        _Alignas(16) gil__slot image[GIL__MAX_SLOTS];
        double a = c->from, b = i;
        gil__value result;
        gil__plan_put(c->plan, image, 0, c->signature->params[0].type, &a);
        gil__plan_put(c->plan, image, 1, c->signature->params[1].type, &b);
        gil__plan_call(c->plan, (code)add, image, &result);
        c->wrong += result.slots[0].d != a + b;
    }
    return NULL;
}

static void test_plan__serves_many_threads_at_once(void **state)
{
    (void)state;
    gil__signature *signature = parse("double f(double a, double b)");
    for (int way = 0; way < 2; way++) {
        caller callers[4];
        gil__plan *plan = gil__plan_new(signature, way == 0);
        for (int i = 0; i < 4; i++) {
            callers[i] = (caller){.plan = plan, .signature = signature, .from = i * 1e6};
            assert_int_equal(pthread_create(&callers[i].thread, NULL, call_often, &callers[i]), 0);
        }
        for (int i = 0; i < 4; i++) {
            pthread_join(callers[i].thread, NULL);
            assert_int_equal(callers[i].wrong, 0);
        }
        gil__plan_free(plan);
    }
    gil__signature_free(signature);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan__loads_integers_and_floats_side_by_side),
        cmocka_unit_test(test_plan__widens_small_integers_by_their_sign),
        cmocka_unit_test(test_plan__leaves_to_libffi_what_does_not_fit_the_registers),
        cmocka_unit_test(test_plan__leaves_nine_integers_to_libffi),
        cmocka_unit_test(test_plan__passes_and_returns_complex_numbers),
        cmocka_unit_test(test_plan__calls_what_takes_and_returns_nothing),
        cmocka_unit_test(test_plan__takes_sixty_four_parameters),
        cmocka_unit_test(test_plan__is_made_or_not_made_when_memory_fails),
        cmocka_unit_test(test_plan__serves_many_threads_at_once),
    };
    return cmocka_run_group_tests_name("call plan", tests, NULL, NULL);
}
