/* SPDX-License-Identifier: MIT
 *
 * A module as a Python stub.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/stub.h"

/* What Python calls a slot, and the builtin that it returns; NULL: what its prototype says. */
static const struct {
    const char *name;
    const char *result;
} slots[GIL__N_ROLES] = {
    [GIL_ROLE_CALL] = {"__call__", NULL},
    [GIL_ROLE_LENGTH] = {"__len__", "int"},
    [GIL_ROLE_GET_ITEM] = {"__getitem__", NULL},
    [GIL_ROLE_SET_ITEM] = {"__setitem__", NULL},
    [GIL_ROLE_DELETE_ITEM] = {"__delitem__", NULL},
    [GIL_ROLE_CONTAINS] = {"__contains__", "bool"},
    [GIL_ROLE_ITER] = {"__iter__", NULL},
    [GIL_ROLE_NEXT] = {"__next__", NULL},
    [GIL_ROLE_STR] = {"__str__", "str"},
    [GIL_ROLE_REPR] = {"__repr__", "str"},
    [GIL_ROLE_EQUAL] = {"__eq__", "bool"},
    [GIL_ROLE_LESS] = {"__lt__", "bool"},
    [GIL_ROLE_HASH] = {"__hash__", "int"},
};

/* Does it belong to this type, or to none (NULL)? */
static bool is_of(const gil__inspected *f, const char *type)
{
    return type ? f->info->resource && strcmp(f->info->resource, type) == 0 : !f->info->resource;
}

/* The slot of a type; NULL: it has none. */
static const gil__inspected *find_slot(const gil__stub *stub, const char *type, gil_role role)
{
    for (size_t i = 0; i < stub->in->module->n_functions; i++)
        if (stub->in->functions[i].info->role == (uint32_t)role && is_of(&stub->in->functions[i], type))
            return &stub->in->functions[i];
    return NULL;
}

static bool is_unwritable(const gil__inspected *f)
{
    return f->info->role <= GIL_ROLE_SETTER && !gil__stub_is_name(gil__inspected_short_name(f));
}

/* ---- What cannot be written ------------------------------------------------------------------------------------- */

static void put_missing(gil__stub *stub, const char *type, const char *name)
{
    gil__stub_space(stub, GIL__STUB_OTHER);
    fprintf(stub->out, "%s# Python code cannot write ", type ? "    " : "");
    gil__stub_put_word(stub->out, name);
    fputs(": getattr(", stub->out);
    gil__stub_put_word(stub->out, type ? "object" : stub->in->module->name);
    fputs(", \"", stub->out);
    gil__stub_put_word(stub->out, name);
    fputs("\") reaches it.\n", stub->out);
    stub->last = GIL__STUB_NOTHING;
}

/* Functions, members of a type, and constants that have no name in Python. The comments stand together: formatters
 * would part one from the def below it. */
static void put_all_missing(gil__stub *stub, const char *type)
{
    const gil__module_info *m = stub->in->module;
    const char *said = NULL;
    for (size_t i = 0; i < m->n_functions; i++) {
        const gil__inspected *f = &stub->in->functions[i];
        const char *name = gil__inspected_short_name(f);
        /* A property has two functions, which stand side by side. */
        if (!is_of(f, type) || !is_unwritable(f) || (said && strcmp(said, name) == 0))
            continue;
        put_missing(stub, type, name);
        said = name;
    }
    for (size_t i = 0; i < m->n_constants && !type; i++)
        if (!gil__stub_is_name(m->constants[i].name))
            put_missing(stub, NULL, said = m->constants[i].name);
    if (said)
        stub->last = GIL__STUB_OTHER;
}

/* ---- Members of types ------------------------------------------------------------------------------------------- */

static void put_method(gil__stub *stub, const gil__inspected *f, const char *name)
{
    gil__stub_def def;
    gil__stub_def_begin(&def, stub, 1, f);
    gil__stub_def_add_params(&def, f);
    gil__stub_def_add_results(&def, f);
    gil__stub_def_put(&def, NULL, name, f->info->doc);
}

