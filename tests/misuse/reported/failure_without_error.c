// SPDX-License-Identifier: MIT
// a function fails and raises nothing
// report: failure_without_error: broken\(\) on thread 0: broken\(\) returned GIL_NULL but raised nothing; that is a bug in failure_without_error
// raises: SystemError
#include <gilkit/module.h>

GIL_MODULE(failure_without_error);

GIL_FUNCTION(gil_obj, broken, (gil_env *env))
{
    (void)env;
    return GIL_NULL;
}
