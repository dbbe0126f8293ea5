/* SPDX-License-Identifier: MIT
 *
 * The declaration parser. What it refuses has a column inside the text and a message; what it takes prints and
 * solves its dimensions consistently.
 */
#include <gilkit/object.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"
#include "proto/signature.h"

enum { N_SIZES = 4 };

static const int64_t some_sizes[N_SIZES] = {0, 1, 7, -3};

static void check_refusal(const char *text, const gil__proto_error *error)
{
    size_t length = strlen(text);
    PROMISE(error->column >= 1 && (size_t)error->column <= length + 1);
    PROMISE(error->message[0] != '\0');
    PROMISE(memchr(error->message, 0, sizeof error->message) != NULL);
}

/* Every parameter has a name of its own, for keyword arguments. */
static void check_names(const gil__signature *signature)
{
    PROMISE(signature->name[0] != '\0');
    for (int i = 0; i < signature->n_params; i++) {
        PROMISE(signature->params[i].name[0] != '\0');
        for (int k = 0; k < i; k++)
            PROMISE(strcmp(signature->params[i].name, signature->params[k].name) != 0);
    }
}

static void check_tree(const gil__signature *signature, uint16_t index, int depth)
{
    PROMISE(index < signature->n_nodes && depth <= signature->n_nodes);
    const gil__node *node = &signature->nodes[index];
    switch (node->op) {
    case 'i':
        PROMISE(node->value >= 0);
        return;
    case 'p':
        PROMISE(node->value >= 0 && node->value < signature->n_params);
        PROMISE(signature->params[node->value].ndim == 0);
        return;
    default:
        PROMISE(strchr("+-*", node->op) && node->op);
        check_tree(signature, node->left, depth + 1);
        check_tree(signature, node->right, depth + 1);
    }
}

/* What a dimension prints as means the same when it is read again. */
static void check_print(const gil__signature *signature, uint16_t dim)
{
    char dim_text[2048], text[8192];
    gil__text printed = gil__text_in(dim_text, sizeof dim_text);
    gil__dim_print(signature, dim, &printed);
    PROMISE(printed.length > 0 && dim_text[printed.length] == '\0');
    if (printed.length > 1024 || signature->n_params == GIL__MAX_PARAMS)
        return;
    gil__text prototype = gil__text_in(text, sizeof text);
    gil__text_add(&prototype, "void f(");
    for (int i = 0; i < signature->n_params; i++)
        if (strlen(signature->params[i].name) < 64)
            gil__text_add(&prototype, "int %s, ", signature->params[i].name);
    if (prototype.length > sizeof text - 1100)
        return;
    gil__text_add(&prototype, "const int q__[%s])", dim_text);
    gil__proto_error error;
    gil__signature *again = gil__signature_parse(text, &error);
    if (!again) {
        /* Only what was left out above, a name that is taken, and too many parentheses may be refused. */
        PROMISE(strstr(error.message, "is no parameter") || strstr(error.message, "parentheses") ||
                strstr(error.message, "a second parameter q__"));
        return;
    }
    for (int i = 0; i < N_SIZES && again->n_params == signature->n_params + 1; i++) {
        int64_t sizes[GIL__MAX_PARAMS + 1], before, after;
        for (int k = 0; k < GIL__MAX_PARAMS + 1; k++)
            sizes[k] = some_sizes[(i + k) % N_SIZES];
        if (gil__dim_value(signature, dim, sizes, &before) &&
            gil__dim_value(again, again->params[again->n_params - 1].dims[0], sizes, &after))
            PROMISE(before == after);
    }
    gil__signature_free(again);
}

/* How often a parameter stands in a dimension. */
static int count(const gil__signature *signature, uint16_t index, uint16_t param)
{
    const gil__node *node = &signature->nodes[index];
    if (node->op == 'i' || node->op == 'p')
        return node->op == 'p' && node->value == param;
    return count(signature, node->left, param) + count(signature, node->right, param);
}

