/* SPDX-License-Identifier: MIT
 *
 * A module as text for people.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/inspect.h"
#include "cli/value.h"

/* "(x, y)": what a caller gives. */
static void add_given(const gil__inspected *f, gil__text *text)
{
    const gil__signature *s = f->signature;
    unsigned given = 0;
    gil__text_add(text, "(");
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].asked && !gil__inspected_is_self(f, p))
            gil__text_add(text, "%s%s", given++ ? ", " : "", s->params[p].name);
    gil__text_add(text, ")");
}

/* " -> float64, int32 rest": what a caller gets. */
static void add_got(const gil__signature *s, gil__text *text)
{
    unsigned got = 0;
    gil__text_add(text, " -> ");
    if (s->result.class != GIL__VOID)
        gil__text_add(text, "%s", gil__ctype_name(s->result)), got++;
    for (uint16_t p = 0; p < s->n_params; p++) {
        const gil__param *param = &s->params[p];
        if (param->direction != GIL__OUT)
            continue;
        gil__text_add(text, "%s%s %s", got++ ? ", " : "", gil__ctype_name(param->type), param->name);
        for (uint8_t axis = 0; axis < param->ndim; axis++) {
            gil__text_add(text, "[");
            gil__dim_print(s, param->dims[axis], text);
            gil__text_add(text, "]");
        }
    }
    if (!got)
        gil__text_add(text, "none");
}

/* "dot(x, y) -> float64", "counter(start) -> counter", "counter.count -> int64", "slot counter.length() -> uint64" */
static void add_use(const gil__inspected *f, gil__text *text)
{
    const gil__function_info *info = f->info;
    if (info->role > GIL_ROLE_INIT)
        gil__text_add(text, "slot ");
    gil__text_add(text, "%s", info->role == GIL_ROLE_INIT ? info->resource : info->name);
    if (!f->signature) {
        gil__text_add(text, ": its prototype is refused, see below");
    } else if (info->role == GIL_ROLE_SETTER) {
        gil__text_add(text, " = ...");
    } else {
        if (info->role != GIL_ROLE_GETTER)
            add_given(f, text);
        if (info->role == GIL_ROLE_INIT)
            gil__text_add(text, " -> %s", info->resource);
        else
            add_got(f->signature, text);
    }
}

static void put_line(const char *indent, const char *text)
{
    fputs(indent, stdout);
    gil__cli_put(text, stdout);
    putchar('\n');
}

static void print_function(const gil__inspected *f)
{
    char bytes[1000];
    gil__text use = gil__text_in(bytes, sizeof bytes);
    const char *gil = strcmp(f->gil, "hold") == 0      ? "held"
                      : strcmp(f->gil, "release") == 0 ? "released while it runs"
                                                       : "released while it runs (auto)";
    add_use(f, &use);
    put_line("\n", bytes);
    put_line("    ", f->info->prototype);
    put_line("    GIL: ", gil);
    if (f->info->doc)
        put_line("    ", f->info->doc);
}

/* What belongs to a type, or to none (NULL), and has a role from `first` to `last`. Returns how many there are. */
static size_t print_functions(const gil__inspection *in, const char *type, uint32_t first, uint32_t last)
{
    size_t count = 0;
    for (size_t i = 0; i < in->module->n_functions; i++) {
        const gil__function_info *info = in->functions[i].info;
        bool is_its = type ? info->resource && strcmp(info->resource, type) == 0 : !info->resource;
        if (!is_its || info->role < first || info->role > last)
            continue;
        print_function(&in->functions[i]);
        count++;
    }
    return count;
}

static void print_type(const gil__inspection *in, const gil__type_info *type)
{
    put_line("\ntype ", type->name);
    if (type->doc)
        put_line("    ", type->doc);
    if (!print_functions(in, type->name, GIL_ROLE_INIT, GIL_ROLE_INIT))
        put_line("    ", "It has no init: functions make its objects.");
    print_functions(in, type->name, GIL_ROLE_METHOD, GIL_ROLE_METHOD);
    print_functions(in, type->name, GIL_ROLE_GETTER, GIL_ROLE_SETTER);
    print_functions(in, type->name, GIL_ROLE_INIT + 1, GIL__N_ROLES - 1);
}

static void print_constant(const gil__constant_info *constant)
{
    put_line("\nconstant ", constant->name);
    fputs("    ", stdout);
    switch (constant->kind) {
    case GIL__CONST_FLOAT:
        gil__value_print_float(constant->real, stdout);
        break;
    case GIL__CONST_BOOL:
        fputs(constant->integer ? "true" : "false", stdout);
        break;
    case GIL__CONST_STR:
        putchar('"');
        gil__cli_put(constant->text, stdout);
        putchar('"');
        break;
    case GIL__CONST_UINT:
        printf("%" PRIu64, (uint64_t)constant->integer);
        break;
    default:
        printf("%" PRId64, constant->integer);
    }
    putchar('\n');
    if (constant->doc)
        put_line("    ", constant->doc);
}

/* ", 2 types"; nothing when there is none. */
static void print_count(size_t count, const char *noun)
{
    if (count)
        printf(", %zu %s%s", count, noun, count == 1 ? "" : "s");
}

int gil__inspection_print_text(const gil__inspection *in)
{
    const gil__module_info *m = in->module;
    size_t plain = 0;
    for (size_t i = 0; i < m->n_functions; i++)
        plain += !m->functions[i].resource;
    gil__cli_put(m->name, stdout);
    if (m->doc) {
        fputs(": ", stdout);
        gil__cli_put(m->doc, stdout);
    }
    fputs("\nfile ", stdout);
    gil__cli_put(in->path, stdout);
    printf(", built with gilkit %u.%u.%u, ABI %u.%u, %zu function%s", m->sdk[0], m->sdk[1], m->sdk[2], m->abi_major,
           m->abi_minor, plain, plain == 1 ? "" : "s");
    print_count(m->n_types, "type");
    print_count(m->n_constants, "constant");
    putchar('\n');
    print_functions(in, NULL, GIL_ROLE_FUNCTION, GIL_ROLE_FUNCTION);
    for (size_t i = 0; i < m->n_types; i++)
        print_type(in, &m->types[i]);
    for (size_t i = 0; i < m->n_constants; i++)
        print_constant(&m->constants[i]);
    return GIL__EXIT_FINE;
}