/* The parameter of a setter, the key of get_item: what is asked beside the struct. */
static const gil__param *first_given(const gil__inspected *f)
{
    const gil__signature *s = f->signature;
    uint16_t p = 0;
    while (!s->params[p].asked || gil__inspected_is_self(f, p))
        p++;
    return &s->params[p];
}

static void add_value_type(gil__stub_def *def, const gil__inspected *setter)
{
    gil__stub_add_taken(def->stub, &def->results, first_given(setter));
    gil__stub_def_add_result(def, "%s", "");
}

static bool takes_index(const gil__inspected *get_item)
{
    const gil__param *key = first_given(get_item);
    return key->ndim == 0 && (key->type.class == GIL__SIGNED || key->type.class == GIL__UNSIGNED);
}

/* One of both may be NULL. A property that can only be set has a type all the same: older type checkers take that of
 * the getter for what is set. */
static void put_property(gil__stub *stub, const gil__inspected *getter, const gil__inspected *setter)
{
    const gil__inspected *first = getter ? getter : setter;
    const char *name = gil__inspected_short_name(first), *doc = first->info->doc;
    char bytes[40];
    gil__text property = gil__text_in(bytes, sizeof bytes);
    gil__stub_def def;
    gil__stub_add_builtin(stub, &property, "property");
    gil__stub_def_begin(&def, stub, 1, NULL);
    if (getter)
        gil__stub_def_add_results(&def, getter);
    else
        add_value_type(&def, setter);
    if (setter && !gil__stub_has_doc(doc))
        doc = setter->info->doc;
    gil__stub_def_put(&def, bytes, name, getter || gil__stub_has_doc(doc) ? doc : "It can only be set.");
    if (!setter)
        return;
    gil__stub_def_begin(&def, stub, 1, setter);
    gil__stub_def_add_params(&def, setter);
    gil__stub_def_put(&def, ".setter", name, NULL);
}

static void put_properties(gil__stub *stub, const char *type)
{
    const gil__inspection *in = stub->in;
    for (size_t i = 0; i < in->module->n_functions; i++) {
        const gil__inspected *f = &in->functions[i], *pair[2] = {NULL, NULL};
        if (!is_of(f, type) || (f->info->role != GIL_ROLE_GETTER && f->info->role != GIL_ROLE_SETTER))
            continue;
        pair[f->info->role == GIL_ROLE_SETTER] = f;
        /* They are sorted by name. */
        const gil__inspected *next = i + 1 < in->module->n_functions ? f + 1 : NULL;
        if (next && strcmp(next->info->name, f->info->name) == 0 &&
            next->info->role == (f->info->role == GIL_ROLE_GETTER ? GIL_ROLE_SETTER : GIL_ROLE_GETTER)) {
            pair[next->info->role == GIL_ROLE_SETTER] = next;
            i++;
        }
        if (!is_unwritable(f))
            put_property(stub, pair[0], pair[1]);
    }
}

/* An object is made and its init called at once, so that nobody sees one without: what Python calls __new__. */
static void put_new(gil__stub *stub, uint16_t type, const gil__inspected *init)
{
    gil__stub_def def;
    gil__stub_def_begin(&def, stub, 1, init);
    gil__stub_def_add_params(&def, init);
    gil__stub_add_type(stub, &def.results, type);
    gil__stub_def_add_result(&def, "%s", "");
    gil__stub_def_put(&def, NULL, "__new__", init->info->doc);
}

