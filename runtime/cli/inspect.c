/* SPDX-License-Identifier: MIT
 *
 * gilkit inspect FILE
 */
#include "load/inspect.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "load/search.h"
#include "proto/signature.h"

typedef struct input {
    const char *name;
    bool json;
} input;

enum { KEY_JSON = 256 };

static error_t parse(int key, char *text, struct argp_state *state)
{
    input *in = state->input;
    switch (key) {
    case KEY_JSON:
        in->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (in->name)
            argp_error(state, "one MODULE at a time; %s is a second", text);
        in->name = text;
        return 0;
    case ARGP_KEY_END:
        if (!in->name)
            argp_error(state, "MODULE is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* "dot(x, y) -> float64": what a caller gives and gets. */
static void describe_call(const gil__signature *s, gil__text *text)
{
    unsigned given = 0, got = 0;
    gil__text_add(text, "%s(", s->name);
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].asked)
            gil__text_add(text, "%s%s", given++ ? ", " : "", s->params[p].name);
    gil__text_add(text, ") -> ");
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

static const char *gil_of(const gil__signature *s, uint32_t policy)
{
    if (s && s->has_env)
        return "hold";
    return policy == GIL_HOLD ? "hold" : policy == GIL_RELEASE ? "release" : "auto";
}

static json_t *param_json(const gil__signature *s, const gil__param *param)
{
    static const char *const directions[] = {"in", "inout", "out"};
    json_t *dims = json_array();
    for (uint8_t axis = 0; axis < param->ndim; axis++) {
        char bytes[200];
        gil__text dim = gil__text_in(bytes, sizeof bytes);
        gil__dim_print(s, param->dims[axis], &dim);
        json_array_append_new(dims, json_string(bytes));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:b}", "name", param->name, "type", gil__ctype_name(param->type),
                     "direction", directions[param->direction], "dims", dims, "asked", param->asked);
}

static json_t *text_or_null(const char *text)
{
    return text ? gil__cli_text_json(text) : json_null();
}

static json_t *function_json(const gil__function_info *info)
{
    gil__proto_error error;
    gil__signature *s = gil__signature_parse(info->prototype, &error);
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:s}", "name", gil__cli_text_json(info->name), "prototype",
                  gil__cli_text_json(info->prototype), "doc", text_or_null(info->doc), "gil", gil_of(s, info->gil));
    if (!s) {
        json_object_set_new(json, "error", json_pack("{s:i, s:s}", "column", error.column, "message", error.message));
        return json;
    }
    json_t *params = json_array();
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].type.class < GIL__ENV)
            json_array_append_new(params, param_json(s, &s->params[p]));
    json_object_set_new(json, "parameters", params);
    json_object_set_new(json, "result", json_string(gil__ctype_name(s->result)));
    gil__signature_free(s);
    return json;
}

static int print_json(const gil__module_info *info, const char *path, bool fits)
{
    json_t *functions = json_array();
    for (size_t i = 0; i < info->n_functions; i++)
        json_array_append_new(functions, function_json(&info->functions[i]));
    char sdk[40], abi[40];
    snprintf(sdk, sizeof sdk, "%u.%u.%u", info->sdk[0], info->sdk[1], info->sdk[2]);
    snprintf(abi, sizeof abi, "%u.%u", info->abi_major, info->abi_minor);
    return gil__cli_print_json(json_pack("{s:i, s:o, s:o, s:o, s:s, s:s, s:b, s:o}", "schema", 1, "name",
                                         gil__cli_text_json(info->name), "doc", text_or_null(info->doc), "file",
                                         gil__cli_text_json(path), "abi", abi, "sdk", sdk, "loadable", fits,
                                         "functions", functions));
}

static void print_function(const gil__function_info *info)
{
    static const char *const words[] = {"released while it runs (auto)", "released while it runs", "held"};
    char bytes[1000];
    gil__text call = gil__text_in(bytes, sizeof bytes);
    gil__proto_error error;
    gil__signature *s = gil__signature_parse(info->prototype, &error);
    if (s)
        describe_call(s, &call);
    else
        gil__text_add(&call, "%s: its prototype is refused, see below", info->name);
    uint32_t policy = s && s->has_env ? GIL_HOLD : info->gil;
    putchar('\n');
    gil__cli_put(bytes, stdout);
    fputs("\n    ", stdout);
    gil__cli_put(info->prototype, stdout);
    printf("\n    GIL: %s\n", policy <= GIL_HOLD ? words[policy] : "?");
    if (info->doc) {
        fputs("    ", stdout);
        gil__cli_put(info->doc, stdout);
        putchar('\n');
    }
    gil__signature_free(s);
}

/* gilkit run refuses a module for any of its prototypes. */
static int check_prototypes(const gil__module_info *info, const char *path)
{
    int code = GIL__EXIT_FINE;
    for (size_t i = 0; i < info->n_functions; i++) {
        const gil__function_info *f = &info->functions[i];
        gil__proto_error error;
        gil__signature *s = gil__signature_parse(f->prototype, &error);
        if (!s)
            code = gil__cli_fail(GIL__EXIT_REFUSED, "%s: in the prototype of %s, column %d: %s\n  %s\n  %*s", path,
                                 f->name, error.column, error.message, f->prototype, error.column, "^");
        else if (s->has_env && f->gil == GIL_RELEASE)
            code = gil__cli_fail(GIL__EXIT_REFUSED,
                                 "%s: %s takes a gil_env, so it runs with the GIL; leave .gil out, or take gil_env out",
                                 path, f->name);
        gil__signature_free(s);
    }
    return code;
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

static int print_text(const gil__module_info *info, const char *path)
{
    gil__cli_put(info->name, stdout);
    if (info->doc) {
        fputs(": ", stdout);
        gil__cli_put(info->doc, stdout);
    }
    fputs("\nfile ", stdout);
    gil__cli_put(path, stdout);
    printf(", built with gilkit %u.%u.%u, ABI %u.%u, %zu function%s\n", info->sdk[0], info->sdk[1], info->sdk[2],
           info->abi_major, info->abi_minor, info->n_functions, info->n_functions == 1 ? "" : "s");
    for (size_t i = 0; i < info->n_functions; i++)
        print_function(&info->functions[i]);
    return GIL__EXIT_FINE;
}

static int inspect(const input *in, const char *path, const gil__file *file)
{
    gil__module_info info;
    gil__refusal why;
    if (!gil__module_inspect(&info, file->bytes, file->size, path, &why))
        return gil__cli_fail(GIL__EXIT_REFUSED, "%s", why.message);
    bool fits = gil__module_abi_fits(&info, path, &why);
    int code = in->json ? print_json(&info, path, fits) : print_text(&info, path);
    if (code == GIL__EXIT_FINE)
        code = check_prototypes(&info, path);
    check_file_name(&info, path);
    gil__module_info_end(&info);
    if (code == GIL__EXIT_FINE && !fits)
        return gil__cli_fail(GIL__EXIT_REFUSED, "%s", why.message);
    return code;
}

static const struct argp_option options[] = {{"json", KEY_JSON, NULL, 0, "Answer with JSON", 0}, {0}};

static const char about[] = "Show what a module file says of itself: name, ABI, functions, prototypes, documentation. "
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
