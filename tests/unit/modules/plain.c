/* SPDX-License-Identifier: MIT
 *
 * A plain C library, written by somebody who knows nothing of gilkit.
 */
#include <stddef.h>

double plain_dot(int n, const double *x, const double *y);
int plain_divide(int a, int b, int *rest);
const char *plain_name(void);

double plain_dot(int n, const double *x, const double *y)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

int plain_divide(int a, int b, int *rest)
{
    *rest = a % b;
    return a / b;
}

const char *plain_name(void)
{
    return "plain";
}
