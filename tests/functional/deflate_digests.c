// SPDX-License-Identifier: Apache-2.0
/* Encodes the inputs of the unit test and holds what comes out against their digests: a program of
 * the encoder alone, without a library, to be built for other machines by deflate_machines.py. */
#include "../unit/io/deflate_inputs.h"

#include <stdio.h>

int main(void)
{
	struct pl_deflate *d = pl_deflate_new();
	uint8_t *in = malloc(PL_DEFLATE_MAX), *out = malloc(pl_deflate_bound(PL_DEFLATE_MAX));
	int bad = 0;
	for (size_t i = 0; in && out && i < DEFLATE_INPUTS; i++) {
		const struct deflate_input *x = &deflate_inputs[i];
		x->make(in, x->n);
		size_t n = pl_deflate_encode(d, in, x->n, out);
		if (n != x->packed || fnv1a(out, n) != x->digest) {
			printf("%s: other bytes\n", x->name);
			bad = 1;
		}
	}
	printf("%u inputs, %u bits, %s\n", (unsigned)DEFLATE_INPUTS, 8 * (unsigned)sizeof(void *),
	       __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? "big endian" : "little endian");
	pl_deflate_free(d);
	free(in);
	free(out);
	return bad;
}
