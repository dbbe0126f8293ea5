/* SPDX-License-Identifier: MIT
 *
 * The templates that `gilkit new` writes. The build makes them from templates/NAME/
 * (runtime/cli/embed.py), so that the command needs no folder of its own.
 */
#ifndef GILKIT_CLI_TEMPLATE_H
#define GILKIT_CLI_TEMPLATE_H

#include <stddef.h>

typedef struct gil__template_file {
    const char *path; /* NAME stands for the module's name, here and in the text as @NAME@ */
    const char *text;
    size_t length;
} gil__template_file;

typedef struct gil__template {
    const char *name;
    const char *about;
    const char *next; /* commands to go on with, one a line */
    const gil__template_file *files;
    size_t n_files;
} gil__template;

extern const gil__template gil__templates[];
extern const size_t gil__n_templates;

#endif
