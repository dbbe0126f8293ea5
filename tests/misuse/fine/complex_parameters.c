// SPDX-License-Identifier: MIT
// Complex numbers: by value, in arrays, as results.
#include <gilkit/module.h>

#include <complex.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(double complex, f, (double complex z, float complex w, size_t n, const double complex x[n]))
{
    for (size_t i = 0; i < n; i++)
        z += x[i] * w;
    return conj(z);
}

GIL_FUNCTION(double _Complex, g, (long double _Complex z))
{
    return (double _Complex)z;
}
