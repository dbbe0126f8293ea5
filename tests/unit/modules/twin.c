/* SPDX-License-Identifier: MIT
 *
 * Built twice, under one module name.
 */
#include <gilkit/module.h>

GIL_MODULE(twin);

GIL_FUNCTION(int, which, (void))
{
    return TWIN;
}
