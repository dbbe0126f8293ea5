// SPDX-License-Identifier: MIT
// A resource type that is declared where it is defined, too, as a header of the module does it.
// link: resource_in_two_files_other.c
#include <gilkit/module.h>

GIL_MODULE(resource_in_two_files);

typedef struct point {
    double x;
} point;

GIL_RESOURCE_DECLARE(point); /* as in a header of both files */

GIL_RESOURCE(point, .doc = "Defined here.");

GIL_SLOT(point, void, init, (point *self, double x))
{
    self->x = x;
}
