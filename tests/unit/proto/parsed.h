/* SPDX-License-Identifier: MIT
 *
 * Prototypes that parse, and prototypes that are refused at a marked place.
 */
#ifndef GILKIT_TESTS_PARSED_H
#define GILKIT_TESTS_PARSED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* behind those that it needs */
#include <cmocka.h>

#include "base/memory.h"
#include "base/text.h"
#include "proto/signature.h"

static inline gil__signature *parsed(const char *prototype)
{
    gil__proto_error error;
    gil__signature *signature = gil__signature_parse(prototype, &error);
    if (!signature)
        print_error("%s\ncolumn %d: %s\n", prototype, error.column, error.message);
    assert_non_null(signature);
    return signature;
}

/* The prototype is refused where an @ stands in it. */
static inline void assert_refused(const char *marked, const char *message)
{
    char prototype[1024];
    const char *at = strchr(marked, '@');
    assert_non_null(at);
    snprintf(prototype, sizeof prototype, "%.*s%s", (int)(at - marked), marked, at + 1);
    gil__proto_error error = {-1, ""};
    long live = gil__memory_live();
    gil__signature *signature = gil__signature_parse(prototype, &error);
    if (signature || strcmp(error.message, message) != 0 || error.column != (int)(at - marked) + 1)
        print_error("%s: column %d: %s\n", prototype, error.column, error.message);
    assert_null(signature);
    assert_string_equal(error.message, message);
    assert_int_equal(error.column, at - marked + 1);
    assert_int_equal(gil__memory_live(), live);
}

#endif
