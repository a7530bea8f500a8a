// SPDX-License-Identifier: Apache-2.0
#include "effects/ca_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_ca_facts f;
	PL_AUTO(buf) der = {0};
	struct pl_str pem = {(const char *)data, size};
	pl_ca_parse(pem, &f);
	bool has = pl_ca_der(pem, &der);
	if (f.n_certificates > 0 && f.n > 0 && !has)
		abort();
	if (!has && der.n)
		abort();
	return 0;
}
