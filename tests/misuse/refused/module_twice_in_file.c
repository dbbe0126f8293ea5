// SPDX-License-Identifier: MIT
// A module has one GIL_MODULE.
// error: redefinition of .gil__module
#include <gilkit/module.h>

GIL_MODULE(m);
GIL_MODULE(n);
