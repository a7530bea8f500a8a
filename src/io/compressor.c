// SPDX-License-Identifier: Apache-2.0
#include "io/compressor.h"

#include "io/deflate.h"

#include <isa-l/crc.h>
#include <string.h>

#define HEADER_BYTES 10
#define TRAILER_BYTES 8

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

static uint8_t *put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		*p++ = (uint8_t)v;
	return p;
}

static void *make_own(void) { return pl_deflate_new(); }
static void drop_own(void *state) { pl_deflate_free(state); }
static size_t bound_own(size_t n) { return HEADER_BYTES + pl_deflate_bound(n) + TRAILER_BYTES; }

/* RFC 1952 2.3: no name, no time, no word on the effort, an unknown system. */
static size_t member_own(void *state, const uint8_t *in, size_t n, uint8_t *out)
{
	static const uint8_t header[HEADER_BYTES] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	memcpy(out, header, sizeof(header));
	uint8_t *p = out + sizeof(header);
	p += pl_deflate_encode(state, in, n, p);
	p = put_le32(p, crc32_gzip_refl(0, in, n));
	p = put_le32(p, (uint32_t)n);
	return (size_t)(p - out);
}

#ifdef PL_HAVE_LIBDEFLATE
#include <libdeflate.h>
#include <stdlib.h>

/* The level that layers had before there was an encoder of our own. */
#define LIBDEFLATE_LEVEL 1

static void *make_libdeflate(void)
{
	void *z = libdeflate_alloc_compressor(LIBDEFLATE_LEVEL);
	if (!z)
		abort(); /* out of memory */
	return z;
}

static void drop_libdeflate(void *state) { libdeflate_free_compressor(state); }
static size_t bound_libdeflate(size_t n) { return libdeflate_gzip_compress_bound(NULL, n); }

static size_t member_libdeflate(void *state, const uint8_t *in, size_t n, uint8_t *out)
{
	return libdeflate_gzip_compress(state, in, n, out, bound_libdeflate(n));
}
#endif

static const struct pl_compressor compressors[] = {
	{"plimsoll-deflate " TEXT_OF(PL_DEFLATE_VERSION), make_own, drop_own, bound_own,
	 member_own},
#ifdef PL_HAVE_LIBDEFLATE
	{"libdeflate " LIBDEFLATE_VERSION_STRING " level " TEXT_OF(LIBDEFLATE_LEVEL),
	 make_libdeflate, drop_libdeflate, bound_libdeflate, member_libdeflate},
#endif
};

const struct pl_compressor *pl_compressor_default(void) { return &compressors[0]; }

const struct pl_compressor *pl_compressor_find(const char *name)
{
	for (size_t i = 0; i < sizeof(compressors) / sizeof(compressors[0]); i++)
		if (strcmp(compressors[i].name, name) == 0)
			return &compressors[i];
	return NULL;
}
