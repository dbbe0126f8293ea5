/* SPDX-License-Identifier: MIT
 *
 * The peer of a mapped .npy argument and of kernels.c's probe(): read a file of doubles into memory, look at one
 * element in each 4 MB, print this process's own memory in MB.
 *
 *     read_whole FILE.npy
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample.h"

enum { NPY_HEADER = 128 };

int main(int argc, char **argv)
{
    struct stat info;
    int descriptor = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (descriptor < 0 || fstat(descriptor, &info) != 0 || lseek(descriptor, NPY_HEADER, SEEK_SET) < 0)
        die("usage: read_whole FILE.npy");
    size_t size = (size_t)info.st_size - NPY_HEADER, done = 0;
    double *x = malloc(size);
    while (x && done < size) {
        ssize_t got = read(descriptor, (char *)x + done, size - done);
        if (got <= 0)
            die("read_whole: the file cannot be read");
        done += (size_t)got;
    }
    if (!x)
        die("read_whole: no memory");
    for (size_t i = 0; i < size / sizeof x[0]; i += (4u << 20) / sizeof x[0])
        (void)*(const volatile double *)&x[i];
    printf("%g\n", own_megabytes());
    free(x);
    return 0;
}
