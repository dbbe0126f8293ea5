/* SPDX-License-Identifier: MIT
 *
 * A text index: which words stand on which lines of which texts.
 *
 * Reading a text is long and touches no object; it runs without the GIL, into a `pages` of its own, so threads read
 * side by side. `catalog.add` takes such pages over, which is short: threads do that one after the other, because it
 * takes `catalog *`. Queries take `const catalog *`, and run beside each other.
 */
#include <gilkit/module.h>

#include "postings.h"

GIL_MODULE(textindex, .doc = "Where words stand in texts.");

/* ---- Pages: the words of one text ---------------------------------------------------------------------------- */

typedef struct pages {
    gil_ref *title; /* a str, which the catalog takes over as it is */
    postings words;
} pages;

static void end_pages(gil_env *env, pages *self)
{
    (void)env;
    postings_clear(&self->words);
    gil_ref_drop(self->title);
}

GIL_RESOURCE(pages, .doc = "The words of one text, to be added to a catalog.", .finalize = end_pages);

/* false: no memory. */
static bool read_text(postings *words, const char *text, size_t length)
{
    uint32_t line = 1;
    for (size_t at = 0, end; at < length; at = end) {
        end = at + 1;
        line += text[at] == '\n';
        if (!is_letter(text[at]))
            continue;
        while (end < length && is_letter(text[end]))
            end++;
        word *w = postings_word(words, text + at, end - at);
        if (!w || !word_reserve(w, 1))
            return false;
        w->places[w->n_places++] = (place){.line = line};
        words->n_places++;
    }
    return true;
}

/* The object is made first, so that whatever fails later its finaliser gives everything back. Nobody else knows it yet,
 * so its struct may be filled while the GIL is released. */
GIL_FUNCTION(gil_obj, scan, (gil_env * env, gil_obj title, size_t n, const char text[n]), .doc = "The pages of a text.")
{
    pages *self;
    bool fine;
    gil_obj made = GIL_RESOURCE_NEW(env, pages, &self);
    if (gil_is_null(made))
        return GIL_NULL;
    if (gil_type_of(env, title) != GIL_OBJ_STR)
        return gil_raise(env, GIL_TYPE_ERROR, "title is %s, wanted str", gil_type_name(env, title));
    if (!(self->title = gil_ref_new(env, title)))
        return GIL_NULL;
    GIL_BEGIN_ALLOW_THREADS(env)
    fine = read_text(&self->words, text, n);
    GIL_END_ALLOW_THREADS(env)
    return fine ? made : gil_raise(env, GIL_MEMORY_ERROR, "no memory for the words of the text");
}

/* ---- Catalog ------------------------------------------------------------------------------------------------- */

typedef struct catalog {
    gil_ref *titles; /* a list of str */
    postings words;
} catalog;

static void end_catalog(gil_env *env, catalog *self)
{
    (void)env;
    postings_clear(&self->words);
    gil_ref_drop(self->titles);
}

GIL_RESOURCE(catalog, .doc = "Words of many texts.", .finalize = end_catalog, .closable = true);

GIL_SLOT(catalog, void, init, (gil_env * env, catalog *self), .doc = "A catalog without texts.")
{
    self->titles = gil_ref_new(env, gil_list_new(env));
}

/* All memory first, then all changes: a text is in the catalog whole or not at all. Words without places may stay
 * behind; queries do not see them. */
static bool reserve(catalog *self, const pages *from)
{
    for (size_t i = 0; i < from->words.n_words; i++) {
        const word *w = &from->words.words[i];
        word *mine = postings_word(&self->words, w->text, w->length);
        if (!mine || !word_reserve(mine, w->n_places))
            return false;
    }
    return true;
}

GIL_METHOD(catalog, size_t, add, (gil_env * env, catalog *self, const pages *from),
           .doc = "Take pages over; returns how many texts there are now.")
{
    size_t number = 0;
    gil_obj titles = gil_ref_get(env, self->titles);
    if (!gil_sequence_length(env, titles, &number))
        return 0;
    if (!reserve(self, from)) {
        gil_raise(env, GIL_MEMORY_ERROR, "no memory for the words of the text");
        return 0;
    }
    if (!gil_list_append(env, titles, gil_ref_get(env, from->title)))
        return 0;
    for (size_t i = 0; i < from->words.n_words; i++) {
        const word *w = &from->words.words[i];
        word *mine = postings_find(&self->words, w->text, w->length);
        for (size_t k = 0; k < w->n_places; k++)
            mine->places[mine->n_places++] = (place){(uint32_t)number, w->places[k].line};
    }
    self->words.n_places += from->words.n_places;
    return number + 1;
}

/* The lines of one text, as a list; moves *at to the first place in the next text. */
static gil_obj lines_of(gil_env *env, const word *w, size_t *at)
{
    gil_obj lines = gil_list_new(env);
    uint32_t text = w->places[*at].text;
    bool fine = !gil_is_null(lines);
    for (; fine && *at < w->n_places && w->places[*at].text == text; ++*at)
        GIL_SCOPE(env) {
            fine = gil_list_append(env, lines, gil_uint_new(env, w->places[*at].line));
        }
    return fine ? lines : GIL_NULL;
}

GIL_METHOD(catalog, gil_obj, find, (gil_env * env, const catalog *self, const char *text),
           .doc = "Where a word stands: a dict of titles and the lines in each.")
{
    const word *w = postings_find(&self->words, text, strlen(text));
    gil_obj titles = gil_ref_get(env, self->titles), found = gil_dict_new(env);
    bool fine = !gil_is_null(titles) && !gil_is_null(found);
    for (size_t at = 0; fine && w && at < w->n_places;)
        GIL_SCOPE(env) {
            gil_obj title = gil_sequence_item(env, titles, w->places[at].text);
            fine = gil_item_set(env, found, title, lines_of(env, w, &at));
            gil_checkpoint(env); /* a common word has many places; let others in */
        }
    return fine ? found : GIL_NULL;
}

GIL_METHOD(catalog, gil_obj, common, (gil_env * env, const catalog *self, size_t most),
           .doc = "The most common words, as a list of (count, word).")
{
    gil_obj all = gil_list_new(env);
    bool fine = !gil_is_null(all);
    for (size_t i = 0; fine && i < self->words.n_words; i++)
        GIL_SCOPE(env) {
            const word *w = &self->words.words[i];
            gil_obj pair[] = {gil_uint_new(env, w->n_places), gil_str_new(env, w->text, w->length)};
            fine = w->n_places == 0 || gil_list_append(env, all, gil_tuple_new(env, 2, pair));
            gil_checkpoint(env);
        }
    fine = fine && gil_list_sort(env, all) && gil_list_reverse(env, all);
    return fine ? gil_slice(env, all, 0, most > INT64_MAX ? INT64_MAX : (int64_t)most, 1) : GIL_NULL;
}

GIL_GETTER(catalog, gil_obj, titles, (gil_env * env, const catalog *self), .doc = "The titles of its texts.")
{
    return gil_list_from(env, gil_ref_get(env, self->titles)); /* a copy: the list is the catalog's own */
}

GIL_SLOT(catalog, size_t, length, (const catalog *self), .gil = GIL_HOLD)
{
    return self->words.n_places;
}

GIL_SLOT(catalog, bool, contains, (const catalog *self, const char *text), .gil = GIL_HOLD)
{
    const word *w = postings_find(&self->words, text, strlen(text));
    return w && w->n_places > 0;
}

GIL_SLOT(catalog, gil_obj, repr, (gil_env * env, const catalog *self))
{
    return gil_str_format(env, "catalog(%zu words)", self->words.n_places);
}
