// SPDX-License-Identifier: MIT
// module.h included twice, and each header after it.
#include <gilkit/module.h>

#include <gilkit/abi.h>
#include <gilkit/function.h>
#include <gilkit/gil.h>
#include <gilkit/module.h>
#include <gilkit/object.h>
#include <gilkit/task.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(int, f, (int x))
{
    return x;
}
