/* SPDX-License-Identifier: MIT
 *
 * Dicts: entries in the order in which keys came, and a hash index of their numbers.
 */
#include <string.h>

#include "base/memory.h"
#include "host/native/object.h"

enum { FREE = 0, DELETED = 1, FIRST = 2, FEWEST_SLOTS = 8, MOST_ROUNDS = 100 };

/* Both an index of 32 bits and the room that grows ahead of it hold so many. */
#define MOST ((size_t)1 << 31)

void gil__dict_end(void *object)
{
    gil__dict *dict = object;
    for (size_t i = 0; i < dict->used; i++)
        if (dict->entries[i].key) {
            gil__object_drop(dict->entries[i].key);
            gil__object_drop(dict->entries[i].value);
        }
    gil__free(dict->entries);
    gil__free(dict->index);
}

static gil__dict *dict_of(gil_env *env, gil_obj object)
{
    return gil__object_of(env, object, GIL_OBJ_DICT);
}

gil_obj gil__native_dict_new(gil_env *env)
{
    return gil__object_handle(env, gil__object_new(env, sizeof(gil__dict), GIL_OBJ_DICT));
}

/* ---- Finding ------------------------------------------------------------------------------------------------ */

typedef enum outcome { FOUND, MISSING, FAILED } outcome;

/* Where a key is, or would go. */
typedef struct place {
    size_t slot;  /* of the index */
    size_t entry; /* when it is found */
} place;

/* Is it this entry's key? Comparing may run a module's code, which may change the dict: *changed then. */
static outcome match(gil_env *env, gil__dict *dict, const gil__entry *entry, gil__object *key, int64_t hash,
                     bool *changed)
{
    gil__object *other = entry->key;
    bool equal = true;
    if (other == key)
        return FOUND;
    if (entry->hash != hash)
        return MISSING;
    if (other->type == GIL_OBJ_STR && key->type == GIL_OBJ_STR) {
        const gil__string *a = (const gil__string *)other, *b = (const gil__string *)key;
        return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0 ? FOUND : MISSING;
    }
    uint64_t changes = dict->changes;
    gil__object_keep(other);
    bool fine = gil__objects_equal(env, other, key, &equal);
    gil__object_drop(other);
    *changed = dict->changes != changes;
    return !fine ? FAILED : equal ? FOUND : MISSING;
}

static outcome find(gil_env *env, gil__dict *dict, gil__object *key, int64_t hash, place *at)
{
    unsigned rounds = 0;
again:;
    size_t reusable = SIZE_MAX, mask = dict->slots - 1;
    *at = (place){0, 0};
    if (dict->slots == 0)
        return MISSING;
    size_t slot = (size_t)hash & mask;
    for (uint64_t rest = (uint64_t)hash;; rest >>= 5, slot = (slot * 5 + 1 + (size_t)rest) & mask) {
        uint32_t number = dict->index[slot];
        bool changed = false;
        if (number == FREE) {
            at->slot = reusable != SIZE_MAX ? reusable : slot;
            return MISSING;
        }
        if (number == DELETED) {
            if (reusable == SIZE_MAX)
                reusable = slot;
            continue;
        }
        outcome what = match(env, dict, &dict->entries[number - FIRST], key, hash, &changed);
        if (changed && what != FAILED) {
            if (++rounds < MOST_ROUNDS)
                goto again;
            gil_raise(env, GIL_RUNTIME_ERROR, "the dict is changed again and again by what compares its keys");
            return FAILED;
        }
        if (what == MISSING)
            continue;
        *at = (place){slot, number - FIRST};
        return what;
    }
}

static outcome look_up(gil_env *env, gil__dict *dict, gil__object *key, int64_t *hash, place *at)
{
    return gil_hash(env, (gil_obj){key}, hash) ? find(env, dict, key, *hash, at) : FAILED;
}

gil__object *gil__dict_value(gil_env *env, gil__dict *dict, gil__object *key, bool *fine)
{
    int64_t hash;
    place at;
    outcome what = look_up(env, dict, key, &hash, &at);
    *fine = what != FAILED;
    return what == FOUND ? dict->entries[at.entry].value : NULL;
}

/* ---- Changing ----------------------------------------------------------------------------------------------- */

