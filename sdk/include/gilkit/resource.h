/* SPDX-License-Identifier: MIT
 *
 * Resource types: objects that are a C struct of the module's own, with methods, properties and a finaliser.
 *
 *     typedef struct counter {
 *         int64_t count;
 *     } counter;
 *
 *     GIL_RESOURCE(counter, .doc = "Counts.");
 *
 *     GIL_SLOT(counter, void, init, (counter *self, int64_t start)) { self->count = start; }
 *     GIL_METHOD(counter, int64_t, add, (counter *self, int64_t amount), .doc = "Count on.")
 *     {
 *         return self->count += amount;
 *     }
 *     GIL_GETTER(counter, int64_t, count, (const counter *self), .doc = "How many so far.")
 *     {
 *         return self->count;
 *     }
 *
 * Who uses an object when: a function that takes `const counter *` reads it, beside others that read it; one that takes
 * `counter *` has it for itself. Others wait, with the GIL released, until it returns; so a kernel that runs without
 * the GIL may rely on its struct. A thread that uses an object may use it again, as in a callback. Where waiting would
 * never end, because two threads have what the other wants, the later one gets a RuntimeError.
 */
#ifndef GILKIT_RESOURCE_H
#define GILKIT_RESOURCE_H

#include <gilkit/function.h>
#include <gilkit/object.h>

/* Frozen; GIL_RESOURCE makes one in which `void *self` is the struct's own type. */
struct gil_resource_def {
    uint32_t size;
    uint32_t flags;
    const char *name;
    const char *doc;
    size_t struct_size;
    void (*finalize)(gil_env *env, void *self);
    bool (*buffer)(gil_env *env, void *self, gil_buffer *buffer);
    bool closable;
};

GIL__ASSERT(offsetof(gil_resource_def, name) == 8 && offsetof(gil_resource_def, struct_size) == 24 &&
                offsetof(gil_resource_def, finalize) == 32 && offsetof(gil_resource_def, closable) == 48 &&
                sizeof(gil_resource_def) == 56,
            "gil_resource_def is frozen");

/* Say that a resource type is defined in one of the module's files: for GIL_RESOURCE_NEW and GIL_RESOURCE_GET in the
 * others. It may stand in a header of the module, below the struct. */
#define GIL_RESOURCE_DECLARE(name_) extern const gil_resource_def gil__resource_##name_ GIL__HIDDEN

/* Define a resource type over the struct type of the same name. Once a type, in any file of the module.
 *
 * options .doc = "text"
 *         .finalize = function  void (*)(gil_env *env, NAME *self): give back what the struct holds. Called once, when
 *                               the object is closed or ends; never when `init` failed before it began. It cannot
 *                               fail. An object may outlive its module's `free`, so it must not need what that gave back
 *         .closable = true      objects have a method close(), and are closed at the end of a Python `with`
 *         .buffer = function    bool (*)(gil_env *env, NAME *self, gil_buffer *buffer): what gil_buffer_pin gives of
 *                               it: data, dtype, flags, ndim, shape and strides. The memory must stay while
 *                               gil_resource_pins is not 0 */
#define GIL_RESOURCE(name_, ...) \
    GIL_RESOURCE_DECLARE(name_); \
    struct gil__resource_of_##name_ { \
        uint32_t size; \
        uint32_t flags; \
        const char *name; \
        const char *doc; \
        size_t struct_size; \
        void (*finalize)(gil_env * env, name_ *self); \
        bool (*buffer)(gil_env * env, name_ *self, gil_buffer *buffer); \
        bool closable; \
    }; \
    GIL__MIND_POINTERS \
    static const struct gil__resource_of_##name_ gil__resource_typed_##name_ __attribute__((used)) = { \
        .size = sizeof(gil_resource_def), .name = #name_, .struct_size = sizeof(name_), __VA_ARGS__}; \
    GIL__MIND_POINTERS_NO_MORE \
    extern const gil_resource_def gil__resource_##name_ __attribute__((alias("gil__resource_typed_" #name_))); \
    static const gil_resource_def *const gil__resource_entry_##name_ \
        __attribute__((section("gilkit_resources"), used)) = &gil__resource_##name_

/* The definition is made with the struct's own type, under another name: a finaliser of another struct is an error, not
 * a warning. */
#define GIL__MIND_POINTERS \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic error \"-Wincompatible-pointer-types\"")
#define GIL__MIND_POINTERS_NO_MORE _Pragma("GCC diagnostic pop")

/* A method: as GIL_FUNCTION, with the struct as first parameter (behind a gil_env). The C function is TYPE_NAME. */
#define GIL_METHOD(type_, result, name_, parameters, ...) \
    GIL__CODE(result, type_##_##name_, parameters, #type_ "." #name_, #result " " #name_ #parameters, #type_, \
              GIL_ROLE_METHOD, __VA_ARGS__)

