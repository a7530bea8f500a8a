// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No text is both kinds; what was read can be written, and read again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) b = {0};
	struct pl_err err = {0};
	struct pl_str text = {(const char *)data, size};
	struct pl_manifest m;
	struct pl_oci_index x;
	bool is_manifest = pl_manifest_parse(&a, text, "fuzz", &m, &err) == 0;
	bool is_index = pl_oci_index_parse(&a, text, "fuzz", &x, &err) == 0;
	if (is_manifest && is_index)
		abort();
	if (is_index && !pl_text_is_index(text, NULL))
		abort();
	if (is_manifest) {
		pl_manifest_format(&m, &b);
		if (pl_manifest_parse(&a, pl_buf_str(&b), "again", &m, &err) < 0)
			abort();
	} else if (is_index) {
		pl_oci_index_format(&x, &b);
		if (pl_oci_index_parse(&a, pl_buf_str(&b), "again", &x, &err) < 0)
			abort();
	}
	return 0;
}
