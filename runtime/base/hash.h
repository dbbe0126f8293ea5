/* SPDX-License-Identifier: MIT
 *
 * Hashes of bytes that nobody outside of the process can foresee, so that nobody can choose keys that collide.
 */
#ifndef GILKIT_BASE_HASH_H
#define GILKIT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 (Aumasson and Bernstein, 2012) under a key of this process. */
uint64_t gil__hash_bytes(const void *bytes, size_t length);

/* Of one word, under the same key; and of two hashes that belong together in this order. */
uint64_t gil__hash_word(uint64_t word);
uint64_t gil__hash_join(uint64_t left, uint64_t right);

#endif
