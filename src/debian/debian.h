// SPDX-License-Identifier: Apache-2.0
/* Debian's packages behind the seam of package/format.h. */
#pragma once

#include "package/format.h"

extern const struct pl_package_format pl_debian_format;
