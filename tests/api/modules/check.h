/* SPDX-License-Identifier: MIT
 *
 * What the modules of this suite share: a test is a function of a module, and what it expects are the macros here.
 *
 * A test ends at the first thing that is not as it should be: an expectation that is violated raises AssertionError
 * with its place and what was got; a call that failed for want of memory returns from the test with that MemoryError
 * still pending, because the runners let every allocation fail in turn. So what a test holds (a reference, a pin, a
 * thread) is given back by a cleanup attribute, or before the next check.
 */
#ifndef GILKIT_TESTS_CHECK_H
#define GILKIT_TESTS_CHECK_H

#include <gilkit/module.h>
#include <inttypes.h>
#include <string.h>

/* A test: it takes nothing and returns nothing. The runners know tests by this doc. */
#define TEST(name_) GIL_FUNCTION(void, name_, (gil_env * env), .doc = "A test.")

/* Where a check stands, and what it looks at. */
typedef struct check_place {
    const char *file;
    int line;
    const char *what;
} check_place;

#define PLACE(what_) ((check_place){__FILE__, __LINE__, what_})

/* ---- Values --------------------------------------------------------------------------------------------- */

/* Short names. A value that could not be made is GIL_NULL, which fails what it is passed to with the same exception. */
#define INT(value)   gil_int_new(env, (value))
#define REAL(value)  gil_float_new(env, (value))
#define BOOL(value)  gil_bool_new(env, (value))
#define NONE()       gil_none_new(env)
#define TEXT(utf8)   gil_str_new(env, (utf8), strlen(utf8))
#define BYTES(bytes) gil_bytes_new(env, (bytes), sizeof(bytes) - 1)
#define NUL_TEXT(u)  gil_str_new(env, (u), sizeof(u) - 1)

#define OBJECTS(...) ((const gil_obj[]){GIL_NULL, ##__VA_ARGS__} + 1)
#define COUNT(...)   (sizeof((const gil_obj[]){GIL_NULL, ##__VA_ARGS__}) / sizeof(gil_obj) - 1)
#define TUPLE(...)   gil_tuple_new(env, COUNT(__VA_ARGS__), OBJECTS(__VA_ARGS__))
#define LIST(...)    gil_list_from(env, TUPLE(__VA_ARGS__))
#define DICT(...)    check_dict(env, COUNT(__VA_ARGS__), OBJECTS(__VA_ARGS__)) /* key, value, key, value ... */

static inline gil_obj check_dict(gil_env *env, size_t count, const gil_obj *pairs)
{
    gil_obj dict = gil_dict_new(env);
    for (size_t i = 0; i < count; i += 2)
        if (!gil_item_set(env, dict, pairs[i], pairs[i + 1]))
            return GIL_NULL;
    return dict;
}

/* Call something, with arguments by position only. */
#define CALL(callable, ...) gil_call(env, (callable), OBJECTS(__VA_ARGS__), COUNT(__VA_ARGS__), NULL, 0)

/* What this module has under a name: a function, a type. */
#define OWN(name) gil_attr_get(env, gil_module_self(env), (name))

/* Take the exception that was raised, of this kind. When there was no memory to raise it, that MemoryError stays. */
#define TAKEN(kind) check_taken(env, (kind))

static inline gil_obj check_taken(gil_env *env, gil_error_kind kind)
{
    gil_obj exception = gil_error_fetch(env);
    bool other = !gil_is_null(exception) && gil_exception_kind(env, exception) == GIL_MEMORY_ERROR;
    return other && kind != GIL_MEMORY_ERROR ? gil_error_restore(env, exception) : exception;
}

static inline bool check_native(gil_env *env)
{
    return strcmp(gil_host_name(env), "native") == 0;
}

/* On a Python without a GIL an object ends when the thread that made it hears of it, as soon as that runs code of
 * Python's: what other threads dropped is settled here. Elsewhere it has ended already, and nothing is done. */
static inline bool check_settled(gil_env *env)
{
    const char *version = gil_host_version(env);
    if (check_native(env) || version[strlen(version) - 1] != 't')
        return true;
    gil_obj path = TEXT("/");
    return !gil_is_null(gil_call(env, gil_attr_get(env, gil_import(env, "posixpath"), "isabs"), &path, 1, NULL, 0));
}

/* ---- What is held --------------------------------------------------------------------------------------- */

static inline void check_drop(gil_ref **ref)
{
    gil_ref_drop(*ref);
}

/* DROPPED gil_ref *ref = gil_ref_new(env, object); */
#define DROPPED __attribute__((cleanup(check_drop)))

typedef struct pinned {
    gil_env *env;
    gil_buffer is;
} pinned;

static inline void check_release(pinned *pin)
{
    gil_buffer_release(pin->env, &pin->is);
}

/* PINNED(pin); TRY(gil_buffer_pin(env, object, &pin.is)); */
#define PINNED(name) pinned name __attribute__((cleanup(check_release))) = {env, {0}}

/* ---- Checks --------------------------------------------------------------------------------------------- */

