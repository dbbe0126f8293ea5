/* SPDX-License-Identifier: MIT
 *
 * What the unit tests of base and core share: time limits, loop lengths, threads, and children that may die.
 * cmocka's assertions jump, so only the main thread makes them; other threads write down what they saw.
 */
#ifndef GILKIT_TESTS_SUPPORT_H
#define GILKIT_TESTS_SUPPORT_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/futex.h"

/* Sanitizers make everything some ten times slower. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#define LOOPS(n)  ((n) / 10)
#else
#define SANITIZED 0
#define LOOPS(n)  (n)
#endif

/* clang says so in its own way. */
#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZED 1
#endif
#endif
#ifndef ADDRESS_SANITIZED
#define ADDRESS_SANITIZED 0
#endif

#define MS 1000000u /* nanoseconds */

/* A test that hangs is killed by SIGALRM. */
static inline int set_time_limit(void **state)
{
    (void)state;
    alarm(60);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, set_time_limit)

typedef void *(*thread_fn)(void *context);

static inline void start(pthread_t *thread, thread_fn body, void *context)
{
    assert_int_equal(pthread_create(thread, NULL, body, context), 0);
}

static inline void join(pthread_t thread)
{
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Run the body on `count` threads at once, and wait for all of them. */
static inline void run_on_threads(size_t count, thread_fn body, void *context)
{
    pthread_t threads[64];
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++)
        start(&threads[i], body, context);
    for (size_t i = 0; i < count; i++)
        join(threads[i]);
}

static inline void sleep_ms(unsigned ms)
{
    uint64_t until = gil__now_ns() + (uint64_t)ms * MS;
    for (uint64_t now; (now = gil__now_ns()) < until;)
        nanosleep(&(struct timespec){.tv_nsec = (long)(until - now < 900 * MS ? until - now : 900 * MS)}, NULL);
}

/* Processor time of this thread, or with RUSAGE_SELF of the process. */
static inline uint64_t cpu_ns(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    uint64_t seconds = (uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec;
    return seconds * 1000000000u + ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000u;
}

typedef struct child_end {
    int status; /* of waitpid */
    char said[4000];
} child_end;

/* Run the body in a child, with its own time limit, and read what it writes to stderr. A body that returns
 * ends with status 0. */
static inline child_end run_in_child(void (*body)(void *context), void *context, unsigned limit_s)
{
    child_end end = {.status = -1};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        alarm(limit_s);
        body(context);
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], end.said + length, sizeof end.said - 1 - length)) > 0;)
        length += (size_t)got;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &end.status, 0), pid);
    return end;
}

/* Did the child come to its end? */
static inline void assert_returned(child_end end)
{
    if (WIFSIGNALED(end.status))
        fail_msg("the child was ended by signal %d: %s", WTERMSIG(end.status), end.said);
    if (WEXITSTATUS(end.status) != 0)
        fail_msg("the child ended with status %d: %s", WEXITSTATUS(end.status), end.said);
}

/* Was the child stopped by abort(), saying this? */
static inline void assert_aborted(child_end end, const char *words)
{
    if (!WIFSIGNALED(end.status) || WTERMSIG(end.status) != SIGABRT)
        fail_msg("the child did not abort (status %#x): %s", (unsigned)end.status, end.said);
    if (!strstr(end.said, words))
        fail_msg("\"%s\" is not in: %s", words, end.said);
}

#endif
