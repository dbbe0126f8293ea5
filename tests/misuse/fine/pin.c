// SPDX-License-Identifier: MIT
// Memory that is pinned while the GIL is released.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(gil_obj, sum, (gil_env *env, gil_obj array))
{
    gil_buffer buffer;
    uint64_t sum = 0;
    if (!gil_buffer_pin(env, array, &buffer))
        return GIL_NULL;
    const unsigned char *bytes = buffer.data;
    GIL_BEGIN_ALLOW_THREADS(env)
    for (size_t i = 0; i < buffer.shape[0] * buffer.itemsize; i++)
        sum += bytes[i];
    GIL_END_ALLOW_THREADS(env)
    gil_buffer_release(env, &buffer);
    return gil_uint_new(env, sum);
}
