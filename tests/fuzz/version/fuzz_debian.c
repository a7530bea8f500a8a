// SPDX-License-Identifier: Apache-2.0
/* Three versions, one a line: the order must be total and agree with itself. */
#include "version/debian.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sign(int c) { return (c > 0) - (c < 0); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_str rest = {(const char *)data, size};
	struct pl_str a = pl_str_cut(&rest, '\n'), b = {"", 0}, c = {"", 0};
	struct pl_err err = {0};
	enum pl_debrel rel;
	if (rest.p)
		b = pl_str_cut(&rest, '\n');
	if (rest.p)
		c = pl_str_cut(&rest, '\n');
	int ab = sign(pl_debver_cmp(a, b)), bc = sign(pl_debver_cmp(b, c)),
	    ac = sign(pl_debver_cmp(a, c));
	assert(pl_debver_cmp(a, a) == 0);
	assert(ab == -sign(pl_debver_cmp(b, a)));
	if (ab <= 0 && bc <= 0)
		assert(ac <= 0 && (ab || bc || !ac) && (!(ab | bc) || ac));
	assert(pl_debver_meets(a, PL_REL_LT, b) == (ab < 0));
	assert(pl_debver_meets(a, PL_REL_GE, b) == (ab >= 0));
	if (pl_debver_check(a, &err) < 0)
		assert(err.code == PL_INPUT && err.msg[0]);
	(void)!pl_debrel_parse(a, &rel);
	return 0;
}