/* A size that is found makes the dimension come out; a dimension that came out has a size. */
static void check_solve(const gil__signature *signature, uint16_t dim)
{
    static const int64_t wanted[] = {0, 1, 12, -1, INT64_MAX, INT64_MIN};
    for (uint16_t unknown = 0; unknown < signature->n_params; unknown++) {
        if (count(signature, dim, unknown) != 1)
            continue;
        for (int i = 0; i < N_SIZES; i++) {
            int64_t sizes[GIL__MAX_PARAMS], size, value, again;
            for (int k = 0; k < GIL__MAX_PARAMS; k++)
                sizes[k] = some_sizes[(i + k) % N_SIZES];
            if (gil__dim_value(signature, dim, sizes, &value)) {
                int64_t was = sizes[unknown];
                if (gil__dim_solve(signature, dim, unknown, value, sizes, &size)) {
                    sizes[unknown] = size;
                    PROMISE(!gil__dim_value(signature, dim, sizes, &again) || again == value);
                }
                sizes[unknown] = was;
            }
            for (size_t w = 0; w < sizeof wanted / sizeof wanted[0]; w++)
                if (gil__dim_solve(signature, dim, unknown, wanted[w], sizes, &size)) {
                    int64_t was = sizes[unknown];
                    sizes[unknown] = size;
                    PROMISE(!gil__dim_value(signature, dim, sizes, &again) || again == wanted[w]);
                    sizes[unknown] = was;
                }
        }
    }
}

static void check_steps(const gil__signature *signature)
{
    int asked = 0, arrays = 0;
    for (int i = 0; i < signature->n_steps; i++) {
        const gil__size_step *step = &signature->steps[i];
        PROMISE(step->size < signature->n_params && step->array < signature->n_params);
        PROMISE(signature->params[step->size].hidden && step->axis < signature->params[step->array].ndim);
        PROMISE(count(signature, signature->params[step->array].dims[step->axis], step->size) == 1);
    }
    for (int i = 0; i < signature->n_params; i++) {
        asked += signature->params[i].asked;
        arrays += signature->params[i].ndim > 0;
    }
    PROMISE(asked == signature->n_asked && arrays == signature->n_arrays);
}

static void check_signature(const gil__signature *signature)
{
    PROMISE(signature->n_params <= GIL__MAX_PARAMS);
    check_names(signature);
    check_steps(signature);
    for (int i = 0; i < signature->n_params; i++) {
        const gil__param *param = &signature->params[i];
        PROMISE(param->ndim <= GIL_MAX_DIMS);
        if (param->ndim) {
            PROMISE(gil__ctype_is_number(param->type));
            PROMISE(gil_dtype_size(gil__ctype_dtype(param->type)) == param->type.size);
        }
        for (int axis = 0; axis < param->ndim; axis++) {
            check_tree(signature, param->dims[axis], 0);
            check_print(signature, param->dims[axis]);
            check_solve(signature, param->dims[axis]);
        }
    }
}

/* With each of the first allocations failing in turn: refused, for that reason, and nothing is left. */
static void check_no_memory(const char *text)
{
    gil__proto_error error;
    for (long countdown = 0;; countdown++) {
        gil__memory_fail_after(countdown, false);
        gil__signature *signature = gil__signature_parse(text, &error);
        gil__memory_fail_after(-1, false);
        gil__signature_free(signature);
        if (signature || error.column > 0)
            return;
        PROMISE(countdown < 100 && strcmp(error.message, "no memory") == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    long live = gil__memory_live();
    gil__proto_error error;
    gil__signature *signature = gil__signature_parse(text, &error);
    if (signature)
        check_signature(signature);
    else
        check_refusal(text, &error);
    gil__signature_free(signature);
    check_no_memory(text);
    PROMISE(gil__memory_live() == live);
    free(text);
    return 0;
}
