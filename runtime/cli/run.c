/* SPDX-License-Identifier: MIT
 *
 * gilkit run MODULE FUNCTION ARG...
 */
#include "cli/job.h"

static const gil__job_verb verb = {
    .is_library = false,
    .words = "MODULE FUNCTION [ARG...]",
    .first = "MODULE FUNCTION",
    .second = "FUNCTION (`gilkit inspect MODULE` lists them)",
    .about = "Load a module and call one of its functions.\v"
             "MODULE is a path with a slash (./vecmath.so), or a name that is looked up in "
             "GILKIT_PATH and in the "
             "folder of installed modules. An ARG is a JSON value (also NaN, Infinity), @FILE.npy "
             "for an array, or "
             "@FILE for a file's bytes; name=ARG names a parameter. Files are mapped, not copied, "
             "and never "
             "changed: what a function writes in place is printed.\n\n"
             "Examples:\n"
             "  gilkit run ./vecmath.so dot '[1, 2, 3]' '[4, 5, 6]'\n"
             "  gilkit run ./vecmath.so dot @x.npy y=@y.npy --threads 2 --repeat 100\n"
             "  gilkit run ./image.so blur @photo.npy --out blurred.npy\n\n"
             "Exit codes: 0 fine, 1 the function raised, 2 wrong usage, 3 the module was refused, "
             "4 output could "
             "not be written, 130 interrupted.",
};

int gil__cli_run(int argc, char **argv)
{
    return gil__job_main(argc, argv, &verb);
}
