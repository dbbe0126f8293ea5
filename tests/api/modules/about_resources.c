/* SPDX-License-Identifier: MIT
 *
 * Resource types: objects that are a struct of the module, made, used, compared, closed. What they do where the
 * language has its own syntax stands in about_slots.
 */
#include <stdlib.h>

#include "check.h"

/* How many of each there are, so that tests see when objects end. */
typedef struct resources {
    int counters;
    int blocks;
} resources;

GIL_MODULE(about_resources, .doc = "Tests of resources.", .state_size = sizeof(resources));

/* ---- A counter: init, methods, properties ------------------------------------------------------------------------ */

typedef struct counter {
    int64_t count;
    int64_t step;
    bool counted; /* in the module's state */
} counter;

static void end_counter(gil_env *env, counter *self)
{
    if (self->counted)
        ((resources *)gil_module_state(env))->counters--;
}

GIL_RESOURCE(counter, .doc = "Counts on.", .finalize = end_counter, .closable = true);

GIL_SLOT(counter, void, init, (gil_env * env, counter *self, int64_t start, int64_t step))
{
    ((resources *)gil_module_state(env))->counters++;
    self->counted = true;
    self->count = start;
    self->step = step;
    if (step == 0)
        gil_raise(env, GIL_VALUE_ERROR, "a step of 0 counts nothing");
}

GIL_METHOD(counter, int64_t, add, (counter * self, int64_t times), .doc = "Count on, without the GIL.")
{
    return self->count += times * self->step;
}

GIL_METHOD(counter, gil_obj, me, (gil_env * env, counter *self), .doc = "The object itself.")
{
    return gil_resource_object(env, self);
}

GIL_METHOD(counter, gil_obj, call_beside, (gil_env * env, counter *self, gil_obj f), .doc = "f() while it is in use.")
{
    (void)self;
    return CALL(f);
}

GIL_GETTER(counter, int64_t, count, (const counter *self), .doc = "How far it is.")
{
    return self->count;
}

GIL_GETTER(counter, int64_t, step, (const counter *self))
{
    return self->step;
}

GIL_SETTER(counter, step, (gil_env * env, counter *self, int64_t step))
{
    if (step == 0)
        gil_raise(env, GIL_VALUE_ERROR, "a step of 0 counts nothing");
    else
        self->step = step;
}

GIL_FUNCTION(int64_t, both, (const counter *a, const counter *b), .doc = "Reads two.")
{
    return a->count + b->count;
}

GIL_FUNCTION(gil_obj, new_counter, (gil_env * env, int64_t count), .doc = "One that no init made.")
{
    counter *self;
    gil_obj object = GIL_RESOURCE_NEW(env, counter, &self);
    if (!gil_is_null(object))
        *self = (counter){.count = count, .step = 1};
    return object;
}

/* ---- A block: memory that is pinned ------------------------------------------------------------------------------ */

typedef struct block {
    double *data;
    size_t count;
} block;

static void end_block(gil_env *env, block *self)
{
    if (self->data)
        ((resources *)gil_module_state(env))->blocks--;
    free(self->data);
}

static bool show_block(gil_env *env, block *self, gil_buffer *buffer)
{
    if (!self->data) {
        gil_raise(env, GIL_BUFFER_ERROR, "the block is empty");
        return false;
    }
    buffer->data = self->data;
    buffer->dtype = GIL_FLOAT64;
    buffer->ndim = 1;
    buffer->shape[0] = self->count;
    buffer->strides[0] = sizeof(double);
    return true;
}

GIL_RESOURCE(block, .doc = "Memory.", .finalize = end_block, .buffer = show_block, .closable = true);

GIL_SLOT(block, void, init, (gil_env * env, block *self, uint16_t count))
{
    self->data = count ? calloc(count, sizeof(double)) : NULL;
    self->count = count;
    if (self->data)
        ((resources *)gil_module_state(env))->blocks++;
    else if (count)
        gil_raise(env, GIL_MEMORY_ERROR, "no memory for a block of %u", count);
}

GIL_METHOD(block, size_t, pins, (gil_env * env, const block *self), .doc = "How often it is pinned.")
{
    return gil_resource_pins(env, self);
}

GIL_FUNCTION(double, sum, (size_t n, const double x[n]), .doc = "A kernel.")
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += x[i];
    return total;
}

