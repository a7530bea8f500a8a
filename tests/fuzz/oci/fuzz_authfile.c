// SPDX-License-Identifier: Apache-2.0
#include "oci/credentials_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is found is a whole pair, a token or a helper without a path in its name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_err err = {0};
	struct pl_str text = {(const char *)data, size};
	PL_AUTO(authfile_match) m = {0};
	PL_AUTO(credentials) c = {0};
	if (pl_authfile_find(text, "fuzz", "r.io", "ns/app", &m, &err) == 1) {
		if (!m.helper && !m.credentials.username && !m.credentials.identity_token)
			abort();
		if (!m.credentials.username != !m.credentials.password)
			abort();
		if (m.helper && (strchr(m.helper, '/') || m.helper[0] == '.'))
			abort();
	}
	if (pl_helper_answer(text, "fuzz", &c, &err) == 1 && !c.password && !c.identity_token)
		abort();
	return 0;
}
