// SPDX-License-Identifier: MIT
// An exception that does not exist.
// error: GIL_VALUE_EROR
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_task *task))
{
    gil_fail(task, GIL_VALUE_EROR, "wrong");
}
