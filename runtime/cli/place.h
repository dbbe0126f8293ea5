/* SPDX-License-Identifier: MIT
 *
 * Where the command lies, and so what belongs to it.
 */
#ifndef GILKIT_CLI_PLACE_H
#define GILKIT_CLI_PLACE_H

#include <limits.h>
#include <stdbool.h>

/* The file of the command that runs. false: /proc is not mounted. */
bool gil__cli_own_file(char file[PATH_MAX]);

/* The folder of gilkit.pc beside a command that is in the Python package, where no pkg-config looks by itself. false: it is
 * not in one. */
bool gil__cli_package_pkgconfig(char folder[PATH_MAX]);

#endif
