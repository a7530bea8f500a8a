// SPDX-License-Identifier: Apache-2.0
/*
 * Commands that make keys, certificates, identities and databases: what they would make is
 * deferred to the first start of a container. While scripts run, a file of a few bytes stands
 * where it would be, so that they go on as they do in an installation; when all have run, it is
 * taken out again (pl_debian_absent_remove), and so are links to it that bear its hash, and files
 * that scripts have written a secret into.
 */
#include "debian/commands/commands_int.h"

#include <fnmatch.h>

#define MARK PL_SHELL_SECRET PL_SHELL_SECRET PL_SHELL_SECRET PL_SHELL_SECRET

static void note_absent(struct pl_shell_call *call, const char *path)
{
	struct pl_debian_world *w = pl_deb_world(call);
	PL_AUTO(buf) b = {0};
	if (pl_shell_place(call->shell, path, &b))
		*pl_vec_push(&w->absent) = pl_arena_cstr(&w->arena, pl_buf_str(&b));
}

/* A file that is there stays, but for an empty one that waits for it with its owner and mode. */
static int stand_in(struct pl_shell_call *call, const char *path, uint32_t mode, struct pl_err *err)
{
	struct pl_node *old = pl_shell_node(call->shell, path, true);
	if (old && pl_node_file(old)->size)
		return 0;
	int rc = pl_shell_file_write(call->shell, path, PL_STR(MARK "\n"), false, err);
	if (rc <= 0) {
		call->status = rc == 0 ? 1 : 0;
		return rc;
	}
	if (!old)
		pl_shell_node(call->shell, path, true)->mode = mode & ~pl_shell_umask(call->shell);
	note_absent(call, path);
	return 0;
}

int pl_deb_print_secret(struct pl_shell_call *call, struct pl_err *err)
{
	pl_deb_world(call)->secrets = true;
	return pl_deb_print(call, err, MARK "\n");
}

/* uuidgen(1): an identity. */
int pl_deb_uuidgen(struct pl_shell_call *call, struct pl_err *err)
{
	pl_deb_find(call, PL_INSTALL_DEFERRED, "an identity: uuidgen makes one");
	return pl_deb_print_secret(call, err);
}

static const char *option(const struct pl_shell_call *call, const char *name)
{
	for (int i = 1; i + 1 < call->argc; i++)
		if (strcmp(call->argv[i], name) == 0)
			return call->argv[i + 1];
	return NULL;
}

static bool has_option(const struct pl_shell_call *call, const char *name)
{
	for (int i = 1; i < call->argc; i++)
		if (strcmp(call->argv[i], name) == 0)
			return true;
	return false;
}

int pl_deb_ssh_keygen(struct pl_shell_call *call, struct pl_err *err)
{
	const char *file = option(call, "-f");
	if (!file)
		return pl_shell_unknown(call, err, "no -f");
	if (has_option(call, "-l"))
		return pl_deb_print(call, err, "0 deferred %s (deferred)\n", file);
	PL_AUTOFREE char *public = pl_xprintf("%s.pub", file);
	pl_deb_find(call, PL_INSTALL_DEFERRED, "host keys: ssh-keygen -A makes them");
	int rc = stand_in(call, file, 0600, err);
	return rc < 0 ? rc : stand_in(call, public, 0644, err);
}

int pl_deb_openssl(struct pl_shell_call *call, struct pl_err *err)
{
	static const char *const makes[] = {"req",     "rand",    "genrsa", "dhparam",
					    "ecparam", "genpkey", "ca",     "pkcs12"};
	const char *verb = call->argc > 1 ? call->argv[1] : "", *out = option(call, "-out"),
		   *key = option(call, "-keyout");
	bool known = false;
	for (size_t i = 0; i < PL_COUNT(makes); i++)
		known = known || strcmp(verb, makes[i]) == 0;
	if (strcmp(verb, "x509") == 0 && has_option(call, "-hash"))
		return pl_deb_print(call, err, "00000000\n");
	known = known || (strcmp(verb, "x509") == 0 && has_option(call, "-req")) ||
		((strcmp(verb, "rsa") == 0 || strcmp(verb, "x509") == 0) && out);
	if (!known)
		return pl_shell_unknown(call, err, *verb ? verb : "this use");
	pl_deb_find(call, PL_INSTALL_DEFERRED, NULL);
	if (!out && !key)
		return pl_deb_print_secret(call, err);
	int rc = key ? stand_in(call, key, 0600, err) : 0;
	return rc < 0 || !out ? rc : stand_in(call, out, key ? 0644 : 0600, err);
}

/* GnuTLS's certtool(1) where it makes something. */
int pl_deb_certtool(struct pl_shell_call *call, struct pl_err *err)
{
	const char *out = option(call, "--outfile");
	bool makes = false;
	for (int i = 1; i < call->argc; i++) {
		makes = makes || strncmp(call->argv[i], "--generate-", 11) == 0;
		if (strncmp(call->argv[i], "--outfile=", 10) == 0)
			out = call->argv[i] + 10;
	}
	if (!makes)
		return pl_shell_unknown(call, err, "this use");
	pl_deb_find(call, PL_INSTALL_DEFERRED, NULL);
	return out ? stand_in(call, out, 0600, err) : pl_deb_print_secret(call, err);
}

int pl_deb_rndc_confgen(struct pl_shell_call *call, struct pl_err *err)
{
	if (!has_option(call, "-a"))
		return pl_shell_unknown(call, err, "anything but -a");
	pl_deb_find(call, PL_INSTALL_DEFERRED, "the key of rndc: rndc-confgen -a makes it");
	return stand_in(call, "/etc/bind/rndc.key", 0600, err);
}

