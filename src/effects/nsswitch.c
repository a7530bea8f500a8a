// SPDX-License-Identifier: Apache-2.0
#include "effects/nsswitch.h"

#include "effects/effects_int.h"

#define CONF "etc/nsswitch.conf"

/* Without the file glibc asks
 * services that an image does not have, and other resolvers (musl's, Go's) guess. The lines are
 * Debian's; a service is named when its module is there (files and dns are in libc itself). */
int pl_nsswitch_make(struct pl_tree *t, const struct pl_effect_input *in, struct pl_err *err)
{
	static const struct {
		const char *line, *service, *rest;
	} lines[] = {
		{"passwd:         files", NULL, "\n"},     {"group:          files", NULL, "\n"},
		{"shadow:         files", NULL, "\n"},     {"gshadow:        files", NULL, "\n\n"},
		{"hosts:          files dns", NULL, "\n"}, {"networks:       files", NULL, "\n\n"},
		{"protocols:      ", "db", "files\n"},     {"services:       ", "db", "files\n"},
		{"ethers:         ", "db", "files\n"},     {"rpc:            ", "db", "files\n"},
	};
	const char *triplet = in->platform->triplet;
	PL_AUTO(buf) b = {0};
	if (pl_tree_resolve(t, PL_STR(CONF), true))
		return 0;
	for (size_t i = 0; i < PL_COUNT(lines); i++) {
		const char *service = lines[i].service;
		PL_AUTOFREE char *module =
			pl_xprintf("usr/lib/%s/libnss_%s.so.2", triplet, service ? service : "");
		bool has = service && pl_tree_resolve(t, pl_str_of(module), true);
		pl_buf_addf(&b, "%s%s%s%s", lines[i].line, has ? service : "", has ? " " : "",
			    lines[i].rest);
	}
	return pl_effect_write(t, in, CONF, pl_buf_str(&b), 0644, err);
}

/* The next word of a line of nsswitch.conf, blanks before it skipped. */
static struct pl_str next_service(struct pl_str *rest)
{
	size_t n = 0;
	*rest = pl_str_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	struct pl_str word = pl_str_sub(*rest, 0, n);
	*rest = pl_str_sub(*rest, n, rest->n);
	return word;
}

static bool has_service(struct pl_str services, struct pl_str name)
{
	for (struct pl_str w; (w = next_service(&services)).n;) {
		if (pl_str_eq(w, name))
			return true;
	}
	return false;
}

struct addition {
	struct pl_str database, service; /* its action behind it, in brackets */
	bool before;
	struct pl_str other;
};

/* One line of nsswitch.conf ("hosts:   files dns") with the service put in. */
static void append_line(struct pl_buf *b, struct pl_str line, const struct addition *add)
{
	struct pl_str key = pl_str_sub(line, 0, pl_str_find(line, ':'));
	struct pl_str rest = pl_str_sub(line, key.n + 1, line.n);
	struct pl_str name = pl_str_sub(add->service, 0, pl_str_find(add->service, '['));
	struct pl_str action = pl_str_sub(add->service, name.n, add->service.n);
	if (!pl_str_eq(pl_str_trim(key), add->database) || has_service(rest, name)) {
		pl_buf_addstr(b, line);
		return;
	}
	PL_AUTOFREE char *service = pl_xprintf(PL_STR_FMT "%s" PL_STR_FMT, PL_STR_ARG(name),
					       action.n ? " " : "", PL_STR_ARG(action));
	size_t blanks = 0;
	while (blanks < rest.n && (rest.p[blanks] == ' ' || rest.p[blanks] == '\t'))
		blanks++;
	pl_buf_addstr(b, key);
	pl_buf_addc(b, ':');
	pl_buf_add(b, rest.p, blanks);
	bool put = false;
	const char *gap = "";
	for (struct pl_str w; (w = next_service(&rest)).n; gap = " ") {
		bool here = !put && pl_str_eq(w, add->other);
		if (here && add->before)
			pl_buf_addf(b, "%s%s " PL_STR_FMT, gap, service, PL_STR_ARG(w));
		else if (here)
			pl_buf_addf(b, "%s" PL_STR_FMT " %s", gap, PL_STR_ARG(w), service);
		else
			pl_buf_addf(b, "%s" PL_STR_FMT, gap, PL_STR_ARG(w));
		put = put || here;
	}
	if (!put)
		pl_buf_addf(b, "%s%s", gap, service);
}

int pl_nsswitch_add(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str database,
		    struct pl_str service, bool before, struct pl_str other, struct pl_err *err)
{
	const struct addition add = {database, service, before, other};
	const struct pl_node *n = pl_tree_resolve(t, PL_STR(CONF), true);
	struct pl_str text;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) b = {0};
	if (!n)
		return 0;
	int rc = pl_effect_text(t, in, &a, CONF, &text, err);
	if (rc < 0)
		return rc;
	if (!text.p)
		return pl_effect_missing(PL_STR(CONF), err);
	while (text.n) {
		append_line(&b, pl_str_cut(&text, '\n'), &add);
		pl_buf_addc(&b, '\n');
	}
	return pl_effect_rewrite(t, in, PL_STR(CONF), n, pl_buf_str(&b), err);
}
