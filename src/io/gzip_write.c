// SPDX-License-Identifier: Apache-2.0
#include "io/gzip_write.h"

#include "base/file.h"
#include "io/deflate.h"

#include <isa-l/crc.h>

#define HEADER_BYTES 10
#define TRAILER_BYTES 8

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

const char *pl_compressor_name(void) { return PL_COMPRESSOR_FAMILY TEXT_OF(PL_DEFLATE_VERSION); }

void pl_gzip_init(struct pl_gzip *m, struct pl_sink *out)
{
	*m = (struct pl_gzip){.out = out, .z = pl_deflate_new(), .raw = -1};
	m->in = pl_xrealloc(NULL, PL_GZIP_MEMBER, 1);
	m->packed = pl_xrealloc(NULL,
				HEADER_BYTES + pl_deflate_bound(PL_GZIP_MEMBER) + TRAILER_BYTES, 1);
}

void pl_gzip_done(struct pl_gzip *m)
{
	pl_deflate_free(m->z);
	free(m->in);
	free(m->packed);
	*m = (struct pl_gzip){0};
}

static uint8_t *put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		*p++ = (uint8_t)v;
	return p;
}

/* RFC 1952 2.3: no name, no time, no word on the effort, an unknown system. */
static size_t pack_member(struct pl_gzip *m)
{
	static const uint8_t header[HEADER_BYTES] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	memcpy(m->packed, header, sizeof(header));
	uint8_t *p = m->packed + sizeof(header);
	p += pl_deflate_encode(m->z, m->in, m->n, p);
	p = put_le32(p, crc32_gzip_refl(0, m->in, m->n));
	p = put_le32(p, (uint32_t)m->n);
	return (size_t)(p - m->packed);
}

int pl_gzip_flush(struct pl_gzip *m, struct pl_err *err)
{
	if (m->n == 0)
		return 0;
	struct pl_err lost = {0};
	if (m->raw >= 0 && pl_write_all(m->raw, m->in, m->n, "scratch", &lost) < 0)
		m->raw = -1; /* only a shortcut: whoever wants the bytes unpacks them again */
	size_t n = pack_member(m);
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
