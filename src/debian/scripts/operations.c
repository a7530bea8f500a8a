// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/apply_int.h"

#include "base/num.h"

static const char *const generator_names[PL_GENERATORS] = {
	[PL_GEN_CA] = "ca-certificates", [PL_GEN_JAVA] = "java-keystore", [PL_GEN_PAM] = "pam",
	[PL_GEN_SHELLS] = "shells",      [PL_GEN_LD] = "ld-so-cache",
};

static int look_up(const struct pl_map *ids, struct pl_str name, const char *what, uint32_t *ret,
		   struct pl_err *err)
{
	void *v = pl_map_get(ids, name);
	if (!v)
		return pl_fail(err, PL_INPUT, "there is no %s '" PL_STR_FMT "'", what,
			       PL_STR_ARG(name));
	*ret = (uint32_t)((uintptr_t)v - 1);
	return 0;
}

static int owner_of(const struct pl_effect_run *run, const struct pl_effect *e, uint32_t *ret_uid,
		    uint32_t *ret_gid, struct pl_err *err)
{
	uint32_t uid = 0, gid = 0;
	int rc = look_up(&run->users, e->owner, "user", &uid, err);
	if (rc >= 0)
		rc = look_up(&run->groups, e->group, "group", &gid, err);
	if (rc < 0)
		return rc;
	*ret_uid = uid;
	*ret_gid = gid;
	return 0;
}

static struct pl_node *find(const struct pl_effect_run *run, struct pl_str path)
{
	return pl_tree_resolve(run->tree, path, false);
}

/* chown and chmod of what is there. */
static int set_owner(struct pl_effect_run *run, const struct pl_effect *e, struct pl_node *n,
		     struct pl_err *err)
{
	uint32_t uid = 0, gid = 0;
	int rc = owner_of(run, e, &uid, &gid, err);
	if (rc < 0)
		return rc;
	n->uid = uid;
	n->gid = gid;
	if (e->mode != UINT32_MAX)
		n->mode = e->mode;
	return 0;
}

static int missing(struct pl_str path, struct pl_err *err)
{
	return pl_fail(err, PL_NOT_FOUND, "/" PL_STR_FMT " is not in the image", PL_STR_ARG(path));
}

static int do_dir(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(run->tree, e->path, true);
	if (n && n->type != PL_TAR_DIR)
		return pl_fail(err, PL_CONFLICT, "/" PL_STR_FMT " is no folder",
			       PL_STR_ARG(e->path));
	if (n)
		return e->keep ? 0 : set_owner(run, e, n, err);
	uint32_t uid = 0, gid = 0;
	int rc = owner_of(run, e, &uid, &gid, err);
	if (rc < 0)
		return rc;
	return pl_tree_mkdir(run->tree, e->path, e->mode == UINT32_MAX ? 0755 : e->mode, uid, gid,
			     run->in->epoch, NULL, err);
}

static int do_own(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	struct pl_node *n = find(run, e->path);
	if (!n)
		return e->optional ? 0 : missing(e->path, err);
	return set_owner(run, e, n, err);
}

static int write_file(struct pl_effect_run *run, const struct pl_effect *e, struct pl_str bytes,
		      uint32_t mode, struct pl_err *err)
{
	uint32_t uid = 0, gid = 0;
	int rc = owner_of(run, e, &uid, &gid, err);
	if (rc < 0)
		return rc;
	return pl_tree_file(run->tree, e->path, bytes, mode, uid, gid, run->in->epoch, NULL, err);
}

static int do_text(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	if (e->keep && find(run, e->path))
		return 0;
	return write_file(run, e, e->text, e->mode == UINT32_MAX ? 0644 : e->mode, err);
}

/* cp -p: a link is copied as a link; time and mode come along. */
static int do_copy(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	const struct pl_node *from = pl_tree_resolve(run->tree, e->from, true);
	if (e->keep && find(run, e->path))
		return 0;
	if (!from || (from->type != PL_TAR_FILE && from->type != PL_TAR_HARDLINK))
		return e->optional ? 0 : missing(e->from, err);
	int rc = pl_gen_read(run->in, from, &b, err);
	if (rc < 0)
		return rc;
	return write_file(run, e, pl_buf_str(&b), e->mode == UINT32_MAX ? from->mode : e->mode,
			  err);
}

/* ln -sf, which replaces a file, and an empty folder where a recipe says so (base-files' /var/run).
 */
static int do_link(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	struct pl_node *n = find(run, e->path);
	if (n && e->keep)
		return 0;
	if (n && n->type == PL_TAR_SYMLINK && pl_str_eq(n->link, e->text))
		return 0;
	if (n && n->type == PL_TAR_DIR && n->n_children)
		return pl_fail(err, PL_CONFLICT,
			       "/" PL_STR_FMT " holds files, but becomes a link to " PL_STR_FMT,
			       PL_STR_ARG(e->path), PL_STR_ARG(e->text));
	if (!n && e->optional) {
		/* The target of an optional link is relative to its folder, or absolute. */
		struct pl_str dir = pl_str_sub(e->path, 0, pl_str_rfind(e->path, '/') + 1);
		struct pl_str target = e->text;
		if (!pl_str_starts(target, "/"))
			target = pl_str_of(pl_arena_printf(&run->arena, PL_STR_FMT PL_STR_FMT,
							   PL_STR_ARG(dir), PL_STR_ARG(target)));
		if (!find(run, target))
			return 0;
	}
	if (n)
		pl_tree_remove(run->tree, n);
	return pl_tree_symlink(run->tree, e->path, e->text, run->in->epoch, NULL, err);
}

