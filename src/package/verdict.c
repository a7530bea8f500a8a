// SPDX-License-Identifier: Apache-2.0
#include "package/verdict.h"

static const char *const verdict_names[] = {
	[PL_SCRIPT_NONE] = "none",
	[PL_SCRIPT_COVERED] = "covered",
	[PL_SCRIPT_IGNORABLE] = "ignorable",
	[PL_SCRIPT_DEFERRED] = "deferred",
	[PL_SCRIPT_SCRIPTED] = "scripted",
	[PL_SCRIPT_UNKNOWN] = "unknown",
	[PL_SCRIPT_INTERPRETED] = "interpreted",
};

const char *pl_verdict_name(enum pl_verdict v) { return verdict_names[v]; }

bool pl_verdict_parse(struct pl_str s, enum pl_verdict *ret)
{
	for (size_t i = 0; i < PL_COUNT(verdict_names); i++) {
		if (pl_str_is(s, verdict_names[i])) {
			*ret = (enum pl_verdict)i;
			return true;
		}
	}
	return false;
}
