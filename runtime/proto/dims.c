/* SPDX-License-Identifier: MIT
 *
 * Dimensions: their values, the sizes they determine, their text.
 */
#include "base/memory.h"
#include "base/text.h"
#include "proto/signature.h"

#include <inttypes.h>

static bool is_leaf(const gil__node *node)
{
    return node->op == 'i' || node->op == 'p';
}

bool gil__dim_value(const gil__signature *signature, uint16_t index, const int64_t *sizes, int64_t *value)
{
    const gil__node *node = &signature->nodes[index];
    if (node->op == 'i')
        *value = node->value;
    else if (node->op == 'p')
        *value = sizes[node->value];
    if (is_leaf(node))
        return true;
    int64_t left, right;
    if (!gil__dim_value(signature, node->left, sizes, &left) || !gil__dim_value(signature, node->right, sizes, &right))
        return false;
    switch (node->op) {
    case '+':
        return !__builtin_add_overflow(left, right, value);
    case '-':
        return !__builtin_sub_overflow(left, right, value);
    default:
        return !__builtin_mul_overflow(left, right, value);
    }
}

/* How often parameters of the set `params` (a bit each) occur; *last is one that does. */
static int occurrences(const gil__signature *signature, uint16_t index, uint64_t params, uint16_t *last)
{
    const gil__node *node = &signature->nodes[index];
    if (node->op == 'i')
        return 0;
    if (node->op == 'p') {
        if (!(params >> node->value & 1))
            return 0;
        *last = (uint16_t)node->value;
        return 1;
    }
    return occurrences(signature, node->left, params, last) + occurrences(signature, node->right, params, last);
}

/* Walk down to the unknown, turning each operation round on the way. */
bool gil__dim_solve(const gil__signature *signature, uint16_t index, uint16_t unknown, int64_t value,
                    const int64_t *sizes, int64_t *size)
{
    for (;;) {
        const gil__node *node = &signature->nodes[index];
        if (is_leaf(node)) {
            *size = value;
            return true;
        }
        uint16_t last;
        bool in_left = occurrences(signature, node->left, (uint64_t)1 << unknown, &last) > 0;
        int64_t known;
        if (!gil__dim_value(signature, in_left ? node->right : node->left, sizes, &known))
            return false;
        bool overflow = false;
        if (node->op == '+') {
            overflow = __builtin_sub_overflow(value, known, &value);
        } else if (node->op == '-' && in_left) {
            overflow = __builtin_add_overflow(value, known, &value);
        } else if (node->op == '-') {
            overflow = __builtin_sub_overflow(known, value, &value);
        } else if (known == 0) {
            *size = 0; /* any would do */
            return value == 0;
        } else if (known == -1) {
            overflow = __builtin_sub_overflow(0, value, &value);
        } else {
            if (value % known != 0)
                return false;
            value /= known;
        }
        if (overflow)
            return false;
        index = in_left ? node->left : node->right;
    }
}

void gil__dim_print(const gil__signature *signature, uint16_t index, gil__text *text)
{
    const gil__node *node = &signature->nodes[index];
    if (node->op == 'i') {
        gil__text_add(text, "%" PRId64, node->value);
    } else if (node->op == 'p') {
        gil__text_add(text, "%s", signature->params[node->value].name);
    } else {
        const gil__node *right = &signature->nodes[node->right];
        const gil__node *left = &signature->nodes[node->left];
        bool wrap_left = node->op == '*' && (left->op == '+' || left->op == '-');
        bool wrap_right = !is_leaf(right) && !(node->op == '+' || right->op == '*');
        gil__text_add(text, "%s", wrap_left ? "(" : "");
        gil__dim_print(signature, node->left, text);
        gil__text_add(text, "%s%c%s", wrap_left ? ")" : "", node->op, wrap_right ? "(" : "");
        gil__dim_print(signature, node->right, text);
        gil__text_add(text, "%s", wrap_right ? ")" : "");
    }
}

/* Find an input array's dimension in which exactly one size is still open, once. */
static bool find_step(const gil__signature *signature, uint64_t open, gil__size_step *step)
{
    for (uint16_t p = 0; p < signature->n_params; p++) {
        const gil__param *param = &signature->params[p];
        if (param->direction == GIL__OUT)
            continue;
        for (uint16_t axis = 0; axis < param->ndim; axis++)
            if (occurrences(signature, param->dims[axis], open, &step->size) == 1) {
                step->array = p;
                step->axis = axis;
                return true;
            }
    }
    return false;
}

/* Sizes in input arrays are open at first. What one dimension determines is hidden; when nothing more is
 * determined, the first open size is asked, and so on, as f2py does. */
bool gil__signature_plan_sizes(gil__signature *signature)
{
    uint64_t open = 0;
    for (uint16_t p = 0; p < signature->n_params; p++) {
        const gil__param *param = &signature->params[p];
        for (uint16_t axis = 0; param->direction != GIL__OUT && axis < param->ndim; axis++)
            for (uint16_t size = 0; size < signature->n_params; size++) {
                uint16_t last;
                if (occurrences(signature, param->dims[axis], (uint64_t)1 << size, &last) > 0)
                    open |= (uint64_t)1 << size;
            }
    }
    signature->steps = gil__alloc((size_t)__builtin_popcountll(open), sizeof *signature->steps);
    if (!signature->steps)
        return false;
    while (open) {
        gil__size_step step;
        if (find_step(signature, open, &step)) {
            signature->steps[signature->n_steps++] = step;
            signature->params[step.size].hidden = true;
            open &= ~((uint64_t)1 << step.size);
        } else {
            open &= open - 1;
        }
    }
    for (uint16_t p = 0; p < signature->n_params; p++) {
        gil__param *param = &signature->params[p];
        param->asked = param->type.class != GIL__ENV && param->type.class != GIL__TASK &&
                       param->direction != GIL__OUT && !param->hidden;
        signature->n_asked += param->asked;
        signature->n_arrays += param->ndim > 0;
        signature->n_outputs += param->direction == GIL__OUT;
    }
    return true;
}
