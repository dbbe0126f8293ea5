// SPDX-License-Identifier: MIT
// GIL_END_ACQUIRE needs its GIL_BEGIN_ACQUIRE.
// error gcc: expected identifier .* before .}. token
// error clang: extraneous closing brace
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (gil_task *task))
{
    gil_progress(task, 1, 2);
    GIL_END_ACQUIRE(env)
}
