// SPDX-License-Identifier: MIT
// A module without options and without functions.
#include <gilkit/module.h>

GIL_MODULE(m);
