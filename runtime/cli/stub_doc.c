/* SPDX-License-Identifier: MIT
 *
 * Documentation as Python string literals, laid out as ruff and black do.
 */
#include <string.h>

#include "cli/stub.h"

enum { TAB = 8 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

/* Its part from the first character that shows to the last. */
static const char *trim(const char *doc, size_t *length)
{
    while (is_blank(*doc))
        doc++;
    *length = strlen(doc);
    while (*length > 0 && is_blank(doc[*length - 1]))
        --*length;
    return doc;
}

bool gil__stub_has_doc(const char *doc)
{
    size_t length = 0;
    if (doc)
        trim(doc, &length);
    return length > 0;
}

/* The next line, without the blanks at its end; *rest is what follows it. */
static size_t next_line(const char *at, const char *end, const char **rest)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    *rest = newline ? newline + 1 : end;
    size_t length = (size_t)((newline ? newline : end) - at);
    while (length > 0 && is_blank(at[length - 1]))
        length--;
    return length;
}

/* How far a line is indented, in columns, and in *bytes. */
static size_t indent_of(const char *line, size_t length, size_t *bytes)
{
    size_t columns = 0;
    for (*bytes = 0; *bytes < length && (line[*bytes] == ' ' || line[*bytes] == '\t'); ++*bytes)
        columns = line[*bytes] == '\t' ? (columns / TAB + 1) * TAB : columns + 1;
    return columns;
}

/* What all lines but the first are indented by. */
static size_t margin_of(const char *at, const char *end)
{
    size_t margin = SIZE_MAX, bytes;
    next_line(at, end, &at);
    while (at < end) {
        const char *line = at;
        size_t length = next_line(at, end, &at), indent = indent_of(line, length, &bytes);
        if (length > 0 && indent < margin)
            margin = indent;
    }
    return margin;
}

/* How many quotes stand here in a row. */
static size_t quotes(const char *at, const char *end)
{
    size_t n = 0;
    while (at + n < end && at[n] == '"')
        n++;
    return n;
}

/* The bytes of the character that begins here; 0: it is no UTF-8. */
static size_t character(const char *at, const char *end)
{
    unsigned char first = (unsigned char)*at;
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0x80 ? 2 : 1, bad;
    return size <= (size_t)(end - at) && gil__utf8_valid(at, size, &bad) ? size : 0;
}

/* What is not UTF-8 becomes U+FFFD, or Python could not read the file. */
static void put_character(FILE *out, const char *at, size_t size)
{
    if (size > 0)
        fwrite(at, 1, size, out);
    else
        fputs("\xef\xbf\xbd", out);
}

void gil__stub_put_word(FILE *out, const char *word)
{
    const char *end = word + strlen(word);
    while (word < end) {
        size_t size = character(word, end);
        if ((unsigned char)*word < 0x20 || *word == 0x7f)
            fputc('?', out);
        else
            put_character(out, word, size);
        word += size > 0 ? size : 1;
    }
}

/* Text inside """: three quotes in a row would end it, a backslash would begin an escape. */
static void put_escaped(FILE *out, const char *at, size_t length)
{
    const char *end = at + length;
    while (at < end) {
        unsigned char c = (unsigned char)*at;
        size_t row = quotes(at, end), size = character(at, end);
        if (row >= 3)
            for (size_t i = 0; i < row; i++)
                fputs("\\\"", out);
        else if (c == '\\')
            fputs("\\\\", out);
        else if ((c < 0x20 && c != '\t') || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            put_character(out, at, size);
        at += row >= 3 ? row : size > 0 ? size : 1;
    }
}

static void put_indent(FILE *out, size_t columns)
{
    fprintf(out, "%*s", (int)columns, "");
}

static void put_lines(FILE *out, unsigned depth, const char *at, const char *end)
{
    size_t margin = margin_of(at, end), length = next_line(at, end, &at), bytes;
    (void)length;
    while (at < end) {
        const char *line = at;
        length = next_line(at, end, &at);
        size_t indent = indent_of(line, length, &bytes);
        fputc('\n', out);
        if (length == 0)
            continue;
        put_indent(out, 4 * (size_t)depth + indent - margin);
        put_escaped(out, line + bytes, length - bytes);
    }
    fputc('\n', out);
    put_indent(out, 4 * (size_t)depth);
}

void gil__stub_put_doc(FILE *out, unsigned depth, const char *doc)
{
    size_t length;
    const char *at = trim(doc, &length), *end = at + length, *rest;
    size_t first = next_line(at, end, &rest);
    put_indent(out, 4 * (size_t)depth);
    fputs("\"\"\"", out);
    if (*at == '"' && quotes(at, end) < 3) /* three are escaped */
        fputc(' ', out);
    put_escaped(out, at, first);
    if (rest < end)
        put_lines(out, depth, at, end);
    else if (end[-1] == '"')
        fputc(' ', out); /* or it would be one of those that end it */
    fputs("\"\"\"\n", out);
}
