/* @NAME@: counts the words of texts.
 *
 * The counting is plain C that knows nothing of objects (table.h), and so runs without the GIL. Here are a function
 * that makes a dict of what was counted, and a type of objects that count on from call to call.
 */
#include <gilkit/module.h>
#include <string.h>

#include "table.h"

GIL_MODULE(@NAME@, .doc = "Counts the words of texts.");

/* ---- A function: text in, dict out --------------------------------------------------------------------------- */

/* Every handle lives until the function returns, and a text has many words: the scope ends each pair of them at once.
 * The dict keeps the objects. */
static gil_obj dict_of(gil_env *env, const table *t)
{
    gil_obj dict = gil_dict_new(env);
    bool fine = !gil_is_null(dict);
    for (size_t i = 0; fine && i < t->n_entries; i++)
        GIL_SCOPE(env) {
            const entry *e = &t->entries[i];
            /* The two new objects are not checked: a GIL_NULL fails item_set with the exception that is pending. */
            fine = gil_item_set(env, dict, gil_str_new(env, e->text, e->length), gil_uint_new(env, e->count));
        }
    return fine ? dict : GIL_NULL;
}

/* It takes a gil_env, so it holds the GIL and may make objects. Counting needs none, and gives the GIL up: `env` does
 * not compile in there, so the failure is carried out and raised when the GIL is back. */
GIL_FUNCTION(gil_obj, count, (gil_env *env, size_t n, const char text[n]), .doc = "How often each word occurs.")
{
    table words = {0};
    bool fine;
    GIL_BEGIN_ALLOW_THREADS(env)
    fine = add_text(&words, text, n);
    GIL_END_ALLOW_THREADS(env)
    gil_obj dict = fine ? dict_of(env, &words) : gil_raise(env, GIL_MEMORY_ERROR, "no memory for the words");
    clear(&words);
    return dict;
}

/* ---- A type: an object that counts on ------------------------------------------------------------------------ */

typedef struct counter {
    table words;
    gil_ref *label; /* a reference, because a handle ends when the function that got it returns */
} counter;

/* Called once, when the object ends or is closed. */
static void end_counter(gil_env *env, counter *self)
{
    (void)env;
    clear(&self->words);
    gil_ref_drop(self->label);
}

GIL_RESOURCE(counter, .doc = "Counts the words of one text after another.", .finalize = end_counter, .closable = true);

/* The struct was zeroed before. */
GIL_SLOT(counter, void, init, (gil_env *env, counter *self, gil_obj label), .doc = "A counter that is empty.")
{
    self->label = gil_ref_new(env, label); /* NULL, with an exception pending, fails the call */
}

/* No gil_env: it runs without the GIL. It takes `counter *`, so it has the counter for itself meanwhile, and threads with
 * a counter each count side by side. The task is how a kernel fails. */
GIL_METHOD(counter, size_t, add, (counter *self, gil_task *task, size_t n, const char text[n]),
           .doc = "Count the words of a text too; returns how many words there are now.")
{
    if (!add_text(&self->words, text, n))
        gil_fail(task, GIL_MEMORY_ERROR, "no memory for the words");
    return self->words.total;
}

/* `const counter *` reads it, beside others that read it. GIL_HOLD, because giving the GIL up takes longer. */
GIL_METHOD(counter, size_t, count, (const counter *self, const char *word), .gil = GIL_HOLD,
           .doc = "How often a word occurred; 0 when it did not.")
{
    const entry *e = find(&self->words, word, strlen(word));
    return e ? e->count : 0;
}

GIL_METHOD(counter, gil_obj, counts, (gil_env *env, const counter *self), .doc = "Its words and counts, as a dict.")
{
    return dict_of(env, &self->words);
}

GIL_GETTER(counter, size_t, total, (const counter *self), .gil = GIL_HOLD, .doc = "How many words there were in all.")
{
    return self->words.total;
}

GIL_GETTER(counter, gil_obj, label, (gil_env *env, const counter *self), .doc = "What the caller keeps with it.")
{
    return self->label ? gil_ref_get(env, self->label) : gil_none_new(env);
}

GIL_SETTER(counter, label, (gil_env *env, counter *self, gil_obj label))
{
    gil_ref *ref = gil_ref_new(env, label);
    if (!ref)
        return; /* with the exception of gil_ref_new */
    gil_ref_drop(self->label);
    self->label = ref;
}

/* len(counter): how many different words. */
GIL_SLOT(counter, size_t, length, (const counter *self), .gil = GIL_HOLD)
{
    return self->words.n_entries;
}

/* counter["word"], which a word that is not there fails, as it does in a dict. */
GIL_SLOT(counter, size_t, get_item, (const counter *self, gil_task *task, const char *word), .gil = GIL_HOLD)
{
    const entry *e = find(&self->words, word, strlen(word));
    if (!e)
        gil_fail(task, GIL_KEY_ERROR, "%s does not occur", word);
    return e ? e->count : 0;
}

/* "word" in counter */
GIL_SLOT(counter, bool, contains, (const counter *self, const char *word), .gil = GIL_HOLD)
{
    return find(&self->words, word, strlen(word)) != NULL;
}

/* Going through a counter goes through its words. A counter may change meanwhile, so this goes through a copy. */
GIL_SLOT(counter, gil_obj, iter, (gil_env *env, const counter *self))
{
    return gil_iter(env, gil_dict_keys(env, dict_of(env, &self->words)));
}

GIL_SLOT(counter, gil_obj, repr, (gil_env *env, const counter *self))
{
    return gil_str_format(env, "counter(%zu words, %zu different)", self->words.total, self->words.n_entries);
}

/* ---- A function that uses the type --------------------------------------------------------------------------- */

/* It uses a counter as every caller does, through its method: the call gives the GIL up while `add` counts. */
GIL_FUNCTION(gil_obj, count_all, (gil_env *env, gil_obj texts), .doc = "A counter of the words of several texts.")
{
    counter *self;
    gil_obj made = GIL_RESOURCE_NEW(env, counter, &self); /* its init is not called */
    gil_obj add = gil_attr_get(env, made, "add");
    gil_obj items = gil_iter(env, texts), text;
    bool more = !gil_is_null(add) && !gil_is_null(items);
    while (more)
        GIL_SCOPE(env) {
            more = gil_iter_next(env, items, &text) && !gil_is_null(text) &&
                   !gil_is_null(gil_call(env, add, &text, 1, NULL, 0));
        }
    return gil_error_pending(env) ? GIL_NULL : made; /* the loop ends with an exception, or behind the last text */
}
