// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a lock. What is accepted formats, parses again and formats to the same bytes. */
#include "base/buf.h"
#include "lockfile/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_err err = {0};
	PL_AUTO_FREE(lock) l = NULL;
	PL_AUTO_FREE(lock) again = NULL;
	PL_AUTO(buf) first = {0}, second = {0};
	if (pl_lock_parse((struct pl_str){(const char *)data, size}, "l", &l, &err) < 0) {
		if (l || strncmp(err.msg, "l:", 2) != 0)
			abort();
		return 0;
	}
	pl_lock_format(l, &first);
	if (pl_lock_parse(pl_buf_str(&first), "l", &again, &err) < 0)
		abort();
	pl_lock_format(again, &second);
	if (!pl_str_eq(pl_buf_str(&first), pl_buf_str(&second)))
		abort();
	return 0;
}
