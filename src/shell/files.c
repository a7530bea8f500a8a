// SPDX-License-Identifier: Apache-2.0
/* What a script has open: streams in memory and files of the tree; redirections (2.7). */
#include "shell/shell_int.h"

#include "base/num.h"

static struct pl_sh_file *new_file(struct pl_shell *sh, enum pl_sh_file_kind kind,
				   struct pl_sh_body *body)
{
	struct pl_sh_file *f = pl_xcalloc(1, sizeof(*f));
	f->refs = 1;
	f->kind = kind;
	f->body = body;
	if (!body && kind != PL_SH_FILE_NULL)
		f->body = pl_xcalloc(1, sizeof(*f->body));
	if (f->body) {
		f->body->refs++;
		f->body->data.max = sh->common->limits.output;
	}
	return f;
}

struct pl_sh_file *pl_sh_file_bytes(struct pl_shell *sh, struct pl_str text)
{
	struct pl_sh_file *f = new_file(sh, PL_SH_FILE_BYTES, NULL);
	f->writes = f->appends = true;
	pl_buf_addstr(&f->body->data, text);
	return f;
}

struct pl_sh_file *pl_sh_file_ref(struct pl_sh_file *f)
{
	if (f)
		f->refs++;
	return f;
}

/* A node that was removed meanwhile has no parent that knows it: what is written to it is lost. */
static bool is_in_tree(const struct pl_node *n)
{
	for (; n->parent; n = n->parent) {
		bool known = false;
		for (uint32_t i = 0; i < n->parent->n_children && !known; i++)
			known = n->parent->children[i] == n;
		if (!known)
			return false;
	}
	return true;
}

static void commit(struct pl_shell *sh, struct pl_sh_body *b)
{
	struct pl_node *n = b->node;
	if (!n || !b->changed || !is_in_tree(n))
		return;
	b->changed = false;
	n->bytes = pl_arena_str(&sh->common->world->tree->arena, pl_buf_str(&b->data));
	n->size = n->bytes.n;
	n->body = n->size ? PL_BODY_BYTES : PL_BODY_NONE;
	n->sha256 = pl_sha256_of(n->bytes);
	n->mtime = sh->common->world->epoch;
	n->owner = -1;
}

void pl_sh_files_sync(struct pl_shell *sh)
{
	for (struct pl_sh_body *b = sh->common->open; b; b = b->next_open)
		commit(sh, b);
}

static void unref_body(struct pl_shell *sh, struct pl_sh_body *b)
{
	if (!b || --b->refs)
		return;
	commit(sh, b);
	for (struct pl_sh_body **at = &sh->common->open; *at; at = &(*at)->next_open)
		if (*at == b) {
			*at = b->next_open;
			break;
		}
	pl_buf_done(&b->data);
	free(b);
}

void pl_sh_file_unref(struct pl_shell *sh, struct pl_sh_file *f)
{
	if (!f || --f->refs)
		return;
	unref_body(sh, f->body);
	free(f);
}

struct pl_str pl_sh_file_rest(const struct pl_sh_file *f)
{
	if (!f || !f->body)
		return PL_STR("");
	struct pl_str all = pl_buf_str(&f->body->data);
	return pl_str_sub(all, f->at < all.n ? f->at : all.n, all.n);
}

