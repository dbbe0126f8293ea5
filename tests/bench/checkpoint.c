/* SPDX-License-Identifier: MIT
 *
 * What a checkpoint costs on which nobody waits: a loop of about ten instructions, with one in each round and without.
 *
 *     checkpoint [ROUNDS]
 *     checkpoint --loop with|without COUNT     # so many rounds, for callgrind
 */
#include <gilkit/runtime.h>
#include <string.h>

#include "sample.h"

static gil_env *env;
static volatile uint64_t sink;

/* Three steps of three instructions that wait for each other, and the loop itself. */
#define STEP(x) \
    do { \
        (x) ^= (x) << 13; \
        (x) ^= (x) >> 7; \
        (x) ^= (x) << 17; \
        __asm__ volatile("" : "+r"(x)); \
    } while (0)

static void __attribute__((noinline)) without(size_t count)
{
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < count; i++)
        STEP(x);
    sink = x;
}

static void __attribute__((noinline)) with(size_t count)
{
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < count; i++) {
        STEP(x);
        gil_checkpoint(env);
    }
    sink = x;
}

int main(int argc, char **argv)
{
    static const sample_variant variants[] = {{"with", with}, {"without", without}};
    gil_error error;
    gil_runtime *runtime = gil_runtime_new(NULL, &error);
    env = runtime ? gil_attach(runtime, &error) : NULL;
    if (!env)
        die(error.message);
    if (argc == 4 && strcmp(argv[1], "--loop") == 0)
        (strcmp(argv[2], "with") == 0 ? with : without)((size_t)atol(argv[3]));
    else
        sample_in_turns("loop", variants, 2, argc > 1 ? atoi(argv[1]) : 101, 1);
    gil_detach(env);
    return gil_runtime_free(runtime, &error) ? 0 : 1;
}
