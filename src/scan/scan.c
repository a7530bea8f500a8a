// SPDX-License-Identifier: Apache-2.0
/*
 * Layers from the lowest up: files that may hold facts are kept by path as the image would show
 * them (whiteouts and opaque folders of image-spec layer.md), everything else streams by. A
 * whiteout hides only what lower layers hold, wherever in its layer it stands.
 */
#include "scan/scan.h"

#include "base/map.h"
#include "io/tar.h"
#include "scan/dpkg_int.h"

#define STATUS "var/lib/dpkg/status"
#define STATUS_D "var/lib/dpkg/status.d/"
#define LINK_DEPTH 8
/* Files in status.d: an image has some hundreds. */
#define FILES_MAX 20000

/* One path of interest. Removed ones stay with no content, so that their order stays. */
struct kept {
	struct pl_str path;
	char *body; /* heap; NULL: a link, or nothing there */
	size_t n;
	const char *link; /* symbolic link's text */
	bool there;
	int layer;
};

/* A version of a package, and the layer that first had it without a break since. */
struct since {
	const char *key;
	int layer, seen;
};

struct pl_scan {
	const struct pl_env *env;
	struct pl_arena *a;
	struct pl_map files;  /* path -> struct kept */
	struct pl_map since;  /* "name arch version" -> struct since */
	struct pl_map others; /* package databases of other kinds, by what they are */
	PL_VEC(const char *) warnings;
	int layers, states; /* layers read; of them those that changed a file of interest */
	uint64_t held;
	struct pl_map hidden; /* folders hidden by the layer being read */
	bool changed, failed;
};

struct pl_scan *pl_scan_new(const struct pl_env *env, struct pl_arena *a)
{
	struct pl_scan *s = pl_xcalloc(1, sizeof(*s));
	s->env = env;
	s->a = a;
	return s;
}

void pl_scan_free(struct pl_scan *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->files.n; i++)
		free(((struct kept *)s->files.items[i].value)->body);
	pl_map_done(&s->files);
	pl_map_done(&s->since);
	pl_map_done(&s->others);
	pl_map_done(&s->hidden);
	pl_vec_free(&s->warnings);
	free(s);
}

static bool is_status_d(struct pl_str path)
{
	return pl_str_starts(path, STATUS_D) && !pl_str_ends(path, ".md5sums") &&
	       pl_str_find(pl_str_sub(path, sizeof(STATUS_D) - 1, SIZE_MAX), '/') == SIZE_MAX;
}

/* Files whose body matters. */
static bool wanted(struct pl_str path)
{
	/* dpkg keeps the former status as status-old, at times as the same file under two names. */
	return pl_str_is(path, STATUS) || pl_str_is(path, STATUS "-old") || is_status_d(path) ||
	       pl_str_is(path, "etc/os-release") || pl_str_is(path, "usr/lib/os-release");
}

/* Databases this program does not read yet: said, never skipped in silence. */
static const char *other_database(struct pl_str path)
{
	static const struct {
		const char *path, *what;
	} known[] = {
		{"lib/apk/db/installed", "apk (Alpine)"},
		{"usr/lib/apk/db/installed", "apk (Alpine)"},
		{"var/lib/rpm/rpmdb.sqlite", "rpm"},
		{"var/lib/rpm/Packages", "rpm"},
		{"var/lib/rpm/Packages.db", "rpm"},
		{"usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm"},
		{"usr/lib/sysimage/rpm/Packages.db", "rpm"},
		{"var/lib/pacman/local/ALPM_DB_VERSION", "pacman"},
	};
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (pl_str_is(path, known[i].path))
			return known[i].what;
	return NULL;
}

static void drop(struct pl_scan *s, struct kept *k)
{
	s->held -= k->n;
	free(k->body);
	k->body = NULL;
	k->n = 0;
	k->link = NULL;
	k->there = false;
	s->changed = true;
}

