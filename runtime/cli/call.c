/* SPDX-License-Identifier: MIT
 *
 * gilkit call LIBRARY PROTOTYPE ARG...
 */
#include "cli/job.h"

static const gil__job_verb verb = {
    .is_library = true,
    .words = "LIBRARY PROTOTYPE [ARG...]",
    .first = "LIBRARY PROTOTYPE",
    .second = "PROTOTYPE, as 'double cos(double x)'",
    .about = "Call a function of a plain C library under a C prototype.\v"
             "LIBRARY is a path with a slash, or a name in the system's library folders: "
             "libm.so.6, libm or m. "
             "The prototype says what C says: const double x[n] is an array that is read, double "
             "a[m][n] one that "
             "is written in place, GIL_OUT before a parameter makes it a result, and a size that "
             "an array "
             "determines is not asked. A prototype that is not the function's makes a wrong call. "
             "ARGs are as "
             "for gilkit run.\n\n"
             "Examples:\n"
             "  gilkit call libm 'double cos(double x)' 0.5\n"
             "  gilkit call libm 'double frexp(double x, GIL_OUT int *exponent)' 48\n"
             "  gilkit call libz 'unsigned long crc32(unsigned long crc, const unsigned char "
             "data[n], unsigned n)' "
             "0 @/etc/passwd\n\n"
             "Exit codes: 0 fine, 1 an argument was refused, 2 wrong usage, 3 the library or "
             "prototype was "
             "refused, 4 output could not be written, 130 interrupted.",
};

int gil__cli_call(int argc, char **argv)
{
    return gil__job_main(argc, argv, &verb);
}
