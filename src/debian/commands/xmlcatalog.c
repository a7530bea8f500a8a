// SPDX-License-Identifier: Apache-2.0
/* update-xmlcatalog(8) --sort --add, as debhelper writes it: an entry in a package's catalog
 * (--local) or in the root's (--root), and in the data below /var/lib/xml-core it is made from. */
#include "debian/commands/commands_int.h"

#define DATA "/var/lib/xml-core/"
#define CATALOGS "/etc/xml/"
#define PARTS "/usr/share/xml-core/catalog."

struct catalog_entry {
	const char *type, *id, *package, *local;
	bool root, sorts, adds;
};

static int parse(struct pl_shell_call *call, struct catalog_entry *e, struct pl_err *err)
{
	const struct {
		const char *name, **value;
		bool *flag;
	} options[] = {
		{"--type", &e->type, NULL},       {"--id", &e->id, NULL},
		{"--package", &e->package, NULL}, {"--local", &e->local, NULL},
		{"--root", NULL, &e->root},       {"--sort", NULL, &e->sorts},
		{"--add", NULL, &e->adds},
	};
	for (int i = 1; i < call->argc; i++) {
		size_t k = 0;
		while (k < PL_COUNT(options) && strcmp(options[k].name, call->argv[i]) != 0)
			k++;
		if (k == PL_COUNT(options) || (options[k].value && i + 1 == call->argc))
			return pl_shell_unknown(call, err, call->argv[i]);
		if (options[k].flag)
			*options[k].flag = true;
		else
			*options[k].value = call->argv[++i];
	}
	bool known = e->type && (strcmp(e->type, "public") == 0 || strcmp(e->type, "system") == 0);
	/* Without --sort the order is that of perl's hashes. */
	if (!e->adds || !e->sorts || !known || !e->id || strpbrk(e->id, "<>\"\n") || !e->package ||
	    strchr(e->package, '/') || e->root == !!e->local)
		return pl_shell_unknown(call, err, "this use");
	return 0;
}

/* A file's text, if it is there, appended. 1: it is. */
static int read_file(const struct pl_shell_call *call, const char *path, struct pl_buf *ret,
		     struct pl_err *err)
{
	const struct pl_node *n = pl_shell_node(call->shell, path, true);
	if (!n || pl_node_file(n)->type != PL_TAR_FILE)
		return 0;
	int rc = pl_shell_file_read(call->shell, pl_node_file(n), ret, err);
	return rc < 0 ? rc : pl_buf_check(ret, path, err) < 0 ? -(int)err->code : 1;
}

static int write_file(struct pl_shell_call *call, const char *path, const struct pl_buf *text,
		      struct pl_err *err)
{
	int rc = pl_shell_file_write(call->shell, path, pl_buf_str(text), false, err);
	call->status = rc > 0 ? 0 : 1;
	return rc < 0 ? rc : 0;
}

/* <KEY><VALUE> of each line as <KEY VALUE/>, between the header and the footer. */
static int write_catalog(struct pl_shell_call *call, const char *path, struct pl_str data,
			 struct pl_err *err)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	PL_AUTO(buf) old = {.max = 1 << 20};
	PL_AUTOFREE char *backup = pl_xprintf("%s.old", path);
	int rc = read_file(call, PARTS "header", &text, err);
	while (data.p && data.n) {
		struct pl_str line = pl_str_cut(&data, '\n');
		struct pl_str key = pl_str_cut(&line, '>');
		pl_buf_addf(&text, PL_STR_FMT " " PL_STR_FMT "/>\n", PL_STR_ARG(key),
			    (int)(line.n ? line.n - 2 : 0), line.n ? line.p + 1 : "");
	}
	if (rc > 0)
		rc = read_file(call, PARTS "footer", &text, err);
	if (rc == 0)
		return pl_shell_unknown(call, err, "no " PARTS "header and footer");
	if (rc > 0)
		rc = read_file(call, path, &old, err);
	if (rc > 0)
		rc = write_file(call, backup, &old, err);
	return rc < 0 ? rc : write_file(call, path, &text, err);
}

/* The lines with one more, sorted. 1; 0: it has another value. */
static int insert(struct pl_str data, const char *key, const char *value, struct pl_buf *ret)
{
	PL_VEC(struct pl_str) lines = {0};
	PL_AUTOFREE char *line = pl_xprintf("<%s><%s>", key, value);
	size_t key_n = strlen(key) + 2;
	bool is = false, differs = false;
	while (data.p && data.n) {
		struct pl_str one = pl_str_cut(&data, '\n');
		bool same = one.n > key_n && memcmp(one.p, line, key_n) == 0;
		is = is || same;
		differs = differs || (same && !pl_str_is(one, line));
		*pl_vec_push(&lines) = one;
	}
	if (!is)
		*pl_vec_push(&lines) = pl_str_of(line);
	qsort(lines.v, lines.n, sizeof(*lines.v), pl_str_qsort);
	for (size_t i = 0; i < lines.n; i++)
		pl_buf_addf(ret, PL_STR_FMT "\n", PL_STR_ARG(lines.v[i]));
	pl_vec_free(&lines);
	return !differs;
}

int pl_deb_update_xmlcatalog(struct pl_shell_call *call, struct pl_err *err)
{
	struct catalog_entry e = {0};
	PL_AUTO(buf) old = {.max = 1 << 20};
	PL_AUTO(buf) data = {.max = 1 << 20};
	int rc = parse(call, &e, err);
	if (rc < 0)
		return rc;
	const char *name = e.root ? "catalog" : e.package;
	PL_AUTOFREE char *data_path = pl_xprintf(DATA "%s", name);
	PL_AUTOFREE char *path = pl_xprintf(CATALOGS "%s%s", name, e.root ? "" : ".xml");
	PL_AUTOFREE char *to =
		e.root ? pl_xprintf(CATALOGS "%s.xml", e.package) : pl_xstrdup(e.local);
	PL_AUTOFREE char *key = pl_xprintf("delegate%c%s %sIdStartString=\"%s\"",
					   e.type[0] - 'a' + 'A', e.type + 1, e.type, e.id);
	PL_AUTOFREE char *value = pl_xprintf("catalog=\"file://%s\"", to);
	if (!pl_shell_node(call->shell, to, true))
		return pl_shell_complain(call, 1, err, "error: %s not found", to);
	rc = read_file(call, data_path, &old, err);
	if (rc < 0)
		return rc;
	if (!insert(pl_buf_str(&old), key, value, &data))
		return pl_shell_complain(call, 1, err, "error: registered with another value");
	rc = write_file(call, data_path, &data, err);
	return rc < 0 ? rc : write_catalog(call, path, pl_buf_str(&data), err);
}
