// SPDX-License-Identifier: MIT
// The message of gil_fail is checked against its arguments.
// error gcc: format '%d' expects argument of type 'int'
// error clang: format specifies type 'int'
// flags: -Werror=format
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_task *task, const char *x))
{
    gil_fail(task, GIL_VALUE_ERROR, "x is %d", x);
}