GIL_FUNCTION(void, fill, (size_t n, double x[n], double value), .doc = "A kernel that writes.")
{
    for (size_t i = 0; i < n; i++)
        x[i] = value;
}

/* ---- Made -------------------------------------------------------------------------------------------------------- */

static resources *state_of(gil_env *env)
{
    return gil_module_state(env);
}

static gil_obj make_counter(gil_env *env, int64_t start, int64_t step)
{
    return CALL(OWN("counter"), INT(start), INT(step));
}

/* Call a method. */
#define METHOD(object, name, ...) CALL(gil_attr_get(env, (object), (name)), ##__VA_ARGS__)

TEST(a_type_is_called_to_make_an_object)
{
    gil_obj type, object;
    TRY(type = OWN("counter"));
    TRY(object = CALL(type, INT(5), INT(2)));
    CHECK_COUNT(gil_type_of(env, type), GIL_OBJ_TYPE);
    CHECK_COUNT(gil_type_of(env, object), GIL_OBJ_RESOURCE);
    CHECK(strcmp(gil_type_name(env, object), "counter") == 0);
    CHECK(gil_is_instance(env, object, type));
    CHECK(!gil_is_instance(env, object, OWN("block")));
    CHECK(!gil_is_instance(env, INT(1), type));
    CHECK_REPR(gil_attr_get(env, object, "count"), "5");
}

TEST(init_takes_keywords_and_refuses_what_does_not_suit)
{
    gil_obj type, one;
    TRY(type = OWN("counter"));
    TRY(one = INT(1));
    gil_keyword both[] = {{"step", one}, {"start", one}};
    CHECK_REPR(gil_attr_get(env, gil_call(env, type, NULL, 0, both, 2), "count"), "1");
    RAISES(GIL_TYPE_ERROR, CALL(type));
    RAISES(GIL_TYPE_ERROR, CALL(type, one, TEXT("1")));
    RAISES(GIL_TYPE_ERROR, CALL(type, one, one, one));
    CHECK_COUNT(state_of(env)->counters, 1);
}

TEST(an_init_that_fails_leaves_no_object)
{
    int before = state_of(env)->counters;
    GIL_SCOPE(env)
        RAISES(GIL_VALUE_ERROR, make_counter(env, 1, 0));
    CHECK_COUNT(state_of(env)->counters, before);
}

TEST(an_object_ends_with_its_last_handle)
{
    int before = state_of(env)->counters;
    GIL_SCOPE(env) {
        TRY(make_counter(env, 0, 1));
        CHECK_COUNT(state_of(env)->counters, before + 1);
    }
    CHECK_COUNT(state_of(env)->counters, before);
}

TEST(a_reference_and_a_list_keep_an_object)
{
    int before = state_of(env)->counters;
    DROPPED gil_ref *ref = NULL;
    GIL_SCOPE(env)
        TRY(ref = gil_ref_new(env, LIST(make_counter(env, 0, 1))));
    CHECK_COUNT(state_of(env)->counters, before + 1);
    gil_ref_drop(ref);
    ref = NULL;
    CHECK_COUNT(state_of(env)->counters, before);
}

TEST(new_makes_an_object_without_init)
{
    counter *self = NULL;
    gil_obj object;
    TRY(object = CALL(OWN("new_counter"), INT(7)));
    TRY(GIL_RESOURCE_GET(env, counter, object, &self));
    CHECK(self->count == 7 && !self->counted);
    TRY(object = GIL_RESOURCE_NEW(env, counter, &self));
    CHECK(self->count == 0 && self->step == 0);
    CHECK(gil_same(env, gil_resource_object(env, self), object));
}

TEST(the_struct_of_another_type_is_refused)
{
    counter *self = NULL;
    RAISES(GIL_TYPE_ERROR, GIL_RESOURCE_GET(env, counter, INT(1), &self));
    RAISES(GIL_TYPE_ERROR, GIL_RESOURCE_GET(env, counter, CALL(OWN("block"), INT(1)), &self));
    RAISES(GIL_TYPE_ERROR, GIL_RESOURCE_GET(env, counter, GIL_NULL, &self));
    CHECK(self == NULL);
}

/* ---- Methods and properties --------------------------------------------------------------------------------------- */

