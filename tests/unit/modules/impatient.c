/* SPDX-License-Identifier: MIT
 *
 * It takes the GIL and says that it does not want it.
 */
#include <gilkit/module.h>

GIL_MODULE(impatient);

GIL_FUNCTION(int, both, (gil_env * env), .gil = GIL_RELEASE)
{
    return env != NULL;
}