static void put_slot(gil__stub *stub, const gil__inspected *f, const char *name, const char *doc)
{
    const char *result = slots[f->info->role].result;
    gil__stub_def def;
    gil__stub_def_begin(&def, stub, 1, f);
    def.is_positional = f->info->role != GIL_ROLE_CALL && f->signature->n_asked > 1; /* the struct is one */
    if (f->info->role == GIL_ROLE_EQUAL) { /* anything can be compared with anything */
        gil__text_add(&def.params, "other: ");
        gil__stub_add_builtin(stub, &def.params, "object");
        gil__stub_def_add_param(&def, "%s", "");
    } else {
        gil__stub_def_add_params(&def, f);
    }
    if (f->info->role == GIL_ROLE_ITER) {
        const char *typing = gil__stub_use(stub, GIL__STUB_TYPING);
        gil__stub_def_add_result(&def, "%s.Iterator[%s.Any]", typing, typing);
    } else if (result) {
        gil__stub_add_builtin(stub, &def.results, result);
        gil__stub_def_add_result(&def, "%s", "");
    } else {
        gil__stub_def_add_results(&def, f);
    }
    gil__stub_def_put(&def, NULL, name, doc);
}

/* What has no iter of its own and can be gone through: it is its own iterator, or its items are asked for by index. */
static void put_iter(gil__stub *stub, uint16_t type)
{
    const char *name = stub->in->module->type_names[type];
    const gil__inspected *item = find_slot(stub, name, GIL_ROLE_GET_ITEM);
    gil__stub_def def, items;
    gil__stub_def_begin(&def, stub, 1, NULL);
    if (find_slot(stub, name, GIL_ROLE_ITER))
        return;
    if (find_slot(stub, name, GIL_ROLE_NEXT)) {
        gil__stub_add_type(stub, &def.results, type);
        gil__stub_def_add_result(&def, "%s", "");
    } else if (item && find_slot(stub, name, GIL_ROLE_LENGTH) && takes_index(item)) {
        gil__stub_def_begin(&items, stub, 1, NULL);
        gil__stub_def_add_results(&items, item);
        gil__text_add(&def.results, "%s.Iterator[", gil__stub_use(stub, GIL__STUB_TYPING));
        gil__stub_def_join_results(&items, &def.results);
        gil__stub_def_add_result(&def, "]");
    } else {
        return;
    }
    gil__stub_def_put(&def, NULL, "__iter__", NULL);
}

static void put_slots(gil__stub *stub, uint16_t type)
{
    static const char *const orders[] = {"__le__", "__gt__", "__ge__"};
    const char *name = stub->in->module->type_names[type];
    for (int role = GIL_ROLE_CALL; role < GIL__N_ROLES; role++) {
        const gil__inspected *slot = find_slot(stub, name, (gil_role)role);
        if (role == GIL_ROLE_ITER)
            put_iter(stub, type);
        if (slot)
            put_slot(stub, slot, slots[role].name, slot->info->doc);
        for (size_t i = 0; slot && role == GIL_ROLE_LESS && i < sizeof orders / sizeof orders[0]; i++)
            put_slot(stub, slot, orders[i], NULL);
    }
}

/* close(), and what `with` calls. A module may have a close of its own. */
static void put_closing(gil__stub *stub, uint16_t type, bool has_close)
{
    gil__stub_def def;
    if (!has_close) {
        gil__stub_def_begin(&def, stub, 1, NULL);
        gil__stub_def_put(&def, NULL, "close", NULL);
    }
    gil__stub_def_begin(&def, stub, 1, NULL);
    gil__stub_add_type(stub, &def.results, type);
    gil__stub_def_add_result(&def, "%s", "");
    gil__stub_def_put(&def, NULL, "__enter__", NULL);
    gil__stub_def_begin(&def, stub, 1, NULL);
    gil__text_add(&def.params, "*args: ");
    gil__stub_add_builtin(stub, &def.params, "object");
    gil__stub_def_add_param(&def, "%s", "");
    gil__stub_def_put(&def, NULL, "__exit__", NULL);
}

/* PEP 688: what takes memory takes it. */
static void put_buffer(gil__stub *stub)
{
    gil__stub_def def;
    gil__stub_def_begin(&def, stub, 1, NULL);
    def.is_positional = true;
    gil__text_add(&def.params, "flags: ");
    gil__stub_add_builtin(stub, &def.params, "int");
    gil__stub_def_add_param(&def, "%s", "");
    gil__stub_add_builtin(stub, &def.results, "memoryview");
    gil__stub_def_add_result(&def, "%s", "");
    gil__stub_def_put(&def, NULL, "__buffer__", NULL);
}

