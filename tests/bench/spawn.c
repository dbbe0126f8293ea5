/* SPDX-License-Identifier: MIT
 *
 * Run commands in turns, each as a process of its own: wall time from start to end, and peak resident memory.
 * A small program in C, because the kernel counts the memory of whoever starts a process as the process's own
 * peak until it executes something else, and a Python has more than what is measured here.
 *
 *     spawn ROUNDS NAME COMMAND [ARG...] -- NAME COMMAND [ARG...] ...
 */
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sample.h"

extern char **environ;

enum { MAX_COMMANDS = 8 };

static void run(char **command, posix_spawn_file_actions_t *files)
{
    struct rusage usage;
    pid_t child;
    int status;
    uint64_t start = now_ns();
    if (posix_spawn(&child, command[1], files, NULL, command + 1, environ) != 0)
        die("spawn: a command cannot be run");
    if (wait4(child, &status, 0, &usage) != child || status != 0) {
        fprintf(stderr, "spawn: %s failed with status %d\n", command[1], status);
        exit(1);
    }
    double ms = (double)(now_ns() - start) / 1e6;
    print_sample("wall ms", command[0], ms);
    print_sample("peak MB", command[0], (double)usage.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
    char **commands[MAX_COMMANDS];
    int n = 0;
    posix_spawn_file_actions_t files;
    if (argc < 4)
        die("usage: spawn ROUNDS NAME COMMAND [ARG...] -- NAME COMMAND [ARG...] ...");
    commands[n++] = argv + 2;
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--") == 0 && n < MAX_COMMANDS) {
            argv[i] = NULL;
            commands[n++] = argv + i + 1;
        }
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    for (int round = 0; round < atoi(argv[1]); round++)
        for (int c = 0; c < n; c++)
            run(commands[c], &files);
    posix_spawn_file_actions_destroy(&files);
    return 0;
}