static struct kept *slot(struct pl_scan *s, struct pl_str path)
{
	struct kept *k = pl_map_get(&s->files, path);
	if (!k) {
		k = pl_arena_new(s->a, struct kept);
		k->path = pl_arena_str(s->a, path);
		pl_map_put(&s->files, k->path, k);
	}
	drop(s, k);
	k->there = s->changed = true;
	k->layer = s->layers;
	return k;
}

/* Is path the folder itself or below it? The root is "". */
static bool within(struct pl_str path, struct pl_str folder)
{
	return folder.n == 0 ||
	       (path.n > folder.n && memcmp(path.p, folder.p, folder.n) == 0 &&
		path.p[folder.n] == '/') ||
	       pl_str_eq(path, folder);
}

/* Can something of interest lie below this folder? */
static bool above(struct pl_str folder)
{
	static const char *const roots[] = {STATUS_D,
					    "etc/",
					    "usr/lib/",
					    "lib/apk/db/",
					    "usr/lib/apk/db/",
					    "var/lib/rpm/",
					    "usr/lib/sysimage/rpm/",
					    "var/lib/pacman/local/"};
	for (size_t i = 0; i < PL_COUNT(roots); i++)
		if (within(pl_str_of(roots[i]), folder))
			return true;
	return false;
}

static void hide_one(struct pl_scan *s, struct kept *k)
{
	if (k && k->there && k->layer < s->layers) /* only what lower layers put there */
		drop(s, k);
}

static void hide(struct pl_scan *s, struct pl_str path, bool keep_itself)
{
	if (!keep_itself)
		hide_one(s, pl_map_get(&s->files, path));
	if (!above(path) || pl_map_has(&s->hidden, path))
		return;
	pl_map_put(&s->hidden, pl_arena_str(s->a, path), s);
	for (size_t i = 0; i < s->files.n; i++) {
		struct kept *k = s->files.items[i].value;
		if (within(k->path, path) && !pl_str_eq(k->path, path))
			hide_one(s, k);
	}
	for (size_t i = 0; i < s->others.n; i++) {
		int *layer = s->others.items[i].value;
		if (layer && *layer < s->layers && within(s->others.items[i].key, path))
			s->others.items[i].value = NULL;
	}
}

static void whiteout(struct pl_scan *s, struct pl_str path, struct pl_str base)
{
	struct pl_str folder = pl_str_sub(path, 0, path.n - base.n);
	if (folder.n)
		folder.n--; /* its '/' */
	if (pl_str_is(base, ".wh..wh..opq")) {
		hide(s, folder, true);
		return;
	}
	struct pl_str name = pl_str_sub(base, 4, SIZE_MAX);
	if (name.n == 0 || pl_str_starts(base, ".wh..wh."))
		return; /* aufs' own bookkeeping */
	const char *hidden =
		pl_arena_printf(s->a, "%.*s%s%.*s", (int)folder.n, folder.n ? folder.p : "",
				folder.n ? "/" : "", (int)name.n, name.p);
	hide(s, pl_str_of(hidden), false);
}

static int keep_body(struct pl_scan *s, struct pl_tar *t, const struct pl_tar_entry *e,
		     const char *what, struct pl_err *err)
{
	if (e->size > s->env->limits->memory_file ||
	    s->held + e->size > 2 * s->env->limits->memory_file)
		return pl_fail(err, PL_LIMIT,
			       "%s: %.200s: %llu bytes are more than is held in memory", what,
			       e->path.p, (unsigned long long)e->size);
	if (s->files.n >= FILES_MAX)
		return pl_fail(err, PL_LIMIT, "%s: more than %d files in " STATUS_D, what,
			       FILES_MAX);
	char *body = pl_xcalloc(1, (size_t)e->size + 1);
	size_t n = 0;
	while (n < e->size) {
		int64_t got = pl_tar_read(t, body + n, (size_t)e->size - n, err);
		if (got <= 0) {
			free(body);
			return got < 0 ? (int)got
				       : pl_fail(err, PL_INPUT, "%s: %.200s: ends too early", what,
						 e->path.p);
		}
		n += (size_t)got;
	}
	struct kept *k = slot(s, e->path);
	k->body = body;
	k->n = n;
	s->held += n;
	return 0;
}

