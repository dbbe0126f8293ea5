// SPDX-License-Identifier: MIT
// the text of a str is written to
// report: text_written: broken\(\) on thread 0: memory that was given out read only, for a handle that broken\(\) got, was written to
#include <gilkit/module.h>

GIL_MODULE(text_written);

GIL_FUNCTION(gil_obj, broken, (gil_env *env))
{
    const char *text;
    gil_obj word = gil_str_new(env, "word", 4);
    if (!gil_str_get(env, word, &text, NULL))
        return GIL_NULL;
    *(char *)text = 'W';
    return word;
}
