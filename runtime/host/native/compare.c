/* SPDX-License-Identifier: MIT
 *
 * Comparing and hashing by value.
 */
#include <string.h>

#include "base/hash.h"
#include "host/native/object.h"

static bool holds(gil_comparison how, int order)
{
    switch (how) {
    case GIL_LT:
        return order < 0;
    case GIL_LE:
        return order <= 0;
    case GIL_EQ:
        return order == 0;
    case GIL_NE:
        return order != 0;
    case GIL_GT:
        return order > 0;
    case GIL_GE:
        return order >= 0;
    }
    return false;
}

static bool is_order(gil_comparison how)
{
    return how != GIL_EQ && how != GIL_NE;
}

static bool compare(gil_env *env, gil__object *a, gil_comparison how, gil__object *b, bool *value);

/* Nothing in common: equal only when they are the same; no order. */
static bool by_identity(gil_env *env, const gil__object *a, gil_comparison how, const gil__object *b, bool *value)
{
    static const char *const signs[] = {"<", "<=", "==", "!=", ">", ">="};
    if (is_order(how)) {
        gil_raise(env, GIL_TYPE_ERROR, "%s %s %s: they have no order", gil_type_name(env, (gil_obj){(void *)a}),
                  signs[how], gil_type_name(env, (gil_obj){(void *)b}));
        return false;
    }
    *value = (a == b) == (how == GIL_EQ);
    return true;
}

static bool of_numbers(gil_env *env, const gil__object *a, gil_comparison how, const gil__object *b, bool *value)
{
    bool ordered;
    int order = gil__number_compare((const gil__number *)a, (const gil__number *)b, &ordered);
    if (!ordered && is_order(how))
        return by_identity(env, a, how, b, value);
    *value = order == 2 ? how == GIL_NE : holds(how, order);
    return true;
}

static bool of_strings(const gil__object *a, gil_comparison how, const gil__object *b, bool *value)
{
    const gil__string *left = (const gil__string *)a, *right = (const gil__string *)b;
    size_t shorter = left->length < right->length ? left->length : right->length;
    int order = shorter ? memcmp(left->bytes, right->bytes, shorter) : 0;
    if (order == 0)
        order = left->length < right->length ? -1 : left->length > right->length;
    *value = holds(how, order);
    return true;
}

/* The first items that differ decide. Comparing may run a module's code, which may change a list meanwhile. */
static bool of_sequences(gil_env *env, gil__object *a, gil_comparison how, gil__object *b, bool *value)
{
    const gil__sequence *left = (const gil__sequence *)a, *right = (const gil__sequence *)b;
    bool equal = true, fine = true;
    if (!is_order(how) && left->count != right->count) {
        *value = how == GIL_NE;
        return true;
    }
    for (size_t i = 0; i < left->count && i < right->count; i++) {
        gil__object *x = left->items[i], *y = right->items[i];
        gil__object_keep(x);
        gil__object_keep(y);
        fine = gil__objects_equal(env, x, y, &equal);
        if (fine && !equal) {
            if (is_order(how))
                fine = compare(env, x, how, y, value);
            else
                *value = how == GIL_NE;
        }
        gil__object_drop(x);
        gil__object_drop(y);
        if (!fine || !equal)
            return fine;
    }
    *value = holds(how, left->count < right->count ? -1 : left->count > right->count);
    return true;
}

static bool of_dicts(gil_env *env, gil__object *a, gil_comparison how, gil__object *b, bool *value)
{
    gil__dict *left = (gil__dict *)a, *right = (gil__dict *)b;
    bool equal = left->count == right->count, fine = true;
    if (is_order(how))
        return by_identity(env, a, how, b, value);
    for (size_t i = 0; fine && equal && i < left->used; i++) {
        gil__entry entry = left->entries[i];
        if (!entry.key)
            continue;
        gil__object_keep(entry.key);
        gil__object_keep(entry.value);
        gil__object *other = gil__dict_value(env, right, entry.key, &fine);
        equal = other != NULL;
        if (other) {
            gil__object_keep(other);
            fine = gil__objects_equal(env, entry.value, other, &equal);
            gil__object_drop(other);
        }
        gil__object_drop(entry.key);
        gil__object_drop(entry.value);
    }
    if (fine)
        *value = equal == (how == GIL_EQ);
    return fine;
}

