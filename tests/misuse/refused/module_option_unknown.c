// SPDX-License-Identifier: MIT
// An option of GIL_MODULE that does not exist.
// error gcc: 'gil_module_def' has no member named 'version'
// error clang: field designator 'version' does not refer
#include <gilkit/module.h>

GIL_MODULE(m, .version = "1.0");
