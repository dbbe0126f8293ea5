/* SPDX-License-Identifier: MIT
 *
 * Index files with several threads, then ask for words.
 *
 *     search MODULE WORD[,WORD...] FILE...
 *
 * A number in place of a WORD asks for so many of the most common words.
 *
 * Exit codes: 0 fine, 1 something failed, 2 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <gilkit/runtime.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 4 };

/* What all threads share. */
typedef struct library {
    gil_runtime *runtime;
    gil_ref *catalog;
    gil_ref *scan;
    char **files;
    size_t n_files;
    atomic_size_t next; /* the file that nobody has taken yet */
    atomic_bool failed;
} library;

static void fail(gil_env *env, library *all, const char *what)
{
    gil_error error;
    if (gil_error_take(env, &error))
        fprintf(stderr, "search: %s: %s: %s\n", what, gil_error_name(error.kind), error.message);
    atomic_store(&all->failed, true);
}

/* Called with the GIL when no object needs the memory any more. */
static void unmap(void *owner)
{
    gil_buffer *memory = owner;
    munmap(memory->data, memory->shape[0]);
    free(memory);
}

/* An array over the mapped file, without a copy; GIL_NULL with an OSError pending. */
static gil_obj map_file(gil_env *env, const char *path)
{
    struct stat info;
    gil_buffer *memory = calloc(1, sizeof *memory);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool fine = memory && file >= 0 && fstat(file, &info) == 0;
    if (fine && info.st_size == 0) {
        close(file);
        free(memory);
        return gil_array_new(env, GIL_INT8, 1, &(size_t){0});
    }
    void *data = fine ? mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    int number = errno;
    if (file >= 0)
        close(file);
    if (data == MAP_FAILED) {
        free(memory);
        return gil_error_raise_errno(env, number, path);
    }
    *memory = (gil_buffer){.data = data,
                           .dtype = GIL_INT8,
                           .flags = GIL_BUFFER_READONLY,
                           .ndim = 1,
                           .shape = {(size_t)info.st_size},
                           .strides = {1}};
    gil_obj array = gil_array_borrow(env, memory, unmap, memory);
    if (gil_is_null(array))
        unmap(memory);
    return array;
}

/* No check in between: a GIL_NULL fails what it is given to, with the exception that is pending. */
static bool add_file(gil_env *env, library *all, const char *path)
{
    gil_obj arguments[] = {gil_str_format(env, "%s", path), map_file(env, path)};
    gil_obj pages = gil_call(env, gil_ref_get(env, all->scan), arguments, 2, NULL, 0);
    gil_obj add = gil_attr_get(env, gil_ref_get(env, all->catalog), "add");
    return !gil_is_null(gil_call(env, add, &pages, 1, NULL, 0));
}

static void *work(void *argument)
{
    library *all = argument;
    size_t mine;
    gil_error error;
    gil_env *env = gil_attach(all->runtime, &error);
    if (!env) {
        fprintf(stderr, "search: %s\n", error.message);
        atomic_store(&all->failed, true);
        return NULL;
    }
    while ((mine = atomic_fetch_add(&all->next, 1)) < all->n_files && !atomic_load(&all->failed))
        GIL_SCOPE(env) {
            if (!add_file(env, all, all->files[mine]))
                fail(env, all, all->files[mine]);
        }
    gil_detach(env);
    return NULL;
}

/* The main thread waits without the GIL, or nobody else would get it. */
static void index_files(gil_env *env, library *all)
{
    pthread_t threads[THREADS];
    size_t started = 0;
    GIL_BEGIN_ALLOW_THREADS(env)
    while (started < THREADS && pthread_create(&threads[started], NULL, work, all) == 0)
        started++;
    if (started == 0)
        work(all);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    GIL_END_ALLOW_THREADS(env)
}

/* "word: {'file': [line, ...], ...}" for each word between the commas, "10: [(count, 'word'), ...]" for a number. */
static void ask(gil_env *env, library *all, char *words)
{
    gil_obj catalog = gil_ref_get(env, all->catalog);
    gil_obj find = gil_attr_get(env, catalog, "find"), common = gil_attr_get(env, catalog, "common");
    for (char *word = strtok(words, ","); word && !atomic_load(&all->failed); word = strtok(NULL, ","))
        GIL_SCOPE(env) {
            const char *text;
            char *end;
            unsigned long most = strtoul(word, &end, 10);
            gil_obj argument = *end ? gil_str_format(env, "%s", word) : gil_uint_new(env, most);
            gil_obj found = gil_call(env, *end ? find : common, &argument, 1, NULL, 0);
            if (gil_str_get(env, gil_to_repr(env, found), &text, NULL))
                printf("%s: %s\n", word, text);
            else
                fail(env, all, word);
        }
}

static void search(gil_env *env, library *all, const char *module_name, char *words)
{
    gil_obj module = gil_load(env, module_name);
    all->scan = gil_ref_new(env, gil_attr_get(env, module, "scan"));
    all->catalog = gil_ref_new(env, gil_call(env, gil_attr_get(env, module, "catalog"), NULL, 0, NULL, 0));
    if (!all->scan || !all->catalog) {
        fail(env, all, module_name);
        return;
    }
    index_files(env, all);
    ask(env, all, words);
    if (!atomic_load(&all->failed)) {
        const char *text = "?";
        gil_str_get(env, gil_to_repr(env, gil_ref_get(env, all->catalog)), &text, NULL);
        fprintf(stderr, "%s of %zu files\n", text, all->n_files);
    }
}

int main(int argc, char **argv)
{
    gil_error error;
    if (argc < 4) {
        fprintf(stderr, "usage: search MODULE WORD[,WORD...] FILE...\n");
        return 2;
    }
    library all = {.files = argv + 3, .n_files = (size_t)argc - 3};
    all.runtime = gil_runtime_new(NULL, &error);
    gil_env *env = all.runtime ? gil_attach(all.runtime, &error) : NULL;
    if (!env) {
        fprintf(stderr, "search: %s\n", error.message);
        return 1;
    }
    search(env, &all, argv[1], argv[2]);
    gil_ref_drop(all.catalog);
    gil_ref_drop(all.scan);
    gil_detach(env);
    gil_runtime_free(all.runtime, &error);
    return atomic_load(&all.failed) || fflush(stdout) != 0 ? 1 : 0;
}
