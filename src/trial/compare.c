// SPDX-License-Identifier: Apache-2.0
/* Two trees, path by path: type, owner and group by name, mode, content, link, capabilities. Times
 * are not compared, nor which names are hard links of each other. */
#include "trial/trial_int.h"

#include "base/num.h"

#include <stdlib.h>

#define LINES_SHOWN 5
#define LINE_SHOWN 160

const char *const pl_difference_names[] = {
	[PL_DIFFERENCE_THEIRS] = "theirs",
	[PL_DIFFERENCE_OURS] = "ours",
	[PL_DIFFERENCE_BOTH] = "differs",
};

/* A tree with the texts that give its numbers names. */
struct compared_tree {
	const struct pl_tree *tree;
	struct pl_str passwd, group;
};
struct comparing {
	struct pl_trial *t;
	struct compared_tree installed, ours;
	size_t n_paths;
	PL_VEC(struct pl_difference) found;
};

/* -- accounts -- */

const char *pl_trial_account_name(struct pl_arena *a, struct pl_str text, uint32_t id)
{
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n'), name = pl_str_cut(&line, ':');
		uint64_t number;
		pl_str_cut(&line, ':');
		if (pl_parse_u64(pl_str_cut(&line, ':'), UINT32_MAX, &number) && number == id)
			return pl_arena_cstr(a, name);
	}
	return pl_arena_printf(a, "%u", id);
}

int pl_trial_text(struct pl_trial *t, const struct pl_tree *installed, const char *path,
		  struct pl_str *ret, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	const struct pl_node *n =
		pl_tree_get(installed ? installed : t->composed->tree, pl_str_of(path));
	*ret = PL_STR("");
	if (!n || pl_node_file(n)->type != PL_TAR_FILE)
		return 0;
	if (installed && pl_node_file(n)->body == PL_BODY_BYTES) {
		*ret = pl_node_file(n)->bytes;
		return 0;
	}
	/* What has no bytes is as ours is. */
	n = pl_tree_get(t->composed->tree, pl_str_of(path));
	if (!n || pl_node_file(n)->type != PL_TAR_FILE)
		return 0;
	int rc = pl_composed_read(t->composed, n, &text, err);
	*ret = pl_arena_str(&t->arena, pl_buf_str(&text));
	return rc;
}

/* "b,a" as "a,b,": members come in the order of installation. */
static void add_members(struct comparing *c, struct pl_buf *out, struct pl_str members)
{
	PL_VEC(const char *) v = {0};
	while (members.p)
		*pl_vec_push(&v) = pl_arena_cstr(&c->t->arena, pl_str_cut(&members, ','));
	if (v.n)
		qsort(v.v, v.n, sizeof(*v.v), pl_cstr_qsort);
	for (size_t i = 0; i < v.n; i++)
		pl_buf_addf(out, "%s,", v.v[i]);
	pl_vec_free(&v);
}

/* A line of passwd, group, shadow or gshadow without numbers and dates: those are the order of
 * installation's, and the day's. */
static const char *account_line(struct comparing *c, const struct compared_tree *s,
				const char *path, struct pl_str line)
{
	const bool passwd = strcmp(path, "etc/passwd") == 0, group = strcmp(path, "etc/group") == 0;
	const bool shadow = strcmp(path, "etc/shadow") == 0;
	PL_AUTO(buf) out = {0};
	for (unsigned k = 0; line.p; k++) {
		struct pl_str field = pl_str_cut(&line, ':');
		uint64_t number;
		if (passwd && k == 3 && pl_parse_u64(field, UINT32_MAX, &number))
			pl_buf_adds(&out, pl_trial_account_name(&c->t->arena, s->group,
								(uint32_t)number));
		else if (!line.p && (group || strcmp(path, "etc/gshadow") == 0))
			add_members(c, &out, field);
		else if (!((passwd || group || shadow) && k == 2))
			pl_buf_addstr(&out, field);
		pl_buf_addc(&out, ':');
	}
	return pl_arena_cstr(&c->t->arena, pl_buf_str(&out));
}

static bool is_account_file(const char *path)
{
	return strcmp(path, "etc/passwd") == 0 || strcmp(path, "etc/group") == 0 ||
	       strcmp(path, "etc/shadow") == 0 || strcmp(path, "etc/gshadow") == 0;
}

/* -- texts -- */

struct lines {
	const char **v;
	size_t n;
};

