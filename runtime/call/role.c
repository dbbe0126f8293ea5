/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "call/resource.h"

typedef enum result_kind { ANY, NOTHING, INTEGER, TRUTH, TEXT, OBJECT, ITEM } result_kind;

/* What a role takes beside the struct (-1: anything) and gives. */
static const struct {
    int arguments;
    result_kind result;
    const char *wanted;
} rules[GIL__N_ROLES] = {
    [GIL_ROLE_FUNCTION] = {-1, ANY, ""},
    [GIL_ROLE_METHOD] = {-1, ANY, ""},
    [GIL_ROLE_CALL] = {-1, ANY, ""},
    [GIL_ROLE_INIT] = {-1, NOTHING, "any parameters and returns void"},
    [GIL_ROLE_GETTER] = {0, ANY, "no more and returns the property"},
    [GIL_ROLE_SETTER] = {1, NOTHING, "the new value and returns void"},
    [GIL_ROLE_LENGTH] = {0, INTEGER, "no more and returns an integer"},
    [GIL_ROLE_GET_ITEM] = {1, ANY, "a key and returns the item"},
    [GIL_ROLE_SET_ITEM] = {2, NOTHING, "a key and a value and returns void"},
    [GIL_ROLE_DELETE_ITEM] = {1, NOTHING, "a key and returns void"},
    [GIL_ROLE_CONTAINS] = {1, TRUTH, "an item and returns bool"},
    [GIL_ROLE_ITER] = {0, OBJECT, "a gil_env before it and no more, and returns gil_obj"},
    [GIL_ROLE_NEXT] = {0, ITEM, "no more, and returns gil_obj, or bool with GIL_OUT parameters"},
    [GIL_ROLE_STR] = {0, TEXT, "no more and returns const char * or gil_obj"},
    [GIL_ROLE_REPR] = {0, TEXT, "no more and returns const char * or gil_obj"},
    [GIL_ROLE_EQUAL] = {1, TRUTH, "another struct of the type and returns bool"},
    [GIL_ROLE_LESS] = {1, TRUTH, "another struct of the type and returns bool"},
    [GIL_ROLE_HASH] = {0, INTEGER, "no more and returns an integer"},
};

static bool gives(const gil__signature *s, result_kind wanted)
{
    unsigned class = s->result.class;
    bool alone = s->n_outputs == 0;
    switch (wanted) {
    case ANY:
        return true;
    case NOTHING:
        return class == GIL__VOID && alone;
    case INTEGER:
        return (class == GIL__SIGNED || class == GIL__UNSIGNED) && alone;
    case TRUTH:
        return class == GIL__BOOL && alone;
    case TEXT:
        return (class == GIL__STRING || class == GIL__OBJECT) && alone;
    case OBJECT:
        return class == GIL__OBJECT && alone;
    case ITEM:
        return class == GIL__OBJECT ? alone : class == GIL__BOOL && !alone;
    }
    return false;
}

static bool is_struct(const gil__param *param, uint16_t resource)
{
    return param->type.class == GIL__RESOURCE && param->resource == resource;
}

/* Two structs of the type, and no other. */
static bool compares(const gil__signature *s, uint16_t resource)
{
    for (uint16_t p = 0; p < s->n_params; p++)
        if (s->params[p].type.class == GIL__RESOURCE && s->params[p].resource != resource)
            return false;
    return s->n_resources == 2;
}

bool gil__role_check(const gil__signature *s, gil_role role, uint16_t resource, const char *name, gil_policy policy,
                     gil__proto_error *error)
{
    static const char *const names[] = {
#define ROLE(number, upper, slot) #slot,
        GIL_ROLES(ROLE)
#undef ROLE
    };
    gil__text text = gil__text_in(error->message, sizeof error->message);
    uint16_t first = s->has_env;
    *error = (gil__proto_error){.column = -1};
    if (s->has_env && policy == GIL_RELEASE)
        gil__text_add(&text, "it takes a gil_env, so it runs with the GIL; leave .gil out, or take gil_env out");
    else if ((unsigned)role >= GIL__N_ROLES)
        gil__text_add(&text, "%u is no role of a function", (unsigned)role);
    else if (role == GIL_ROLE_FUNCTION)
        return true;
    else if (s->n_params <= first || !is_struct(&s->params[first], resource))
        gil__text_add(&text, "the first parameter%s must be %s *self or const %s *self", first ? " behind gil_env" : "",
                      name, name);
    else if (role == GIL_ROLE_INIT && s->params[first].direction == GIL__IN)
        gil__text_add(&text, "init changes its struct: write %s *self, without const", name);
    else if ((rules[role].arguments >= 0 && s->n_asked != rules[role].arguments + 1) || !gives(s, rules[role].result) ||
             ((role == GIL_ROLE_EQUAL || role == GIL_ROLE_LESS) && !compares(s, resource)))
        gil__text_add(&text, "%s of %s takes its struct, %s", names[role], name, rules[role].wanted);
    else
        return true;
    return false;
}