/* A stream is written at its end and read from the place; a file has one place for both. */
static int write_file(struct pl_shell *sh, struct pl_sh_file *f, struct pl_str text,
		      struct pl_err *err)
{
	const struct pl_sh_common *c = sh->common;
	if (!f || !f->writes || !f->body || text.n == 0)
		return 0;
	if (f->kind == PL_SH_FILE_NODE && c->world->tree->arena.used > c->limits.files)
		return pl_fail(err, PL_LIMIT,
			       "%s: line %u: the files of the image that are written take more "
			       "than %llu bytes of memory",
			       sh->script, sh->line, (unsigned long long)c->limits.files);
	struct pl_buf *data = &f->body->data;
	size_t at = f->appends ? data->n : f->at, end = at + text.n;
	if (at > data->n) /* it was cut meanwhile */
		pl_buf_zero(data, at - data->n);
	size_t over = data->n - at < text.n ? data->n - at : text.n;
	if (over)
		memcpy(data->p + at, text.p, over);
	pl_buf_addstr(data, pl_str_sub(text, over, text.n));
	f->body->changed = true;
	if (f->kind == PL_SH_FILE_NODE)
		f->at = end;
	if (data->overflow)
		return pl_fail(err, PL_LIMIT,
			       "%s: line %u: more than %llu bytes are written to one file or pipe",
			       sh->script, sh->line, (unsigned long long)sh->common->limits.output);
	return 0;
}

int pl_shell_file_read(struct pl_shell *sh, const struct pl_node *n, struct pl_buf *ret,
		       struct pl_err *err)
{
	const struct pl_shell_world *w = sh->common->world;
	pl_sh_files_sync(sh);
	n = pl_node_file(n);
	if (n->size > sh->common->limits.output)
		return pl_fail(err, PL_LIMIT, "%s: line %u: a file of %llu bytes is read",
			       sh->script, sh->line, (unsigned long long)n->size);
	if (n->body == PL_BODY_BYTES) {
		pl_buf_addstr(ret, n->bytes);
		return 0;
	}
	PL_AUTO(buf) body = {.max = sh->common->limits.output};
	int rc = n->body == PL_BODY_NONE ? 0 : w->read(w->read_ctx, n, &body, err);
	pl_buf_addstr(ret, pl_buf_str(&body));
	return rc;
}

bool pl_shell_is_chance(const char *path)
{
	static const char *const known[] = {"/dev/urandom", "/dev/random",
					    "/proc/sys/kernel/random/uuid",
					    "/proc/sys/kernel/random/boot_id"};
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (strcmp(known[i], path) == 0)
			return true;
	return false;
}

bool pl_shell_is_secret(struct pl_str text)
{
	return text.n && memmem(text.p, text.n, PL_SHELL_SECRET, strlen(PL_SHELL_SECRET));
}

int pl_shell_chance(struct pl_shell *sh, const char *path, struct pl_buf *ret, struct pl_err *err)
{
	const struct pl_shell_world *w = sh->common->world;
	if (!w->secret)
		return pl_fail(err, PL_SCRIPTS, "%s: line %u: reads %s, which has no end",
			       sh->script, sh->line, path);
	for (unsigned i = 0; i < 512; i++)
		pl_buf_adds(ret, PL_SHELL_SECRET);
	w->secret(w->secret_ctx, sh->script, sh->line, path);
	return 0;
}

/* -- opening -- */

enum device { DEVICE_NONE, DEVICE_NULL, DEVICE_TTY, DEVICE_ZERO, DEVICE_RANDOM, DEVICE_FD };

static enum device device_of(struct pl_str path, int *ret_fd)
{
	static const struct {
		const char *path;
		enum device device;
		int fd;
	} known[] = {
		{"dev/null", DEVICE_NULL, 0},   {"dev/tty", DEVICE_TTY, 0},
		{"dev/console", DEVICE_TTY, 0}, {"dev/zero", DEVICE_ZERO, 0},
		{"dev/stdin", DEVICE_FD, 0},    {"dev/stdout", DEVICE_FD, 1},
		{"dev/stderr", DEVICE_FD, 2},
	};
	PL_AUTOFREE char *whole = pl_xprintf("/" PL_STR_FMT, PL_STR_ARG(path));
	if (pl_shell_is_chance(whole))
		return DEVICE_RANDOM;
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (pl_str_is(path, known[i].path)) {
			*ret_fd = known[i].fd;
			return known[i].device;
		}
	if (pl_str_starts(path, "dev/fd/") && path.n == 8 && path.p[7] >= '0' && path.p[7] <= '9') {
		*ret_fd = path.p[7] - '0';
		return DEVICE_FD;
	}
	return DEVICE_NONE;
}