/* Sorted. */
static struct lines lines_of(struct comparing *c, const struct compared_tree *s, const char *path,
			     struct pl_str text)
{
	PL_VEC(const char *) v = {0};
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n');
		*pl_vec_push(&v) = is_account_file(path) ? account_line(c, s, path, line)
							 : pl_arena_cstr(&c->t->arena, line);
	}
	struct lines ret = {pl_arena_dup(&c->t->arena, v.v, v.n, sizeof(*v.v)), v.n};
	pl_vec_free(&v);
	if (ret.n)
		qsort(ret.v, ret.n, sizeof(*ret.v), pl_cstr_qsort);
	return ret;
}

static void add_line(struct pl_buf *out, size_t *n, char sign, const char *line)
{
	if ((*n)++ < LINES_SHOWN)
		pl_buf_addf(out, "\n%c %.*s", sign, LINE_SHOWN, line);
}

/* What only one of them has: as many as there are, some shown. */
static size_t compare_lines(const struct lines *a, const struct lines *b, struct pl_buf *out)
{
	size_t i = 0, k = 0, n = 0;
	while (i < a->n || k < b->n) {
		int order = i == a->n ? 1 : k == b->n ? -1 : strcmp(a->v[i], b->v[k]);
		if (order < 0)
			add_line(out, &n, '-', a->v[i]);
		else if (order > 0)
			add_line(out, &n, '+', b->v[k]);
		i += order <= 0;
		k += order >= 0;
	}
	return n;
}

/* -- paths -- */

static void describe(struct comparing *c, const struct compared_tree *s, const struct pl_node *name,
		     struct pl_buf *out)
{
	static const char *const types[] = {
		[PL_TAR_FILE] = "file", [PL_TAR_SYMLINK] = "link", [PL_TAR_DIR] = "directory"};
	const struct pl_node *n = name ? pl_node_file(name) : NULL;
	if (!n) {
		pl_buf_adds(out, "nothing");
		return;
	}
	const char *type = n->type < PL_COUNT(types) && types[n->type] ? types[n->type] : "device";
	pl_buf_addf(out, "%s %s:%s", type, pl_trial_account_name(&c->t->arena, s->passwd, n->uid),
		    pl_trial_account_name(&c->t->arena, s->group, n->gid));
	if (n->type == PL_TAR_SYMLINK)
		pl_buf_addf(out, " to " PL_STR_FMT, PL_STR_ARG(n->link));
	else
		pl_buf_addf(out, " %04o", n->mode);
	if (n->type == PL_TAR_FILE)
		pl_buf_addf(out, ", %llu bytes", (unsigned long long)n->size);
	if (n->capability.n)
		pl_buf_adds(out, ", with capabilities");
}

static bool same_content(const struct pl_node *a, const struct pl_node *b)
{
	return a->type != PL_TAR_FILE ||
	       (a->size == b->size && (!a->size || pl_digest_eq(&a->sha256, &b->sha256)));
}

static bool same_attributes(struct comparing *c, const struct pl_node *a, const struct pl_node *b)
{
	struct pl_arena *arena = &c->t->arena;
	return a->type == b->type && pl_str_eq(a->capability, b->capability) &&
	       (a->type == PL_TAR_SYMLINK ? pl_str_eq(a->link, b->link) : a->mode == b->mode) &&
	       strcmp(pl_trial_account_name(arena, c->installed.passwd, a->uid),
		      pl_trial_account_name(arena, c->ours.passwd, b->uid)) == 0 &&
	       strcmp(pl_trial_account_name(arena, c->installed.group, a->gid),
		      pl_trial_account_name(arena, c->ours.group, b->gid)) == 0;
}

/* Files that both have: 1 they differ, 0 only in what is not compared. */
static int compare_texts(struct comparing *c, struct pl_difference *d, struct pl_buf *out,
			 bool *ret_same_lines, struct pl_err *err)
{
	struct pl_str ours, theirs = pl_node_file(d->installed)->bytes;
	if (pl_node_file(d->installed)->body != PL_BODY_BYTES ||
	    pl_node_file(d->ours)->size > ((uint64_t)1 << 20))
		return 1;
	int rc = pl_trial_text(c->t, NULL, d->path, &ours, err);
	if (rc < 0)
		return rc;
	if ((ours.n && memchr(ours.p, 0, ours.n)) || (theirs.n && memchr(theirs.p, 0, theirs.n)))
		return 1;
	struct lines a = lines_of(c, &c->installed, d->path, theirs);
	struct lines b = lines_of(c, &c->ours, d->path, ours);
	size_t n = compare_lines(&a, &b, out);
	if (n > LINES_SHOWN)
		pl_buf_addf(out, "\n  and %zu lines more", n - LINES_SHOWN);
	*ret_same_lines = n == 0;
	return is_account_file(d->path) && n == 0 ? 0 : 1;
}

