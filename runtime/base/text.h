/* SPDX-License-Identifier: MIT
 *
 * Text that is built piece by piece in a buffer of fixed size. What does not fit is cut and ends in "...".
 */
#ifndef GILKIT_BASE_TEXT_H
#define GILKIT_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct gil__text {
    char *bytes;
    size_t size;
    size_t length;
    bool is_cut; /* nothing more is added */
} gil__text;

/* An empty text over a buffer of at least 8 bytes. */
gil__text gil__text_in(char *bytes, size_t size);

void gil__text_add(gil__text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void gil__text_add_v(gil__text *text, const char *format, va_list arguments);

/* Is this UTF-8 (RFC 3629)? *bad is the offset of the first byte that is not. */
bool gil__utf8_valid(const char *bytes, size_t length, size_t *bad);

/* Make it UTF-8: each byte that is not becomes '?'. */
void gil__utf8_mend(char *bytes, size_t length);

#endif
