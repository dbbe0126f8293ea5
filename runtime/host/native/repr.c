/* SPDX-License-Identifier: MIT
 *
 * Objects as text, as Python writes them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "call/element.h"
#include "host/native/object.h"
#include "proto/ctype.h"

/* Text that grows. Once it has failed it stays so, with an exception pending. */
typedef struct builder {
    gil_env *env;
    char *bytes;
    size_t length, room;
    bool failed;
    const struct shown *shown;
} builder;

/* What is being written: a container that holds itself is written as ... inside. */
typedef struct shown {
    const gil__object *object;
    const struct shown *outer;
} shown;

static void add(builder *to, const char *text, size_t length)
{
    if (to->failed)
        return;
    if (to->room - to->length < length) {
        size_t room = (to->length + length) * 2 + 64;
        char *grown = gil__realloc(to->bytes, room, 1);
        if (!grown) {
            gil__no_memory(to->env);
            to->failed = true;
            return;
        }
        to->bytes = grown;
        to->room = room;
    }
    memcpy(to->bytes + to->length, text, length);
    to->length += length;
}

static void add_text(builder *to, const char *text)
{
    add(to, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void add_format(builder *to, const char *format, ...)
{
    char buffer[256];
    gil__text text = gil__text_in(buffer, sizeof buffer);
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(&text, format, arguments);
    va_end(arguments);
    add_text(to, buffer);
}

static void write_object(builder *to, gil__object *object);

/* ---- Text and bytes ----------------------------------------------------------------------------------------- */

/* ' unless there is one and no ". */
static char quote_for(const gil__string *string)
{
    bool single = string->length && memchr(string->bytes, '\'', string->length);
    return single && !memchr(string->bytes, '"', string->length) ? '"' : '\'';
}

/* An ASCII character; false: it goes as it is. */
static bool escape(builder *to, unsigned char c, char quote)
{
    static const char *const short_ones[] = {['\t'] = "\\t", ['\n'] = "\\n", ['\r'] = "\\r"};
    if (c == (unsigned char)quote || c == '\\')
        add_format(to, "\\%c", c);
    else if (c <= '\r' && short_ones[c])
        add_text(to, short_ones[c]);
    else if (c < 0x20 || c >= 0x7f)
        add_format(to, "\\x%02x", c);
    else
        return false;
    return true;
}

/* Code points that nobody sees, or that are nobody's: the ranges of Unicode's categories Z and C that are fixed. */
static bool is_invisible(uint32_t point)
{
    static const uint32_t ranges[][2] = {
        {0x80, 0xa0},     {0xad, 0xad},     {0x600, 0x605},   {0x61c, 0x61c},   {0x6dd, 0x6dd},   {0x70f, 0x70f},
        {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x2064}, {0x2066, 0x206f},
        {0x3000, 0x3000}, {0xe000, 0xf8ff}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0x10ffff}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return true;
    return false;
}

/* One code point of more than one byte. Returns its length. */
static size_t write_wide(builder *to, const unsigned char *at)
{
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    uint32_t point = at[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        point = point << 6 | (at[i] & 0x3fu);
    if (!is_invisible(point))
        add(to, (const char *)at, length);
    else
        add_format(to, point > 0xffff ? "\\U%08" PRIx32 : point > 0xff ? "\\u%04" PRIx32 : "\\x%02" PRIx32, point);
    return length;
}

static void write_string(builder *to, const gil__string *string)
{
    bool is_text = string->base.type == GIL_OBJ_STR;
    char quote = quote_for(string);
    add(to, is_text ? &quote : (char[]){'b', quote}, is_text ? 1 : 2);
    for (size_t i = 0; i < string->length && !to->failed; i++) {
        unsigned char c = (unsigned char)string->bytes[i];
        if (is_text && c >= 0x80)
            i += write_wide(to, (const unsigned char *)string->bytes + i) - 1;
        else if (!escape(to, c, quote))
            add(to, (const char *)&c, 1);
    }
    add(to, &quote, 1);
}

/* ---- Containers --------------------------------------------------------------------------------------------- */

static bool is_shown(const builder *to, const gil__object *object)
{
    const shown *at = to->shown;
    while (at && at->object != object)
        at = at->outer;
    return at != NULL;
}

static void write_items(builder *to, const gil__sequence *sequence)
{
    bool tuple = sequence->base.type == GIL_OBJ_TUPLE;
    add_text(to, tuple ? "(" : "[");
    for (size_t i = 0; i < sequence->count && !to->failed; i++) {
        gil__object *item = sequence->items[i];
        add_text(to, i ? ", " : "");
        gil__object_keep(item);
        write_object(to, item);
        gil__object_drop(item);
    }
    add_text(to, tuple ? sequence->count == 1 ? ",)" : ")" : "]");
}

static void write_entries(builder *to, const gil__dict *dict)
{
    bool first = true;
    add_text(to, "{");
    for (size_t i = 0; i < dict->used && !to->failed; i++) {
        gil__entry entry = dict->entries[i];
        if (!entry.key)
            continue;
        add_text(to, first ? "" : ", ");
        first = false;
        gil__object_keep(entry.key);
        gil__object_keep(entry.value);
        write_object(to, entry.key);
        add_text(to, ": ");
        write_object(to, entry.value);
        gil__object_drop(entry.key);
        gil__object_drop(entry.value);
    }
    add_text(to, "}");
}

enum { LONG = 1000, ENDS = 3 };

static void write_axis(builder *to, const gil_buffer *buffer, const char *from, size_t axis)
{
    if (axis == buffer->ndim) {
        gil_obj element =
            buffer->dtype == GIL_UINT64 ? GIL_NULL : gil__element_read(to->env, (gil_dtype)buffer->dtype, from);
        uint64_t value;
        memcpy(&value, from, buffer->dtype == GIL_UINT64 ? sizeof value : 0);
        if (buffer->dtype == GIL_UINT64)
            add_format(to, "%" PRIu64, value);
        else if (gil_is_null(element))
            to->failed = true;
        else
            write_object(to, gil__object_at(element));
        return;
    }
    size_t length = buffer->shape[axis];
    add_text(to, "[");
    for (size_t i = 0; i < length && !to->failed; i++) {
        if (length > LONG && i == ENDS) {
            add_text(to, ", ...");
            i = length - ENDS;
        }
        add_text(to, i ? ", " : "");
        size_t scope = gil_scope_open(to->env);
        write_axis(to, buffer, from + (ptrdiff_t)i * buffer->strides[axis], axis + 1);
        gil_scope_close(to->env, scope);
    }
    add_text(to, "]");
}

static void write_array(builder *to, const gil__array *array)
{
    add_text(to, "array(");
    if (array->memory.flags & GIL_BUFFER_FOREIGN_ORDER)
        add_text(to, "...");
    else
        write_axis(to, &array->memory, array->memory.data, 0);
    add_format(to, ", %s)", gil__dtype_name(array->memory.dtype));
}

static void write_container(builder *to, gil__object *object)
{
    bool is_dict = object->type == GIL_OBJ_DICT, is_tuple = object->type == GIL_OBJ_TUPLE;
    if (is_shown(to, object)) {
        add_text(to, is_dict ? "{...}" : is_tuple ? "(...)" : "[...]");
        return;
    }
    if (!gil__deeper(to->env)) {
        to->failed = true;
        return;
    }
    shown me = {object, to->shown};
    to->shown = &me;
    if (is_dict)
        write_entries(to, (const gil__dict *)object);
    else
        write_items(to, (const gil__sequence *)object);
    to->shown = me.outer;
    gil__shallower();
}

/* ---- The others --------------------------------------------------------------------------------------------- */

static void write_complex(builder *to, const gil__number *number)
{
    char real[32], imag[32];
    gil__number_print(number->real, false, real);
    gil__number_print(number->imag, false, imag);
    if (number->real == 0 && !__builtin_signbit(number->real))
        add_format(to, "%sj", imag);
    else
        add_format(to, "(%s%s%sj)", real, *imag == '-' ? "" : "+", imag);
}

static void write_number(builder *to, const gil__number *number)
{
    char text[32];
    if (number->base.type == GIL_OBJ_BOOL) {
        add_text(to, number->truth ? "True" : "False");
    } else if (number->base.type == GIL_OBJ_INT) {
        add_format(to, "%" PRId64, number->integer);
    } else if (number->base.type == GIL_OBJ_FLOAT) {
        gil__number_print(number->real, true, text);
        add_text(to, text);
    } else {
        write_complex(to, number);
    }
}

static void write_exception(builder *to, const gil__exception *exception)
{
    add_format(to, "%s(", gil_type_name(to->env, (gil_obj){(void *)exception}));
    if (exception->message)
        write_string(to, exception->message);
    add_text(to, ")");
}

/* What the type's slot says. */
static void write_by_slot(builder *to, gil__object *object, gil_role role)
{
    const char *text;
    size_t length;
    gil_obj said = GIL_NULL;
    if (gil__deeper(to->env)) {
        said = gil__resource_call(to->env, object, role, 0, NULL);
        gil__shallower();
    }
    if (gil_is_null(said) || !gil_str_get(to->env, said, &text, &length))
        to->failed = true;
    else
        add(to, text, length);
}

static void write_resource(builder *to, gil__object *object)
{
    if (gil__resource_of(object)->closed)
        add_format(to, "<%s, closed>", gil__resource_of(object)->name);
    else if (gil__resource_slot(object, GIL_ROLE_REPR))
        write_by_slot(to, object, GIL_ROLE_REPR);
    else
        add_format(to, "<%s at %p>", gil__resource_of(object)->name, (void *)object);
}

static void write_callable(builder *to, const gil__callable *callable)
{
    if (callable->self)
        add_format(to, "<method %s>", callable->function ? callable->function->name : "close");
    else
        add_format(to, "<function %s>", callable->function->name);
}

static void write_object(builder *to, gil__object *object)
{
    switch (object->type) {
    case GIL_OBJ_NONE:
        add_text(to, "None");
        break;
    case GIL_OBJ_BOOL:
    case GIL_OBJ_INT:
    case GIL_OBJ_FLOAT:
    case GIL_OBJ_COMPLEX:
        write_number(to, (const gil__number *)object);
        break;
    case GIL_OBJ_STR:
    case GIL_OBJ_BYTES:
        write_string(to, (const gil__string *)object);
        break;
    case GIL_OBJ_LIST:
    case GIL_OBJ_TUPLE:
    case GIL_OBJ_DICT:
        write_container(to, object);
        break;
    case GIL_OBJ_ARRAY:
        write_array(to, (const gil__array *)object);
        break;
    case GIL_OBJ_EXCEPTION:
        write_exception(to, (const gil__exception *)object);
        break;
    case GIL_OBJ_FUNCTION:
        write_callable(to, (const gil__callable *)object);
        break;
    case GIL_OBJ_MODULE:
        add_format(to, "<module %s>", ((const gil__module_object *)object)->module->name);
        break;
    case GIL_OBJ_TYPE:
        add_format(to, "<type %s>", ((const gil__type *)object)->name);
        break;
    case GIL_OBJ_RESOURCE:
        write_resource(to, object);
        break;
    default:
        add_format(to, "<%s>", gil_type_name(to->env, (gil_obj){object}));
    }
}

static gil_obj finish(builder *to)
{
    gil_obj text = to->failed ? GIL_NULL : gil_str_new(to->env, to->bytes ? to->bytes : "", to->length);
    gil__free(to->bytes);
    return text;
}

gil_obj gil__native_to_repr(gil_env *env, gil_obj object)
{
    builder to = {.env = env};
    if (gil_is_null(object)) {
        gil__refuse_null(env);
        return GIL_NULL;
    }
    write_object(&to, gil__object_at(object));
    return finish(&to);
}

gil_obj gil__native_to_str(gil_env *env, gil_obj object)
{
    gil__object *base = gil__object_at(object);
    builder to = {.env = env};
    if (!base)
        return gil__native_to_repr(env, object);
    if (base->type == GIL_OBJ_STR)
        return gil__object_show(env, base);
    if (base->type == GIL_OBJ_EXCEPTION)
        return gil_exception_message(env, object);
    if (!gil__resource_slot(base, GIL_ROLE_STR) || gil__resource_of(base)->closed)
        return gil__native_to_repr(env, object);
    write_by_slot(&to, base, GIL_ROLE_STR);
    return finish(&to);
}
