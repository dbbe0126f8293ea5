/* SPDX-License-Identifier: MIT
 *
 * A resource type with every slot, for the tests of the package: a shelf of numbers.
 */
#include <gilkit/module.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

GIL_MODULE(pk_shelves, .doc = "Shelves of the tests.", .threads = GIL_SAFE);

enum { ROOM = 64 };

static atomic_llong living;

typedef struct shelf {
    int64_t items[ROOM];
    int64_t count;
    int64_t next;
    bool made;
} shelf;

static void finalize(gil_env *env, shelf *self)
{
    (void)env;
    if (self->made)
        atomic_fetch_sub(&living, 1);
}

static bool buffer(gil_env *env, shelf *self, gil_buffer *memory)
{
    (void)env;
    *memory = (gil_buffer){
        .data = self->items, .dtype = GIL_INT64, .ndim = 1, .shape = {(size_t)self->count}, .strides = {8}};
    return true;
}

GIL_RESOURCE(shelf, .doc = "A shelf of numbers.", .finalize = finalize, .buffer = buffer, .closable = true);

GIL_FUNCTION(int64_t, alive, (void), .doc = "How many shelves there are.")
{
    return atomic_load(&living);
}

GIL_SLOT(shelf, void, init, (gil_env * env, shelf *self, size_t n, const int64_t items[n]))
{
    if (n > ROOM) {
        gil_raise(env, GIL_VALUE_ERROR, "a shelf has room for %d, not %zu", ROOM, n);
        return;
    }
    memcpy(self->items, items, n * sizeof *items);
    self->count = (int64_t)n;
    self->made = true;
    atomic_fetch_add(&living, 1);
}

GIL_METHOD(shelf, int64_t, add, (gil_env * env, shelf *self, int64_t item), .doc = "Put one more on it.")
{
    if (self->count == ROOM || gil_resource_pins(env, self)) {
        gil_raise(env, GIL_VALUE_ERROR, "the shelf is full, or lent");
        return 0;
    }
    self->items[self->count++] = item;
    return self->count;
}

GIL_METHOD(shelf, int64_t, sum, (const shelf *self), .doc = "Without the GIL.")
{
    int64_t sum = 0;
    for (int64_t i = 0; i < self->count; i++)
        sum += self->items[i];
    return sum;
}

static void nap(int64_t ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Who is at it now, by the shelf's own count: readers add 1, writers 1000. */
static atomic_int at_it, most_at_it;

static void stay(int weight, int64_t ms)
{
    int now = atomic_fetch_add(&at_it, weight) + weight, most = atomic_load(&most_at_it);
    while (now > most && !atomic_compare_exchange_weak(&most_at_it, &most, now))
        ;
    nap(ms);
    atomic_fetch_sub(&at_it, weight);
}

GIL_METHOD(shelf, void, look, (const shelf *self, int64_t ms), .gil = GIL_RELEASE, .doc = "Read for so long.")
{
    (void)self;
    stay(1, ms);
}

GIL_METHOD(shelf, void, sort_out, (shelf * self, int64_t ms), .gil = GIL_RELEASE, .doc = "Write for so long.")
{
    int64_t before = self->count;
    stay(1000, ms);
    self->items[0] = before;
}

GIL_FUNCTION(int, most_at_once, (void), .doc = "Readers and 1000 times the writers that were at a shelf at once; anew.")
{
    return atomic_exchange(&most_at_it, 0);
}

GIL_FUNCTION(int64_t, sum_of_two, (const shelf *a, const shelf *b))
{
    return (a->count ? a->items[0] : 0) + (b->count ? b->items[0] : 0);
}

GIL_GETTER(shelf, int64_t, first, (const shelf *self), .doc = "The first item.")
{
    return self->count ? self->items[0] : -1;
}

GIL_SETTER(shelf, first, (shelf * self, int64_t value))
{
    self->items[0] = value;
}

GIL_GETTER(shelf, int64_t, count, (const shelf *self))
{
    return self->count;
}

GIL_SLOT(shelf, int64_t, length, (const shelf *self))
{
    return self->count;
}

static bool find(gil_env *env, const shelf *self, int64_t *index)
{
    if (*index < 0)
        *index += self->count;
    if (*index >= 0 && *index < self->count)
        return true;
    gil_raise(env, GIL_INDEX_ERROR, "no item there");
    return false;
}

GIL_SLOT(shelf, int64_t, get_item, (gil_env * env, const shelf *self, int64_t index))
{
    return find(env, self, &index) ? self->items[index] : 0;
}

GIL_SLOT(shelf, void, set_item, (gil_env * env, shelf *self, int64_t index, int64_t value))
{
    if (find(env, self, &index))
        self->items[index] = value;
}

GIL_SLOT(shelf, void, delete_item, (gil_env * env, shelf *self, int64_t index))
{
    if (!find(env, self, &index))
        return;
    self->count--;
    memmove(self->items + index, self->items + index + 1, (size_t)(self->count - index) * sizeof *self->items);
}

GIL_SLOT(shelf, bool, contains, (const shelf *self, int64_t item))
{
    for (int64_t i = 0; i < self->count; i++)
        if (self->items[i] == item)
            return true;
    return false;
}

GIL_SLOT(shelf, const char *, str, (const shelf *self))
{
    static _Thread_local char text[64];
    snprintf(text, sizeof text, "shelf of %lld", (long long)self->count);
    return text;
}

GIL_SLOT(shelf, bool, equal, (const shelf *self, const shelf *other))
{
    return self->count == other->count &&
           memcmp(self->items, other->items, (size_t)self->count * sizeof *self->items) == 0;
}

GIL_SLOT(shelf, bool, less, (const shelf *self, const shelf *other))
{
    return self->count < other->count;
}

GIL_SLOT(shelf, int64_t, hash, (const shelf *self))
{
    return self->count;
}

GIL_SLOT(shelf, double, call, (const shelf *self, double factor))
{
    return (double)self->count * factor;
}

/* Goes through another's items. */
typedef struct walk {
    int64_t at, until;
} walk;

GIL_RESOURCE(walk);

GIL_SLOT(walk, bool, next, (walk * self, GIL_OUT int64_t *item))
{
    *item = self->at;
    return self->at++ < self->until;
}

GIL_FUNCTION(gil_obj, up_to, (gil_env * env, int64_t until), .doc = "An iterator over 0 to until - 1.")
{
    walk *self;
    gil_obj object = GIL_RESOURCE_NEW(env, walk, &self);
    if (!gil_is_null(object))
        *self = (walk){0, until};
    return object;
}
