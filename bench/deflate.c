// SPDX-License-Identifier: Apache-2.0
/*
 * deflate-bench FILE ROUNDS: packs FILE in pieces of a gzip member's size by our encoder and by
 * libdeflate's levels 1, 4 and 6, and prints a line "NAME BYTES SECONDS" for each. The seconds are
 * the sum over pieces of each one's shortest time on the processor, for the machine is rarely idle;
 * the encoders take turns. Fails when a piece does not unpack to what it was.
 */
#include "io/deflate.h"
#include "base/file.h"
#include "base/num.h"

#include <libdeflate.h>
#include <stdio.h>
#include <time.h>

static const int levels[] = {0, 1, 4, 6}; /* 0: ours */
#define ENCODERS (sizeof(levels) / sizeof(*levels))

struct encoder {
	struct pl_deflate *ours;
	struct libdeflate_compressor *peer;
	uint64_t bytes;
	double *shortest; /* a piece */
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static size_t pack(struct encoder *e, const char *in, size_t n, uint8_t *out, size_t room,
		   double *shortest)
{
	double begin = now();
	size_t packed = e->ours ? pl_deflate_encode(e->ours, (const uint8_t *)in, n, out)
				: libdeflate_deflate_compress(e->peer, in, n, out, room);
	double took = now() - begin;
	if (*shortest <= 0 || took < *shortest)
		*shortest = took;
	return packed;
}

static bool unpacks(struct libdeflate_decompressor *d, const uint8_t *packed, size_t packed_n,
		    const char *in, size_t n)
{
	char *back = pl_xrealloc(NULL, n, 1);
	bool same = libdeflate_deflate_decompress(d, packed, packed_n, back, n, NULL) ==
			    LIBDEFLATE_SUCCESS &&
		    memcmp(back, in, n) == 0;
	free(back);
	return same;
}

static bool measure(const char *in, size_t n, uint64_t rounds, struct encoder *encoders)
{
	size_t room = 2 * PL_DEFLATE_MAX;
	uint8_t *out = pl_xrealloc(NULL, room, 1);
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	bool ok = true;
	for (uint64_t round = 0; round < rounds; round++)
		for (size_t at = 0, piece = 0; at < n; at += PL_DEFLATE_MAX, piece++)
			for (size_t i = 0; i < ENCODERS; i++) {
				struct encoder *e = &encoders[i];
				size_t k = n - at < PL_DEFLATE_MAX ? n - at : PL_DEFLATE_MAX;
				size_t packed = pack(e, in + at, k, out, room, &e->shortest[piece]);
				if (round == 0) {
					e->bytes += packed;
					ok = ok && unpacks(d, out, packed, in + at, k);
				}
			}
	libdeflate_free_decompressor(d);
	free(out);
	return ok;
}

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	PL_AUTO(buf) in = {0};
	uint64_t rounds;
	if (argc != 3 || !pl_parse_u64(pl_str_of(argv[2]), 100, &rounds) || rounds == 0)
		return 2;
	if (pl_file_read(argv[1], (size_t)1 << 30, &in, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	struct encoder encoders[ENCODERS] = {0};
	size_t pieces = in.n / PL_DEFLATE_MAX + 1;
	for (size_t i = 0; i < ENCODERS; i++) {
		encoders[i].shortest = pl_xcalloc(pieces, sizeof(double));
		if (levels[i])
			encoders[i].peer = libdeflate_alloc_compressor(levels[i]);
		else
			encoders[i].ours = pl_deflate_new();
	}
	bool ok = measure(in.p, in.n, rounds, encoders);
	for (size_t i = 0; i < ENCODERS; i++) {
		struct encoder *e = &encoders[i];
		double seconds = 0;
		for (size_t k = 0; k < pieces; k++)
			seconds += e->shortest[k];
		printf("%s%d %llu %.6f\n", levels[i] ? "libdeflate-" : "ours-", levels[i],
		       (unsigned long long)e->bytes, seconds);
		free(e->shortest);
		pl_deflate_free(e->ours);
		if (e->peer)
			libdeflate_free_compressor(e->peer);
	}
	return ok ? 0 : 1;
}
