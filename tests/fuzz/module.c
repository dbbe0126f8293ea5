/* SPDX-License-Identifier: MIT
 *
 * The ELF gate and what a module file says of itself. Nothing is read outside of the bytes, whatever they say.
 */
#include <string.h>

#include "base/memory.h"
#include "fuzz.h"
#include "load/inspect.h"

/* A text of the module ends inside the file. */
static void check_text(const char *text, const char *bytes, size_t size, bool needed)
{
    PROMISE(text || !needed);
    if (!text)
        return;
    PROMISE(text >= bytes && text < bytes + size);
    PROMISE(memchr(text, 0, size - (size_t)(text - bytes)) != NULL);
}

static void check_info(const gil__module_info *info, const char *bytes, size_t size)
{
    gil__refusal why = {0};
    check_text(info->name, bytes, size, true);
    check_text(info->doc, bytes, size, false);
    for (size_t i = 0; i < info->n_functions; i++) {
        const gil__function_info *function = &info->functions[i];
        check_text(function->name, bytes, size, true);
        check_text(function->prototype, bytes, size, true);
        check_text(function->doc, bytes, size, false);
        PROMISE(i == 0 || strcmp(info->functions[i - 1].name, function->name) <= 0);
    }
    if (!gil__module_abi_fits(info, "fuzz.so", &why))
        PROMISE(why.message[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gil__module_info info;
    gil__refusal why = {0};
    long live = gil__memory_live();
    if (gil__module_inspect(&info, data, size, "fuzz.so", &why)) {
        check_info(&info, (const char *)data, size);
        gil__module_info_end(&info);
    } else {
        PROMISE(strncmp(why.message, "fuzz.so", 7) == 0);
        PROMISE(memchr(why.message, 0, sizeof why.message) != NULL);
    }
    gil__memory_fail_after(0, true);
    if (gil__module_inspect(&info, data, size, "fuzz.so", &why)) {
        check_info(&info, (const char *)data, size);
        gil__module_info_end(&info);
    }
    gil__memory_fail_after(-1, false);
    PROMISE(gil__memory_live() == live);
    return 0;
}