int pl_deb_sqlite3(struct pl_shell_call *call, struct pl_err *err)
{
	if (call->argc != 2 || *call->argv[1] != '/')
		return pl_shell_unknown(call, err, "anything but a new database");
	pl_deb_find(call, PL_INSTALL_DEFERRED, NULL);
	return stand_in(call, call->argv[1], 0644, err);
}

/* dd of chance into a file. */
int pl_deb_dd(struct pl_shell_call *call, struct pl_err *err)
{
	const char *to = NULL;
	bool chance = false;
	for (int i = 1; i < call->argc; i++) {
		if (strncmp(call->argv[i], "of=", 3) == 0)
			to = call->argv[i] + 3;
		chance = chance || strcmp(call->argv[i], "if=/dev/random") == 0 ||
			 strcmp(call->argv[i], "if=/dev/urandom") == 0;
	}
	if (!chance)
		return pl_deb_unix(call, "dd", err);
	pl_deb_find(call, PL_INSTALL_DEFERRED, NULL);
	return !to ? pl_deb_print_secret(call, err) : stand_in(call, to, 0644, err);
}

/* Caches that a program prints by loading modules: the file that its output goes to is taken out.
 */
int pl_deb_modules_cache(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct {
		const char *name, *path;
	} caches[] = {
		{"gdk-pixbuf-query-loaders", "usr/lib/*/gdk-pixbuf-2.0/2.10.0/loaders.cache"},
		{"gtk-query-immodules-2.0", "usr/lib/*/gtk-2.0/2.10.0/immodules.cache"},
		{"gtk-query-immodules-3.0", "usr/lib/*/gtk-3.0/3.0.0/immodules.cache"},
	};
	const char *slash = strrchr(call->argv[0], '/');
	for (size_t i = 0; i < PL_COUNT(caches); i++) {
		if (strcmp(caches[i].name, slash ? slash + 1 : call->argv[0]) != 0)
			continue;
		pl_deb_find(call, PL_INSTALL_RUN_TIME, caches[i].name);
		*pl_vec_push(&pl_deb_world(call)->absent) = caches[i].path;
		return 0;
	}
	return pl_shell_unknown(call, err, "this use");
}

static bool is_absent(const struct pl_debian_world *w, const char *path)
{
	for (size_t i = 0; i < w->absent.n; i++)
		if (fnmatch(w->absent.v[i], path, FNM_PATHNAME) == 0)
			return true;
	return false;
}

static bool is_marked(const struct pl_node *n)
{
	return n->type == PL_TAR_FILE && n->body == PL_BODY_BYTES && pl_shell_is_secret(n->bytes);
}

/* What packages bring and the accounts are needed. */
static bool is_needed(const struct pl_debian_world *w, const char *path)
{
	static const char *const accounts[] = {"etc/passwd", "etc/group", "etc/shadow",
					       "etc/gshadow"};
	for (size_t i = 0; i < PL_COUNT(accounts); i++)
		if (strcmp(accounts[i], path) == 0)
			return true;
	for (size_t i = 0; i < w->n_packages; i++)
		for (size_t k = 0; k < w->packages[i].paths.n; k++)
			if (strcmp(w->packages[i].paths.v[k], path) == 0)
				return true;
	return false;
}

int pl_debian_secrets_find(struct pl_debian_world *w, struct pl_err *err)
{
	PL_AUTO(buf) path = {0};
	for (struct pl_node *n = pl_tree_next(w->tree->root, NULL); n;
	     n = pl_tree_next(w->tree->root, n)) {
		if (!is_marked(n))
			continue;
		pl_tree_path(n, &path);
		struct pl_str at = pl_buf_str(&path);
		if (is_absent(w, path.p) || pl_str_starts(at, "run/") || pl_str_starts(at, "tmp/"))
			continue;
		if (is_needed(w, path.p))
			return pl_fail(err, PL_SCRIPTS, "%s: writes a secret into /%s", w->script,
				       path.p);
		PL_AUTOFREE char *text = pl_xprintf("/%s, which holds a secret", path.p);
		pl_debian_tell(w, PL_INSTALL_DEFERRED, w->script, 0, pl_str_of(text));
		*pl_vec_push(&w->absent) = pl_arena_cstr(&w->arena, at);
	}
	w->secrets = false;
	return 0;
}

void pl_debian_absent_remove(struct pl_debian_world *w)
{
	PL_VEC(struct pl_node *) gone = {0};
	PL_AUTO(buf) path = {0};
	PL_AUTO(buf) target = {0};
	for (struct pl_node *n = pl_tree_next(w->tree->root, NULL); n;
	     n = pl_tree_next(w->tree->root, n)) {
		const struct pl_node *to = NULL;
		if (n->type == PL_TAR_DIR)
			continue;
		pl_tree_path(n, &path);
		if (n->type == PL_TAR_SYMLINK && fnmatch("00000000.*", n->name.p, 0) == 0)
			to = pl_tree_resolve(w->tree, pl_buf_str(&path), true);
		if (to)
			pl_tree_path(to, &target);
		if (is_marked(n) || is_absent(w, path.p) || (to && is_absent(w, target.p)))
			*pl_vec_push(&gone) = n;
	}
	for (size_t i = 0; i < gone.n; i++)
		pl_tree_remove(w->tree, gone.v[i]);
	pl_vec_free(&gone);
}