static int cannot(struct pl_shell *sh, struct pl_err *err, const char *verb, const char *path,
		  const char *why)
{
	int rc = pl_sh_say(sh, err, "cannot %s %s: %s", verb, path, why);
	return rc < 0 ? rc : 1;
}

static int open_device(struct pl_shell *sh, enum device device, int fd, const char *path,
		       struct pl_sh_file **ret, struct pl_err *err)
{
	PL_AUTO(buf) chance = {0};
	int rc;
	switch (device) {
	case DEVICE_TTY:
		return cannot(sh, err, "open", path, "No such device or address");
	case DEVICE_RANDOM:
		rc = pl_shell_chance(sh, path, &chance, err);
		if (rc == 0)
			*ret = pl_sh_file_bytes(sh, pl_buf_str(&chance));
		return rc;
	case DEVICE_ZERO:
		return pl_fail(err, PL_SCRIPTS, "%s: line %u: reads %s, which has no end",
			       sh->script, sh->line, path);
	case DEVICE_FD:
		if (!sh->fds[fd])
			return cannot(sh, err, "open", path, "No such file");
		*ret = pl_sh_file_ref(sh->fds[fd]);
		return 0;
	default:
		*ret = new_file(sh, PL_SH_FILE_NULL, NULL);
		return 0;
	}
}

bool pl_shell_place(const struct pl_shell *sh, const char *path, struct pl_buf *ret)
{
	PL_AUTO(buf) at = {0};
	PL_AUTO(buf) dir = {0};
	pl_shell_path(sh, path, &at);
	struct pl_str whole = pl_buf_str(&at);
	size_t slash = pl_str_rfind(whole, '/');
	struct pl_str name = slash == SIZE_MAX ? whole : pl_str_sub(whole, slash + 1, whole.n);
	const struct pl_node *parent = pl_tree_resolve(
		sh->common->world->tree, pl_str_sub(whole, 0, slash == SIZE_MAX ? 0 : slash), true);
	if (!parent || parent->type != PL_TAR_DIR || name.n == 0 || pl_str_is(name, ".."))
		return false;
	pl_tree_path(parent, &dir);
	pl_buf_addstr(ret, pl_buf_str(&dir));
	if (dir.n)
		pl_buf_addc(ret, '/');
	pl_buf_addstr(ret, name);
	return true;
}

#define LINKS_MAX 40

/* Makes the file of a path whose links lead to a place where nothing is. */
static struct pl_node *create(struct pl_shell *sh, const char *path, unsigned links)
{
	struct pl_tree *t = sh->common->world->tree;
	struct pl_err ignored = {0};
	PL_AUTO(buf) at = {0};
	struct pl_node *n = NULL;
	if (links == LINKS_MAX || !pl_shell_place(sh, path, &at))
		return NULL;
	n = pl_tree_get(t, pl_buf_str(&at));
	if (n && n->type == PL_TAR_SYMLINK) {
		struct pl_str dir =
			pl_str_sub(pl_buf_str(&at), 0, pl_str_rfind(pl_buf_str(&at), '/') + 1);
		PL_AUTOFREE char *to = pl_str_starts(n->link, "/")
					       ? pl_str_dup(n->link)
					       : pl_xprintf("/" PL_STR_FMT PL_STR_FMT,
							    PL_STR_ARG(dir), PL_STR_ARG(n->link));
		return create(sh, to, links + 1);
	}
	int rc = pl_tree_file(t, pl_buf_str(&at), PL_STR(""), 0666 & ~sh->umask, 0, 0,
			      sh->common->world->epoch, &n, &ignored);
	return rc < 0 ? NULL : n;
}

static struct pl_sh_body *body_of(struct pl_shell *sh, const struct pl_node *n)
{
	struct pl_sh_body *b = sh->common->open;
	while (b && b->node != n)
		b = b->next_open;
	return b;
}

