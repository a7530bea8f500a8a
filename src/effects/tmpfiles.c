// SPDX-License-Identifier: Apache-2.0
#include "effects/tmpfiles.h"
#include "base/num.h"
#include "effects/effects_int.h"

#include <fnmatch.h>

struct line {
	unsigned number;
	char type;
	bool plus; /* replace what is there */
	const char *path;
	struct pl_str mode, user, group, argument;
};
struct tmpfiles {
	struct pl_tree *tree;
	const struct pl_effect_input *in;
	struct pl_arena arena;
	const char *file; /* for errors */
	const char *prefix;
	struct pl_str passwd, group;
	bool passed_over; /* a line whose owner is unknown */
};

static int refuse(const struct tmpfiles *t, const struct line *l, const char *why,
		  struct pl_err *err)
{
	return pl_fail(err, PL_INPUT, "%s:%u: %s: %s", t->file, l->number, l->path ? l->path : "?",
		       why);
}

static struct pl_str word(struct pl_str *rest)
{
	size_t i = 0, n = 0;
	while (i < rest->n && (rest->p[i] == ' ' || rest->p[i] == '\t'))
		i++;
	while (i + n < rest->n && rest->p[i + n] != ' ' && rest->p[i + n] != '\t')
		n++;
	struct pl_str w = pl_str_sub(*rest, i, n);
	*rest = pl_str_sub(*rest, i + n, rest->n);
	return w;
}

/* "-" stands for what is not given. */
static struct pl_str optional(struct pl_str s)
{
	return pl_str_is(s, "-") ? (struct pl_str){"", 0} : s;
}

static bool has_char(struct pl_str s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr(set, s.p[i]))
			return true;
	return false;
}

/* Ours are the types that make or change one thing below /var, /etc or /root. /run and what leads
 * there is a tmpfs when a container starts. */
static bool concerns_us(const struct line *l)
{
	struct pl_str p = pl_str_of(l->path);
	if (!strchr("dDvqQfLz", l->type) || pl_str_starts(p, "/var/run/") ||
	    pl_str_is(p, "/var/run") || pl_str_starts(p, "/var/lock/") || pl_str_is(p, "/var/lock"))
		return false;
	return pl_str_starts(p, "/var/") || pl_str_starts(p, "/etc/") || pl_str_starts(p, "/root/");
}

/* What stands behind the type. "!" is for lines that count while a machine boots (--boot), which
 * nobody does where packages are installed; "^" takes the argument from a credential of that name,
 * and nobody passed any: systemd-tmpfiles passes such lines over. */
static int parse_modifiers(const struct tmpfiles *t, struct line *l, struct pl_str modifiers,
			   bool *ret_counts, struct pl_err *err)
{
	*ret_counts = true;
	for (size_t i = 0; i < modifiers.n; i++) {
		char c = modifiers.p[i];
		if (c == '!' || c == '^')
			*ret_counts = false;
		else if (c == '+')
			l->plus = true;
		else if (c != '-' && c != '$') /* may fail; may be purged */
			return refuse(t, l, "a modifier that is not understood", err);
	}
	return 0;
}

/* path_startswith(): whole components. */
static bool is_below(struct pl_str path, const char *prefix)
{
	size_t n = strlen(prefix);
	while (n && prefix[n - 1] == '/')
		n--;
	return path.n >= n && strncmp(path.p, prefix, n) == 0 && (path.n == n || path.p[n] == '/');
}