/* ---- Types ------------------------------------------------------------------------------------------------------ */

static void put_members(gil__stub *stub, uint16_t type)
{
    const gil__type_info *info = &stub->in->module->types[type];
    const gil__inspected *init = find_slot(stub, info->name, GIL_ROLE_INIT);
    bool has_close = false;
    if (find_slot(stub, info->name, GIL_ROLE_EQUAL) && !find_slot(stub, info->name, GIL_ROLE_HASH)) {
        gil__stub_space(stub, GIL__STUB_OTHER);
        fprintf(stub->out, "    __hash__: %s.ClassVar[None]  # type: ignore[assignment]\n",
                gil__stub_use(stub, GIL__STUB_TYPING));
        stub->last = GIL__STUB_OTHER;
    }
    if (init)
        put_new(stub, type, init);
    for (size_t i = 0; i < stub->in->module->n_functions; i++) {
        const gil__inspected *f = &stub->in->functions[i];
        const char *name = gil__inspected_short_name(f);
        if (!is_of(f, info->name) || f->info->role != GIL_ROLE_METHOD || is_unwritable(f))
            continue;
        has_close |= strcmp(name, "close") == 0;
        put_method(stub, f, name);
    }
    if (info->is_closable)
        put_closing(stub, type, has_close);
    put_properties(stub, info->name);
    put_slots(stub, type);
    if (info->has_buffer)
        put_buffer(stub);
}

/* Is there anything in its class that Python can write? */
static bool has_members(const gil__stub *stub, const gil__type_info *type)
{
    bool any = type->is_closable || type->has_buffer;
    for (size_t i = 0; i < stub->in->module->n_functions; i++)
        any |= is_of(&stub->in->functions[i], type->name) && !is_unwritable(&stub->in->functions[i]);
    return any;
}

static void put_type(gil__stub *stub, uint16_t type)
{
    const gil__type_info *info = &stub->in->module->types[type];
    bool is_hidden = gil__stub_hides_type(stub, type), has_doc = gil__stub_has_doc(info->doc);
    gil__stub_space(stub, GIL__STUB_OTHER);
    if (is_hidden) {
        fputs("# Here it is not called ", stub->out);
        gil__stub_put_word(stub->out, info->name);
        fputs(gil__stub_is_name(info->name) ? ", as a function is.\n" : ", which Python code cannot write.\n",
              stub->out);
    }
    char bytes[1024];
    gil__text other_name = gil__text_in(bytes, sizeof bytes);
    gil__stub_add_type(stub, &other_name, type);
    fprintf(stub->out, "@%s.final\nclass %s:", gil__stub_use(stub, GIL__STUB_TYPING), is_hidden ? bytes : info->name);
    if (!has_doc && !has_members(stub, info)) {
        fputs(" ...\n", stub->out);
    } else {
        fputc('\n', stub->out);
        if (has_doc)
            gil__stub_put_doc(stub->out, 1, info->doc);
        stub->last = has_doc ? GIL__STUB_OTHER : GIL__STUB_NOTHING;
        put_all_missing(stub, info->name);
        put_members(stub, type);
    }
    stub->last = GIL__STUB_OTHER;
}

/* ---- The module ------------------------------------------------------------------------------------------------- */

static void put_constant(gil__stub *stub, const gil__constant_info *constant)
{
    static const char *const types[] = {
        [GIL__CONST_INT] = "int",   [GIL__CONST_UINT] = "int", [GIL__CONST_FLOAT] = "float",
        [GIL__CONST_BOOL] = "bool", [GIL__CONST_STR] = "str",
    };
    char bytes[40];
    gil__text type = gil__text_in(bytes, sizeof bytes);
    gil__stub_add_builtin(stub, &type, constant->kind <= GIL__CONST_STR ? types[constant->kind] : "object");
    fprintf(stub->out, "%s: %s.Final[%s]\n", constant->name, gil__stub_use(stub, GIL__STUB_TYPING), bytes);
    if (gil__stub_has_doc(constant->doc))
        gil__stub_put_doc(stub->out, 0, constant->doc);
}