static int open_node(struct pl_shell *sh, struct pl_node *n, bool writes,
		     enum pl_sh_redirect_kind kind, struct pl_sh_file **ret, struct pl_err *err)
{
	bool truncates = kind == PL_SH_WRITE || kind == PL_SH_CLOBBER || kind == PL_SH_WRITE_BOTH;
	n = pl_node_file(n);
	struct pl_sh_body *b = body_of(sh, n);
	struct pl_sh_file *f = new_file(sh, PL_SH_FILE_NODE, b);
	int rc = 0;
	f->writes = writes;
	f->appends = kind == PL_SH_APPEND || kind == PL_SH_APPEND_BOTH;
	if (truncates) {
		f->body->changed = f->body->changed || n->size || f->body->data.n;
		pl_buf_clear(&f->body->data);
	} else if (!b) {
		rc = pl_shell_file_read(sh, n, &f->body->data, err);
	}
	if (!b) {
		f->body->node = n;
		f->body->next_open = sh->common->open;
		sh->common->open = f->body;
	}
	if (rc < 0) {
		pl_sh_file_unref(sh, f);
		return rc;
	}
	*ret = f;
	return 0;
}

static int open_file(struct pl_shell *sh, const char *path, enum pl_sh_redirect_kind kind,
		     struct pl_sh_file **ret, struct pl_err *err)
{
	PL_AUTO(buf) at = {0};
	int fd = 0;
	bool writes = kind != PL_SH_READ;
	const char *verb = writes && kind != PL_SH_READ_WRITE ? "create" : "open";
	const char *missing = writes ? "Directory nonexistent" : "No such file";
	if (!*path)
		return cannot(sh, err, verb, path, missing);
	pl_shell_path(sh, path, &at);
	enum device device = device_of(pl_buf_str(&at), &fd);
	if (device != DEVICE_NONE)
		return open_device(sh, device, fd, path, ret, err);
	if (sh->uid)
		return pl_sh_unknown(sh, err, "opening %s as another user than root", path);
	struct pl_node *n = pl_tree_resolve(sh->common->world->tree, pl_buf_str(&at), true);
	if (n && n->type == PL_TAR_DIR)
		return cannot(sh, err, verb, path, "Is a directory");
	if (n && pl_node_file(n)->type != PL_TAR_FILE)
		return cannot(sh, err, verb, path, "No such device or address");
	if (n && sh->options & PL_SH_NOCLOBBER && kind == PL_SH_WRITE)
		return cannot(sh, err, verb, path, "File exists");
	if (!n && writes && at.n && path[strlen(path) - 1] != '/')
		n = create(sh, path, 0);
	if (!n)
		return cannot(sh, err, verb, path, missing);
	return open_node(sh, n, writes, kind, ret, err);
}

int pl_shell_file_write(struct pl_shell *sh, const char *path, struct pl_str text, bool append,
			struct pl_err *err)
{
	struct pl_sh_file *f;
	int rc = open_file(sh, path, append ? PL_SH_APPEND : PL_SH_CLOBBER, &f, err);
	if (rc)
		return rc < 0 ? rc : 0;
	rc = write_file(sh, f, text, err);
	pl_sh_file_unref(sh, f);
	return rc < 0 ? rc : 1;
}

/* -- redirections -- */

/* <& and >&: a number, or - to close. */
static int duplicate(struct pl_shell *sh, const struct pl_sh_redirect *r, const char *word,
		     struct pl_sh_file **ret, struct pl_err *err)
{
	uint64_t from;
	if (strcmp(word, "-") == 0) {
		*ret = NULL;
		return 0;
	}
	if (!pl_parse_u64(pl_str_of(word), PL_SH_FDS - 1, &from)) {
		if (sh->bash && r->fd == 1)
			return open_file(sh, word, PL_SH_WRITE_BOTH, ret, err);
		return pl_sh_die(sh, err, "%s: bad fd number", word);
	}
	if (!sh->fds[from]) {
		int rc = pl_sh_say(sh, err, "%s: Bad file descriptor", word);
		return rc < 0 ? rc : 1;
	}
	*ret = pl_sh_file_ref(sh->fds[from]);
	return 0;
}

