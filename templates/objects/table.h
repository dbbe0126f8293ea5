/* A hash table of words: plain C that knows nothing of objects, and so needs no GIL. Every malloc can fail; what
 * failed is said by the result, because an exception needs the GIL. */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct entry {
    char *text; /* in lower case */
    size_t length;
    size_t hash;
    size_t count;
    size_t next; /* of the same bucket, counted from 1; 0 is the end */
} entry;

typedef struct table {
    entry *entries; /* in the order in which they came */
    size_t *buckets;
    size_t n_entries;
    size_t room; /* for words, and how many buckets there are: a power of two, or 0 */
    size_t total;
} table;

/* Not tolower: that asks the locale, which another thread may be changing. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What is beyond ASCII is part of a letter in UTF-8, near enough. Change this to what a word is to you. */
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

static bool is_same(const char *word, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (word[i] != lower(text[i]))
            return false;
    return true;
}

static entry *find(const table *t, const char *text, size_t length)
{
    size_t hash = hash_of(text, length);
    for (size_t at = t->room ? t->buckets[hash & (t->room - 1)] : 0; at; at = t->entries[at - 1].next) {
        entry *e = &t->entries[at - 1];
        if (e->hash == hash && e->length == length && is_same(e->text, text, length))
            return e;
    }
    return NULL;
}

static void enter(table *t, size_t index)
{
    size_t *bucket = &t->buckets[t->entries[index].hash & (t->room - 1)];
    t->entries[index].next = *bucket;
    *bucket = index + 1;
}

static bool grow(table *t)
{
    size_t room = t->room ? 2 * t->room : 64;
    entry *entries = realloc(t->entries, room * sizeof *entries);
    if (!entries)
        return false;
    t->entries = entries;
    size_t *buckets = calloc(room, sizeof *buckets);
    if (!buckets)
        return false;
    free(t->buckets);
    t->buckets = buckets;
    t->room = room;
    for (size_t i = 0; i < t->n_entries; i++)
        enter(t, i);
    return true;
}

static entry *add_word(table *t, const char *text, size_t length)
{
    char *copy = t->n_entries < t->room || grow(t) ? malloc(length) : NULL;
    if (!copy)
        return NULL;
    for (size_t i = 0; i < length; i++)
        copy[i] = lower(text[i]);
    t->entries[t->n_entries] = (entry){.text = copy, .length = length, .hash = hash_of(text, length)};
    enter(t, t->n_entries);
    return &t->entries[t->n_entries++];
}

/* false: no memory. What was counted before stays counted. */
static bool add_text(table *t, const char *text, size_t length)
{
    for (size_t at = 0, end; at < length; at = end) {
        for (; at < length && !is_letter(text[at]); at++)
            ;
        for (end = at; end < length && is_letter(text[end]); end++)
            ;
        if (end == at)
            break;
        entry *e = find(t, text + at, end - at);
        if (!e && !(e = add_word(t, text + at, end - at)))
            return false;
        e->count++;
        t->total++;
    }
    return true;
}

static void clear(table *t)
{
    for (size_t i = 0; i < t->n_entries; i++)
        free(t->entries[i].text);
    free(t->entries);
    free(t->buckets);
    *t = (table){0};
}
