/* @NAME@_sum: a module for @NAME@. It links to nothing: any host of gilkit can load it.
 *
 * What @NAME@ asks of a module is a function `answer`, which takes a text and returns anything.
 */
#include <gilkit/module.h>

GIL_MODULE(@NAME@_sum, .doc = "Sums.");

GIL_FUNCTION(int64_t, answer, (gil_env *env, gil_obj text), .doc = "The sum of the whole numbers in a text.")
{
    int64_t sum = 0, value;
    size_t length;
    const char *word;
    gil_obj words = gil_str_split(env, text, GIL_NULL), item; /* at white space */
    gil_obj items = gil_iter(env, words);
    while (gil_iter_next(env, items, &item) && !gil_is_null(item)) {
        if (!gil_str_get(env, item, &word, &length))
            break;
        if (!gil_int_get(env, gil_int_parse(env, word, length, 10), &value)) {
            /* What was wrong stays as the cause of what it means here. */
            gil_raise_from(env, GIL_NULL, GIL_VALUE_ERROR, "%s cannot be added", word);
            break;
        }
        if (__builtin_add_overflow(sum, value, &sum)) {
            gil_raise(env, GIL_OVERFLOW_ERROR, "the sum does not fit 64 bits");
            break;
        }
    }
    return sum; /* dropped when an exception is pending */
}
