/* SPDX-License-Identifier: MIT
 *
 * A function in a stub: its types, and its layout.
 */
#include <ctype.h>
#include <string.h>

#include "cli/stub.h"

enum { LINE = 88, INDENT = 4 };

/* ---- Types ------------------------------------------------------------------------------------------------------ */

/* "typing.SupportsIndex" */
static void add_typing(gil__stub *stub, gil__text *text, const char *name)
{
    gil__text_add(text, "%s.%s", gil__stub_use(stub, GIL__STUB_TYPING), name);
}

void gil__stub_add_taken(gil__stub *stub, gil__text *text, const gil__param *param)
{
    if (param->ndim) {
        if (param->type.is_char && param->ndim == 1 && param->direction == GIL__IN) {
            gil__stub_add_builtin(stub, text, "str");
            gil__text_add(text, " | ");
        }
        gil__text_add(text, "%s.ArrayLike", gil__stub_use(stub, GIL__STUB_GILKIT));
        return;
    }
    switch ((gil__class)param->type.class) {
    case GIL__BOOL:
        gil__stub_add_builtin(stub, text, "bool");
        break;
    case GIL__SIGNED:
    case GIL__UNSIGNED:
        add_typing(stub, text, "SupportsIndex");
        break;
    case GIL__FLOAT:
        add_typing(stub, text, "SupportsFloat | ");
        add_typing(stub, text, "SupportsIndex");
        break;
    case GIL__COMPLEX:
        gil__text_add(text, "%s", gil__stub_use(stub, GIL__STUB_COMPLEX));
        break;
    case GIL__STRING:
        gil__stub_add_builtin(stub, text, "str");
        break;
    case GIL__RESOURCE:
        gil__stub_add_type(stub, text, param->resource);
        break;
    default:
        gil__stub_add_builtin(stub, text, "object");
    }
}

/* What comes back. */
static void add_given(gil__stub *stub, gil__text *text, gil__ctype type, unsigned ndim)
{
    if (ndim) {
        gil__text_add(text, "%s.ArrayResult", gil__stub_use(stub, GIL__STUB_GILKIT));
        return;
    }
    switch ((gil__class)type.class) {
    case GIL__BOOL:
        gil__stub_add_builtin(stub, text, "bool");
        break;
    case GIL__SIGNED:
    case GIL__UNSIGNED:
        gil__stub_add_builtin(stub, text, "int");
        break;
    case GIL__FLOAT:
        gil__stub_add_builtin(stub, text, "float");
        break;
    case GIL__COMPLEX:
        gil__stub_add_builtin(stub, text, "complex");
        break;
    case GIL__STRING: /* NULL is none */
        gil__stub_add_builtin(stub, text, "str");
        gil__text_add(text, " | None");
        break;
    default:
        add_typing(stub, text, "Any");
    }
}

/* ---- Parameters ------------------------------------------------------------------------------------------------- */

static bool has_param(const gil__signature *s, const char *name)
{
    for (uint16_t p = 0; p < s->n_params; p++)
        if (strcmp(s->params[p].name, name) == 0)
            return true;
    return false;
}

static bool is_given(const gil__inspected *f, uint16_t p)
{
    return f->signature->params[p].asked && !gil__inspected_is_self(f, p);
}

static bool takes(const gil__inspected *f, const char *name)
{
    for (uint16_t p = 0; p < f->signature->n_params; p++)
        if (is_given(f, p) && strcmp(f->signature->params[p].name, name) == 0)
            return true;
    return false;
}

void gil__stub_def_begin(gil__stub_def *def, gil__stub *stub, unsigned depth, const gil__inspected *f)
{
    def->stub = stub;
    def->depth = depth;
    def->is_positional = def->is_long = false;
    def->params = gil__text_in(def->params_bytes, sizeof def->params_bytes);
    def->results = gil__text_in(def->results_bytes, sizeof def->results_bytes);
    const char *self = f && f->info->role == GIL_ROLE_INIT ? "cls" : "self";
    if (depth)
        gil__text_add(&def->params, "%s%s\n", f && takes(f, self) ? "_" : "", self);
}

void gil__stub_def_add_param(gil__stub_def *def, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(&def->params, format, arguments);
    va_end(arguments);
    gil__text_add(&def->params, "\n");
}

void gil__stub_def_add_result(gil__stub_def *def, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(&def->results, format, arguments);
    va_end(arguments);
    gil__text_add(&def->results, "\n");
}

/* Type checkers take a name that begins with two lines for one that callers do not write. */
static bool is_unwritable(const char *name)
{
    return !gil__stub_is_name(name) || strncmp(name, "__", 2) == 0;
}

/* "lambda_" for `lambda`, "x_" for `__x`; no other parameter has that name. */
static void add_other_name(const gil__signature *s, gil__text *text, const char *name)
{
    size_t begin = text->length;
    name += strspn(name, "_");
    gil__text_add(text, "%s%s_", isalpha((unsigned char)*name) ? "" : "p", name);
    while (has_param(s, text->bytes + begin) && !text->is_cut)
        gil__text_add(text, "_");
}

