/* SPDX-License-Identifier: MIT
 *
 * A module that was linked without the library it needs.
 */
#include <gilkit/module.h>

GIL_MODULE(undefined);

int gilkit_test_nowhere(int x);

GIL_FUNCTION(int, call_it, (int x))
{
    return gilkit_test_nowhere(x);
}