static int add_difference(struct comparing *c, const struct pl_node *installed,
			  const struct pl_node *ours, struct pl_err *err)
{
	PL_AUTO(buf) path = {0};
	PL_AUTO(buf) text = {0};
	bool same_lines = false;
	struct pl_difference d = {.installed = installed, .ours = ours};
	d.kind = !ours        ? PL_DIFFERENCE_THEIRS
		 : !installed ? PL_DIFFERENCE_OURS
			      : PL_DIFFERENCE_BOTH;
	pl_tree_path(installed ? installed : ours, &path);
	d.path = pl_arena_cstr(&c->t->arena, pl_buf_str(&path));
	pl_buf_adds(&text, "installed: ");
	describe(c, &c->installed, installed, &text);
	pl_buf_adds(&text, "; ours: ");
	describe(c, &c->ours, ours, &text);
	if (d.kind == PL_DIFFERENCE_BOTH && pl_node_file(installed)->type == PL_TAR_FILE &&
	    pl_node_file(ours)->type == PL_TAR_FILE) {
		int rc = compare_texts(c, &d, &text, &same_lines, err);
		if (rc < 0 ||
		    (rc == 0 && same_attributes(c, pl_node_file(installed), pl_node_file(ours))))
			return rc;
	}
	d.text = pl_arena_cstr(&c->t->arena, pl_buf_str(&text));
	/* That its lines have another order is a reason where its attributes are the same. */
	d.reason = pl_difference_reason(d.kind, same_lines, d.path);
	/* Accounts are compared by their lines, whatever the data says of the files. */
	if (is_account_file(d.path))
		d.reason = NULL;
	*pl_vec_push(&c->found) = d;
	return 0;
}

static int walk(struct comparing *c, const struct pl_node *a, const struct pl_node *b,
		struct pl_err *err)
{
	uint32_t n_a = a ? a->n_children : 0, n_b = b ? b->n_children : 0;
	int rc = 0;
	for (uint32_t i = 0, k = 0; (i < n_a || k < n_b) && rc == 0;) {
		const struct pl_node *x = i < n_a ? a->children[i] : NULL;
		const struct pl_node *y = k < n_b ? b->children[k] : NULL;
		int order = !x ? 1 : !y ? -1 : pl_str_cmp(x->name, y->name);
		x = order <= 0 ? x : NULL;
		y = order >= 0 ? y : NULL;
		i += order <= 0;
		k += order >= 0;
		c->n_paths++;
		if (!x || !y || !same_attributes(c, pl_node_file(x), pl_node_file(y)) ||
		    !same_content(pl_node_file(x), pl_node_file(y)))
			rc = add_difference(c, x, y, err);
		if (rc == 0)
			rc = walk(c, x, y, err);
	}
	return rc;
}

int pl_trial_compare_with(struct pl_trial *t, const struct pl_tree *installed,
			  struct pl_comparison *ret, struct pl_err *err)
{
	struct comparing c = {
		.t = t, .installed = {.tree = installed}, .ours = {.tree = t->composed->tree}};
	int rc = pl_trial_text(t, installed, "etc/passwd", &c.installed.passwd, err);
	if (rc == 0)
		rc = pl_trial_text(t, installed, "etc/group", &c.installed.group, err);
	if (rc == 0)
		rc = pl_trial_text(t, NULL, "etc/passwd", &c.ours.passwd, err);
	if (rc == 0)
		rc = pl_trial_text(t, NULL, "etc/group", &c.ours.group, err);
	if (rc == 0)
		rc = walk(&c, installed->root, t->composed->tree->root, err);
	*ret = (struct pl_comparison){
		.n_paths = c.n_paths,
		.v = pl_arena_dup(&t->arena, c.found.v, c.found.n, sizeof(*c.found.v)),
		.n = c.found.n};
	for (size_t i = 0; i < ret->n; i++)
		ret->n_unexplained += !ret->v[i].reason;
	pl_vec_free(&c.found);
	return rc;
}

int pl_trial_compare(struct pl_trial *t, const char *hostname, struct pl_comparison *ret,
		     struct pl_err *err)
{
	if (t->has_installed)
		pl_tree_done(&t->installed);
	t->has_installed = false;
	int rc = pl_trial_install(t, hostname, &t->installed, err);
	if (rc < 0)
		return rc;
	t->has_installed = true;
	return pl_trial_compare_with(t, &t->installed, ret, err);
}
