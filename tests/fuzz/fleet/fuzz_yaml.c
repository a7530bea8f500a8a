// SPDX-License-Identifier: Apache-2.0
/* Any bytes: a tree within the limits whose nodes have places, or an error with one. */
#include "fleet/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(const struct pl_yaml *y, unsigned depth)
{
	size_t n = 1;
	if (depth > 33 || y->line == 0 || y->column == 0)
		abort();
	if (y->kind == PL_YAML_SCALAR && (y->text.p[y->text.n] || strlen(y->text.p) != y->text.n))
		abort();
	for (size_t i = 0; i < y->n; i++)
		n += count(y->item[i], depth + 1);
	for (size_t i = 0; i < y->n && y->kind == PL_YAML_MAP; i++)
		if (pl_yaml_get(y, y->key[i]->text.p) != y->item[i]) /* no key stands twice */
			abort();
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_yaml *y = NULL;
	int rc = pl_yaml_parse(&a, (struct pl_str){(const char *)data, size}, "f", &y, &err);
	if (rc < 0 ? (y || !err.msg[0] || strncmp(err.msg, "f:", 2) != 0) : count(y, 0) > 100000)
		abort();
	return 0;
}
