// SPDX-License-Identifier: MIT
// Variable-length arrays of several dimensions, written in place, and outputs.
#include <gilkit/module.h>

GIL_MODULE(m, .doc = "Fine.");

GIL_FUNCTION(void, product, (size_t m, size_t k, size_t n, const double a[m][k], const double b[k][n],
                             GIL_OUT double c[m][n]), .doc = "Product of matrices.")
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            c[i][j] = 0.0;
            for (size_t l = 0; l < k; l++)
                c[i][j] += a[i][l] * b[l][j];
        }
}

GIL_FUNCTION(int, differences, (int n, const int32_t x[static n + 1], int32_t d[2 * n - n], GIL_OUT int *largest))
{
    *largest = 0;
    for (int i = 0; i < n; i++) {
        d[i] = x[i + 1] - x[i];
        if (d[i] > *largest)
            *largest = d[i];
    }
    return n;
}
