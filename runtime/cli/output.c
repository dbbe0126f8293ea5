/* SPDX-License-Identifier: MIT
 *
 * What the verbs say, and how they notice that nobody could read it.
 */
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"

void gil__cli_put(const char *text, FILE *to)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        fputc((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? '?' : c, to);
    }
}

int gil__cli_fail(int code, const char *format, ...)
{
    va_list arguments;
    char *text;
    fflush(stdout);
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    fputs("gilkit: ", stderr);
    gil__cli_put(length < 0 ? "no memory for the message" : text, stderr);
    fputc('\n', stderr);
    if (length >= 0)
        free(text);
    return code;
}

int gil__cli_print_json(json_t *json)
{
    if (!json)
        return gil__cli_fail(GIL__EXIT_RAISED, "no memory for the answer as JSON");
    bool fine = json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY) == 0;
    putchar('\n');
    json_decref(json);
    return fine || ferror(stdout) ? GIL__EXIT_FINE
                                  : gil__cli_fail(GIL__EXIT_RAISED, "no memory for the answer as JSON");
}

json_t *gil__cli_text_json(const char *text)
{
    size_t length = strlen(text), bad;
    if (gil__utf8_valid(text, length, &bad))
        return json_stringn(text, length);
    char *mended = malloc(3 * length + 1), *to = mended;
    for (size_t i = 0; mended && i < length;) {
        size_t good = gil__utf8_valid(text + i, length - i, &bad) ? length - i : bad;
        to = (char *)memcpy(to, text + i, good) + good;
        i += good;
        if (i++ < length)
            to = (char *)memcpy(to, "\xef\xbf\xbd", 3) + 3;
    }
    json_t *json = mended ? json_stringn(mended, (size_t)(to - mended)) : NULL;
    free(mended);
    return json;
}

/* Runs when the process exits, also out of argp's --help. */
static void check_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    gil__cli_fail(GIL__EXIT_OUTPUT, "the output cannot be written");
    _exit(GIL__EXIT_OUTPUT);
}

void gil__cli_watch_output(void)
{
    atexit(check_output);
}

void gil__cli_use_c_locale(void)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c != (locale_t)0)
        uselocale(c);
}

/* Memory of a mapped file whose end is gone. There is nothing to go on with. */
static void say_cut(int number)
{
    static const char text[] =
        "gilkit: a file was cut while it was read; nobody may write into files that a run reads\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(GIL__EXIT_RAISED);
    _exit(GIL__EXIT_RAISED);
}

void gil__cli_watch_signals(void)
{
    signal(SIGXFSZ, SIG_IGN); /* a write past the limit then fails, and what was begun is removed */
    signal(SIGBUS, say_cut);
}
