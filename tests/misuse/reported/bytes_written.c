// SPDX-License-Identifier: MIT
// the memory of a bytes is written to
// report: bytes_written: broken\(\) on thread 0: memory that was given out read only, for a handle that broken\(\) got, was written to
#include <gilkit/module.h>

GIL_MODULE(bytes_written);

GIL_FUNCTION(gil_obj, broken, (gil_env *env))
{
    const void *data;
    gil_obj bytes = gil_bytes_new(env, "word", 4);
    if (!gil_bytes_get(env, bytes, &data, NULL))
        return GIL_NULL;
    *(char *)data = 'W';
    return bytes;
}
