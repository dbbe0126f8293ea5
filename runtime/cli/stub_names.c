/* SPDX-License-Identifier: MIT
 *
 * What things are called in a stub. C allows names that Python does not, and a module may call a function `int` or
 * `typing`; then the stub's own words must be others.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/stub.h"

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_taken(const gil__stub *stub, const char *name)
{
    return bsearch(&name, stub->names, stub->n_names, sizeof *stub->names, compare) != NULL;
}

static bool is_keyword(const char *name)
{
    static const char *const words[] = {
        "False", "None",  "True",     "__debug__", "and",    "as",   "assert", "async",  "await",
        "break", "class", "continue", "def",       "del",    "elif", "else",   "except", "finally",
        "for",   "from",  "global",   "if",        "import", "in",   "is",     "lambda", "nonlocal",
        "not",   "or",    "pass",     "raise",     "return", "try",  "while",  "with",   "yield",
    };
    return bsearch(&name, words, sizeof words / sizeof words[0], sizeof words[0], compare) != NULL;
}

/* A byte of UTF-8 is one, as far as this goes: what is a letter in C is one in Python. */
static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

bool gil__stub_is_name(const char *name)
{
    size_t length = 0, bad;
    while (is_name_byte(name[length]))
        length++;
    return length > 0 && !name[length] && !isdigit((unsigned char)*name) && gil__utf8_valid(name, length, &bad) &&
           !is_keyword(name);
}

static const char *const needs[GIL__N_STUB_NEEDS] = {"builtins", "typing", "gilkit", "_Complex"};

bool gil__stub_begin(gil__stub *stub, const gil__inspection *in)
{
    const gil__module_info *m = in->module;
    *stub = (gil__stub){.in = in, .last = GIL__STUB_OTHER};
    stub->names = gil__alloc(m->n_functions + m->n_types + m->n_constants, sizeof *stub->names);
    if (!stub->names)
        return false;
    for (size_t i = 0; i < m->n_functions; i++)
        if (m->functions[i].role <= GIL_ROLE_SETTER) /* a slot has a name of Python's own */
            stub->names[stub->n_names++] = gil__inspected_short_name(&in->functions[i]);
    for (size_t i = 0; i < m->n_types; i++)
        stub->names[stub->n_names++] = m->types[i].name;
    for (size_t i = 0; i < m->n_constants; i++)
        stub->names[stub->n_names++] = m->constants[i].name;
    qsort(stub->names, stub->n_names, sizeof *stub->names, compare);
    for (int i = 0; i < GIL__N_STUB_NEEDS; i++) {
        gil__text alias = gil__text_in(stub->needs[i].alias, sizeof stub->needs[i].alias);
        gil__text_add(&alias, "%s", needs[i]);
        while (is_taken(stub, stub->needs[i].alias) && alias.length + 2 < alias.size) {
            memmove(alias.bytes + 1, alias.bytes, ++alias.length);
            alias.bytes[0] = '_';
        }
    }
    return true;
}

void gil__stub_end(gil__stub *stub)
{
    gil__free(stub->names);
    stub->names = NULL;
}

const char *gil__stub_use(gil__stub *stub, gil__stub_need need)
{
    stub->needs[need].used = true;
    return stub->needs[need].alias;
}

/* Python's own first, then others'. */
static void put_imports(const gil__stub *stub)
{
    for (int i = 0; i <= GIL__STUB_GILKIT; i++) {
        if (!stub->needs[i].used)
            continue;
        if (i != GIL__STUB_TYPING || !stub->needs[GIL__STUB_BUILTINS].used)
            fputc('\n', stub->out);
        fprintf(stub->out, "import %s", needs[i]);
        if (strcmp(stub->needs[i].alias, needs[i]) != 0)
            fprintf(stub->out, " as %s", stub->needs[i].alias);
        fputc('\n', stub->out);
    }
}

/* Before Python 3.11 a complex has no __complex__. */
void gil__stub_put_needs(gil__stub *stub)
{
    static const char *const taken[] = {"SupportsComplex", "SupportsFloat", "SupportsIndex"};
    char bytes[64];
    gil__text complex = gil__text_in(bytes, sizeof bytes);
    bool has_complex = stub->needs[GIL__STUB_COMPLEX].used;
    if (has_complex) {
        gil__stub_add_builtin(stub, &complex, "complex");
        gil__stub_use(stub, GIL__STUB_TYPING);
    }
    put_imports(stub);
    if (!has_complex)
        return;
    const char *typing = stub->needs[GIL__STUB_TYPING].alias;
    fprintf(stub->out, "\n%s = %s.Union[\n    %s,\n", stub->needs[GIL__STUB_COMPLEX].alias, typing, bytes);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        fprintf(stub->out, "    %s.%s,\n", typing, taken[i]);
    fputs("]\n", stub->out);
}

void gil__stub_add_builtin(gil__stub *stub, gil__text *text, const char *name)
{
    if (is_taken(stub, name))
        gil__text_add(text, "%s.", gil__stub_use(stub, GIL__STUB_BUILTINS));
    gil__text_add(text, "%s", name);
}

/* ---- Types ------------------------------------------------------------------------------------------------------ */

/* How often a name is taken. */
static size_t count(const gil__stub *stub, const char *name)
{
    const char *const *found = bsearch(&name, stub->names, stub->n_names, sizeof *stub->names, compare), *const * end;
    if (!found)
        return 0;
    while (found > stub->names && strcmp(found[-1], name) == 0)
        found--;
    for (end = found; end < stub->names + stub->n_names && strcmp(*end, name) == 0;)
        end++;
    return (size_t)(end - found);
}

bool gil__stub_hides_type(const gil__stub *stub, uint16_t type)
{
    const gil__module_info *m = stub->in->module;
    const gil__function_info *f = bsearch(&m->type_names[type], m->functions, m->n_functions, sizeof *f, compare);
    return !gil__stub_is_name(m->type_names[type]) || (f && !f->resource);
}

bool gil__stub_renames_type(const gil__stub *stub, uint16_t type)
{
    return gil__stub_hides_type(stub, type) || count(stub, stub->in->module->type_names[type]) > 1;
}

void gil__stub_add_type(const gil__stub *stub, gil__text *text, uint16_t type)
{
    const char *name = stub->in->module->type_names[type];
    size_t bad;
    bool is_text = gil__utf8_valid(name, strlen(name), &bad);
    gil__text_add(text, "%s", gil__stub_renames_type(stub, type) ? "_" : "");
    for (; *name; name++)
        gil__text_add(text, "%c", is_name_byte(*name) && (is_text || (unsigned char)*name < 0x80) ? *name : '_');
}
