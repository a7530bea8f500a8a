// SPDX-License-Identifier: Apache-2.0
/* Fields lie inside the paragraph's text (or in the arena), are trimmed and unique, and the reader
 * always comes to an end. */
#include "base/deb822.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool within(struct pl_str part, struct pl_str whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check(const struct pl_deb822 *p, struct pl_str input)
{
	if (p->n == 0 || p->n > PL_DEB822_FIELDS || !within(p->text, input))
		abort();
	for (size_t i = 0; i < p->n; i++) {
		const struct pl_deb822_field *f = &p->f[i];
		if (f->name.n == 0 || !within(f->name, p->text) || f->line == 0)
			abort();
		if (!f->commented && !within(f->value, p->text))
			abort();
		if (pl_str_trim(f->value).n != f->value.n)
			abort();
		/* A NUL-terminated name finds the first field of that name, which is this one. */
		char name[64];
		if (f->name.n < sizeof(name)) {
			memcpy(name, f->name.p, f->name.n);
			name[f->name.n] = '\0';
			if (pl_deb822_get(p, name).p != f->value.p)
				abort();
		}
	}
}

static void read_all(struct pl_str input, bool comments, struct pl_arena *arena)
{
	struct pl_deb822_reader r = {.rest = input, .what = "input", .arena = arena};
	struct pl_err err = {0};
	struct pl_deb822 *p = pl_xcalloc(1, sizeof(*p));
	size_t rounds = 0;
	int rc;
	while ((rc = pl_deb822_next(&r, comments, p, &err)) > 0) {
		check(p, input);
		if (++rounds > input.n)
			abort();
	}
	if (rc < 0 && ((rc != -PL_INPUT && rc != -PL_LIMIT) || !err.msg[0]))
		abort();
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pl_str input = {(const char *)data, size};
	PL_AUTO(arena) arena = {0};
	read_all(input, false, NULL);
	read_all(input, true, &arena);
	read_all(input, true, NULL);
	return 0;
}
