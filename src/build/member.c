// SPDX-License-Identifier: Apache-2.0
#include "build/member_int.h"

#include "build/package_int.h"

#include <libdeflate.h>

/* Measured on the tar of Python with Flask (192 MB): level 6 takes 4.0 s and gives 65.1 MB, level
 * 4 2.2 s and 66.8 MB, level 1 1.4 s and 70.7 MB. */
#define LEVEL 4

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

const char *pl_compressor_name(void)
{
	return "libdeflate " LIBDEFLATE_VERSION_STRING " level " TEXT_OF(LEVEL);
}

void pl_members_init(struct pl_members *m, struct pl_sink *out)
{
	*m = (struct pl_members){.out = out, .z = libdeflate_alloc_compressor(LEVEL)};
	if (!m->z)
		abort(); /* out of memory */
	m->in = pl_xrealloc(NULL, PL_MEMBER_BYTES, 1);
	m->packed_max = libdeflate_gzip_compress_bound(m->z, PL_MEMBER_BYTES);
	m->packed = pl_xrealloc(NULL, m->packed_max, 1);
}

void pl_members_done(struct pl_members *m)
{
	libdeflate_free_compressor(m->z);
	free(m->in);
	free(m->packed);
	*m = (struct pl_members){0};
}

int pl_members_flush(struct pl_members *m, struct pl_err *err)
{
	if (m->n == 0)
		return 0;
	size_t n = libdeflate_gzip_compress(m->z, m->in, m->n, m->packed, m->packed_max);
	if (n == 0)
		return pl_fail(err, PL_FAILURE, "compressing a layer: libdeflate gave nothing");
	m->n = 0;
	return pl_sink_write(m->out, m->packed, n, err);
}

int pl_members_write(struct pl_members *m, const void *p, size_t n, struct pl_err *err)
{
	const uint8_t *at = p;
	if (m->hash)
		pl_sha256_add(m->hash, p, n);
	m->unpacked += n;
	while (n) {
		size_t k = PL_MEMBER_BYTES - m->n < n ? PL_MEMBER_BYTES - m->n : n;
		memcpy(m->in + m->n, at, k);
		m->n += k;
		at += k;
		n -= k;
		if (m->n == PL_MEMBER_BYTES) {
			int rc = pl_members_flush(m, err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}
