// SPDX-License-Identifier: MIT
// An array that is const in the prototype is read only.
// error: read-only|const-qualified
#include <gilkit/module.h>

GIL_FUNCTION(void, f, (size_t n, const double x[n]))
{
    x[0] = (double)n;
}
