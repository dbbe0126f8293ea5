// SPDX-License-Identifier: MIT
// An env of another name, and two of them.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

static int twice(gil_env *here, gil_env *there)
{
    int x = 0;
    GIL_BEGIN_ALLOW_THREADS(here)
    x++;
    GIL_END_ALLOW_THREADS(here)
    gil_checkpoint(there);
    return x;
}

GIL_FUNCTION(int, f, (gil_env *host))
{
    GIL_BEGIN_ALLOW_THREADS(host)
    GIL_END_ALLOW_THREADS(host)
    return twice(host, host);
}
