/* SPDX-License-Identifier: MIT
 *
 * Attributes of modules, functions, types and exceptions. Those of resources stand in about_resources.
 */
#include "check.h"

GIL_MODULE(about_attributes, .doc = "Tests of attributes.");

GIL_CONSTANT(FIXED, 7, .doc = "Nobody changes it.");

typedef struct thing {
    int unused;
} thing;

GIL_RESOURCE(thing, .doc = "A type of this module.");

GIL_FUNCTION(void, function, (gil_env * env), .doc = "Does nothing.")
{
    (void)env;
}

TEST(a_module_has_its_functions_types_and_constants)
{
    gil_obj module;
    TRY(module = gil_module_self(env));
    CHECK_COUNT(gil_type_of(env, gil_attr_get(env, module, "function")), GIL_OBJ_FUNCTION);
    CHECK_COUNT(gil_type_of(env, gil_attr_get(env, module, "thing")), GIL_OBJ_TYPE);
    CHECK_REPR(gil_attr_get(env, module, "FIXED"), "7");
    CHECK_TEXT(gil_attr_get(env, module, "__name__"), "about_attributes");
    CHECK_TEXT(gil_attr_get(env, module, "__doc__"), "Tests of attributes.");
}

TEST(a_function_and_a_type_have_names_and_docs)
{
    bool in = false;
    gil_obj f, type;
    TRY(f = OWN("function"));
    TRY(type = OWN("thing"));
    CHECK_TEXT(gil_attr_get(env, f, "__name__"), "function");
    TRY(gil_contains(env, gil_attr_get(env, f, "__doc__"), TEXT("Does nothing."), &in));
    CHECK(in);
    CHECK_TEXT(gil_attr_get(env, type, "__name__"), "thing");
    TRY(gil_contains(env, gil_attr_get(env, type, "__doc__"), TEXT("A type of this module."), &in));
    CHECK(in);
}

TEST(a_missing_attribute_is_an_error)
{
    gil_obj f;
    TRY(f = OWN("function"));
    RAISES(GIL_ATTRIBUTE_ERROR, OWN("no_such"));
    RAISES(GIL_ATTRIBUTE_ERROR, OWN(""));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_get(env, f, "no_such"));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_get(env, INT(1), "no_such"));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_get(env, gil_exception_type(env, GIL_KEY_ERROR), "no_such"));
    RAISES(GIL_TYPE_ERROR, gil_attr_get(env, GIL_NULL, "__name__"));
}

TEST(find_says_whether_an_attribute_is_there)
{
    gil_obj module, value;
    TRY(module = gil_module_self(env));
    TRY(gil_attr_find(env, module, "FIXED", &value));
    CHECK_REPR(value, "7");
    TRY(gil_attr_find(env, module, "no_such", &value));
    CHECK(gil_is_null(value));
    TRY(gil_attr_find(env, INT(1), "no_such", &value));
    CHECK(gil_is_null(value));
    RAISES(GIL_TYPE_ERROR, gil_attr_find(env, GIL_NULL, "x", &value));
}

TEST(a_module_takes_new_attributes)
{
    gil_obj module, list, value;
    TRY(module = gil_module_self(env));
    TRY(list = LIST(INT(1)));
    TRY(gil_attr_set(env, module, "extra", list));
    CHECK(gil_same(env, gil_attr_get(env, module, "extra"), list));
    CHECK(gil_same(env, gil_attr_get(env, gil_module_self(env), "extra"), list));
    TRY(gil_attr_set(env, module, "extra", INT(2)));
    CHECK_REPR(gil_attr_get(env, module, "extra"), "2");
    TRY(gil_attr_delete(env, module, "extra"));
    TRY(gil_attr_find(env, module, "extra", &value));
    CHECK(gil_is_null(value));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_delete(env, module, "extra"));
}

TEST(what_a_module_declared_stays_as_it_is)
{
    gil_obj module, one;
    TRY(module = gil_module_self(env));
    TRY(one = INT(1));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, module, "function", one));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, module, "thing", one));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, module, "FIXED", one));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_delete(env, module, "function"));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_delete(env, module, "thing"));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_delete(env, module, "FIXED"));
    CHECK_REPR(gil_attr_get(env, module, "FIXED"), "7");
}

TEST(what_takes_no_attributes_says_so)
{
    gil_obj one;
    TRY(one = INT(1));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, one, "x", one));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_set(env, LIST(), "x", one));
    RAISES(GIL_ATTRIBUTE_ERROR, gil_attr_delete(env, one, "x"));
    RAISES(GIL_TYPE_ERROR, gil_attr_set(env, GIL_NULL, "x", one));
    RAISES(GIL_TYPE_ERROR, gil_attr_set(env, gil_module_self(env), "x", GIL_NULL));
    RAISES(GIL_TYPE_ERROR, gil_attr_delete(env, GIL_NULL, "x"));
    RAISES(GIL_TYPE_ERROR, gil_attr_names(env, GIL_NULL));
}

TEST(names_are_a_sorted_list_of_str)
{
    static const char *const wanted[] = {"FIXED", "function", "names_are_a_sorted_list_of_str", "thing"};
    bool in = false;
    gil_obj names, sorted;
    TRY(names = gil_attr_names(env, gil_module_self(env)));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        TRY(gil_contains(env, names, TEXT(wanted[i]), &in));
        CHECK(in);
    }
    TRY(sorted = gil_list_from(env, names));
    TRY(gil_list_sort(env, sorted));
    TRY(gil_compare(env, names, GIL_EQ, sorted, &in));
    CHECK(in);
    TRY(gil_attr_names(env, INT(1)));
    TRY(gil_attr_names(env, OWN("function")));
}

TEST(every_name_that_is_listed_can_be_read)
{
    gil_obj module, names;
    size_t length = 0;
    const char *name = "";
    TRY(module = gil_module_self(env));
    TRY(names = gil_attr_names(env, module));
    TRY(gil_sequence_length(env, names, &length));
    for (size_t i = 0; i < length; i++)
        GIL_SCOPE(env) {
            TRY(gil_str_get(env, gil_sequence_item(env, names, i), &name, NULL));
            TRY(gil_attr_get(env, module, name));
        }
}
