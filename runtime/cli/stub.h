/* SPDX-License-Identifier: MIT
 *
 * A module as a Python stub (.pyi), which type checkers and editors read: what its parts are written with.
 *
 * The layout is that of ruff and black, so that a formatter changes nothing: a `def` that does not fit a line has one
 * parameter a line; a blank line follows a documented `def`, and none a bare one.
 */
#ifndef GILKIT_CLI_STUB_H
#define GILKIT_CLI_STUB_H

#include "base/text.h"
#include "cli/inspect.h"

/* What a stub needs beside the module's own: the modules that it imports, in that order, and a type of its own. */
typedef enum gil__stub_need {
    GIL__STUB_BUILTINS,
    GIL__STUB_TYPING,
    GIL__STUB_GILKIT,
    GIL__STUB_COMPLEX, /* what is taken for a complex; written out it would not fit a line */
    GIL__N_STUB_NEEDS
} gil__stub_need;

/* What stands in front, on the same level. */
typedef enum gil__stub_last {
    GIL__STUB_NOTHING,
    GIL__STUB_SHORT, /* a def without documentation */
    GIL__STUB_OTHER
} gil__stub_last;

typedef struct gil__stub {
    FILE *out;
    const gil__inspection *in;
    gil__stub_last last;
    const char **names; /* sorted: every name that a word of the stub could be mistaken for */
    size_t n_names;
    struct {
        char alias[24];
        bool used;
    } needs[GIL__N_STUB_NEEDS];
} gil__stub;

/* ---- stub_names.c: what things are called --------------------------------------------------------------------- */

/* Learn the names of a module.
 *   owner:  gil__stub_end
 *   errors: false: no memory */
bool gil__stub_begin(gil__stub *stub, const gil__inspection *in);
void gil__stub_end(gil__stub *stub);

/* Can Python code write this name? Not when it is a keyword, or no name at all, as a$b, which is one for gcc. */
bool gil__stub_is_name(const char *name);

/* What is needed, as it is called here: by its name, unless the stub's module has something of that name. */
const char *gil__stub_use(gil__stub *stub, gil__stub_need need);

/* Print what is needed. */
void gil__stub_put_needs(gil__stub *stub);

/* Add "int", or "builtins.int" where `int` is something else. */
void gil__stub_add_builtin(gil__stub *stub, gil__text *text, const char *name);

/* Can nobody find this type by its name, which Python cannot write or which is a function's? The class has another. */
bool gil__stub_hides_type(const gil__stub *stub, uint16_t type);

/* Has the type a second name, because something in a class is called as it is? */
bool gil__stub_renames_type(const gil__stub *stub, uint16_t type);

/* Add what annotations call a type. */
void gil__stub_add_type(const gil__stub *stub, gil__text *text, uint16_t type);

/* ---- stub_doc.c: documentation -------------------------------------------------------------------------------- */

/* Is there something to read in it? */
bool gil__stub_has_doc(const char *doc);

/* Print it as a string literal on lines of its own, indented by `depth` levels. It has something to read. */
void gil__stub_put_doc(FILE *out, unsigned depth, const char *doc);

/* Print somebody's name in a comment, which must not end there. */
void gil__stub_put_word(FILE *out, const char *word);

/* ---- stub_def.c: functions ------------------------------------------------------------------------------------ */

/* A `def` on its way. Its parameters and results lie in `params` and `results`, one a line. */
typedef struct gil__stub_def {
    gil__stub *stub;
    unsigned depth;
    bool is_positional; /* no parameter has a name for the caller */
    bool is_long;       /* one parameter a line, since one has a comment */
    gil__text params, results;
    char params_bytes[32768], results_bytes[4096]; /* a prototype has 16 KiB */
} gil__stub_def;

/* Begin one: of the module (depth 0), or of a class (1), with `self`; `cls` when `f` is an init. Nothing in `f`, which may
 * be NULL, is called so. */
void gil__stub_def_begin(gil__stub_def *def, gil__stub *stub, unsigned depth, const gil__inspected *f);

/* What a caller gives and gets, as the prototype says. */
void gil__stub_def_add_params(gil__stub_def *def, const gil__inspected *f);
void gil__stub_def_add_results(gil__stub_def *def, const gil__inspected *f);

/* Add all results as one: "None", "int", "tuple[int, int]". */
void gil__stub_def_join_results(const gil__stub_def *def, gil__text *text);

/* Add the type of a parameter, as callers may give it. */
void gil__stub_add_taken(gil__stub *stub, gil__text *text, const gil__param *param);

/* The same in words of Python. */
void gil__stub_def_add_param(gil__stub_def *def, const char *format, ...) __attribute__((format(printf, 2, 3)));
void gil__stub_def_add_result(gil__stub_def *def, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print it. The decorator may be NULL; one that begins with a point follows the name: ".setter". */
void gil__stub_def_put(gil__stub_def *def, const char *decorator, const char *name, const char *doc);

/* Leave an empty line where the layout has one. */
void gil__stub_space(gil__stub *stub, gil__stub_last next);

#endif
