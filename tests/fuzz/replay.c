/* SPDX-License-Identifier: MIT
 *
 * A fuzz target without libFuzzer: runs it once on each file that is named. For compilers that have no
 * libFuzzer, and for a debugger.
 */
#include "fuzz.h"

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        return 1;
    }
    long size = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        free(bytes);
        fclose(file);
        return 1;
    }
    fclose(file);
    printf("%s: %ld bytes\n", path, size);
    fflush(stdout);
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    int code = 0;
    for (int i = 1; i < argc; i++)
        code |= replay(argv[i]);
    return code;
}