/* A function, or a method of an object, is made anew each time it is looked up. */
static bool is_same_function(const gil__callable *a, const gil__callable *b)
{
    return a == b || (a->function && a->function == b->function && a->function != &a->bound && a->self == b->self &&
                      a->policy == b->policy);
}

static bool is_same(const gil__object *a, const gil__object *b)
{
    if (a == b || a->type != b->type)
        return a == b;
    if (a->type == GIL_OBJ_FUNCTION)
        return is_same_function((const gil__callable *)a, (const gil__callable *)b);
    if (a->type == GIL_OBJ_MODULE)
        return ((const gil__module_object *)a)->module == ((const gil__module_object *)b)->module;
    if (a->type == GIL_OBJ_TYPE) {
        const gil__resource_type *left = ((const gil__type *)a)->resource, *right = ((const gil__type *)b)->resource;
        return left && left == right;
    }
    return false;
}

static bool ask(gil_env *env, gil__object *object, gil_role role, gil__object *other, bool *value)
{
    size_t scope = gil_scope_open(env); /* sorting asks often */
    gil_obj answer = gil__resource_call(env, object, role, 1, (gil_obj[]){{other}});
    bool fine = !gil_is_null(answer) && gil_bool_get(env, answer, value);
    gil_scope_close(env, scope);
    return fine;
}

/* Two of one resource type. < comes from `less`, the others from it and from `equal`. */
static bool of_resources(gil_env *env, gil__object *a, gil_comparison how, gil__object *b, bool *value)
{
    bool has_less = gil__resource_slot(a, GIL_ROLE_LESS), has_equal = gil__resource_slot(a, GIL_ROLE_EQUAL);
    bool answer, fine;
    if (!is_order(how)) {
        if (!has_equal)
            return by_identity(env, a, how, b, value);
        fine = ask(env, a, GIL_ROLE_EQUAL, b, &answer);
    } else if (!has_less) {
        return by_identity(env, a, how, b, value);
    } else if (how == GIL_LT || how == GIL_GE) {
        fine = ask(env, a, GIL_ROLE_LESS, b, &answer);
    } else {
        fine = ask(env, b, GIL_ROLE_LESS, a, &answer);
    }
    if (fine)
        *value = answer == (how == GIL_EQ || how == GIL_LT || how == GIL_GT);
    return fine;
}

static bool compare(gil_env *env, gil__object *a, gil_comparison how, gil__object *b, bool *value)
{
    if (gil__number_is(a) && gil__number_is(b))
        return of_numbers(env, a, how, b, value);
    if (a->type != b->type)
        return by_identity(env, a, how, b, value);
    if (a->type == GIL_OBJ_STR || a->type == GIL_OBJ_BYTES)
        return of_strings(a, how, b, value);
    if (a->type == GIL_OBJ_FUNCTION || a->type == GIL_OBJ_MODULE || a->type == GIL_OBJ_TYPE)
        return by_identity(env, a, how, is_same(a, b) ? a : b, value);
    if (!gil__deeper(env))
        return false;
    bool fine;
    if (a->type == GIL_OBJ_LIST || a->type == GIL_OBJ_TUPLE)
        fine = of_sequences(env, a, how, b, value);
    else if (a->type == GIL_OBJ_DICT)
        fine = of_dicts(env, a, how, b, value);
    else if (a->type == GIL_OBJ_RESOURCE && gil__resource_of(a)->type == gil__resource_of(b)->type)
        fine = of_resources(env, a, how, b, value);
    else
        fine = by_identity(env, a, how, b, value);
    gil__shallower();
    return fine;
}