/* 1: a line in *ret; 0: nothing to do for this one. */
static int parse(struct tmpfiles *t, struct pl_str text, unsigned number, struct line *ret,
		 struct pl_err *err)
{
	struct pl_str rest = text, type = word(&rest), path = word(&rest);
	struct line l = {.number = number};
	if (type.n == 0 || type.p[0] == '#')
		return 0;
	bool counts;
	l.type = strchr("vqQ", type.p[0]) ? 'd' : type.p[0]; /* no btrfs: directories */
	l.path = pl_arena_cstr(&t->arena, path);
	if (!concerns_us(&l) || (t->prefix && !is_below(path, t->prefix)))
		return 0;
	int rc = parse_modifiers(t, &l, pl_str_sub(type, 1, type.n), &counts, err);
	if (rc < 0 || !counts)
		return rc;
	l.mode = optional(word(&rest));
	l.user = optional(word(&rest));
	l.group = optional(word(&rest));
	(void)word(&rest); /* age: for cleaning up, later */
	l.argument = optional(pl_str_trim(rest));
	if (has_char(path, "\"'\\") || pl_str_starts(l.argument, "\""))
		return refuse(t, &l, "quoted fields are not understood", err);
	/* Machine and boot have no identity yet: systemd-tmpfiles passes such lines over, too. */
	if (memmem(path.p, path.n, "%m", 2) || memmem(path.p, path.n, "%b", 2))
		return 0;
	if (has_char(path, "%") || has_char(l.argument, "%"))
		return refuse(t, &l, "a specifier (%) depends on the machine that runs the image",
			      err);
	if (l.type != 'z' && has_char(path, "*?["))
		return refuse(t, &l, "a pattern where a name must stand", err);
	if (memmem(path.p, path.n, "/../", 4) || pl_str_ends(path, "/.."))
		return refuse(t, &l, "'..' in the path", err);
	if (memmem(path.p, path.n, "/./", 3) || pl_str_ends(path, "/."))
		return refuse(t, &l, "'.' in the path", err);
	if (l.type == 'L' && pl_str_ends(path, "/"))
		return refuse(t, &l, "a link's name cannot end with '/'", err);
	*ret = l;
	return 1;
}

/* The third field of the line of that name: uid in passwd(5), gid in group(5). */
static bool look_up(struct pl_str file, struct pl_str name, uint32_t *ret)
{
	uint64_t id = 0;
	while (file.p && file.n) {
		struct pl_str line = pl_str_cut(&file, '\n');
		if (!pl_str_eq(pl_str_cut(&line, ':'), name))
			continue;
		(void)pl_str_cut(&line, ':');
		if (!pl_parse_u64(pl_str_cut(&line, ':'), UINT32_MAX - 1, &id))
			return false;
		*ret = (uint32_t)id;
		return true;
	}
	return false;
}

static bool find_owner(const struct tmpfiles *t, struct pl_str name, bool is_group, uint32_t *ret)
{
	uint64_t id = 0;
	if (pl_str_starts(name, ":"))
		name = pl_str_sub(name, 1, name.n);
	if (name.n == 0)
		return true;
	if (pl_str_is(name, "root")) {
		*ret = 0;
		return true;
	}
	if (pl_parse_u64(name, UINT32_MAX - 1, &id)) {
		*ret = (uint32_t)id;
		return true;
	}
	if (look_up(is_group ? t->group : t->passwd, name, ret))
		return true;
	for (size_t i = 0; i < t->in->n_ids; i++)
		if (t->in->ids[i].is_group == is_group && pl_str_is(name, t->in->ids[i].name)) {
			*ret = t->in->ids[i].id;
			return true;
		}
	return false;
}

/* systemd-tmpfiles passes a line over whose user or group nobody knows, and ends with 65. */
static bool has_owners(struct tmpfiles *t, const struct line *l)
{
	uint32_t id;
	if (find_owner(t, l->user, false, &id) && find_owner(t, l->group, true, &id))
		return true;
	t->passed_over = true;
	return false;
}

/* Mode and owners of what is there: what is not given stays, and so does what ":" keeps for new
 * things only. */
static int adjust(const struct tmpfiles *t, const struct line *l, struct pl_node *n, bool is_new,
		  struct pl_err *err)
{
	struct pl_str mode = l->mode;
	uint64_t bits = n->mode;
	uint32_t uid = n->uid, gid = n->gid;
	bool if_new = pl_str_starts(mode, ":");
	if (if_new)
		mode = pl_str_sub(mode, 1, mode.n);
	if (mode.n && !pl_parse_octal(mode, 07777, &bits))
		return refuse(t, l, "the mode is not octal", err);
	if (is_new || !pl_str_starts(l->user, ":"))
		find_owner(t, l->user, false, &uid);
	if (is_new || !pl_str_starts(l->group, ":"))
		find_owner(t, l->group, true, &gid);
	n->uid = uid;
	n->gid = gid;
	if (is_new || !if_new)
		n->mode = (uint32_t)bits;
	return 0;
}

/* Where lines may make and replace: below /etc, /var and /root, never these themselves. */
static bool is_ours(const struct pl_node *n)
{
	PL_AUTO(buf) path = {0};
	pl_tree_path(n, &path);
	struct pl_str s = pl_buf_str(&path);
	return pl_str_starts(s, "etc/") || pl_str_starts(s, "var/") || pl_str_starts(s, "root/");
}