/* A hard link shares its target's content: of a file of interest, or of one that was let by. */
static int hard_link(struct pl_scan *s, const struct pl_tar_entry *e, const char *what)
{
	struct kept *target = pl_map_get(&s->files, e->link);
	if (!target || !target->there || !target->body || s->files.n >= FILES_MAX ||
	    s->held + target->n > 2 * s->env->limits->memory_file) {
		hide(s, e->path, false);
		*pl_vec_push(&s->warnings) = pl_arena_printf(
			s->a, "%s: %.200s is a hard link to %.200s, which was not read", what,
			e->path.p, e->link.p);
		return 0;
	}
	char *body = pl_xcalloc(1, target->n + 1);
	size_t n = target->n;
	memcpy(body, target->body, n);
	struct kept *k = slot(s, e->path);
	k->body = body;
	k->n = n;
	s->held += n;
	return 0;
}

/* Symbolic links on the way to a file of interest ("var/lib/dpkg -> /usr/lib/dpkg"). */
static bool link_wanted(struct pl_str path)
{
	static const char *const on_the_way[] = {"var", "var/lib", "var/lib/dpkg", STATUS,
						 "var/lib/dpkg/status.d"};
	for (size_t i = 0; i < PL_COUNT(on_the_way); i++)
		if (pl_str_is(path, on_the_way[i]))
			return true;
	return pl_str_is(path, "etc/os-release") || is_status_d(path);
}

static int entry(struct pl_scan *s, struct pl_tar *t, const struct pl_tar_entry *e,
		 const char *what, struct pl_err *err)
{
	size_t slash = pl_str_rfind(e->path, '/');
	struct pl_str base = slash == SIZE_MAX ? e->path : pl_str_sub(e->path, slash + 1, SIZE_MAX);
	if (pl_str_starts(base, ".wh.")) {
		whiteout(s, e->path, base);
		return 0;
	}
	const char *other = e->type == PL_TAR_FILE ? other_database(e->path) : NULL;
	if (other) {
		int *layer = pl_arena_new(s->a, int);
		*layer = s->layers;
		pl_map_put(&s->others, pl_arena_str(s->a, e->path), layer);
	}
	if (e->type == PL_TAR_SYMLINK && link_wanted(e->path)) {
		hide(s, e->path, false);
		slot(s, e->path)->link = pl_arena_cstr(s->a, e->link);
		return 0;
	}
	if (wanted(e->path) && e->type == PL_TAR_FILE)
		return keep_body(s, t, e, what, err);
	if (wanted(e->path) && e->type == PL_TAR_HARDLINK)
		return hard_link(s, e, what);
	if (e->type == PL_TAR_DIR) {
		/* A folder takes the place of a link or file, and joins a folder. */
		struct kept *k = pl_map_get(&s->files, e->path);
		if (k && k->there)
			drop(s, k);
	} else if (wanted(e->path) || link_wanted(e->path)) {
		hide(s, e->path, false); /* something else takes its place */
	}
	return 0;
}

