/* SPDX-License-Identifier: MIT */
#include "cli/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool gil__cli_own_file(char file[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", file, PATH_MAX - 1);
    if (length >= 0)
        file[length] = '\0';
    return length >= 0;
}

bool gil__cli_package_pkgconfig(char folder[PATH_MAX])
{
    char here[PATH_MAX], beside[PATH_MAX + 32], found[PATH_MAX];
    if (!gil__cli_own_file(here))
        return false;
    *strrchr(here, '/') = '\0';
    snprintf(beside, sizeof beside, "%s/../pkgconfig/gilkit.pc", here);
    if (!realpath(beside, found))
        return false;
    *strrchr(found, '/') = '\0';
    strcpy(folder, found);
    return true;
}