/* Has a function or a type this name too? They are found first. */
static bool is_hidden(const gil__stub *stub, const char *constant)
{
    const gil__module_info *m = stub->in->module;
    for (size_t i = 0; i < m->n_types; i++)
        if (strcmp(m->type_names[i], constant) == 0)
            return true;
    for (size_t i = 0; i < m->n_functions; i++)
        if (!m->functions[i].resource && strcmp(m->functions[i].name, constant) == 0)
            return true;
    return false;
}

static void put_constants(gil__stub *stub)
{
    const gil__module_info *m = stub->in->module;
    bool first = true;
    for (size_t i = 0; i < m->n_constants; i++) {
        if (!gil__stub_is_name(m->constants[i].name) || is_hidden(stub, m->constants[i].name))
            continue;
        if (first)
            gil__stub_space(stub, GIL__STUB_OTHER);
        first = false;
        put_constant(stub, &m->constants[i]);
        stub->last = GIL__STUB_OTHER;
    }
}

/* Second names of types, for annotations inside classes that have a member of the first name. */
static void put_second_names(gil__stub *stub)
{
    const gil__module_info *m = stub->in->module;
    bool first = true;
    for (uint16_t i = 0; i < m->n_types; i++) {
        if (!gil__stub_renames_type(stub, i) || gil__stub_hides_type(stub, i))
            continue;
        if (first)
            gil__stub_space(stub, GIL__STUB_OTHER);
        first = false;
        fprintf(stub->out, "_%s = %s\n", m->types[i].name, m->types[i].name);
    }
}

static void put_functions(gil__stub *stub)
{
    for (size_t i = 0; i < stub->in->module->n_functions; i++) {
        const gil__inspected *f = &stub->in->functions[i];
        if (!is_of(f, NULL) || is_unwritable(f))
            continue;
        gil__stub_def def;
        gil__stub_def_begin(&def, stub, 0, f);
        gil__stub_def_add_params(&def, f);
        gil__stub_def_add_results(&def, f);
        gil__stub_def_put(&def, NULL, f->info->name, f->info->doc);
    }
}

static void put_body(gil__stub *stub)
{
    put_constants(stub);
    for (uint16_t i = 0; i < stub->in->module->n_types; i++)
        put_type(stub, i);
    put_second_names(stub);
    put_functions(stub);
}

/* What stands above the body, once it is known what that needs. */
static void put_head(gil__stub *stub)
{
    const gil__module_info *m = stub->in->module;
    fputs("# Made by gilkit from module ", stub->out);
    gil__stub_put_word(stub->out, m->name);
    fputs(" (gilkit inspect --stubs); edits are lost.\n", stub->out);
    if (gil__stub_has_doc(m->doc))
        gil__stub_put_doc(stub->out, 0, m->doc);
    stub->last = GIL__STUB_OTHER;
    put_all_missing(stub, NULL);
    gil__stub_put_needs(stub);
}

int gil__inspection_print_stubs(const gil__inspection *in)
{
    gil__stub stub;
    char *body = NULL;
    size_t size = 0;
    FILE *out = gil__stub_begin(&stub, in) ? open_memstream(&body, &size) : NULL;
    bool fine = out != NULL;
    if (fine) {
        stub.out = out;
        put_body(&stub);
        fine = !ferror(out);
        fine &= fclose(out) == 0;
    }
    if (fine) {
        stub.out = stdout;
        put_head(&stub);
        fwrite(body, 1, size, stdout);
    }
    free(body);
    gil__stub_end(&stub);
    return fine ? GIL__EXIT_FINE : gil__cli_fail(GIL__EXIT_RAISED, "%s: no memory for its stub", in->path);
}