/* The file that path names in the image, links on the way followed; NULL if there is none. */
static struct kept *look(struct pl_scan *s, const char *path)
{
	struct pl_str at = pl_str_of(path);
	for (int depth = 0; depth < LINK_DEPTH; depth++) {
		struct kept *k = NULL;
		struct pl_str rest = {0};
		/* The shortest prefix that is a link. */
		for (size_t n = 1; n <= at.n; n++) {
			if (n < at.n && at.p[n] != '/')
				continue;
			k = pl_map_get(&s->files, pl_str_sub(at, 0, n));
			if (k && k->there && k->link) {
				rest = pl_str_sub(at, n, SIZE_MAX);
				break;
			}
			k = NULL;
		}
		if (!k) {
			k = pl_map_get(&s->files, at);
			return k && k->there && k->body ? k : NULL;
		}
		/* The link's text, from the root or from the link's folder, without "." and "..".
		 */
		size_t slash = pl_str_rfind(k->path, '/');
		struct pl_str folder =
			slash == SIZE_MAX ? PL_STR("") : pl_str_sub(k->path, 0, slash);
		const char *joined =
			pl_arena_printf(s->a, "%.*s/%s%.*s", k->link[0] == '/' ? 0 : (int)folder.n,
					folder.p, k->link, (int)rest.n, rest.p ? rest.p : "");
		char *out = pl_arena_alloc(s->a, strlen(joined) + 1);
		size_t n = 0;
		for (struct pl_str parts = pl_str_of(joined); parts.p;) {
			struct pl_str part = pl_str_cut(&parts, '/');
			if (part.n == 0 || pl_str_is(part, "."))
				continue;
			if (pl_str_is(part, "..")) {
				while (n && out[--n] != '/')
					;
				continue;
			}
			if (n)
				out[n++] = '/';
			memcpy(out + n, part.p, part.n);
			n += part.n;
		}
		at = (struct pl_str){out, n};
	}
	return NULL;
}

static int cmp_package(const void *a, const void *b)
{
	const struct pl_found_package *x = a, *y = b;
	int c = strcmp(x->name, y->name);
	if (c == 0)
		c = strcmp(x->architecture, y->architecture);
	return c ? c : strcmp(x->version, y->version);
}

/* All packages as the image shows them now. *ret_kinds: 1 status, 2 status.d. */
static int packages_now(struct pl_scan *s, bool warn, struct pl_dpkg_list *list,
			unsigned *ret_kinds, struct pl_err *err)
{
	unsigned kinds = 0;
	struct kept *status = look(s, STATUS);
	int rc = 0;
	if (status) {
		size_t before = list->n + list->not_installed;
		rc = pl_dpkg_parse(s->a, (struct pl_str){status->body, status->n}, STATUS, true,
				   list, err);
		/* apt makes an empty one in images that hold nothing but status.d. */
		if (list->n + list->not_installed > before)
			kinds |= 1;
	}
	for (size_t i = 0; rc == 0 && i < s->files.n; i++) {
		struct kept *k = s->files.items[i].value;
		if (!k->there || !is_status_d(k->path))
			continue;
		struct kept *f = look(s, k->path.p);
		if (!f)
			continue;
		size_t before = list->n;
		rc = pl_dpkg_parse(s->a, (struct pl_str){f->body, f->n}, k->path.p, false, list,
				   err);
		kinds |= 2;
		if (rc == -PL_INPUT) { /* people leave all kinds of files there */
			list->n = before;
			rc = 0;
			if (warn)
				*pl_vec_push(&s->warnings) = pl_arena_printf(
					s->a, "%s; the file is not counted", err->msg);
		}
	}
	if (rc < 0)
		return rc;
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), cmp_package);
	size_t n = 0;
	for (size_t i = 0; i < list->n; i++)
		if (n == 0 || cmp_package(&list->v[n - 1], &list->v[i]) != 0)
			list->v[n++] = list->v[i];
	list->n = n;
	*ret_kinds = kinds;
	return 0;
}

/* After each layer: which versions are new, which were there already. One that went away and came
 * back is the later layer's. */
static int attribute(struct pl_scan *s, struct pl_err *err)
{
	struct pl_dpkg_list list = {0};
	unsigned kinds;
	int rc = packages_now(s, false, &list, &kinds, err);
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		const struct pl_found_package *p = &list.v[i];
		const char *key =
			pl_arena_printf(s->a, "%s %s %s", p->name, p->architecture, p->version);
		struct since *at = pl_map_get(&s->since, pl_str_of(key));
		if (!at) {
			at = pl_arena_new(s->a, struct since);
			at->key = key;
			at->layer = s->layers;
			at->seen = s->states;
			pl_map_put(&s->since, pl_str_of(key), at);
		}
		if (at->seen < s->states - 1)
			at->layer = s->layers;
		at->seen = s->states;
	}
	s->states++;
	pl_vec_free(&list);
	return rc;
}

