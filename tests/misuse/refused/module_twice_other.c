// SPDX-License-Identifier: MIT
// The second file of module_twice.c.
#include <gilkit/module.h>

GIL_MODULE(m);
