// SPDX-License-Identifier: Apache-2.0
#include "io/gzip_write.h"

#include "base/file.h"

void pl_gzip_init(struct pl_gzip *m, struct pl_sink *out, const struct pl_compressor *compressor)
{
	*m = (struct pl_gzip){
		.out = out, .compressor = compressor, .state = compressor->make(), .raw = -1};
	m->in = pl_xrealloc(NULL, PL_GZIP_MEMBER, 1);
	m->packed = pl_xrealloc(NULL, compressor->bound(PL_GZIP_MEMBER), 1);
}

void pl_gzip_done(struct pl_gzip *m)
{
	m->compressor->drop(m->state);
	free(m->in);
	free(m->packed);
	*m = (struct pl_gzip){0};
}

int pl_gzip_flush(struct pl_gzip *m, struct pl_err *err)
{
	if (m->n == 0)
		return 0;
	struct pl_err lost = {0};
	if (m->raw >= 0 && pl_write_all(m->raw, m->in, m->n, "scratch", &lost) < 0)
		m->raw = -1; /* only a shortcut: whoever wants the bytes unpacks them again */
	size_t n = m->compressor->member(m->state, m->in, m->n, m->packed);
	m->n = 0;
	return pl_sink_write(m->out, m->packed, n, err);
}

uint8_t *pl_gzip_room(struct pl_gzip *m, size_t *ret_n)
{
	*ret_n = PL_GZIP_MEMBER - m->n;
	return m->in + m->n;
}

int pl_gzip_filled(struct pl_gzip *m, size_t n, struct pl_err *err)
{
	if (m->hash)
		pl_sha256_add(m->hash, m->in + m->n, n);
	m->unpacked += n;
	m->n += n;
	return m->n == PL_GZIP_MEMBER ? pl_gzip_flush(m, err) : 0;
}

int pl_gzip_write(struct pl_gzip *m, const void *p, size_t n, struct pl_err *err)
{
	const uint8_t *at = p;
	while (n) {
		size_t k;
		uint8_t *to = pl_gzip_room(m, &k);
		k = k < n ? k : n;
		memcpy(to, at, k);
		at += k;
		n -= k;
		int rc = pl_gzip_filled(m, k, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