int pl_scan_layer(struct pl_scan *s, struct pl_source *layer, const char *what, struct pl_err *err)
{
	PL_AUTO_FREE(tar) t = pl_tar_new(layer, s->env->limits, what);
	struct pl_tar_entry e;
	int rc;
	pl_map_done(&s->hidden);
	s->hidden = (struct pl_map){0};
	s->changed = false;
	while ((rc = pl_tar_next(t, &e, err)) == 1) {
		rc = pl_env_check(s->env, err);
		if (rc == 0)
			rc = entry(s, t, &e, what, err);
		if (rc < 0)
			break;
	}
	if (rc == 0 && s->changed) {
		rc = attribute(s, err);
		if (rc < 0)
			rc = pl_ctx(err, "%s", what);
	}
	if (rc < 0)
		s->failed = true;
	s->layers++;
	return rc;
}

static void os_release(struct pl_scan *s, struct pl_scan_result *ret)
{
	struct kept *k = look(s, "etc/os-release");
	if (!k)
		k = look(s, "usr/lib/os-release");
	struct pl_str text = k ? (struct pl_str){k->body, k->n} : PL_STR("");
	ret->os_id = pl_os_release_get(s->a, text, "ID");
	ret->os_version = pl_os_release_get(s->a, text, "VERSION_ID");
	ret->os_codename = pl_os_release_get(s->a, text, "VERSION_CODENAME");
	if (!k)
		*pl_vec_push(&s->warnings) = "no etc/os-release or usr/lib/os-release: which "
					     "release this is, is unknown";
}

static void say_others(struct pl_scan *s)
{
	for (size_t i = 0; i < s->others.n; i++)
		if (s->others.items[i].value)
			*pl_vec_push(&s->warnings) = pl_arena_printf(
				s->a,
				"%s: a package database of %s, which this version does not read: "
				"its packages are not in this answer",
				s->others.items[i].key.p, other_database(s->others.items[i].key));
}

int pl_scan_finish(struct pl_scan *s, struct pl_scan_result *ret, struct pl_err *err)
{
	static const char *const kinds_text[] = {"none", "status", "status.d", "both"};
	struct pl_dpkg_list list = {0};
	struct pl_scan_result r = {0};
	unsigned kinds = 0;
	size_t said = s->warnings.n; /* while reading layers; the rest is of this moment */
	if (s->failed)
		return pl_fail(err, PL_INPUT,
			       "the scan failed before: its answer would be incomplete");
	int rc = packages_now(s, true, &list, &kinds, err);
	if (rc == 0) {
		for (size_t i = 0; i < list.n; i++) {
			struct pl_found_package *p = &list.v[i];
			const char *key = pl_arena_printf(s->a, "%s %s %s", p->name,
							  p->architecture, p->version);
			struct since *at = pl_map_get(&s->since, pl_str_of(key));
			p->layer = at ? at->layer : 0;
		}
		r.packages = pl_arena_dup(s->a, list.v, list.n, sizeof(*list.v));
		r.n_packages = list.n;
		r.database = kinds_text[kinds];
		os_release(s, &r);
		say_others(s);
		if (kinds == 0)
			*pl_vec_push(&s->warnings) =
				"no package database found (looked for " STATUS " and " STATUS_D
				"*): what is installed is unknown";
		*pl_vec_push(&s->warnings) = NULL;
		r.warnings =
			pl_arena_dup(s->a, s->warnings.v, s->warnings.n, sizeof(*s->warnings.v));
		*ret = r;
	}
	s->warnings.n = said;
	pl_vec_free(&list);
	return rc;
}