/* Put the number of every entry into an index of so many slots, without deleted ones. */
static void fill_index(gil__dict *dict, uint32_t *index, size_t slots)
{
    size_t kept = 0, mask = slots - 1;
    for (size_t i = 0; i < dict->used; i++) {
        if (!dict->entries[i].key)
            continue;
        dict->entries[kept] = dict->entries[i];
        uint64_t rest = (uint64_t)dict->entries[kept].hash;
        size_t slot = (size_t)rest & mask;
        for (; index[slot] != FREE; slot = (slot * 5 + 1 + (size_t)rest) & mask)
            rest >>= 5;
        index[slot] = (uint32_t)(FIRST + kept++);
    }
    dict->used = kept;
}

/* Room for one more entry, and an index with a free slot in three. Nothing is changed on failure. */
static bool reserve(gil_env *env, gil__dict *dict)
{
    if (dict->used < dict->room)
        return true;
    size_t slots = dict->slots ? dict->slots : FEWEST_SLOTS;
    while (slots / 3 * 2 <= dict->count + dict->count / 2)
        slots *= 2;
    size_t room = slots / 3 * 2;
    uint32_t *index = dict->count < MOST / 4 ? gil__alloc(slots, sizeof *index) : NULL;
    gil__entry *entries =
        index ? gil__realloc(dict->entries, room > dict->used ? room : dict->used, sizeof *entries) : NULL;
    if (!entries) {
        gil__free(index);
        gil__no_memory(env);
        return false;
    }
    dict->entries = entries;
    fill_index(dict, index, slots);
    gil__free(dict->index);
    dict->index = index;
    dict->slots = slots;
    dict->room = room;
    dict->changes++;
    return true;
}

bool gil__dict_put(gil_env *env, gil__dict *dict, gil__object *key, gil__object *value)
{
    int64_t hash;
    place at;
    if (!gil_hash(env, (gil_obj){key}, &hash) || !reserve(env, dict))
        return false;
    outcome what = find(env, dict, key, hash, &at);
    while (what == MISSING && dict->used == dict->room) { /* what compares has filled it */
        if (!reserve(env, dict))
            return false;
        what = find(env, dict, key, hash, &at);
    }
    if (what == FAILED)
        return false;
    gil__object_keep(value);
    if (what == FOUND) {
        gil__object *before = dict->entries[at.entry].value;
        dict->entries[at.entry].value = value;
        gil__object_drop(before);
        return true;
    }
    gil__object_keep(key);
    dict->entries[dict->used] = (gil__entry){hash, key, value};
    dict->index[at.slot] = (uint32_t)(FIRST + dict->used++);
    dict->count++;
    dict->changes++;
    return true;
}

gil_obj gil__dict_refuse_key(gil_env *env, gil__object *key)
{
    const char *text = "?";
    gil_obj repr = gil_to_repr(env, (gil_obj){key});
    if (gil_is_null(repr) || !gil_str_get(env, repr, &text, NULL))
        return GIL_NULL;
    return gil_raise(env, GIL_KEY_ERROR, "%s", text);
}

bool gil__dict_remove(gil_env *env, gil__dict *dict, gil__object *key)
{
    int64_t hash;
    place at;
    outcome what = look_up(env, dict, key, &hash, &at);
    if (what == MISSING)
        gil__dict_refuse_key(env, key);
    if (what != FOUND)
        return false;
    gil__entry gone = dict->entries[at.entry];
    dict->entries[at.entry] = (gil__entry){0};
    dict->index[at.slot] = DELETED;
    dict->count--;
    dict->changes++;
    gil__object_drop(gone.key);
    gil__object_drop(gone.value);
    return true;
}

/* ---- What modules call -------------------------------------------------------------------------------------- */

bool gil__native_dict_find(gil_env *env, gil_obj object, gil_obj key, gil_obj *value)
{
    gil__dict *dict = dict_of(env, object);
    bool fine;
    if (!dict || gil_is_null(key))
        return dict && gil__refuse_null(env);
    gil_obj found = gil__object_show(env, gil__dict_value(env, dict, key.gil__handle, &fine));
    if (!fine || (gil_is_null(found) && gil_error_pending(env)))
        return false;
    *value = found;
    return true;
}

