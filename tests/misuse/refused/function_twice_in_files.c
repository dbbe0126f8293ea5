// SPDX-License-Identifier: MIT
// A name is defined once in all files of a module.
// error: multiple definition of .f
// link: function_twice_in_files_other.c
#include <gilkit/module.h>

GIL_MODULE(m);

GIL_FUNCTION(int, f, (int x))
{
    return x;
}
