/* SPDX-License-Identifier: MIT
 *
 * A prototype that C allows and a host cannot call.
 */
#include <gilkit/module.h>

GIL_MODULE(wrong);

GIL_FUNCTION(double, first, (size_t n, double *x))
{
    return n ? x[0] : 0;
}
