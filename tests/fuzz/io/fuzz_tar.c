// SPDX-License-Identifier: Apache-2.0
/* Reads an archive, bodies by the first byte's choice. What it yields must keep tar.h's word, and
 * what is written of it must read back the same. Checksums are made right first, or nearly every
 * mutation would end at the first of them. */
#include "io/tar_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(struct pl_str p)
{
	if (p.p[p.n] != '\0' || memchr(p.p, 0, p.n))
		abort();
	if (!p.n)
		return;
	for (struct pl_str rest = p; rest.p;) {
		struct pl_str part = pl_str_cut(&rest, '/');
		if (!part.n || pl_str_is(part, ".") || pl_str_is(part, ".."))
			abort();
	}
}

static void round_trip(const struct pl_tar_entry *e)
{
	struct pl_err err = {0};
	struct pl_tar_entry got;
	PL_AUTO(buf) b = {0};
	if (pl_tar_format(&b, e, &err) < 0)
		abort();
	PL_AUTO_FREE(tar)
	t = pl_tar_new(pl_source_mem(pl_buf_str(&b)), &pl_limits_default, "again");
	if (pl_tar_next(t, &got, &err) != 1 || got.type != e->type ||
	    !pl_str_eq(got.path, e->path) || !pl_str_eq(got.link, e->link) || got.mode != e->mode ||
	    got.uid != e->uid || got.gid != e->gid || got.size != e->size ||
	    got.mtime != e->mtime || got.major != e->major || got.minor != e->minor ||
	    !pl_str_eq(got.capability, e->capability))
		abort();
}

static void fix_checksums(struct pl_buf *b)
{
	for (size_t at = 0; at + TAR_BLOCK <= b->n; at += TAR_BLOCK) {
		struct pl_tar_block h;
		char sum[16];
		memcpy(&h, b->p + at, sizeof(h));
		if (memcmp(h.magic, "ustar", 5) != 0)
			continue;
		snprintf(sum, sizeof(sum), "%06o", pl_tar_checksum(&h));
		memcpy(h.checksum, sum, 7);
		memcpy(b->p + at, &h, sizeof(h));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_err err = {0};
	struct pl_tar_entry e;
	char chunk[300];
	PL_AUTO(buf) fixed = {0};
	pl_buf_add(&fixed, data, size);
	if (!size || !(data[size - 1] & 0x80))
		fix_checksums(&fixed);
	PL_AUTO_FREE(tar)
	t = pl_tar_new(pl_source_mem(pl_buf_str(&fixed)), &pl_limits_default, "fuzz");
	while (pl_tar_next(t, &e, &err) > 0) {
		check_path(e.path);
		if (e.type == PL_TAR_HARDLINK)
			check_path(e.link);
		round_trip(&e);
		int64_t k = 1;
		while (size && (data[0] & 1) && k > 0)
			k = pl_tar_read(t, chunk, sizeof(chunk), &err);
	}
	return 0;
}