TEST(methods_change_the_struct)
{
    gil_obj object, add;
    TRY(object = make_counter(env, 10, 2));
    CHECK_REPR(METHOD(object, "add", INT(3)), "16");
    TRY(add = gil_attr_get(env, object, "add"));
    CHECK_COUNT(gil_type_of(env, add), GIL_OBJ_FUNCTION);
    CHECK(gil_is_callable(env, add) && !gil_is_callable(env, object));
    CHECK_REPR(gil_call(env, add, NULL, 0, &(gil_keyword){"times", INT(-1)}, 1), "14");
    RAISES(GIL_TYPE_ERROR, CALL(add));
    RAISES(GIL_TYPE_ERROR, CALL(add, object, INT(1)));
    CHECK_REPR(gil_attr_get(env, object, "count"), "14");
}

TEST(a_method_keeps_its_object)
{
    int before = state_of(env)->counters;
    GIL_SCOPE(env) {
        gil_obj add = GIL_NULL;
        GIL_SCOPE(env)
            TRY(add = gil_escape(env, gil_attr_get(env, make_counter(env, 1, 1), "add")));
        CHECK_COUNT(state_of(env)->counters, before + 1);
        CHECK_REPR(CALL(add, INT(1)), "2");
    }
    CHECK_COUNT(state_of(env)->counters, before);
}

TEST(the_object_of_a_struct_is_the_object_itself)
{
    gil_obj object;
    TRY(object = make_counter(env, 1, 1));
    CHECK(gil_same(env, METHOD(object, "me"), object));
}

TEST(properties_are_read_and_set)
{
    gil_obj object;
    TRY(object = make_counter(env, 0, 1));
    TRY(gil_attr_set(env, object, "step", INT(10)));
    CHECK_REPR(gil_attr_get(env, object, "step"), "10");
    CHECK_REPR(METHOD(object, "add", INT(1)), "10");
    RAISES(GIL_VALUE_ERROR, gil_attr_set(env, object, "step", INT(0)));
    RAISES(GIL_TYPE_ERROR, gil_attr_set(env, object, "step", TEXT("1")));
    CHECK_REPR(gil_attr_get(env, object, "step"), "10");
}

TEST(what_has_no_setter_is_read_only)
{
    gil_obj object;
    TRY(object = make_counter(env, 0, 1));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, object, "count", INT(1)));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, object, "add", INT(1)));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, object, "no_such", INT(1)));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_delete(env, object, "count"));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_get(env, object, "no_such"));
}

TEST(the_names_of_an_object_are_its_methods_and_properties)
{
    static const char *const wanted[] = {"add", "call_beside", "close", "count", "me", "step"};
    bool in = false;
    gil_obj names;
    TRY(names = gil_attr_names(env, make_counter(env, 0, 1)));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        TRY(gil_contains(env, names, TEXT(wanted[i]), &in));
        CHECK(in);
    }
}

TEST(functions_take_resources_of_their_type)
{
    gil_obj a, b, f;
    TRY(a = make_counter(env, 1, 1));
    TRY(b = make_counter(env, 2, 1));
    TRY(f = OWN("both"));
    CHECK_REPR(CALL(f, a, b), "3");
    CHECK_REPR(CALL(f, a, a), "2");
    RAISES(GIL_TYPE_ERROR, CALL(f, a, NONE()));
    RAISES(GIL_TYPE_ERROR, CALL(f, a, CALL(OWN("block"), INT(1))));
}

/* ---- Closed --------------------------------------------------------------------------------------------------------- */

TEST(close_finalises_now_and_once)
{
    int before = state_of(env)->counters;
    gil_obj object;
    TRY(object = make_counter(env, 1, 1));
    TRY(gil_resource_close(env, object));
    CHECK_COUNT(state_of(env)->counters, before);
    TRY(gil_resource_close(env, object));
    CHECK_REPR(METHOD(object, "close"), "None");
    CHECK_COUNT(state_of(env)->counters, before);
}

