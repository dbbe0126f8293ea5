/* SPDX-License-Identifier: MIT */
#include "cli/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool gil__cli_package_pkgconfig(char folder[PATH_MAX])
{
    char here[PATH_MAX], beside[PATH_MAX + 32], found[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
    if (length < 0)
        return false;
    here[length] = '\0';
    *strrchr(here, '/') = '\0';
    snprintf(beside, sizeof beside, "%s/../pkgconfig/gilkit.pc", here);
    if (!realpath(beside, found))
        return false;
    *strrchr(found, '/') = '\0';
    strcpy(folder, found);
    return true;
}
