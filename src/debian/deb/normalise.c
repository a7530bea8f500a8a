// SPDX-License-Identifier: Apache-2.0
#include "debian/deb/normalise_int.h"

#include "base/buf.h"
#include "base/platform.h"

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* One line, triplet and ":arch" replaced. */
static void normalise_line(struct pl_buf *b, struct pl_str s, struct pl_str arch,
			   struct pl_str triplet)
{
	static const char *const generated[] = {"# Automatically added by dh_",
						"# Triggers added by dh_"};
	for (size_t i = 0; i < PL_COUNT(generated); i++) {
		/* The version is what follows the slash. */
		if (pl_str_starts(s, generated[i]))
			s = pl_str_sub(s, 0, pl_str_find(s, '/'));
	}
	for (size_t i = 0; i < s.n;) {
		struct pl_str rest = pl_str_sub(s, i, s.n);
		if (triplet.n && rest.n >= triplet.n && memcmp(rest.p, triplet.p, triplet.n) == 0) {
			pl_buf_adds(b, "${triplet}");
			i += triplet.n;
		} else if (triplet.n && rest.p[0] == ':' && rest.n > arch.n &&
			   memcmp(rest.p + 1, arch.p, arch.n) == 0 &&
			   (rest.n == arch.n + 1 || !name_char(rest.p[arch.n + 1]))) {
			pl_buf_adds(b, ":${arch}");
			i += arch.n + 1;
		} else {
			pl_buf_addc(b, s.p[i++]);
		}
	}
}

struct pl_digest pl_script_normalise(struct pl_str text, struct pl_str architecture)
{
	PL_AUTO(buf) b = {0};
	struct pl_sha256 h = {0};
	struct pl_digest d;
	const struct pl_platform *on = pl_platform_of_debian(architecture);
	struct pl_str triplet = pl_str_of(on ? on->triplet : NULL);
	size_t empty = 0; /* empty lines at the end do not matter: written before the next one */
	pl_sha256_init(&h);
	while (text.p && text.n) {
		struct pl_str s = pl_str_cut(&text, '\n');
		while (s.n && strchr(" \t\r", s.p[s.n - 1]) && s.p[s.n - 1])
			s.n--;
		if (!s.n) {
			empty++;
			continue;
		}
		pl_buf_clear(&b);
		for (; empty; empty--)
			pl_sha256_add(&h, "\n", 1);
		normalise_line(&b, s, architecture, triplet);
		pl_buf_addc(&b, '\n');
		pl_sha256_add(&h, b.p, b.n);
	}
	pl_sha256_final(&h, &d);
	pl_sha256_done(&h);
	return d;
}
