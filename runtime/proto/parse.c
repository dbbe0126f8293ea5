/* SPDX-License-Identifier: MIT
 *
 * C prototypes -> signatures: one function declaration, by recursive descent.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "proto/signature.h"

enum { MAX_NODES = 256, MAX_NESTING = 32 };

typedef enum token_kind { END, NAME, NUMBER, MARK } token_kind;

typedef struct token {
    token_kind kind;
    const char *start;
    size_t length;
} token;

typedef struct parser {
    const char *text;
    const char *at;
    const char *const *resources; /* names of the resource types */
    size_t n_resources;
    token now;
    gil__signature *signature;
    char *free_name;  /* where the next name goes in signature->names */
    uint64_t unnamed; /* parameters without a name, a bit each */
    int nesting;
    bool failed;
    gil__proto_error *error;
} parser;

/* Remember the first error only: later ones follow from it. Always false. */
__attribute__((format(printf, 3, 4))) static bool refuse(parser *p, const char *where, const char *format, ...)
{
    if (p->failed)
        return false;
    p->failed = true;
    p->error->column = (int)(where - p->text) + 1;
    gil__text message = gil__text_in(p->error->message, sizeof p->error->message);
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(&message, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Tokens --------------------------------------------------------------------------------------------- */

static void skip_blank(parser *p)
{
    for (;;) {
        while (isspace((unsigned char)*p->at))
            p->at++;
        if (p->at[0] == '/' && p->at[1] == '/') {
            while (*p->at && *p->at != '\n')
                p->at++;
        } else if (p->at[0] == '/' && p->at[1] == '*') {
            const char *end = strstr(p->at + 2, "*/");
            if (!end) {
                refuse(p, p->at, "the comment does not end; close it with */");
                p->at += strlen(p->at);
                return;
            }
            p->at = end + 2;
        } else {
            return;
        }
    }
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void next(parser *p)
{
    skip_blank(p);
    const char *start = p->at;
    token_kind kind = END;
    if (isdigit((unsigned char)*start))
        kind = NUMBER;
    else if (is_name_char(*start))
        kind = NAME;
    else if (*start)
        kind = MARK;
    if (kind == MARK)
        p->at += strncmp(start, "...", 3) == 0 ? 3 : 1;
    while (kind != MARK && is_name_char(*p->at))
        p->at++;
    p->now = (token){kind, start, (size_t)(p->at - start)};
}

static bool now_is(const parser *p, const char *text)
{
    return p->now.length == strlen(text) && memcmp(p->now.start, text, p->now.length) == 0 && p->now.kind != END;
}

static bool accept(parser *p, const char *text)
{
    if (!now_is(p, text))
        return false;
    next(p);
    return true;
}

/* What stands here, for messages. */
#define HERE(p) (p)->now.kind == END ? 7 : (int)(p)->now.length, (p)->now.kind == END ? "the end" : (p)->now.start

static const char *keep_name(parser *p, token name)
{
    char *kept = p->free_name;
    memcpy(kept, name.start, name.length);
    kept[name.length] = '\0';
    p->free_name += name.length + 1;
    return kept;
}

/* ---- Types ---------------------------------------------------------------------------------------------- */

typedef struct specifiers {
    gil__ctype type;
    bool is_const;
    bool is_out;
    uint16_t resource;
    token first; /* of the type, for messages */
} specifiers;

typedef struct words {
    int long_, short_, signed_, unsigned_, int_, char_, float_, double_, complex_, void_;
} words;

static int *word_count(words *w, const parser *p)
{
    static const struct {
        const char *text;
        size_t offset;
    } table[] = {
        {"long", offsetof(words, long_)},       {"short", offsetof(words, short_)},
        {"signed", offsetof(words, signed_)},   {"unsigned", offsetof(words, unsigned_)},
        {"int", offsetof(words, int_)},         {"char", offsetof(words, char_)},
        {"float", offsetof(words, float_)},     {"double", offsetof(words, double_)},
        {"complex", offsetof(words, complex_)}, {"_Complex", offsetof(words, complex_)},
        {"void", offsetof(words, void_)},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (now_is(p, table[i].text))
            return (int *)((char *)w + table[i].offset);
    return NULL;
}

static bool integer_from_words(const words *w, gil__ctype *type)
{
    if (w->signed_ + w->unsigned_ > 1 || w->int_ > 1 || w->long_ > 2 || w->short_ > 1 || w->char_ > 1 ||
        (w->short_ && w->long_) || (w->char_ && (w->short_ || w->long_ || w->int_)))
        return false;
    bool is_signed = !w->unsigned_;
    size_t size = sizeof(int);
    if (w->char_) {
        size = 1;
        type->is_char = !w->signed_ && !w->unsigned_;
        if (type->is_char)
            is_signed = CHAR_MIN < 0;
    } else if (w->short_) {
        size = sizeof(short);
    } else if (w->long_) {
        size = w->long_ == 1 ? sizeof(long) : sizeof(long long);
    }
    type->class = is_signed ? GIL__SIGNED : GIL__UNSIGNED;
    type->size = (uint8_t)size;
    return true;
}

static bool type_from_words(const words *w, gil__ctype *type)
{
    *type = (gil__ctype){0};
    int integers = w->short_ + w->signed_ + w->unsigned_ + w->int_ + w->char_;
    if (w->void_)
        return w->void_ == 1 && !integers && !w->long_ && !w->float_ && !w->double_ && !w->complex_;
    if (!w->float_ && !w->double_)
        return !w->complex_ && integer_from_words(w, type);
    if (integers || w->float_ + w->double_ > 1 || w->complex_ > 1 || w->long_ > 1 || (w->long_ && w->float_))
        return false;
    size_t size = w->float_ ? sizeof(float) : w->long_ ? sizeof(long double) : sizeof(double);
    type->class = w->complex_ ? GIL__COMPLEX : GIL__FLOAT;
    type->size = (uint8_t)(w->complex_ ? 2 * size : size);
    return true;
}

/* const, GIL_OUT and what else says nothing about the type. */
static bool accept_qualifier(parser *p, specifiers *s)
{
    if (accept(p, "const"))
        s->is_const = true;
    else if (accept(p, "GIL_OUT"))
        s->is_out = true;
    else if (!accept(p, "volatile") && !accept(p, "extern") && !accept(p, "register") && !accept(p, "restrict") &&
             !accept(p, "__restrict"))
        return false;
    return true;
}

static bool named_resource(const parser *p, specifiers *s)
{
    for (size_t i = 0; i < p->n_resources; i++)
        if (now_is(p, p->resources[i])) {
            s->type = (gil__ctype){.class = GIL__RESOURCE, .size = sizeof(void *)};
            s->resource = (uint16_t)i;
            return true;
        }
    return false;
}

static bool parse_specifiers(parser *p, specifiers *s)
{
    words w = {0};
    bool have_words = false, have_name = false;
    *s = (specifiers){.first = p->now};
    for (;;) {
        if (accept_qualifier(p, s))
            continue;
        int *word = word_count(&w, p);
        if (word && have_name)
            return refuse(p, p->now.start, "%.*s cannot follow another type", HERE(p));
        if (!have_words && !have_name)
            s->first = p->now;
        if (word) {
            ++*word;
            have_words = true;
        } else if (!have_words && !have_name && p->now.kind == NAME) {
            have_name = gil__ctype_named(p->now.start, p->now.length, &s->type) || named_resource(p, s);
            if (!have_name)
                return refuse(p, p->now.start,
                              "unknown type %.*s; write a C number type such as double, int32_t or "
                              "size_t, or const char *",
                              HERE(p));
        } else {
            break;
        }
        next(p);
    }
    if (!have_words && !have_name)
        return refuse(p, p->now.start, "a type is missing before %.*s", HERE(p));
    if (have_words && !type_from_words(&w, &s->type))
        return refuse(p, s->first.start, "these words are no C type together");
    return true;
}

/* ---- Dimensions ----------------------------------------------------------------------------------------- */

static bool new_node(parser *p, gil__node node, uint16_t *index)
{
    gil__signature *s = p->signature;
    if (s->n_nodes == MAX_NODES)
        return refuse(p, p->now.start, "the dimensions are too long for one prototype");
    *index = s->n_nodes;
    s->nodes[s->n_nodes++] = node;
    return true;
}

static bool parse_sum(parser *p, uint16_t *index);

static bool parse_number(parser *p, uint16_t *index)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(p->now.start, &end, 0);
    while (*end == 'u' || *end == 'U' || *end == 'l' || *end == 'L')
        end++;
    if (errno || value > INT64_MAX || end != p->now.start + p->now.length)
        return refuse(p, p->now.start, "%.*s is not a size", HERE(p));
    if (!new_node(p, (gil__node){.op = 'i', .value = (int64_t)value}, index))
        return false;
    next(p);
    return true;
}

static bool parse_factor(parser *p, uint16_t *index)
{
    if (p->now.kind == NUMBER)
        return parse_number(p, index);
    if (p->now.kind == NAME) {
        /* Parameters may stand after the arrays that use them: resolved when all are read. Until then `value`
         * is where the name stands. */
        gil__node node = {.op = 'n', .value = p->now.start - p->text};
        if (!new_node(p, node, index))
            return false;
        next(p);
        return true;
    }
    if (now_is(p, "*"))
        return refuse(p, p->now.start, "[*] says no size; write one, as in x[n]");
    if (!accept(p, "("))
        return refuse(p, p->now.start, "a size is missing before %.*s; write one, as in x[n]", HERE(p));
    if (++p->nesting > MAX_NESTING)
        return refuse(p, p->now.start, "too many parentheses inside one another");
    if (!parse_sum(p, index))
        return false;
    p->nesting--;
    return accept(p, ")") || refuse(p, p->now.start, ") is missing before %.*s", HERE(p));
}

static bool parse_product(parser *p, uint16_t *index)
{
    if (!parse_factor(p, index))
        return false;
    while (accept(p, "*")) {
        gil__node node = {.op = '*', .left = *index};
        if (!parse_factor(p, &node.right) || !new_node(p, node, index))
            return false;
    }
    return true;
}

static bool parse_sum(parser *p, uint16_t *index)
{
    if (!parse_product(p, index))
        return false;
    while (now_is(p, "+") || now_is(p, "-")) {
        gil__node node = {.op = *p->now.start, .left = *index};
        next(p);
        if (!parse_product(p, &node.right) || !new_node(p, node, index))
            return false;
    }
    return true;
}

static bool parse_dims(parser *p, gil__param *param)
{
    while (now_is(p, "[")) {
        const char *start = p->now.start;
        next(p);
        while (accept(p, "static") || accept(p, "const") || accept(p, "restrict") || accept(p, "__restrict") ||
               accept(p, "volatile"))
            continue;
        if (now_is(p, "]"))
            return refuse(p, start, "[] says no size; write one, as in %s[n]", param->name);
        if (param->ndim == GIL_MAX_DIMS)
            return refuse(p, start, "%s has more than %d dimensions", param->name, GIL_MAX_DIMS);
        if (!parse_sum(p, &param->dims[param->ndim]))
            return false;
        if (!accept(p, "]"))
            return refuse(p, p->now.start, "%.*s cannot stand in a dimension; sizes are names and numbers with + - *",
                          HERE(p));
        param->ndim++;
    }
    return true;
}

/* ---- Parameters ----------------------------------------------------------------------------------------- */

static int accept_pointers(parser *p, specifiers *s)
{
    int stars = 0;
    specifiers ignored = *s;
    while (accept(p, "*")) {
        stars++;
        while (accept_qualifier(p, &ignored))
            continue;
    }
    s->is_out = ignored.is_out;
    return stars;
}

static bool check_hidden_pointer(parser *p, const specifiers *s, int stars, gil__param *param)
{
    gil__signature *signature = p->signature;
    bool is_env = s->type.class == GIL__ENV;
    const char *name = is_env ? "gil_env" : "gil_task";
    if (stars != 1 || param->ndim || s->is_out)
        return refuse(p, s->first.start, "a parameter of type %s is a pointer: %s *%s", name, name,
                      is_env ? "env" : "task");
    if (is_env && signature->n_params != 0)
        return refuse(p, s->first.start, "gil_env *env must be the first parameter");
    if (is_env ? signature->has_env : signature->has_task)
        return refuse(p, s->first.start, "a second %s *; one is enough", name);
    if (is_env)
        signature->has_env = true;
    else
        signature->has_task = true;
    return true;
}

/* A resource's struct: const is read beside others, what is not const is changed. */
static bool check_resource(parser *p, const specifiers *s, int stars, gil__param *param)
{
    if (stars != 1 || param->ndim || s->is_out)
        return refuse(p, s->first.start, "%s: a resource is passed as a pointer to its struct: %.*s *%s", param->name,
                      (int)s->first.length, s->first.start, param->name);
    param->direction = s->is_const ? GIL__IN : GIL__INOUT;
    param->resource = s->resource;
    p->signature->n_resources++;
    return true;
}

/* An array, or one value that is an output. */
static bool check_memory(parser *p, const specifiers *s, int stars, gil__param *param)
{
    const char *where = s->first.start;
    if (!gil__ctype_is_number(s->type))
        return refuse(p, where, "%s: arrays and results are of numbers", param->name);
    if (stars && param->ndim)
        return refuse(p, where, "%s: an array of pointers cannot be passed; write %s[m][n]", param->name, param->name);
    if (s->is_out && s->is_const)
        return refuse(p, where, "%s: GIL_OUT is written, so it cannot be const", param->name);
    if (stars && !s->is_out)
        return refuse(p, where,
                      "%s: a pointer does not say how many elements it has; write %s[n] for an "
                      "array, or GIL_OUT before it for one result",
                      param->name, param->name);
    param->direction = s->is_out ? GIL__OUT : s->is_const ? GIL__IN : GIL__INOUT;
    return true;
}

static bool check_param(parser *p, const specifiers *s, int stars, gil__param *param)
{
    const char *where = s->first.start;
    gil__class class = s->type.class;
    param->type = s->type;
    if (class == GIL__ENV || class == GIL__TASK)
        return check_hidden_pointer(p, s, stars, param);
    if (class == GIL__RESOURCE)
        return check_resource(p, s, stars, param);
    if (stars > 1)
        return refuse(p, where, "%s: pointers to pointers cannot be passed", param->name);
    if (s->type.is_char && stars == 1 && !param->ndim && !s->is_out) {
        if (!s->is_const)
            return refuse(p, where,
                          "%s: char * is written; write char %s[n] for memory, or const char * for "
                          "text",
                          param->name, param->name);
        param->type = (gil__ctype){.class = GIL__STRING, .size = sizeof(char *)};
        return true;
    }
    if (class == GIL__VOID)
        return refuse(p, where, "%s: void%s cannot be passed; write the element type and the size", param->name,
                      stars ? " *" : "");
    if (stars || param->ndim)
        return check_memory(p, s, stars, param);
    if (s->is_out)
        return refuse(p, where, "%s: GIL_OUT is for arrays and pointers; write GIL_OUT T *%s", param->name,
                      param->name);
    return true;
}

static const gil__param *find_param(const parser *p, const char *name, size_t length)
{
    for (uint16_t i = 0; i < p->signature->n_params; i++) {
        const gil__param *param = &p->signature->params[i];
        if (!(p->unnamed >> i & 1) && strlen(param->name) == length && memcmp(param->name, name, length) == 0)
            return param;
    }
    return NULL;
}

/* Does a word here belong to types, so that it cannot name anything? */
static bool is_taken(const parser *p)
{
    static const char *const others[] = {"const",  "volatile", "restrict", "__restrict",
                                         "static", "extern",   "register", "GIL_OUT"};
    words w;
    gil__ctype type;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (now_is(p, others[i]))
            return true;
    return word_count(&w, p) || gil__ctype_named(p->now.start, p->now.length, &type);
}

/* For messages, until all are read. */
static const char *provisional_name(parser *p)
{
    gil__text name = gil__text_in(p->free_name, 12);
    gil__text_add(&name, "arg%u", p->signature->n_params + 1u);
    const char *kept = p->free_name;
    p->free_name += name.length + 1;
    return kept;
}

/* Parameters of a plain library's prototype may have no names: they get those that nobody took, when all are
 * read. */
static void name_unnamed(parser *p)
{
    unsigned number = 1;
    for (uint16_t i = 0; i < p->signature->n_params; i++, number++) {
        if (!(p->unnamed >> i & 1))
            continue;
        gil__text name = gil__text_in(p->free_name, 12);
        gil__text_add(&name, "arg%u", number);
        while (find_param(p, name.bytes, name.length)) {
            name = gil__text_in(p->free_name, 12);
            gil__text_add(&name, "arg%u", ++number);
        }
        p->signature->params[i].name = p->free_name;
        p->unnamed &= ~((uint64_t)1 << i);
        p->free_name += name.length + 1;
    }
}

static bool parse_param(parser *p)
{
    gil__signature *signature = p->signature;
    specifiers s;
    if (now_is(p, "..."))
        return refuse(p, p->now.start, "a variable number of arguments cannot be passed");
    if (signature->n_params == GIL__MAX_PARAMS)
        return refuse(p, p->now.start, "more than %d parameters", GIL__MAX_PARAMS);
    if (!parse_specifiers(p, &s))
        return false;
    int stars = accept_pointers(p, &s);
    if (now_is(p, "("))
        return refuse(p, p->now.start, "functions cannot be passed");
    gil__param *param = &signature->params[signature->n_params];
    token name = p->now;
    if (name.kind == NAME && is_taken(p))
        return refuse(p, name.start, "%.*s cannot name a parameter", HERE(p));
    if (name.kind == NAME) {
        if (find_param(p, name.start, name.length))
            return refuse(p, name.start, "a second parameter %.*s; give it another name", HERE(p));
        param->name = keep_name(p, name);
        next(p);
    } else {
        param->name = provisional_name(p);
        p->unnamed |= (uint64_t)1 << signature->n_params;
    }
    if (!parse_dims(p, param) || !check_param(p, &s, stars, param))
        return false;
    signature->n_params++;
    return true;
}

static bool parse_params(parser *p)
{
    if (!accept(p, "("))
        return refuse(p, p->now.start, "( is missing before %.*s", HERE(p));
    if (accept(p, ")"))
        return true;
    if (now_is(p, "void")) {
        parser ahead = *p;
        next(&ahead);
        if (accept(&ahead, ")")) {
            *p = ahead;
            return true;
        }
    }
    do {
        if (!parse_param(p))
            return false;
    } while (accept(p, ","));
    return accept(p, ")") || refuse(p, p->now.start, ", or ) is missing before %.*s", HERE(p));
}

/* ---- The whole ------------------------------------------------------------------------------------------ */

/* Names in dimensions become parameters. */
static bool resolve_names(parser *p)
{
    gil__signature *signature = p->signature;
    for (uint16_t i = 0; i < signature->n_nodes; i++) {
        gil__node *node = &signature->nodes[i];
        if (node->op != 'n')
            continue;
        const char *name = p->text + node->value;
        size_t length = 0;
        while (is_name_char(name[length]))
            length++;
        const gil__param *param = find_param(p, name, length);
        if (!param)
            return refuse(p, name, "%.*s is no parameter; write its number, or a parameter size_t %.*s", (int)length,
                          name, (int)length, name);
        if (param->ndim || param->direction == GIL__OUT ||
            (param->type.class != GIL__SIGNED && param->type.class != GIL__UNSIGNED))
            return refuse(p, name, "%.*s is not an integer, so it cannot be a size", (int)length, name);
        node->op = 'p';
        node->value = param - signature->params;
    }
    return true;
}

static bool check_result(parser *p, specifiers *s, int stars)
{
    const char *where = s->first.start;
    gil__class class = s->type.class;
    if (s->is_out)
        return refuse(p, where, "GIL_OUT is for parameters; what a function returns is its result");
    if (class == GIL__ENV || class == GIL__TASK)
        return refuse(p, where, "this type is for parameters");
    if (class == GIL__RESOURCE)
        return refuse(p, where, "a resource is returned as gil_obj, as GIL_RESOURCE_NEW makes it");
    if (stars == 1 && s->type.is_char && s->is_const)
        s->type = (gil__ctype){.class = GIL__STRING, .size = sizeof(char *)};
    else if (stars)
        return refuse(p, where,
                      "a returned pointer does not say how long its memory is nor who frees it; "
                      "return void and write GIL_OUT T y[n]");
    p->signature->result = s->type;
    return true;
}

/* Objects need the GIL, and env is its proof. */
static bool check_objects(parser *p)
{
    const gil__signature *s = p->signature;
    bool objects = s->result.class == GIL__OBJECT;
    for (uint16_t i = 0; i < s->n_params; i++)
        objects |= s->params[i].type.class == GIL__OBJECT;
    if (objects && !s->has_env)
        return refuse(p, p->text, "gil_obj needs the GIL; write gil_env *env as first parameter");
    return true;
}

static bool parse_all(parser *p)
{
    specifiers s;
    next(p);
    if (!parse_specifiers(p, &s))
        return false;
    int stars = accept_pointers(p, &s);
    if (p->now.kind != NAME)
        return refuse(p, p->now.start, "the function's name is missing before %.*s", HERE(p));
    if (is_taken(p))
        return refuse(p, p->now.start, "%.*s cannot name a function", HERE(p));
    p->signature->name = keep_name(p, p->now);
    next(p);
    if (!parse_params(p))
        return false;
    accept(p, ";");
    if (p->now.kind != END)
        return refuse(p, p->now.start, "%.*s stands after the prototype", HERE(p));
    name_unnamed(p);
    return check_result(p, &s, stars) && resolve_names(p) && check_objects(p);
}

/* No memory: the one error that is not in the text. */
static gil__signature *no_memory(gil__proto_error *error)
{
    *error = (gil__proto_error){0, "no memory"};
    return NULL;
}

gil__signature *gil__signature_parse(const char *text, gil__proto_error *error)
{
    return gil__signature_parse_with(text, NULL, 0, error);
}

/* At most so many parameters are in this text. */
static size_t count_room(const char *text)
{
    size_t params = 1;
    for (; *text; text++)
        params += *text == ',';
    return params < GIL__MAX_PARAMS ? params : GIL__MAX_PARAMS;
}

gil__signature *gil__signature_parse_with(const char *text, const char *const *names, size_t n_names,
                                          gil__proto_error *error)
{
    *error = (gil__proto_error){0};
    parser p = {.text = text, .at = text, .resources = names, .n_resources = n_names, .error = error};
    size_t length = strlen(text), params = count_room(text);
    size_t nodes = length < MAX_NODES ? length + 1 : MAX_NODES; /* each is a token */
    if (length > GIL__MAX_PROTOTYPE) {
        refuse(&p, text, "a prototype of %zu bytes; at most %d", length, GIL__MAX_PROTOTYPE);
        return NULL;
    }
    gil__signature *s = gil__alloc(1, sizeof *s);
    if (!s)
        return no_memory(error);
    s->params = gil__alloc(params, sizeof *s->params);
    s->nodes = gil__alloc(nodes, sizeof *s->nodes);
    s->names = gil__alloc(length + 1 + 24 * params, 2);
    if (!s->params || !s->nodes || !s->names) {
        gil__signature_free(s);
        return no_memory(error);
    }
    p.signature = s;
    p.free_name = s->names;
    if (!parse_all(&p) || p.failed) {
        gil__signature_free(s);
        return NULL;
    }
    if (!gil__signature_plan_sizes(s)) {
        gil__signature_free(s);
        return no_memory(error);
    }
    return s;
}

void gil__signature_free(gil__signature *signature)
{
    if (!signature)
        return;
    gil__free(signature->params);
    gil__free(signature->steps);
    gil__free(signature->nodes);
    gil__free(signature->names);
    gil__free(signature);
}
