/* SPDX-License-Identifier: MIT
 *
 * What a fuzz target is to libFuzzer and to the replayer, and how it says that a promise is broken.
 */
#ifndef GILKIT_FUZZ_FUZZ_H
#define GILKIT_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* One input. Always 0; a broken promise aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Beside what the sanitizers see: a promise of the code under test. */
#define PROMISE(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

#endif
