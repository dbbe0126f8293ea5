/* SPDX-License-Identifier: MIT
 *
 * What dict, list, tuple, str and numbers do on this host, for a test that holds Python's own beside it: a list of
 * operations goes in, and for each comes out what it gave, as text.
 *
 * An operation is [register or null, verb, operands...]; its result goes into the register. An operand is a literal,
 * ["$", i] for a register, ["[", items...] for a list, ["(", items...] for a tuple. A verb that changes something
 * gives what it changed.
 */
#include "check.h"

GIL_MODULE(mirror, .doc = "Operations on objects, played one after the other.");

enum { REGISTERS = 6, MOST = 4 };

/* ---- Operands ------------------------------------------------------------------------------------------------- */

static gil_obj decode(gil_env *env, gil_obj registers, gil_obj operand)
{
    size_t length = 0;
    if (gil_type_of(env, operand) != GIL_OBJ_LIST)
        return operand;
    if (!gil_sequence_length(env, operand, &length) || length == 0)
        return gil_raise(env, GIL_SYSTEM_ERROR, "an operand that is a bare list");
    gil_obj tag = gil_sequence_item(env, operand, 0);
    if (gil_str_is(env, tag, "$"))
        return gil_item_get(env, registers, gil_sequence_item(env, operand, 1));
    gil_obj list = gil_list_new(env);
    for (size_t i = 1; i < length; i++)
        if (!gil_list_append(env, list, decode(env, registers, gil_sequence_item(env, operand, i))))
            return GIL_NULL;
    return gil_str_is(env, tag, "(") ? gil_tuple_from(env, list) : list;
}

static int64_t number(gil_env *env, gil_obj operand)
{
    int64_t value = 0;
    gil_int_get(env, operand, &value);
    return value;
}

/* What a call changed, when it did. */
static gil_obj changed(gil_obj object, bool fine)
{
    return fine ? object : GIL_NULL;
}

static gil_obj truth(gil_env *env, bool fine, bool value)
{
    return fine ? BOOL(value) : GIL_NULL;
}

static gil_obj compare(gil_env *env, const gil_obj *x, gil_comparison how)
{
    bool value = false;
    bool fine = gil_compare(env, x[0], how, x[1], &value);
    return truth(env, fine, value);
}

/* ---- Verbs ---------------------------------------------------------------------------------------------------- */

#define VERB(name_) static gil_obj do_##name_(gil_env *env, const gil_obj *x)

VERB(is)
{
    (void)env;
    return x[0];
}

VERB(dict)
{
    (void)x;
    return gil_dict_new(env);
}

VERB(list)
{
    return gil_list_from(env, x[0]);
}

VERB(tuple)
{
    return gil_tuple_from(env, x[0]);
}

VERB(get)
{
    return gil_item_get(env, x[0], x[1]);
}

VERB(set)
{
    return changed(x[0], gil_item_set(env, x[0], x[1], x[2]));
}

VERB(delete)
{
    return changed(x[0], gil_item_delete(env, x[0], x[1]));
}

VERB(in)
{
    bool value = false;
    bool fine = gil_contains(env, x[0], x[1], &value);
    return truth(env, fine, value);
}

VERB(length)
{
    size_t length = 0;
    return gil_length(env, x[0], &length) ? gil_uint_new(env, length) : GIL_NULL;
}

VERB(truth)
{
    bool value = false;
    bool fine = gil_truth(env, x[0], &value);
    return truth(env, fine, value);
}

VERB(iterate)
{
    gil_obj items = gil_iter(env, x[0]), item = GIL_NULL, list = gil_list_new(env);
    while (gil_iter_next(env, items, &item) && !gil_is_null(item))
        if (!gil_list_append(env, list, item))
            return GIL_NULL;
    return gil_error_pending(env) ? GIL_NULL : list;
}

VERB(find)
{
    gil_obj value;
    if (!gil_dict_find(env, x[0], x[1], &value))
        return GIL_NULL;
    return gil_is_null(value) ? TEXT("missing") : value;
}

VERB(default)
{
    return TUPLE(gil_dict_set_default(env, x[0], x[1], x[2]), x[0]);
}

VERB(update)
{
    return changed(x[0], gil_dict_update(env, x[0], x[1]));
}

VERB(keys)
{
    return gil_dict_keys(env, x[0]);
}

VERB(values)
{
    return gil_dict_values(env, x[0]);
}

VERB(items)
{
    return gil_dict_items(env, x[0]);
}

VERB(walk)
{
    gil_obj list = gil_list_new(env), key = GIL_NULL, value = GIL_NULL;
    size_t position = 0;
    while (gil_dict_next(env, x[0], &position, &key, &value) && !gil_is_null(key))
        if (!gil_list_append(env, list, TUPLE(key, value)))
            return GIL_NULL;
    return gil_error_pending(env) ? GIL_NULL : list;
}

VERB(copy)
{
    return gil_dict_copy(env, x[0]);
}

VERB(clear)
{
    return changed(x[0], gil_dict_clear(env, x[0]));
}

VERB(append)
{
    return changed(x[0], gil_list_append(env, x[0], x[1]));
}

VERB(insert)
{
    return changed(x[0], gil_list_insert(env, x[0], number(env, x[1]), x[2]));
}

VERB(extend)
{
    return changed(x[0], gil_list_extend(env, x[0], x[1]));
}

VERB(sort)
{
    return changed(x[0], gil_list_sort(env, x[0]));
}

VERB(reverse)
{
    return changed(x[0], gil_list_reverse(env, x[0]));
}

VERB(slice)
{
    return gil_slice(env, x[0], number(env, x[1]), number(env, x[2]), number(env, x[3]));
}

VERB(put)
{
    return changed(x[0], gil_slice_set(env, x[0], number(env, x[1]), number(env, x[2]), x[3]));
}

