/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "call/call.h"

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* "x, y and tolerance": what a caller gives, in order. */
static void list_asked(const gil__signature *s, gil__text *text)
{
    uint16_t seen = 0;
    for (uint16_t p = 0; p < s->n_params; p++) {
        if (!s->params[p].asked)
            continue;
        const char *join = seen == 0 ? "" : seen + 1 == s->n_asked ? " and " : ", ";
        gil__text_add(text, "%s%s", join, s->params[p].name);
        seen++;
    }
}

static bool refuse_count(gil__call *call, size_t given)
{
    const gil__signature *s = call->signature;
    char buffer[256];
    gil__text names = gil__text_in(buffer, sizeof buffer);
    list_asked(s, &names);
    return gil__call_refuse(call, GIL_TYPE_ERROR, "takes %u argument%s%s%s%s, got %zu", s->n_asked, plural(s->n_asked),
                            s->n_asked ? " (" : "", buffer, s->n_asked ? ")" : "", given);
}

static bool bind_keyword(gil__call *call, const gil_keyword *keyword)
{
    const gil__signature *s = call->signature;
    for (uint16_t p = 0; p < s->n_params; p++) {
        const gil__param *param = &s->params[p];
        if (strcmp(param->name, keyword->name) != 0 || param->type.class >= GIL__ENV)
            continue;
        if (param->hidden)
            return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s follows from the arrays; leave it out",
                                    param->name);
        if (param->direction == GIL__OUT)
            return gil__call_refuse(call, GIL_TYPE_ERROR, "%s is a result; leave it out", param->name);
        if (!gil_is_null(call->given[p]))
            return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is given twice", param->name);
        call->given[p] = keyword->value;
        return true;
    }
    char buffer[256];
    gil__text names = gil__text_in(buffer, sizeof buffer);
    list_asked(s, &names);
    return gil__call_refuse(call, GIL_TYPE_ERROR, "no argument is named %s; it takes %s", keyword->name,
                            s->n_asked ? buffer : "none");
}

bool gil__call_bind(gil__call *call, const gil_obj *arguments, size_t n_arguments, const gil_keyword *keywords,
                    size_t n_keywords)
{
    const gil__signature *s = call->signature;
    size_t used = 0;
    if (n_arguments > s->n_asked)
        return refuse_count(call, n_arguments + n_keywords);
    for (uint16_t p = 0; p < s->n_params; p++) {
        call->given[p] = GIL_NULL;
        if (used < n_arguments && s->params[p].asked)
            call->given[p] = arguments[used++];
    }
    for (size_t k = 0; k < n_keywords; k++)
        if (!bind_keyword(call, &keywords[k]))
            return false;
    if (n_arguments + n_keywords == s->n_asked)
        return true;
    for (uint16_t p = 0; n_keywords && p < s->n_params; p++)
        if (s->params[p].asked && gil_is_null(call->given[p]))
            return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is missing", s->params[p].name);
    return refuse_count(call, n_arguments);
}