/* What is the same is equal, as in Python's containers: NaN too. */
bool gil__objects_equal(gil_env *env, gil__object *a, gil__object *b, bool *equal)
{
    if (a != b)
        return compare(env, a, GIL_EQ, b, equal);
    *equal = true;
    return true;
}

bool gil__native_compare(gil_env *env, gil_obj a, gil_comparison how, gil_obj b, bool *value)
{
    bool found = false;
    if (gil_is_null(a) || gil_is_null(b))
        return gil__refuse_null(env);
    if ((unsigned)how > GIL_GE) {
        gil_raise(env, GIL_VALUE_ERROR, "%d is no comparison; use GIL_LT to GIL_GE", (int)how);
        return false;
    }
    bool fine = compare(env, gil__object_at(a), how, gil__object_at(b), &found);
    if (fine)
        *value = found;
    return fine;
}

/* ---- Hashing ------------------------------------------------------------------------------------------------ */

static bool hash_of_tuple(gil_env *env, const gil__sequence *tuple, int64_t *value)
{
    uint64_t hash = gil__hash_word(tuple->count);
    bool fine = gil__deeper(env);
    if (!fine)
        return false;
    for (size_t i = 0; fine && i < tuple->count; i++) {
        int64_t item;
        fine = gil_hash(env, (gil_obj){tuple->items[i]}, &item);
        if (fine)
            hash = gil__hash_join(hash, (uint64_t)item);
    }
    gil__shallower();
    if (fine)
        *value = (int64_t)hash;
    return fine;
}

static bool refuse_hash(gil_env *env, gil_obj object)
{
    gil_raise(env, GIL_TYPE_ERROR, "%s has no hash, so it cannot be a key", gil_type_name(env, object));
    return false;
}

static bool hash_of_resource(gil_env *env, gil_obj object, int64_t *value)
{
    gil__object *resource = gil__object_at(object);
    if (gil__resource_slot(resource, GIL_ROLE_HASH)) {
        if (!gil__deeper(env))
            return false;
        size_t scope = gil_scope_open(env);
        gil_obj hash = gil__resource_call(env, resource, GIL_ROLE_HASH, 0, NULL);
        bool fine = !gil_is_null(hash) && gil_int_get(env, hash, value);
        gil_scope_close(env, scope);
        gil__shallower();
        return fine;
    }
    if (gil__resource_slot(resource, GIL_ROLE_EQUAL))
        return refuse_hash(env, object);
    *value = (int64_t)gil__hash_word((uintptr_t)resource);
    return true;
}

/* What is the same when it is looked up again has the same hash. */
static uint64_t hash_of_identity(const gil__object *object)
{
    const void *identity = object;
    if (object->type == GIL_OBJ_FUNCTION && ((const gil__callable *)object)->function)
        identity = ((const gil__callable *)object)->function;
    else if (object->type == GIL_OBJ_MODULE)
        identity = ((const gil__module_object *)object)->module;
    else if (object->type == GIL_OBJ_TYPE && ((const gil__type *)object)->resource)
        identity = ((const gil__type *)object)->resource;
    return gil__hash_word((uintptr_t)identity);
}

bool gil__native_hash(gil_env *env, gil_obj handle, int64_t *value)
{
    const gil__object *object = gil__object_at(handle);
    if (!object)
        return gil__refuse_null(env);
    if (gil__number_is(object)) {
        *value = gil__number_hash((const gil__number *)object);
        return true;
    }
    switch (object->type) {
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES: {
        const gil__string *string = (const gil__string *)object;
        *value = (int64_t)gil__hash_bytes(string->bytes, string->length);
        return true;
    }
    case GIL_OBJ_TUPLE:
        return hash_of_tuple(env, (const gil__sequence *)object, value);
    case GIL_OBJ_LIST:
    case GIL_OBJ_DICT:
    case GIL_OBJ_ARRAY:
        return refuse_hash(env, handle);
    case GIL_OBJ_RESOURCE:
        return hash_of_resource(env, handle, value);
    default:
        *value = (int64_t)hash_of_identity(object);
        return true;
    }
}
