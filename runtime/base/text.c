/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

gil__text gil__text_in(char *bytes, size_t size)
{
    bytes[0] = '\0';
    return (gil__text){bytes, size, 0, false};
}

/* End in dots where a character begins, so that what is left stays UTF-8. */
static void cut(gil__text *text)
{
    size_t at = text->size - 4;
    while (at > 0 && ((unsigned char)text->bytes[at] & 0xc0) == 0x80)
        at--;
    memcpy(text->bytes + at, "...", 4);
    text->length = at + 3;
    text->is_cut = true;
}

void gil__text_add_v(gil__text *text, const char *format, va_list arguments)
{
    if (text->is_cut)
        return;
    size_t room = text->size - text->length;
    int wanted = vsnprintf(text->bytes + text->length, room, format, arguments);
    if (wanted >= 0 && (size_t)wanted < room)
        text->length += (size_t)wanted;
    else if (wanted >= 0)
        cut(text);
}

void gil__text_add(gil__text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gil__text_add_v(text, format, arguments);
    va_end(arguments);
}

/* How many bytes the sequence that this byte begins should have, and the smallest code point it may hold. */
static size_t sequence_length(unsigned char first, uint32_t *smallest, uint32_t *bits)
{
    if (first < 0x80) {
        *smallest = 0;
        *bits = first;
        return 1;
    }
    if ((first & 0xe0) == 0xc0) {
        *smallest = 0x80;
        *bits = first & 0x1f;
        return 2;
    }
    if ((first & 0xf0) == 0xe0) {
        *smallest = 0x800;
        *bits = first & 0x0f;
        return 3;
    }
    if ((first & 0xf8) == 0xf0) {
        *smallest = 0x10000;
        *bits = first & 0x07;
        return 4;
    }
    return 0;
}

bool gil__utf8_valid(const char *bytes, size_t length, size_t *bad)
{
    for (size_t i = 0; i < length;) {
        uint32_t smallest, point;
        size_t count = sequence_length((unsigned char)bytes[i], &smallest, &point);
        *bad = i;
        if (count == 0 || count > length - i)
            return false;
        for (size_t k = 1; k < count; k++) {
            unsigned char next = (unsigned char)bytes[i + k];
            if ((next & 0xc0) != 0x80)
                return false;
            point = point << 6 | (next & 0x3f);
        }
        if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
        i += count;
    }
    return true;
}

void gil__utf8_mend(char *bytes, size_t length)
{
    size_t bad, at = 0;
    for (; !gil__utf8_valid(bytes + at, length - at, &bad); at += bad)
        bytes[at + bad] = '?';
}
