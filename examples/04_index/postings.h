/* SPDX-License-Identifier: MIT
 *
 * Where words stand: a hash table from words to (text, line). Plain C that knows nothing of objects, and so needs no
 * GIL. Every malloc can fail; what failed is said by the result, because an exception needs the GIL. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct place {
    uint32_t text;
    uint32_t line; /* from 1 */
} place;

typedef struct word {
    char *text; /* in lower case */
    size_t length;
    size_t hash;
    size_t next; /* of the same bucket, counted from 1; 0 is the end */
    size_t n_places, room;
    place *places;
} word;

typedef struct postings {
    word *words;
    size_t *buckets;
    size_t n_words;
    size_t room; /* for words, and how many buckets there are: a power of two, or 0 */
    size_t n_places;
} postings;

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What is beyond ASCII is part of a letter in UTF-8, near enough. */
static bool is_letter(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (unsigned char)c >= 128;
}

static size_t hash_of(const char *text, size_t length)
{
    size_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)lower(text[i])) * 1099511628211u;
    return hash;
}

static bool is_same(const char *known, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (known[i] != lower(text[i]))
            return false;
    return true;
}

static word *postings_find(const postings *p, const char *text, size_t length)
{
    size_t hash = hash_of(text, length);
    for (size_t at = p->room ? p->buckets[hash & (p->room - 1)] : 0; at; at = p->words[at - 1].next) {
        word *w = &p->words[at - 1];
        if (w->hash == hash && w->length == length && is_same(w->text, text, length))
            return w;
    }
    return NULL;
}

static void enter(postings *p, size_t index)
{
    size_t *bucket = &p->buckets[p->words[index].hash & (p->room - 1)];
    p->words[index].next = *bucket;
    *bucket = index + 1;
}

static bool grow(postings *p)
{
    size_t room = p->room ? 2 * p->room : 256;
    word *words = realloc(p->words, room * sizeof *words);
    if (!words)
        return false;
    p->words = words;
    size_t *buckets = calloc(room, sizeof *buckets);
    if (!buckets)
        return false;
    free(p->buckets);
    p->buckets = buckets;
    p->room = room;
    for (size_t i = 0; i < p->n_words; i++)
        enter(p, i);
    return true;
}

/* The word, which is entered when it is new; NULL: no memory. */
static word *postings_word(postings *p, const char *text, size_t length)
{
    word *known = postings_find(p, text, length);
    char *copy = !known && (p->n_words < p->room || grow(p)) ? malloc(length) : NULL;
    if (known || !copy)
        return known;
    for (size_t i = 0; i < length; i++)
        copy[i] = lower(text[i]);
    p->words[p->n_words] = (word){.text = copy, .length = length, .hash = hash_of(text, length)};
    enter(p, p->n_words);
    return &p->words[p->n_words++];
}

/* Room for so many more places of a word; false: no memory, and nothing changed. */
static bool word_reserve(word *w, size_t more)
{
    size_t room = w->room ? w->room : 4;
    while (room < w->n_places + more)
        room *= 2;
    place *places = room > w->room ? realloc(w->places, room * sizeof *places) : w->places;
    if (!places)
        return false;
    w->places = places;
    w->room = room;
    return true;
}

static void postings_clear(postings *p)
{
    for (size_t i = 0; i < p->n_words; i++) {
        free(p->words[i].text);
        free(p->words[i].places);
    }
    free(p->words);
    free(p->buckets);
    *p = (postings){0};
}
