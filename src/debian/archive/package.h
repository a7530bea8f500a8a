// SPDX-License-Identifier: Apache-2.0
/* One package of an index, as its paragraph in Packages says (Policy 5.3). Texts are the index's.
 */
#pragma once

#include "base/digest.h"
#include "debian/deb/deps.h"

enum pl_priority {
	PL_PRIO_REQUIRED,
	PL_PRIO_IMPORTANT,
	PL_PRIO_STANDARD,
	PL_PRIO_OPTIONAL,
	PL_PRIO_EXTRA
};

struct pl_package {
	struct pl_str name, version, architecture; /* architecture: "all" or the index's */
	struct pl_str source, source_version;      /* Source field split, else name and version */
	struct pl_str filename;                    /* pool path */
	struct pl_str multi_arch;
	struct pl_digest sha256;
	uint64_t size, installed_kib;
	enum pl_priority priority;
	bool essential;
	unsigned suite;               /* index into pl_index.suites */
	struct pl_str relations_text; /* its relation fields, as they stand in Packages */
	struct pl_str provides_field;
	struct pl_deps pre_depends, depends, provides, conflicts, breaks, replaces;
	bool relations_parsed; /* the relations above are filled by pl_package_relations */
};
