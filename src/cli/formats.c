// SPDX-License-Identifier: Apache-2.0
/* The package formats of the program, in the order in which their packages go into a tree. */
#include "cli/cli_int.h"
#include "debian/debian.h"

const struct pl_package_format *const pl_cli_formats[] = {&pl_debian_format, NULL};