TEST(a_closed_object_is_not_used)
{
    counter *self = NULL;
    gil_obj object, add;
    TRY(object = make_counter(env, 1, 1));
    TRY(add = gil_attr_get(env, object, "add"));
    TRY(METHOD(object, "close"));
    RAISES(GIL_VALUE_ERROR, CALL(add, INT(1)));
    RAISES(GIL_VALUE_ERROR, gil_attr_get(env, object, "count"));
    RAISES(GIL_VALUE_ERROR, gil_attr_set(env, object, "step", INT(1)));
    RAISES(GIL_VALUE_ERROR, CALL(OWN("both"), object, object));
    RAISES(GIL_VALUE_ERROR, GIL_RESOURCE_GET(env, counter, object, &self));
}

TEST(an_object_in_use_by_this_thread_is_not_closed)
{
    int before = state_of(env)->counters;
    gil_obj object;
    TRY(object = make_counter(env, 1, 1));
    RAISES(GIL_RUNTIME_ERROR, METHOD(object, "call_beside", gil_attr_get(env, object, "close")));
    CHECK_COUNT(state_of(env)->counters, before + 1);
    CHECK_REPR(METHOD(object, "add", INT(1)), "2");
}

TEST(a_thread_that_uses_an_object_may_use_it_again)
{
    gil_obj object;
    TRY(object = make_counter(env, 1, 1));
    CHECK(gil_same(env, METHOD(object, "call_beside", gil_attr_get(env, object, "me")), object));
}

TEST(only_resources_are_closed)
{
    RAISES(GIL_TYPE_ERROR, gil_resource_close(env, INT(1)));
    RAISES(GIL_TYPE_ERROR, gil_resource_close(env, GIL_NULL));
}

/* ---- Pinned ----------------------------------------------------------------------------------------------------------- */

TEST(the_memory_of_a_resource_is_pinned)
{
    PINNED(pin);
    gil_obj object;
    TRY(object = CALL(OWN("block"), INT(3)));
    CHECK_REPR(METHOD(object, "pins"), "0");
    TRY(gil_buffer_pin(env, object, &pin.is));
    CHECK(pin.is.dtype == GIL_FLOAT64 && pin.is.ndim == 1 && pin.is.shape[0] == 3 && pin.is.itemsize == 8);
    CHECK_REPR(METHOD(object, "pins"), "1");
    ((double *)pin.is.data)[2] = 0.5;
    gil_buffer_release(env, &pin.is);
    CHECK_REPR(METHOD(object, "pins"), "0");
}

TEST(a_kernel_works_on_the_memory_of_a_resource)
{
    gil_obj object;
    TRY(object = CALL(OWN("block"), INT(4)));
    TRY(CALL(OWN("fill"), object, REAL(1.5)));
    CHECK_REPR(CALL(OWN("sum"), object), "6.0");
    CHECK_REPR(METHOD(object, "pins"), "0");
}

TEST(pinned_memory_is_not_closed_away)
{
    PINNED(pin);
    gil_obj object;
    int before = state_of(env)->blocks;
    TRY(object = CALL(OWN("block"), INT(1)));
    TRY(gil_buffer_pin(env, object, &pin.is));
    RAISES(GIL_BUFFER_ERROR, gil_resource_close(env, object));
    CHECK_COUNT(state_of(env)->blocks, before + 1);
    gil_buffer_release(env, &pin.is);
    TRY(gil_resource_close(env, object));
    CHECK_COUNT(state_of(env)->blocks, before);
    RAISES(GIL_VALUE_ERROR, gil_buffer_pin(env, object, &pin.is));
}

TEST(a_pin_keeps_a_resource_alive)
{
    PINNED(pin);
    int before = state_of(env)->blocks;
    GIL_SCOPE(env)
        TRY(gil_buffer_pin(env, CALL(OWN("block"), INT(2)), &pin.is));
    CHECK_COUNT(state_of(env)->blocks, before + 1);
    CHECK(((double *)pin.is.data)[1] == 0);
    gil_buffer_release(env, &pin.is);
    CHECK_COUNT(state_of(env)->blocks, before);
}

TEST(what_buffer_refuses_is_not_pinned)
{
    gil_buffer buffer;
    gil_obj empty;
    TRY(empty = CALL(OWN("block"), INT(0)));
    RAISES(GIL_BUFFER_ERROR, gil_buffer_pin(env, empty, &buffer));
    CHECK_REPR(METHOD(empty, "pins"), "0");
    RAISES(GIL_TYPE_ERROR, gil_buffer_pin(env, make_counter(env, 0, 1), &buffer));
}
