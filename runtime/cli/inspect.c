/* SPDX-License-Identifier: MIT
 *
 * gilkit inspect FILE
 */
#include "cli/inspect.h"

#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "call/resource.h"
#include "load/search.h"

typedef struct input {
    const char *name;
    int (*print)(const gil__inspection *inspection);
    bool stubs;
} input;

enum { KEY_JSON = 256, KEY_STUBS };

static error_t parse(int key, char *text, struct argp_state *state)
{
    input *in = state->input;
    switch (key) {
    case KEY_JSON:
    case KEY_STUBS:
        if (in->print && in->stubs != (key == KEY_STUBS))
            argp_error(state, "--json and --stubs are two answers; ask for one");
        in->stubs = key == KEY_STUBS;
        in->print = in->stubs ? gil__inspection_print_stubs : gil__inspection_print_json;
        return 0;
    case ARGP_KEY_ARG:
        if (in->name)
            argp_error(state, "one MODULE at a time; %s is a second", text);
        in->name = text;
        return 0;
    case ARGP_KEY_END:
        if (!in->name)
            argp_error(state, "MODULE is missing");
        if (!in->print)
            in->print = gil__inspection_print_text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool gil__inspected_is_self(const gil__inspected *f, uint16_t param)
{
    return f->info->role != GIL_ROLE_FUNCTION && f->signature && param == f->signature->has_env;
}

const char *gil__inspected_short_name(const gil__inspected *f)
{
    const char *point = f->info->resource ? strrchr(f->info->name, '.') : NULL;
    return point ? point + 1 : f->info->name;
}

/* What the loader asks of a function, so that inspect refuses what gilkit run would. */
static void check_function(const gil__module_info *module, gil__inspected *f)
{
    const gil__function_info *info = f->info;
    uint16_t of = 0;
    f->signature = gil__signature_parse_with(info->prototype, module->type_names, module->n_types, &f->error);
    bool holds = (f->signature && f->signature->has_env) || info->gil == GIL_HOLD;
    f->gil = holds ? "hold" : info->gil == GIL_RELEASE ? "release" : "auto";
    while (info->resource && of < module->n_types && strcmp(module->type_names[of], info->resource) != 0)
        of++;
    if (f->signature && info->resource && of == module->n_types) {
        gil__text text = gil__text_in(f->error.message, sizeof f->error.message);
        f->error.column = -1;
        gil__text_add(&text, "it belongs to no resource type; define it: GIL_RESOURCE(%s)", info->resource);
    } else if (f->signature) {
        f->fits =
            gil__role_check(f->signature, (gil_role)info->role, of, info->resource, (gil_policy)info->gil, &f->error);
    }
}

static int refuse_function(const gil__inspected *f, const char *path)
{
    const gil__proto_error *error = &f->error;
    if (error->column == 0)
        return gil__cli_fail(GIL__EXIT_RAISED, "%s: no memory to read %s", path, f->info->name);
    if (error->column < 0)
        return gil__cli_fail(GIL__EXIT_REFUSED, "%s: %s: %s", path, f->info->name, error->message);
    return gil__cli_fail(GIL__EXIT_REFUSED, "%s: in the prototype of %s, column %d: %s\n  %s\n  %*s", path,
                         f->info->name, error->column, error->message, f->info->prototype, error->column, "^");
}

/* A module is searched for by the name of its file. */
static void check_file_name(const gil__module_info *info, const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t length = strlen(info->name);
    if (strncmp(file, info->name, length) != 0 || strcmp(file + length, ".so") != 0)
        fprintf(stderr, "gilkit: note: %s is module %s; only a file %s.so is found by that name\n", path, info->name,
                info->name);
}

/* gilkit run refuses a module for any of its functions. */
static int refuse_functions(const gil__inspection *in)
{
    int code = GIL__EXIT_FINE;
    for (size_t i = 0; i < in->module->n_functions; i++)
        if (!in->functions[i].fits)
            code = refuse_function(&in->functions[i], in->path);
    return code;
}

/* A stub is for a module that can be loaded, or is not written at all. */
static int answer(const input *in, const gil__inspection *inspection)
{
    int code = in->stubs ? refuse_functions(inspection) : in->print(inspection);
    if (code != GIL__EXIT_FINE)
        return code;
    return in->stubs ? in->print(inspection) : refuse_functions(inspection);
}

static int show(const input *in, gil__inspection *inspection)
{
    size_t count = inspection->module->n_functions;
    inspection->functions = gil__alloc(count, sizeof *inspection->functions);
    if (!inspection->functions)
        return gil__cli_fail(GIL__EXIT_RAISED, "%s: no memory to read it", inspection->path);
    for (size_t i = 0; i < count; i++) {
        inspection->functions[i].info = &inspection->module->functions[i];
        check_function(inspection->module, &inspection->functions[i]);
    }
    int code = answer(in, inspection);
    for (size_t i = 0; i < count; i++)
        gil__signature_free(inspection->functions[i].signature);
    gil__free(inspection->functions);
    return code;
}

static int inspect(const input *in, const char *path, const gil__file *file)
{
    gil__module_info info;
    gil__refusal why;
    if (!gil__module_inspect(&info, file->bytes, file->size, path, &why))
        return gil__cli_fail(GIL__EXIT_REFUSED, "%s", why.message);
    gil__inspection inspection = {.module = &info, .path = path, .fits = gil__module_abi_fits(&info, path, &why)};
    int code = in->stubs && !inspection.fits ? GIL__EXIT_FINE : show(in, &inspection);
    check_file_name(&info, path);
    gil__module_info_end(&info);
    if (code == GIL__EXIT_FINE && !inspection.fits)
        return gil__cli_fail(GIL__EXIT_REFUSED, "%s", why.message);
    return code;
}

static const struct argp_option options[] = {
    {"stubs", KEY_STUBS, NULL, 0, "Answer with a Python stub (.pyi), for type checkers and editors", 0},
    {"json", KEY_JSON, NULL, 0, "Answer with JSON", 0},
    {0}};

static const char about[] =
    "Show what a module file says of itself: name, ABI, functions, types, constants, prototypes, documentation. "
    "Nothing of "
    "it is run.\v"
    "MODULE is a path with a slash, or a name that is looked up as gilkit run does.\n\n"
    "Exit codes: 0 fine, 2 wrong usage, 3 the file is no module that this gilkit can load; the "
    "reason is "
    "on stderr.";

int gil__cli_inspect(int argc, char **argv)
{
    static const struct argp argp = {options, parse, "MODULE", about, NULL, NULL, NULL};
    input in = {0};
    char path[PATH_MAX];
    gil__file file;
    gil__refusal why;
    gil__cli_parse(&argp, argc, argv, &in);
    if (!gil__search_module(in.name, path, &why) || !gil__file_open(&file, path, &why))
        return gil__cli_fail(GIL__EXIT_REFUSED, "%s", why.message);
    int code = inspect(&in, path, &file);
    gil__file_close(&file);
    return code;
}