/* Raise AssertionError for what is pending; MemoryError stays. Returns false. */
static inline bool check_tell(gil_env *env, check_place place, const char *how)
{
    const char *message = "";
    gil_obj exception = gil_error_fetch(env);
    if (gil_is_null(exception) && !gil_error_pending(env))
        gil_raise(env, GIL_ASSERTION_ERROR, "%s:%d: %s %s with nothing raised", place.file, place.line, place.what,
                  how);
    if (gil_is_null(exception))
        return false;
    gil_obj text = gil_exception_message(env, exception);
    if (gil_exception_kind(env, exception) == GIL_MEMORY_ERROR)
        gil_error_restore(env, exception);
    else if (gil_exception_kind(env, exception) == GIL_ASSERTION_ERROR)
        gil_error_restore(env, exception); /* it has its place */
    else if (gil_str_get(env, text, &message, NULL))
        gil_raise(env, GIL_ASSERTION_ERROR, "%s:%d: %s %s: %s: %s", place.file, place.line, place.what, how,
                  gil_type_name(env, exception), message);
    return false;
}

/* Did a call succeed, and with nothing raised? */
static inline bool check_came(gil_env *env, bool came, check_place place)
{
    if (came && !gil_error_pending(env))
        return true;
    return check_tell(env, place, came ? "succeeded with this raised" : "failed");
}

/* Did a call fail with this very kind? Afterwards nothing is pending. */
static inline bool check_raised(gil_env *env, bool came, gil_error_kind kind, check_place place)
{
    if (came) {
        if (!gil_error_pending(env))
            gil_raise(env, GIL_ASSERTION_ERROR, "%s:%d: %s did not fail", place.file, place.line, place.what);
        return check_tell(env, place, "succeeded with this raised");
    }
    gil_obj exception = gil_error_fetch(env);
    if (!gil_is_null(exception) && gil_exception_kind(env, exception) == kind)
        return true;
    if (!gil_is_null(exception))
        gil_error_restore(env, exception);
    return check_tell(env, place, "failed differently");
}

static inline bool check_true(gil_env *env, bool condition, check_place place)
{
    if (!condition && !gil_error_pending(env))
        gil_raise(env, GIL_ASSERTION_ERROR, "%s:%d: %s is not so", place.file, place.line, place.what);
    return check_came(env, condition, place);
}

static inline bool check_count(gil_env *env, int64_t got, int64_t wanted, check_place place)
{
    if (got != wanted && !gil_error_pending(env))
        gil_raise(env, GIL_ASSERTION_ERROR, "%s:%d: %s is %" PRId64 ", wanted %" PRId64, place.file, place.line,
                  place.what, got, wanted);
    return check_came(env, got == wanted, place);
}

static inline bool check_text(gil_env *env, gil_obj object, const char *wanted, check_place place)
{
    const char *got = "";
    if (!check_came(env, !gil_is_null(object) && gil_str_get(env, object, &got, NULL), place))
        return false;
    if (strcmp(got, wanted) == 0)
        return true;
    gil_raise(env, GIL_ASSERTION_ERROR, "%s:%d: %s is %s, wanted %s", place.file, place.line, place.what, got, wanted);
    return false;
}

static inline bool check_repr(gil_env *env, gil_obj object, const char *wanted, check_place place)
{
    if (!check_came(env, !gil_is_null(object), place))
        return false;
    return check_text(env, gil_to_repr(env, object), wanted, place);
}

static inline bool check_object(gil_obj object)
{
    return !gil_is_null(object);
}

static inline bool check_bool(bool fine)
{
    return fine;
}

static inline bool check_pointer(const void *pointer)
{
    return pointer != NULL;
}

/* Did it succeed: a gil_obj that is not GIL_NULL, a bool that is true, a pointer that is not NULL? */
#define CAME(call) \
    _Generic((call), gil_obj : check_object, bool : check_bool, int : check_bool, default : check_pointer)(call)

/* The checks as values, for functions that a test calls: false, and the exception is pending. */
#define IS_FINE(call)          check_came(env, CAME(call), PLACE(#call))
#define IS_TRUE(condition)     check_true(env, (condition), PLACE(#condition))
#define IS_COUNT(got, wanted)  check_count(env, (int64_t)(got), (int64_t)(wanted), PLACE(#got))
#define IS_TEXT(object, utf8)  check_text(env, (object), (utf8), PLACE(#object))
#define IS_REPR(object, utf8)  check_repr(env, (object), (utf8), PLACE(#object))
#define HAS_RAISED(kind, call) check_raised(env, CAME(call), (kind), PLACE(#call))

/* The same for tests, which they end: a call that succeeds; a condition that holds; C integers that are equal; a str;
 * the repr of anything; a call that fails with exactly this kind of exception. */
#define TRY(call)                CHECK__END_UNLESS(check_came(env, CAME(call), PLACE(#call)))
#define CHECK(condition)         CHECK__END_UNLESS(check_true(env, (condition), PLACE(#condition)))
#define CHECK_COUNT(got, wanted) CHECK__END_UNLESS(check_count(env, (int64_t)(got), (int64_t)(wanted), PLACE(#got)))
#define CHECK_TEXT(object, utf8) CHECK__END_UNLESS(check_text(env, (object), (utf8), PLACE(#object)))
#define CHECK_REPR(object, utf8) CHECK__END_UNLESS(check_repr(env, (object), (utf8), PLACE(#object)))
#define RAISES(kind, call)       CHECK__END_UNLESS(check_raised(env, CAME(call), (kind), PLACE(#call)))

#define CHECK__END_UNLESS(check) \
    do { \
        if (!(check)) \
            return; \
    } while (0)

#endif
