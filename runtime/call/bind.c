/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "call/call.h"

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* How many arguments a caller gives; the object whose method is called is none. */
static unsigned asked(const gil__call *call)
{
    return call->signature->n_asked - (unsigned)call->has_self;
}

/* "x, y and tolerance": what a caller gives, in order. */
static void list_asked(const gil__call *call, gil__text *text)
{
    const gil__signature *s = call->signature;
    bool skip = call->has_self;
    unsigned seen = 0;
    for (uint16_t p = 0; p < s->n_params; p++) {
        if (!s->params[p].asked || skip) {
            skip &= !s->params[p].asked;
            continue;
        }
        const char *join = seen == 0 ? "" : seen + 1 == asked(call) ? " and " : ", ";
        gil__text_add(text, "%s%s", join, s->params[p].name);
        seen++;
    }
}

static bool refuse_count(gil__call *call, size_t given)
{
    unsigned count = asked(call);
    char buffer[256];
    gil__text names = gil__text_in(buffer, sizeof buffer);
    list_asked(call, &names);
    return gil__call_refuse(call, GIL_TYPE_ERROR, "takes %u argument%s%s%s%s, got %zu", count, plural(count),
                            count ? " (" : "", buffer, count ? ")" : "", given);
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
    list_asked(call, &names);
    return gil__call_refuse(call, GIL_TYPE_ERROR, "no argument is named %s; it takes %s", keyword->name,
                            asked(call) ? buffer : "none");
}

bool gil__call_bind(gil__call *call, const gil__arguments *given)
{
    const gil__signature *s = call->signature;
    size_t used = 0, count = given->count + given->n_keywords;
    call->has_self = !gil_is_null(given->self);
    if (given->count > asked(call))
        return refuse_count(call, count);
    bool self = call->has_self;
    for (uint16_t p = 0; p < s->n_params; p++) {
        call->given[p] = GIL_NULL;
        if (s->params[p].asked && self) {
            call->given[p] = given->self;
            self = false;
        } else if (s->params[p].asked && used < given->count) {
            call->given[p] = given->items[used++];
        }
    }
    for (size_t k = 0; k < given->n_keywords; k++)
        if (!bind_keyword(call, &given->keywords[k]))
            return false;
    if (count == asked(call))
        return true;
    for (uint16_t p = 0; given->n_keywords && p < s->n_params; p++)
        if (s->params[p].asked && gil_is_null(call->given[p]))
            return gil__call_refuse(call, GIL_TYPE_ERROR, "argument %s is missing", s->params[p].name);
    return refuse_count(call, given->count);
}
