/* SPDX-License-Identifier: MIT
 *
 * A module file as bytes, fresh for each test, to be damaged and written again.
 */
#ifndef TEST_WHOLE_H
#define TEST_WHOLE_H

#include "files.h"

static image whole;

static int open_whole(void **state)
{
    whole = read_image(MODULE("kernels"));
    return open_folder(state);
}

static int close_whole(void **state)
{
    free(whole.bytes);
    return close_folder(state);
}

#define TEST_WHOLE(name) cmocka_unit_test_setup_teardown(name, open_whole, close_whole)

static const char *write_whole(void)
{
    return write_image("kernels.so", whole.bytes, whole.size, 0644);
}

#endif
