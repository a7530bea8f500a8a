// SPDX-License-Identifier: Apache-2.0
#include "debian/deb/deb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(deb) d = NULL;
	struct pl_limits l = pl_limits_default;
	struct pl_err err = {0};
	struct pl_control c;
	struct pl_tar_entry e;
	char body[4096];
	l.unpacked_bytes = 1 << 20;
	l.memory_file = 1 << 16;
	l.archive_entries = 1000;
	struct pl_source *in = pl_source_mem((struct pl_str){(const char *)data, size});
	if (pl_deb_open(in, &l, "fuzz", &a, &c, &d, &err) < 0)
		return 0;
	if (!c.control.n || c.control.p[c.control.n - 1] != '\n')
		abort();
	while (pl_deb_next(d, &e, &err) > 0) {
		/* Nothing is left below an aliased directory. */
		if (pl_str_starts(e.path, "lib/") || pl_str_starts(e.path, "bin/") || !e.path.n)
			abort();
		while (pl_deb_read(d, body, sizeof(body), &err) > 0)
			;
	}
	return 0;
}
