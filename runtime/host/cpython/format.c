/* SPDX-License-Identifier: MIT
 *
 * Element types as the buffer protocol writes them (PEP 3118, and the struct module's letters).
 */
#include "host/cpython/array.h"

#include <string.h>

static const char *const formats[] = {
    [GIL_BOOL] = "?",       [GIL_INT8] = "b",        [GIL_INT16] = "h",        [GIL_INT32] = "i",
    [GIL_INT64] = "q",      [GIL_UINT8] = "B",       [GIL_UINT16] = "H",       [GIL_UINT32] = "I",
    [GIL_UINT64] = "Q",     [GIL_FLOAT32] = "f",     [GIL_FLOAT64] = "d",      [GIL_LONG_DOUBLE] = "g",
    [GIL_COMPLEX64] = "Zf", [GIL_COMPLEX128] = "Zd", [GIL_LONG_COMPLEX] = "Zg"};

const char *gil__format_of(gil_dtype dtype)
{
    return formats[dtype];
}

/* An integer type by its size. */
static int sized(bool is_signed, Py_ssize_t size)
{
    switch (size) {
    case 1:
        return is_signed ? GIL_INT8 : GIL_UINT8;
    case 2:
        return is_signed ? GIL_INT16 : GIL_UINT16;
    case 4:
        return is_signed ? GIL_INT32 : GIL_UINT32;
    case 8:
        return is_signed ? GIL_INT64 : GIL_UINT64;
    default:
        return -1;
    }
}

static int dtype_of(const char *letters, Py_ssize_t size)
{
    bool complex = letters[0] == 'Z';
    char letter = letters[complex];
    if (letter == 0 || letters[complex + 1] != 0)
        return -1;
    if (strchr("bhilqn", letter) && !complex)
        return sized(true, size);
    if (strchr("BHILQNc", letter) && !complex)
        return sized(false, size);
    int dtype = letter == '?' && !complex ? GIL_BOOL
                : letter == 'f'           ? (complex ? GIL_COMPLEX64 : GIL_FLOAT32)
                : letter == 'd'           ? (complex ? GIL_COMPLEX128 : GIL_FLOAT64)
                : letter == 'g'           ? (complex ? GIL_LONG_COMPLEX : GIL_LONG_DOUBLE)
                                          : -1;
    return dtype >= 0 && (Py_ssize_t)gil_dtype_size((gil_dtype)dtype) == size ? dtype : -1;
}

bool gil__format_read(const char *format, Py_ssize_t itemsize, gil_buffer *memory)
{
    const char *letters = format ? format : "B";
    bool foreign = *letters == '>' || *letters == '!';
    if (*letters && strchr("@=<>!^", *letters))
        letters++;
    int dtype = dtype_of(letters, itemsize);
    if (dtype < 0) {
        PyErr_Format(PyExc_TypeError,
                     "its elements are '%s' of %zd bytes; bool, integers of 8 to 64 bits, floats and complex are taken",
                     format ? format : "B", itemsize);
        return false;
    }
    memory->dtype = (uint32_t)dtype;
    memory->itemsize = (size_t)itemsize;
    if (foreign && itemsize > 1)
        memory->flags |= GIL_BUFFER_FOREIGN_ORDER;
    return true;
}