/* A property, as it is read: the struct is the only thing asked. The C function is TYPE_NAME. */
#define GIL_GETTER(type_, result, name_, parameters, ...) \
    GIL__CODE(result, type_##_##name_, parameters, #type_ "." #name_, #result " " #name_ #parameters, #type_, \
              GIL_ROLE_GETTER, __VA_ARGS__)

/* The same property, as it is set: the struct, and the value. The C function is TYPE_set_NAME; it returns void. */
#define GIL_SETTER(type_, name_, parameters, ...) \
    GIL__CODE(void, type_##_set_##name_, parameters, #type_ "." #name_, "void " #name_ #parameters, #type_, \
              GIL_ROLE_SETTER, __VA_ARGS__)

/* What objects of the type do where the language has its own syntax. The C function is TYPE_SLOT; a slot that does not
 * exist does not compile. Each takes the struct, then what is listed:
 *
 *   init         any parameters -> void: makes the type callable, as counter(3); on failure there is no object
 *   call         any parameters and result: obj(...)
 *   length       -> an integer
 *   get_item     a key -> any result: obj[key]
 *   set_item     a key, a value -> void
 *   delete_item  a key -> void
 *   contains     an item -> bool
 *   iter         (gil_env *, struct) -> gil_obj: what is gone through; left out, it is the object itself
 *   next         -> gil_obj: the next item, or GIL_NULL with nothing raised at the end; or -> bool with GIL_OUT
 *                parameters: those are the item, false is the end
 *   str, repr    -> const char * or gil_obj
 *   equal, less  another struct of the type -> bool: ==, < (the others follow from them)
 *   hash         -> an integer; a type with `equal` and without `hash` has no hash
 *
 * An object with `length` and `get_item` of an integer, and without `next` and `iter`, is gone through by index. */
#define GIL_SLOT(type_, result, slot_, parameters, ...) \
    GIL__CODE(result, type_##_##slot_, parameters, #type_ "." #slot_, #result " " #slot_ #parameters, #type_, \
              GIL__SLOT_##slot_, __VA_ARGS__)

enum {
    GIL__SLOT_init = GIL_ROLE_INIT,
    GIL__SLOT_call = GIL_ROLE_CALL,
    GIL__SLOT_length = GIL_ROLE_LENGTH,
    GIL__SLOT_get_item = GIL_ROLE_GET_ITEM,
    GIL__SLOT_set_item = GIL_ROLE_SET_ITEM,
    GIL__SLOT_delete_item = GIL_ROLE_DELETE_ITEM,
    GIL__SLOT_contains = GIL_ROLE_CONTAINS,
    GIL__SLOT_iter = GIL_ROLE_ITER,
    GIL__SLOT_next = GIL_ROLE_NEXT,
    GIL__SLOT_str = GIL_ROLE_STR,
    GIL__SLOT_repr = GIL_ROLE_REPR,
    GIL__SLOT_equal = GIL_ROLE_EQUAL,
    GIL__SLOT_less = GIL_ROLE_LESS,
    GIL__SLOT_hash = GIL_ROLE_HASH
};

/* A new object of a resource type, without calling its init; *self_ is its struct, zeroed, for the caller to fill in.
 * As counter *self; gil_obj object = GIL_RESOURCE_NEW(env, counter, &self);
 *   owner:  the struct is the object's, at one place for its whole life
 *   errors: GIL_NULL: RuntimeError: its module is not loaded; MemoryError */
#define GIL_RESOURCE_NEW(env, type_, self_) \
    gil_resource_new((env), GIL__RESOURCE_DEF(type_), GIL__SELF_OF(type_, self_))

/* The struct of an object that came as gil_obj. A function that takes `TYPE *` needs this not.
 *   owner:  the object; valid as long as its handle and the GIL are held, because nothing says that it is used
 *   errors: false: TypeError: of another type; ValueError: it is closed */
#define GIL_RESOURCE_GET(env, type_, object, self_) \
    gil_resource_get((env), (object), GIL__RESOURCE_DEF(type_), GIL__SELF_OF(type_, self_))

#define GIL__RESOURCE_DEF(type_)   (&gil__resource_##type_)
#define GIL__SELF_OF(type_, self_) ((void **)(1 ? (self_) : (type_ **)0))

/* What the two macros call. */
static inline gil_obj gil_resource_new(gil_env *env, const gil_resource_def *type, void **self);
static inline bool gil_resource_get(gil_env *env, gil_obj object, const gil_resource_def *type, void **self);

/* The object that a struct belongs to, as a function got it: to return it, to keep it. */
static inline gil_obj gil_resource_object(gil_env *env, const void *self);

/* Finalise an object now. What uses it is waited for, with the GIL released; what comes later gets a ValueError.
 * Closing it again does nothing.
 *   errors: TypeError: no resource; RuntimeError: this thread uses it; BufferError: its memory is pinned */
static inline bool gil_resource_close(gil_env *env, gil_obj object);

/* How often the memory of an object is pinned. Not 0: it must stay where it is.
 *   errors: none */
static inline size_t gil_resource_pins(gil_env *env, const void *self);

#endif