static void put_fd(struct pl_shell *sh, int fd, struct pl_sh_file *f, struct pl_sh_file **saved,
		   bool *is_saved)
{
	if (saved && !is_saved[fd]) {
		saved[fd] = sh->fds[fd];
		is_saved[fd] = true;
	} else {
		pl_sh_file_unref(sh, sh->fds[fd]);
	}
	sh->fds[fd] = f;
}

int pl_sh_redirect(struct pl_shell *sh, const struct pl_sh_redirect *r, struct pl_sh_file **saved,
		   bool *is_saved, struct pl_err *err)
{
	for (; r; r = r->next) {
		PL_AUTO(buf) text = {.max = sh->common->limits.output};
		struct pl_sh_file *f = NULL;
		int rc = pl_sh_expand_text(sh, r->word, &text, err);
		if (rc)
			return rc;
		const char *word = text.p ? text.p : "";
		if (r->kind == PL_SH_HERE)
			f = pl_sh_file_bytes(sh, pl_buf_str(&text));
		else if (r->kind == PL_SH_DUP)
			rc = duplicate(sh, r, word, &f, err);
		else
			rc = open_file(sh, word, r->kind, &f, err);
		if (rc)
			return rc;
		bool both = r->kind == PL_SH_WRITE_BOTH || r->kind == PL_SH_APPEND_BOTH ||
			    (r->kind == PL_SH_DUP && f && f->kind == PL_SH_FILE_NODE && sh->bash &&
			     r->fd == 1 && !pl_parse_u64(pl_buf_str(&text), 9, &(uint64_t){0}));
		if (both)
			put_fd(sh, 2, pl_sh_file_ref(f), saved, is_saved);
		put_fd(sh, r->fd, f, saved, is_saved);
	}
	return 0;
}

void pl_sh_redirect_restore(struct pl_shell *sh, struct pl_sh_file **saved, const bool *is_saved)
{
	for (int fd = 0; fd < PL_SH_FDS; fd++) {
		if (!is_saved[fd])
			continue;
		pl_sh_file_unref(sh, sh->fds[fd]);
		sh->fds[fd] = saved[fd];
	}
}

/* -- for commands -- */

int pl_shell_write(struct pl_shell *sh, int fd, struct pl_str text, struct pl_err *err)
{
	return write_file(sh, sh->fds[fd], text, err);
}

int pl_shell_input(struct pl_shell *sh, struct pl_buf *ret, struct pl_err *err)
{
	struct pl_sh_file *f = sh->fds[0];
	struct pl_str rest = pl_sh_file_rest(f);
	pl_buf_addstr(ret, rest);
	if (f)
		f->at += rest.n;
	return pl_buf_check(ret, "standard input", err);
}

void pl_shell_path(const struct pl_shell *sh, const char *path, struct pl_buf *ret)
{
	PL_AUTOFREE char *whole =
		*path == '/' ? pl_xstrdup(path) : pl_xprintf("%s/%s", sh->cwd, path);
	struct pl_str rest = pl_str_of(whole);
	while (rest.p) {
		struct pl_str part = pl_str_cut(&rest, '/');
		if (part.n == 0 || pl_str_is(part, "."))
			continue;
		if (ret->n)
			pl_buf_addc(ret, '/');
		pl_buf_addstr(ret, part);
	}
}

struct pl_node *pl_shell_node(const struct pl_shell *sh, const char *path, bool follow)
{
	PL_AUTO(buf) at = {0};
	size_t n = strlen(path);
	if (n == 0)
		return NULL;
	pl_shell_path(sh, path, &at);
	bool is_inside = path[n - 1] == '/' || (n > 1 && strcmp(path + n - 2, "/.") == 0);
	struct pl_node *node =
		pl_tree_resolve(sh->common->world->tree, pl_buf_str(&at), follow || is_inside);
	return node && is_inside && node->type != PL_TAR_DIR ? NULL : node;
}
