// SPDX-License-Identifier: Apache-2.0
/* First line: a name; the rest: a registration. What is accepted reads back as itself. */
#include "inventory/registration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_registration r, again;
	struct pl_ref n;
	const struct pl_ref x = {.repository = "x", .tag = "1", .text = "x:1"};
	struct pl_str rest = {(const char *)data, size};
	struct pl_str name = pl_str_cut(&rest, '\n');
	if (pl_ref_parse_name(&a, name, &n, &err) == 0 &&
	    (!pl_str_is(name, n.text) || !pl_str_is(name, pl_ref_format(&a, &n)) ||
	     pl_ref_check_name(&n, &err) < 0))
		abort();
	if (!rest.p || pl_registration_parse(&a, rest, &x, &r, &err) < 0)
		return 0;
	PL_AUTO(buf) one = {0};
	PL_AUTO(buf) two = {0};
	pl_registration_format(&r, &one);
	if (pl_registration_parse(&a, pl_buf_str(&one), &x, &again, &err) < 0)
		abort();
	pl_registration_format(&again, &two);
	if (!pl_str_eq(pl_buf_str(&one), pl_buf_str(&two)))
		abort();
	return 0;
}
