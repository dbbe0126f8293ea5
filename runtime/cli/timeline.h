/* SPDX-License-Identifier: MIT
 *
 * A picture of who held the GIL, waited for it and ran without it, over time.
 */
#ifndef GILKIT_CLI_TIMELINE_H
#define GILKIT_CLI_TIMELINE_H

#include <gilkit/runtime.h>

typedef struct gil__timeline gil__timeline;

/* Watch a runtime that measures. Before other threads attach. NULL: no memory. */
gil__timeline *gil__timeline_new(gil_runtime *runtime, unsigned max_threads);

/* Write what was seen as SVG.
 *   from_ns, to_ns  the span of time that is shown, CLOCK_MONOTONIC
 *   title           plain text
 *   errors: false: errno says why */
bool gil__timeline_save(const gil__timeline *timeline, uint64_t from_ns, uint64_t to_ns, const char *title,
                        const char *path);

void gil__timeline_free(gil__timeline *timeline);

#endif