/* A parameter whose name Python cannot write is given by position, and so are those before it. */
void gil__stub_def_add_params(gil__stub_def *def, const gil__inspected *f)
{
    const gil__signature *s = f->signature;
    uint16_t last = 0;
    for (uint16_t p = 0; p < s->n_params && !def->is_positional; p++)
        if (is_given(f, p) && is_unwritable(s->params[p].name))
            last = (uint16_t)(p + 1);
    for (uint16_t p = 0; p < s->n_params; p++) {
        const gil__param *param = &s->params[p];
        bool rename = is_unwritable(param->name);
        if (!is_given(f, p))
            continue;
        if (rename)
            add_other_name(s, &def->params, param->name);
        else
            gil__text_add(&def->params, "%s", param->name);
        gil__text_add(&def->params, ": ");
        gil__stub_add_taken(def->stub, &def->params, param);
        if (rename && !def->is_positional) {
            gil__text_add(&def->params, "\tCalled \"%s\" in C; by position only.", param->name);
            def->is_long = true;
        }
        gil__text_add(&def->params, p + 1 == last ? "\n/\n" : "\n");
    }
}

/* The order is that of the tuple that a call returns. */
void gil__stub_def_add_results(gil__stub_def *def, const gil__inspected *f)
{
    const gil__signature *s = f->signature;
    bool counts_items = f->info->role == GIL_ROLE_NEXT && s->result.class == GIL__BOOL;
    if (s->result.class != GIL__VOID && !counts_items) {
        add_given(def->stub, &def->results, s->result, 0);
        gil__text_add(&def->results, "\n");
    }
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].direction == GIL__OUT) {
            add_given(def->stub, &def->results, s->params[p].type, s->params[p].ndim);
            gil__text_add(&def->results, "\n");
        }
}

/* ---- Layout ----------------------------------------------------------------------------------------------------- */

static void put_indent(const gil__stub *stub, unsigned depth)
{
    fprintf(stub->out, "%*s", INDENT * (int)depth, "");
}

void gil__stub_space(gil__stub *stub, gil__stub_last next)
{
    if (stub->last == GIL__STUB_OTHER || (stub->last == GIL__STUB_SHORT && next != GIL__STUB_SHORT))
        fputc('\n', stub->out);
}

static size_t count(const gil__text *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->length; i++)
        n += list->bytes[i] == '\n';
    return n;
}

/* How long a list is as "a, b". */
static size_t width(const gil__text *list)
{
    size_t n = count(list);
    return n ? list->length - n + 2 * (n - 1) : 0;
}

/* "a, b", or one a line, below its comment and with a comma, between brackets that are there. */
static void put_list(const gil__stub *stub, unsigned depth, const gil__text *list, bool is_long)
{
    const char *at = list->bytes, *end = list->bytes + list->length;
    if (is_long)
        fputc('\n', stub->out);
    while (at < end) {
        size_t length = strcspn(at, "\n"), word = strcspn(at, "\t\n");
        if (word < length) {
            put_indent(stub, depth + 1);
            fprintf(stub->out, "# %.*s\n", (int)(length - word - 1), at + word + 1);
        }
        if (is_long)
            put_indent(stub, depth + 1);
        fwrite(at, 1, word, stub->out);
        at += length + 1;
        fputs(is_long ? ",\n" : at < end ? ", " : "", stub->out);
    }
    if (is_long)
        put_indent(stub, depth);
}

void gil__stub_def_join_results(const gil__stub_def *def, gil__text *text)
{
    const char *at = def->results.bytes;
    size_t n = count(&def->results);
    if (n > 1)
        gil__stub_add_builtin(def->stub, text, "tuple");
    gil__text_add(text, "%s", n == 0 ? "None" : n > 1 ? "[" : "");
    for (size_t i = 0, length; i < n; i++, at += length + 1) {
        length = strcspn(at, "\n");
        gil__text_add(text, "%s%.*s", i ? ", " : "", (int)length, at);
    }
    gil__text_add(text, n > 1 ? "]" : "");
}

/* A tuple that is too long has one item a line. */
static void put_result(const gil__stub_def *def, const char *joined, bool is_long)
{
    FILE *out = def->stub->out;
    if (!is_long || count(&def->results) < 2) {
        fputs(joined, out);
        return;
    }
    fwrite(joined, 1, strcspn(joined, "[") + 1, out);
    put_list(def->stub, def->depth, &def->results, true);
    fputc(']', out);
}

void gil__stub_def_put(gil__stub_def *def, const char *decorator, const char *name, const char *doc)
{
    gil__stub *stub = def->stub;
    char bytes[sizeof def->results_bytes + 64];
    gil__text joined = gil__text_in(bytes, sizeof bytes);
    bool has_doc = gil__stub_has_doc(doc);
    if (def->is_positional)
        gil__text_add(&def->params, "/\n");
    gil__stub_def_join_results(def, &joined);
    size_t margin = INDENT * (size_t)def->depth;
    size_t before = margin + strlen("def (") + strlen(name) + width(&def->params);
    size_t after = strlen(") -> ") + joined.length + (has_doc ? strlen(":") : strlen(": ..."));
    bool is_long = def->is_long || (def->params.length > 0 && before + after > LINE);

    gil__stub_space(stub, GIL__STUB_SHORT);
    if (decorator) {
        put_indent(stub, def->depth);
        fprintf(stub->out, "@%s%s\n", *decorator == '.' ? name : "", decorator);
    }
    put_indent(stub, def->depth);
    fprintf(stub->out, "def %s(", name);
    put_list(stub, def->depth, &def->params, is_long);
    fputs(") -> ", stub->out);
    put_result(def, bytes, (is_long ? margin : before) + after > LINE);
    fputs(has_doc ? ":\n" : ": ...\n", stub->out);
    if (has_doc)
        gil__stub_put_doc(stub->out, def->depth + 1, doc);
    stub->last = has_doc ? GIL__STUB_OTHER : GIL__STUB_SHORT;
}
