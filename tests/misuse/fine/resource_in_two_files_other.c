// SPDX-License-Identifier: MIT
// The second file of resource_in_two_files.c.
#include <gilkit/module.h>

typedef struct point {
    double x;
} point;

GIL_RESOURCE_DECLARE(point);

GIL_METHOD(point, double, get, (const point *self))
{
    return self->x;
}

GIL_FUNCTION(gil_obj, make, (gil_env *env))
{
    point *made;
    return GIL_RESOURCE_NEW(env, point, &made);
}

GIL_FUNCTION(bool, is_point, (gil_env *env, gil_obj object))
{
    point *self;
    return GIL_RESOURCE_GET(env, point, object, &self);
}
