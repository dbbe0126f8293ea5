/* SPDX-License-Identifier: MIT
 *
 * The header of .npy files. An array that is taken lies inside the file, element by element.
 */
#include "cli/npy.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"

/* Outside of its keys and texts a header that is taken is a Python dict, and nothing else. */
static void check_header(const gil__npy *npy, const char *bytes)
{
    size_t start = bytes[6] == 1 ? 10 : 12, end = npy->offset;
    PROMISE(memchr(bytes + start, 0, end - start) == NULL);
    while (end > start && strchr(" \t\n\v\f\r", bytes[end - 1]))
        end--;
    PROMISE(end > start && bytes[end - 1] == '}');
}

/* The first and the last element lie in the data, and every byte belongs to one. */
static void check_array(const gil__npy *npy, size_t size)
{
    const gil_buffer *array = &npy->array;
    PROMISE(npy->offset <= size);
    PROMISE(array->ndim <= GIL_MAX_DIMS);
    PROMISE(array->itemsize > 0 && array->itemsize == gil_dtype_size((gil_dtype)array->dtype));
    PROMISE(array->flags == 0);
    size_t elements = 1, last = 0;
    for (size_t axis = 0; axis < array->ndim; axis++)
        if (array->shape[axis] == 0) {
            PROMISE(npy->offset == size);
            return;
        }
    for (size_t axis = 0; axis < array->ndim; axis++) {
        PROMISE(array->strides[axis] > 0);
        PROMISE(gil__size_mul(elements, array->shape[axis], &elements));
        last += (array->shape[axis] - 1) * (size_t)array->strides[axis];
    }
    PROMISE(elements * array->itemsize == size - npy->offset);
    PROMISE(last + array->itemsize == size - npy->offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gil__npy npy;
    char reason[400];
    gil__text why = gil__text_in(reason, sizeof reason);
    if (gil__npy_read(&npy, data, size, &why)) {
        check_header(&npy, (const char *)data);
        check_array(&npy, size);
    } else {
        PROMISE(why.length > 0 && reason[why.length] == '\0');
    }
    return 0;
}