gil_obj gil__native_dict_set_default(gil_env *env, gil_obj object, gil_obj key, gil_obj value)
{
    gil__dict *dict = dict_of(env, object);
    bool fine;
    if (!dict)
        return GIL_NULL;
    if (gil_is_null(key) || gil_is_null(value)) {
        gil__refuse_null(env);
        return GIL_NULL;
    }
    gil__object *found = gil__dict_value(env, dict, key.gil__handle, &fine);
    if (!fine || (!found && !gil__dict_put(env, dict, key.gil__handle, value.gil__handle)))
        return GIL_NULL;
    return gil__object_show(env, found ? found : value.gil__handle);
}

bool gil__native_dict_next(gil_env *env, gil_obj object, size_t *position, gil_obj *key, gil_obj *value)
{
    const gil__dict *dict = dict_of(env, object);
    if (!dict)
        return false;
    size_t at = *position;
    while (at < dict->used && !dict->entries[at].key)
        at++;
    if (at >= dict->used) {
        *key = GIL_NULL;
        if (value)
            *value = GIL_NULL;
        return true;
    }
    gil_obj shown_key = gil__object_show(env, dict->entries[at].key);
    gil_obj shown_value = value ? gil__object_show(env, dict->entries[at].value) : shown_key;
    if (gil_is_null(shown_key) || gil_is_null(shown_value))
        return false;
    *key = shown_key;
    if (value)
        *value = shown_value;
    *position = at + 1;
    return true;
}

typedef enum part { KEYS, VALUES, ITEMS } part;

static gil__object *part_of(gil_env *env, const gil__entry *entry, part wanted)
{
    if (wanted != ITEMS) {
        gil__object *object = wanted == KEYS ? entry->key : entry->value;
        gil__object_keep(object);
        return object;
    }
    gil__sequence *pair = gil__sequence_new(env, GIL_OBJ_TUPLE, 2);
    if (!pair)
        return NULL;
    gil__object_keep(entry->key);
    gil__object_keep(entry->value);
    pair->items[0] = entry->key;
    pair->items[1] = entry->value;
    pair->count = 2;
    return &pair->base;
}

static gil_obj list_of(gil_env *env, gil_obj object, part wanted)
{
    const gil__dict *dict = dict_of(env, object);
    gil__sequence *list = dict ? gil__sequence_new(env, GIL_OBJ_LIST, dict->count) : NULL;
    for (size_t i = 0; list && i < dict->used; i++) {
        if (!dict->entries[i].key)
            continue;
        gil__object *item = part_of(env, &dict->entries[i], wanted);
        if (!item) {
            gil__object_drop(list);
            return GIL_NULL;
        }
        list->items[list->count++] = item;
    }
    return gil__object_handle(env, list);
}

gil_obj gil__native_dict_keys(gil_env *env, gil_obj dict)
{
    return list_of(env, dict, KEYS);
}

gil_obj gil__native_dict_values(gil_env *env, gil_obj dict)
{
    return list_of(env, dict, VALUES);
}

gil_obj gil__native_dict_items(gil_env *env, gil_obj dict)
{
    return list_of(env, dict, ITEMS);
}

bool gil__native_dict_update(gil_env *env, gil_obj object, gil_obj other)
{
    gil__dict *to = dict_of(env, object);
    const gil__dict *from = to ? dict_of(env, other) : NULL;
    bool fine = from != NULL;
    for (size_t i = 0; fine && from != to && i < from->used; i++) {
        gil__entry entry = from->entries[i];
        if (!entry.key)
            continue;
        gil__object_keep(entry.key);
        gil__object_keep(entry.value);
        fine = gil__dict_put(env, to, entry.key, entry.value);
        gil__object_drop(entry.key);
        gil__object_drop(entry.value);
    }
    return fine;
}

gil_obj gil__native_dict_copy(gil_env *env, gil_obj object)
{
    gil_obj copy = dict_of(env, object) ? gil_dict_new(env) : GIL_NULL;
    return !gil_is_null(copy) && gil_dict_update(env, copy, object) ? copy : GIL_NULL;
}

bool gil__native_dict_clear(gil_env *env, gil_obj object)
{
    gil__dict *dict = dict_of(env, object);
    if (!dict)
        return false;
    gil__dict gone = *dict;
    *dict = (gil__dict){.base = dict->base, .changes = dict->changes + 1};
    gil__dict_end(&gone);
    return true;
}
