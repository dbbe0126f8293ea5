// SPDX-License-Identifier: MIT
// A module has one GIL_MODULE in all of its files.
// error: multiple definition of .gil__module
// link: module_twice_other.c
#include <gilkit/module.h>

GIL_MODULE(m);
