/* SPDX-License-Identifier: MIT
 *
 * A module as JSON.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "cli/inspect.h"

static json_t *text_or_null(const char *text)
{
    return text ? gil__cli_text_json(text) : json_null();
}

static json_t *param_json(const gil__module_info *module, const gil__signature *s, const gil__param *param)
{
    static const char *const directions[] = {"in", "inout", "out"};
    bool is_resource = param->type.class == GIL__RESOURCE;
    json_t *dims = json_array();
    for (uint8_t axis = 0; axis < param->ndim; axis++) {
        char bytes[200];
        gil__text dim = gil__text_in(bytes, sizeof bytes);
        gil__dim_print(s, param->dims[axis], &dim);
        json_array_append_new(dims, json_string(bytes));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:b}", "name", param->name, "type",
                     is_resource ? module->type_names[param->resource] : gil__ctype_name(param->type), "direction",
                     directions[param->direction], "dims", dims, "asked", param->asked);
}

static json_t *function_json(const gil__module_info *module, const gil__inspected *f)
{
    const gil__signature *s = f->signature;
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:s}", "name", gil__cli_text_json(gil__inspected_short_name(f)), "prototype",
                  gil__cli_text_json(f->info->prototype), "doc", text_or_null(f->info->doc), "gil", f->gil);
    if (!f->fits)
        json_object_set_new(json, "error",
                            json_pack("{s:o, s:s}", "column",
                                      f->error.column > 0 ? json_integer(f->error.column) : json_null(), "message",
                                      f->error.message));
    if (!s)
        return json;
    json_t *params = json_array();
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].type.class < GIL__ENV && !gil__inspected_is_self(f, p))
            json_array_append_new(params, param_json(module, s, &s->params[p]));
    json_object_set_new(json, "parameters", params);
    json_object_set_new(json, "result", json_string(gil__ctype_name(s->result)));
    return json;
}

/* What belongs to a type, or to none (NULL), and has a role from `first` to `last`. */
static json_t *functions_json(const gil__inspection *in, const char *type, uint32_t first, uint32_t last)
{
    json_t *list = json_array();
    for (size_t i = 0; i < in->module->n_functions; i++) {
        const gil__function_info *info = in->functions[i].info;
        bool is_its = type ? info->resource && strcmp(info->resource, type) == 0 : !info->resource;
        if (is_its && info->role >= first && info->role <= last)
            json_array_append_new(list, function_json(in->module, &in->functions[i]));
    }
    return list;
}

/* {"name": .., "getter": .., "setter": ..} for each property; getters and setters of one are found by name. */
static json_t *properties_json(const gil__inspection *in, const char *type)
{
    json_t *list = json_array(), *by_name = json_object();
    for (uint32_t role = GIL_ROLE_GETTER; role <= GIL_ROLE_SETTER; role++) {
        json_t *functions = functions_json(in, type, role, role), *function;
        size_t i;
        json_array_foreach(functions, i, function)
        {
            json_t *name = json_object_get(function, "name");
            json_t *property = json_object_get(by_name, json_string_value(name));
            if (!property) {
                property = json_pack("{s:O, s:n, s:n}", "name", name, "getter", "setter");
                json_object_set_new(by_name, json_string_value(name), property);
                json_array_append(list, property);
            }
            json_object_set(property, role == GIL_ROLE_GETTER ? "getter" : "setter", function);
        }
        json_decref(functions);
    }
    json_decref(by_name);
    return list;
}

static json_t *type_json(const gil__inspection *in, const gil__type_info *type)
{
    json_t *inits = functions_json(in, type->name, GIL_ROLE_INIT, GIL_ROLE_INIT), *init = json_array_get(inits, 0);
    json_t *json = json_pack(
        "{s:o, s:o, s:O?, s:o, s:o, s:o}", "name", gil__cli_text_json(type->name), "doc", text_or_null(type->doc),
        "init", init, "methods", functions_json(in, type->name, GIL_ROLE_METHOD, GIL_ROLE_METHOD), "properties",
        properties_json(in, type->name), "slots", functions_json(in, type->name, GIL_ROLE_INIT + 1, GIL__N_ROLES - 1));
    if (json && !init)
        json_object_set_new(json, "init", json_null());
    json_decref(inits);
    return json;
}

/* As results are: what JSON's numbers do not hold is a string of digits, and NaN is null. */
static json_t *constant_value(const gil__constant_info *constant)
{
    char digits[24];
    switch (constant->kind) {
    case GIL__CONST_FLOAT:
        return isfinite(constant->real) ? json_real(constant->real) : json_null();
    case GIL__CONST_BOOL:
        return json_boolean(constant->integer);
    case GIL__CONST_STR:
        return text_or_null(constant->text);
    case GIL__CONST_UINT:
        if (constant->integer < 0) {
            snprintf(digits, sizeof digits, "%" PRIu64, (uint64_t)constant->integer);
            return json_string(digits);
        }
        return json_integer(constant->integer);
    default:
        return json_integer(constant->integer);
    }
}

int gil__inspection_print_json(const gil__inspection *in)
{
    const gil__module_info *m = in->module;
    json_t *types = json_array(), *constants = json_array();
    for (size_t i = 0; i < m->n_types; i++)
        json_array_append_new(types, type_json(in, &m->types[i]));
    for (size_t i = 0; i < m->n_constants; i++)
        json_array_append_new(constants,
                              json_pack("{s:o, s:o, s:o}", "name", gil__cli_text_json(m->constants[i].name), "value",
                                        constant_value(&m->constants[i]), "doc", text_or_null(m->constants[i].doc)));
    char sdk[40], abi[40];
    snprintf(sdk, sizeof sdk, "%u.%u.%u", m->sdk[0], m->sdk[1], m->sdk[2]);
    snprintf(abi, sizeof abi, "%u.%u", m->abi_major, m->abi_minor);
    return gil__cli_print_json(json_pack("{s:i, s:o, s:o, s:o, s:s, s:s, s:b, s:o, s:o, s:o}", "schema", 1, "name",
                                         gil__cli_text_json(m->name), "doc", text_or_null(m->doc), "file",
                                         gil__cli_text_json(in->path), "abi", abi, "sdk", sdk, "loadable", in->fits,
                                         "functions", functions_json(in, NULL, GIL_ROLE_FUNCTION, GIL_ROLE_FUNCTION),
                                         "types", types, "constants", constants));
}