/* A diversion: another package's file moves out of the way. */
static int do_rename(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	struct pl_node *n = find(run, e->from);
	if (find(run, e->path))
		return 0; /* done before */
	if (!n)
		return e->optional ? 0 : missing(e->from, err);
	if (n->type == PL_TAR_DIR)
		return pl_fail(err, PL_INPUT, "/" PL_STR_FMT " is a folder: only files move",
			       PL_STR_ARG(e->from));
	struct pl_tar_entry te = {
		.type = n->type == PL_TAR_SYMLINK ? PL_TAR_SYMLINK : PL_TAR_FILE,
		.path = e->path,
		.link = n->link,
		.mode = n->mode,
		.uid = n->uid,
		.gid = n->gid,
		.mtime = n->mtime,
	};
	struct pl_node *to;
	int rc = pl_tree_put(run->tree, &te, &to, err);
	if (rc < 0)
		return rc;
	to->body = n->body;
	to->size = n->size;
	to->sha256 = n->sha256;
	to->bytes = n->bytes;
	to->capability = n->capability;
	to->owner = n->owner;
	pl_tree_remove(run->tree, n);
	return 0;
}

static int do_capability(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(run->tree, e->path, true);
	size_t size = e->text.n / 2;
	if (!n)
		return e->optional ? 0 : missing(e->path, err);
	char *raw = pl_arena_alloc(&run->tree->arena, size + 1);
	if (!size || !pl_unhex((uint8_t *)raw, size, e->text))
		return pl_fail(err, PL_INPUT, "capability must be hex");
	n->capability = (struct pl_str){raw, size};
	return 0;
}

/* A text of the tree and where it is, for edits. */
static int edit_text(struct pl_effect_run *run, const struct pl_effect *e, struct pl_node **ret_n,
		     struct pl_str *ret, struct pl_err *err)
{
	struct pl_node *n = pl_tree_resolve(run->tree, e->path, true);
	if (!n) {
		*ret_n = NULL;
		return e->optional ? 0 : missing(e->path, err);
	}
	int rc = pl_gen_text(run->tree, run->in, &run->arena, pl_arena_cstr(&run->arena, e->path),
			     ret, err);
	if (rc < 0)
		return rc;
	if (!ret->p)
		return missing(e->path, err);
	*ret_n = n;
	return 0;
}

static int put_text(struct pl_effect_run *run, const struct pl_effect *e, const struct pl_node *n,
		    const struct pl_buf *b, struct pl_err *err)
{
	uint32_t mode = n->mode, uid = n->uid, gid = n->gid;
	return pl_tree_file(run->tree, e->path, pl_buf_str(b), mode, uid, gid, run->in->epoch, NULL,
			    err);
}

