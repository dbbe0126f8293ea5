// SPDX-License-Identifier: MIT
// memory that is pinned read only is written to
// report: pinned_written: broken\(\) on thread 0: memory that was pinned read only by broken\(\) of pinned_written was written to
#include <gilkit/module.h>

GIL_MODULE(pinned_written);

GIL_FUNCTION(void, broken, (gil_env *env))
{
    gil_buffer buffer;
    if (!gil_buffer_pin(env, gil_bytes_new(env, "word", 4), &buffer))
        return;
    *(char *)buffer.data = 'W';
    gil_buffer_release(env, &buffer);
}
