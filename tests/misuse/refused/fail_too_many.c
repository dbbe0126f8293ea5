// SPDX-License-Identifier: MIT
// The message of gil_fail is checked against its arguments.
// error gcc: too many arguments for format
// error clang: data argument not used by format string
// flags: -Werror=format -Werror=format-extra-args
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_task *task, int x))
{
    gil_fail(task, GIL_VALUE_ERROR, "wrong", x);
}
