// SPDX-License-Identifier: Apache-2.0
/* The encoder, judged by zlib: whatever goes in comes out again, within the bound, twice the same.
 */
#include "io/deflate.h"

#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool yes)
{
	if (!yes)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pl_deflate *used;
	used = used ? used : pl_deflate_new();
	size = size < PL_DEFLATE_MAX ? size : PL_DEFLATE_MAX;
	size_t room = pl_deflate_bound(size);
	uint8_t *packed = pl_xcalloc(room, 1), *again = pl_xcalloc(room, 1);
	uint8_t *back = pl_xcalloc(size + 1, 1);
	struct pl_deflate *fresh = pl_deflate_new();
	size_t n = pl_deflate_encode(used, data, size, packed);
	must(n <= room);
	must(pl_deflate_encode(fresh, data, size, again) == n);
	must(memcmp(packed, again, n) == 0);
	z_stream z = {.next_in = packed,
		      .avail_in = (uInt)n,
		      .next_out = back,
		      .avail_out = (uInt)size + 1};
	must(inflateInit2(&z, -MAX_WBITS) == Z_OK);
	must(inflate(&z, Z_FINISH) == Z_STREAM_END);
	must(z.total_out == size && z.avail_in == 0 && memcmp(back, data, size) == 0);
	inflateEnd(&z);
	pl_deflate_free(fresh);
	free(packed);
	free(again);
	free(back);
	return 0;
}