VERB(cut)
{
    return changed(x[0], gil_slice_set(env, x[0], number(env, x[1]), number(env, x[2]), GIL_NULL));
}

VERB(concat)
{
    return gil_concat(env, x[0], x[1]);
}

VERB(repeat)
{
    return gil_repeat(env, x[0], (size_t)number(env, x[1]));
}

VERB(lt)
{
    return compare(env, x, GIL_LT);
}

VERB(le)
{
    return compare(env, x, GIL_LE);
}

VERB(eq)
{
    return compare(env, x, GIL_EQ);
}

VERB(ne)
{
    return compare(env, x, GIL_NE);
}

VERB(gt)
{
    return compare(env, x, GIL_GT);
}

VERB(ge)
{
    return compare(env, x, GIL_GE);
}

VERB(split)
{
    bool white = gil_type_of(env, x[1]) == GIL_OBJ_NONE;
    return gil_str_split(env, x[0], white ? GIL_NULL : x[1]);
}

VERB(join)
{
    return gil_str_join(env, x[0], x[1]);
}

VERB(int)
{
    return gil_to_int(env, x[0]);
}

VERB(float)
{
    return gil_to_float(env, x[0]);
}

VERB(parse)
{
    const char *text = "";
    size_t length = 0;
    if (!gil_str_get(env, x[0], &text, &length))
        return GIL_NULL;
    return gil_int_parse(env, text, length, (int)number(env, x[1]));
}

VERB(str)
{
    return gil_to_str(env, x[0]);
}

VERB(repr)
{
    return gil_to_repr(env, x[0]);
}

static const struct {
    const char *name;
    size_t operands;
    gil_obj (*code)(gil_env *env, const gil_obj *operands);
} verbs[] = {
    {"is", 1, do_is},           {"dict", 0, do_dict},     {"list", 1, do_list},       {"tuple", 1, do_tuple},
    {"get", 2, do_get},         {"set", 3, do_set},       {"delete", 2, do_delete},   {"in", 2, do_in},
    {"length", 1, do_length},   {"truth", 1, do_truth},   {"iterate", 1, do_iterate}, {"find", 2, do_find},
    {"default", 3, do_default}, {"update", 2, do_update}, {"keys", 1, do_keys},       {"values", 1, do_values},
    {"items", 1, do_items},     {"walk", 1, do_walk},     {"copy", 1, do_copy},       {"clear", 1, do_clear},
    {"append", 2, do_append},   {"insert", 3, do_insert}, {"extend", 2, do_extend},   {"sort", 1, do_sort},
    {"reverse", 1, do_reverse}, {"slice", 4, do_slice},   {"put", 4, do_put},         {"cut", 3, do_cut},
    {"concat", 2, do_concat},   {"repeat", 2, do_repeat}, {"lt", 2, do_lt},           {"le", 2, do_le},
    {"eq", 2, do_eq},           {"ne", 2, do_ne},         {"gt", 2, do_gt},           {"ge", 2, do_ge},
    {"split", 2, do_split},     {"join", 2, do_join},     {"int", 1, do_int},         {"float", 1, do_float},
    {"parse", 2, do_parse},     {"str", 1, do_str},       {"repr", 1, do_repr},
};

/* ---- Playing -------------------------------------------------------------------------------------------------- */

static gil_obj perform(gil_env *env, gil_obj registers, gil_obj operation, size_t count)
{
    gil_obj operands[MOST], verb = gil_sequence_item(env, operation, 1);
    for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++) {
        if (!gil_str_is(env, verb, verbs[v].name) || verbs[v].operands != count - 2)
            continue;
        for (size_t i = 0; i + 2 < count; i++) {
            operands[i] = decode(env, registers, gil_sequence_item(env, operation, i + 2));
            if (gil_is_null(operands[i]))
                return GIL_NULL;
        }
        return verbs[v].code(env, operands);
    }
    return gil_raise(env, GIL_SYSTEM_ERROR, "no such verb, or not so many operands");
}

/* "!KeyError" for what is pending. */
static gil_obj name_error(gil_env *env)
{
    static const char *const names[] = {
#define NAME(number, name, text) [number] = "!" text,
        GIL_ERROR_KINDS(NAME)
#undef NAME
    };
    gil_obj exception = gil_error_fetch(env);
    return gil_is_null(exception) ? exception : TEXT(names[gil_exception_kind(env, exception)]);
}

/* One operation; false: it could not be told what it gave. */
static bool play_one(gil_env *env, gil_obj registers, gil_obj operation, gil_obj told)
{
    size_t count = 0;
    if (!gil_sequence_length(env, operation, &count) || count < 2)
        return !gil_is_null(gil_raise(env, GIL_SYSTEM_ERROR, "an operation is [register, verb, operands...]"));
    gil_obj result = perform(env, registers, operation, count), to = gil_sequence_item(env, operation, 0);
    if (gil_is_null(result))
        return gil_list_append(env, told, name_error(env));
    if (gil_type_of(env, to) != GIL_OBJ_NONE && !gil_item_set(env, registers, to, result))
        return false;
    return gil_list_append(env, told, gil_to_repr(env, result));
}

GIL_FUNCTION(gil_obj, play, (gil_env * env, gil_obj operations), .doc = "What each operation gives.")
{
    size_t count = 0;
    gil_obj told = gil_list_new(env), registers = gil_repeat(env, LIST(NONE()), REGISTERS);
    if (!gil_sequence_length(env, operations, &count))
        return GIL_NULL;
    for (size_t i = 0; i < count; i++)
        GIL_SCOPE(env)
            if (!play_one(env, registers, gil_sequence_item(env, operations, i), told))
                return GIL_NULL;
    return told;
}