/* What scanners read is not for a line of a package to point elsewhere. */
static bool is_database(struct pl_str path)
{
	return pl_str_is(path, "/var/lib") || pl_str_is(path, "/var/lib/dpkg") ||
	       pl_str_starts(path, "/var/lib/dpkg/");
}

static int make_link(struct tmpfiles *t, const struct line *l, struct pl_node *at,
		     struct pl_err *err)
{
	const char *target = l->argument.n
				     ? pl_arena_cstr(&t->arena, l->argument)
				     : pl_arena_printf(&t->arena, "/usr/share/factory%s", l->path);
	if (at && !l->plus)
		return 0;
	if (is_database(pl_str_of(l->path)))
		return refuse(t, l, "a link in place of a package database", err);
	/* Links on the way may lead to the whole of /usr, or to the root. */
	if (at && !is_ours(at))
		return refuse(t, l, "leads to what is not below /etc, /var or /root", err);
	if (at)
		pl_tree_remove(t->tree, at);
	return pl_effect_link(t->tree, t->in, l->path, target, err);
}

static int make_one(struct tmpfiles *t, const struct line *l, struct pl_err *err)
{
	struct pl_str path = pl_str_of(l->path);
	struct pl_node *at = pl_tree_resolve(t->tree, path, false);
	if (l->type == 'L')
		return make_link(t, l, at, err);
	enum pl_tar_type want = l->type == 'f' ? PL_TAR_FILE : PL_TAR_DIR;
	bool is_new = !at;
	int rc = 0;
	if (at && at->type != want)
		return 0; /* the real tool warns and leaves it */
	if (is_new && want == PL_TAR_DIR)
		rc = pl_tree_mkdir(t->tree, path, 0755, 0, 0, t->in->epoch, &at, err);
	else if (want == PL_TAR_FILE && (is_new || l->plus))
		rc = pl_tree_file(t->tree, path, l->argument, at ? at->mode : 0644,
				  at ? at->uid : 0, at ? at->gid : 0, t->in->epoch, &at, err);
	return rc < 0 ? rc : adjust(t, l, at, is_new, err);
}

static int adjust_matching(struct tmpfiles *t, const struct line *l, struct pl_err *err)
{
	struct pl_node *one = pl_tree_resolve(t->tree, pl_str_of(l->path), false);
	PL_AUTO(buf) path = {0};
	if (!has_char(pl_str_of(l->path), "*?["))
		return one && one->type != PL_TAR_SYMLINK ? adjust(t, l, one, false, err) : 0;
	for (struct pl_node *n = pl_tree_next(t->tree->root, NULL); n;
	     n = pl_tree_next(t->tree->root, n)) {
		pl_tree_path(n, &path);
		if (n->type == PL_TAR_SYMLINK ||
		    fnmatch(l->path + 1, path.p, FNM_PATHNAME | FNM_PERIOD) != 0)
			continue;
		int rc = adjust(t, l, n, false, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_texts(struct tmpfiles *t, struct pl_str *ret_file, struct pl_err *err)
{
	const struct {
		const char *path;
		struct pl_str *text;
	} wanted[] = {{t->file, ret_file}, {"etc/passwd", &t->passwd}, {"etc/group", &t->group}};
	for (size_t i = 0; i < PL_COUNT(wanted); i++) {
		int rc = pl_effect_text(t->tree, t->in, &t->arena, wanted[i].path, wanted[i].text,
					err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int apply_lines(struct tmpfiles *t, struct pl_err *err)
{
	struct pl_str file = {NULL, 0};
	int rc = read_texts(t, &file, err);
	for (unsigned number = 1; rc >= 0 && file.p && file.n; number++) {
		struct line l;
		rc = parse(t, pl_str_trim(pl_str_cut(&file, '\n')), number, &l, err);
		if (rc > 0 && has_owners(t, &l))
			rc = l.type == 'z' ? adjust_matching(t, &l, err) : make_one(t, &l, err);
	}
	return rc < 0 ? rc : 0;
}

int pl_tmpfiles_apply(struct pl_tree *t, const struct pl_effect_input *in, struct pl_str file,
		      const char *prefix, struct pl_err *err)
{
	struct tmpfiles f = {.tree = t, .in = in, .prefix = prefix};
	f.file = pl_arena_cstr(&f.arena, file);
	int rc = apply_lines(&f, err);
	pl_arena_done(&f.arena);
	return rc < 0 ? rc : f.passed_over;
}