static int do_line(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	struct pl_str text, rest;
	struct pl_node *n;
	PL_AUTO(buf) b = {0};
	int rc = edit_text(run, e, &n, &text, err);
	if (rc < 0 || !n)
		return rc;
	rest = text;
	while (rest.p && rest.n) {
		if (pl_str_eq(pl_str_cut(&rest, '\n'), e->text))
			return 0;
	}
	pl_buf_addstr(&b, text);
	if (b.n && b.p[b.n - 1] != '\n')
		pl_buf_addc(&b, '\n');
	pl_buf_addstr(&b, e->text);
	pl_buf_addc(&b, '\n');
	return put_text(run, e, n, &b, err);
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

/* One line of nsswitch.conf ("hosts:   files dns") with a service put in (nsswitch.conf(5)). A
 * recipe writes the service's action behind it: "mdns4_minimal[NOTFOUND=return]". */
static void nsswitch_line(struct pl_buf *b, struct pl_str line, const struct pl_effect *e)
{
	struct pl_str key = pl_str_sub(line, 0, pl_str_find(line, ':'));
	struct pl_str rest = pl_str_sub(line, key.n + 1, line.n);
	struct pl_str name = pl_str_sub(e->from, 0, pl_str_find(e->from, '['));
	struct pl_str action = pl_str_sub(e->from, name.n, e->from.n);
	if (!pl_str_eq(pl_str_trim(key), e->text) || has_service(rest, name)) {
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
		bool here = !put && pl_str_eq(w, e->owner);
		if (here && e->before)
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

static int do_nsswitch(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	struct pl_effect at = *e;
	struct pl_str text;
	struct pl_node *n;
	PL_AUTO(buf) b = {0};
	at.path = PL_STR("etc/nsswitch.conf");
	at.optional = true; /* a recipe's remove may have been there */
	int rc = edit_text(run, &at, &n, &text, err);
	if (rc < 0 || !n)
		return rc;
	while (text.p && text.n) {
		nsswitch_line(&b, pl_str_cut(&text, '\n'), e);
		pl_buf_addc(&b, '\n');
	}
	return put_text(run, &at, n, &b, err);
}

int pl_effect_tmpfiles(struct pl_effect_run *run, struct pl_str name, struct pl_err *err)
{
	char *path =
		pl_arena_printf(&run->arena, "usr/lib/tmpfiles.d/" PL_STR_FMT, PL_STR_ARG(name));
	if (!pl_tree_resolve(run->tree, pl_str_of(path), true))
		return 0;
	return pl_gen_tmpfiles(run->tree, run->in, pl_str_of(path), err);
}

static int do_generate(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	for (size_t i = 0; i < PL_GENERATORS; i++) {
		if (pl_str_is(e->text, generator_names[i])) {
			run->wanted[i] = true;
			return 0;
		}
	}
	return pl_fail(err, PL_INPUT, "there is no generator '" PL_STR_FMT "'",
		       PL_STR_ARG(e->text));
}

static int dispatch(struct pl_effect_run *run, const struct pl_effect *e, struct pl_err *err)
{
	struct pl_node *n;
	switch (e->kind) {
	case PL_EFFECT_DIR:
		return do_dir(run, e, err);
	case PL_EFFECT_OWN:
		return do_own(run, e, err);
	case PL_EFFECT_TEXT:
		return do_text(run, e, err);
	case PL_EFFECT_COPY:
		return do_copy(run, e, err);
	case PL_EFFECT_LINK:
		return do_link(run, e, err);
	case PL_EFFECT_RENAME:
		return do_rename(run, e, err);
	case PL_EFFECT_REMOVE:
		n = find(run, e->path);
		if (n)
			pl_tree_remove(run->tree, n);
		return 0;
	case PL_EFFECT_CAPABILITY:
		return do_capability(run, e, err);
	case PL_EFFECT_LINE:
		return do_line(run, e, err);
	case PL_EFFECT_NSSWITCH:
		return do_nsswitch(run, e, err);
	case PL_EFFECT_TMPFILES:
		return pl_effect_tmpfiles(run, e->text, err);
	case PL_EFFECT_ALTERNATIVE:
		*pl_vec_push(&run->alternatives) = *e->alternative;
		return 0;
	case PL_EFFECT_GENERATE:
		return do_generate(run, e, err);
	}
	return pl_fail(err, PL_FAILURE, "unknown effect");
}

int pl_effect_do(struct pl_effect_run *run, const struct pl_recipe *recipe,
		 const struct pl_effect *e, struct pl_err *err)
{
	int rc = dispatch(run, e, err);
	if (rc < 0)
		return pl_ctx(err, "package " PL_STR_FMT ": recipe, line %u",
			      PL_STR_ARG(recipe->package), e->line);
	return 0;
}

static bool has_line(const struct pl_buf *b, struct pl_str line)
{
	struct pl_str rest = pl_buf_str(b);
	while (rest.p && rest.n) {
		if (pl_str_eq(pl_str_cut(&rest, '\n'), line))
			return true;
	}
	return false;
}

static void add_shells(struct pl_buf *b, struct pl_str text)
{
	while (text.p && text.n) {
		struct pl_str line = pl_str_trim(pl_str_cut(&text, '\n'));
		if (!line.n || line.p[0] == '#' || has_line(b, line))
			continue;
		pl_buf_addstr(b, line);
		pl_buf_addc(b, '\n');
	}
}

int pl_effect_shells(struct pl_effect_run *run, struct pl_err *err)
{
	struct pl_str text;
	PL_AUTO(buf) b = {.max = 1 << 20};
	int rc = pl_gen_text(run->tree, run->in, &run->arena, "usr/share/debianutils/shells", &text,
			     err);
	if (rc < 0 || !text.p)
		return rc;
	pl_buf_addstr(&b, text);
	const struct pl_node *d =
		pl_tree_resolve(run->tree, PL_STR("usr/share/debianutils/shells.d"), true);
	for (uint32_t i = 0; d && d->type == PL_TAR_DIR && i < d->n_children; i++) {
		char *path = pl_arena_printf(&run->arena, "usr/share/debianutils/shells.d/%s",
					     d->children[i]->name.p);
		rc = pl_gen_text(run->tree, run->in, &run->arena, path, &text, err);
		if (rc < 0)
			return rc;
		add_shells(&b, text);
	}
	/* Where /usr is merged each shell has two names. */
	PL_AUTO(buf) both = {.max = 1 << 20};
	pl_buf_addstr(&both, pl_buf_str(&b));
	struct pl_str rest = pl_buf_str(&b);
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (pl_str_starts(line, "/bin/"))
			add_shells(&both, pl_str_of(pl_arena_printf(&run->arena, "/usr" PL_STR_FMT,
								    PL_STR_ARG(line))));
	}
	rc = pl_buf_check(&both, "etc/shells", err);
	if (rc < 0)
		return rc;
	return pl_gen_file(run->tree, run->in, "etc/shells", pl_buf_str(&both), 0644, err);
}
