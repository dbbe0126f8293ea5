/* SPDX-License-Identifier: MIT */
#include <gilkit/module.h>

GIL_MODULE(empty);
