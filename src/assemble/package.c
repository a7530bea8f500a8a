// SPDX-License-Identifier: Apache-2.0
#include "assemble/package_int.h"

#include "debian/deb/load.h"
#include "io/gzip_write.h"
#include "tree/usrmerge.h"

#include <fnmatch.h>

/* Names for groups of paths that images leave out. Copyright files always stay: licences ask for
 * them and scanners read them. */
static const struct {
	const char *name;
	const char *globs[6];
} slices[] = {
	{"docs",
	 {"usr/share/doc/*", "usr/share/doc-base/*", "usr/share/info/*", "usr/share/lintian/*"}},
	{"man", {"usr/share/man/*"}},
	{"locales", {"usr/share/locale/*"}},
};

static bool matches(const char *glob, const char *path)
{
	if (glob[0] == '/')
		glob++;
	if (fnmatch(glob, path, 0) == 0) /* '*' crosses '/', as dpkg's path-exclude does */
		return true;
	size_t n = strlen(glob); /* a folder named without a wildcard means all below it */
	return strncmp(path, glob, n) == 0 && path[n] == '/';
}

static bool excluded(const char *rule, const char *path)
{
	for (size_t i = 0; i < PL_COUNT(slices); i++) {
		if (strcmp(rule, slices[i].name) != 0)
			continue;
		for (size_t k = 0; slices[i].globs[k]; k++)
			if (matches(slices[i].globs[k], path))
				return !fnmatch("usr/share/doc/*/copyright", path, 0) ? false
										      : true;
		return false;
	}
	return matches(rule, path);
}

bool pl_drop_has(const struct pl_drop *d, struct pl_str path)
{
	for (const char *const *r = d->exclude; r && *r; r++)
		if (excluded(*r, path.p))
			return true;
	return d->n_lost && bsearch(&path, d->lost, d->n_lost, sizeof(path), pl_str_qsort);
}

static struct pl_digest record_key(const struct pl_lock_package *p, const struct pl_drop *drop)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "package %s %s\n%s\n", pl_source_id, pl_compressor_name(),
		    PL_DIGEST_STR(&p->sha256));
	for (const char *const *r = drop->exclude; r && *r; r++)
		pl_buf_addf(&b, "exclude %s\n", *r);
	for (size_t i = 0; i < drop->n_lost; i++)
		pl_buf_addf(&b, "lost %s\n", drop->lost[i].p);
	return pl_sha256_of(pl_buf_str(&b));
}

static bool record_parse(struct pl_arena *a, struct pl_str data, struct pl_package_facts *facts,
			 struct pl_fragment *fragment)
{
	struct pl_fragment f;
	if (data.n < sizeof(f))
		return false;
	memcpy(&f, data.p, sizeof(f));
	if (!pl_facts_parse(a, pl_str_sub(data, sizeof(f), data.n), facts))
		return false;
	*fragment = f;
	return true;
}

/* One read of a .deb: what it needs on the way. */
struct reading {
	const struct pl_lock_package *p;
	const struct pl_drop *drop;
	struct pl_arena *a;
	struct pl_deb *deb;
	struct pl_members members;
	int raw; /* scratch for the unpacked bytes, -1: none */
	struct pl_buf header, library;
	PL_VEC(struct pl_package_entry) entries;
	struct pl_map paths; /* of files that are shipped, for md5sums */
	struct pl_map folders;
	int64_t newest;
};
#define LIBRARY_MAX ((uint64_t)8 << 20) /* larger libraries are read again when they matter */

static void reading_done(struct reading *r)
{
	pl_deb_free(r->deb);
	pl_members_done(&r->members);
	pl_buf_done(&r->header);
	pl_buf_done(&r->library);
	pl_vec_free(&r->entries);
	pl_map_done(&r->paths);
	pl_map_done(&r->folders);
}

/* Could the dynamic loader's cache hold it? Its facts are then taken while the body passes by. */
static bool maybe_library(const struct pl_tar_entry *e)
{
	size_t slash = pl_str_rfind(e->path, '/');
	struct pl_str base =
		slash == SIZE_MAX ? e->path : pl_str_sub(e->path, slash + 1, e->path.n);
	return e->size && e->size <= LIBRARY_MAX && pl_elf_is_library_name(base);
}

static int pack_header(struct reading *r, const struct pl_tar_entry *e, struct pl_err *err)
{
	pl_buf_clear(&r->header);
	int rc = pl_tar_format(&r->header, e, err);
	if (rc == 0)
		rc = pl_members_write(&r->members, r->header.p, r->header.n, err);
	return rc;
}

static int pack_padding(struct reading *r, uint64_t size, struct pl_err *err)
{
	static const char zeros[512];
	return pl_members_write(&r->members, zeros, pl_tar_padding(size), err);
}

static int pack_body(struct reading *r, struct pl_package_entry *e, struct pl_err *err)
{
	PL_AUTO(sha256) h = {0};
	bool library = maybe_library(&e->tar);
	int64_t n;
	pl_sha256_init(&h);
	pl_buf_clear(&r->library);
	for (;;) {
		size_t room;
		uint8_t *to = pl_members_room(&r->members, &room);
		n = pl_deb_read(r->deb, to, room, err);
		if (n <= 0)
			break;
		pl_sha256_add(&h, to, (size_t)n);
		if (library)
			pl_buf_add(&r->library, to, (size_t)n);
		int rc = pl_members_filled(&r->members, (size_t)n, err);
		if (rc < 0)
			return rc;
	}
	if (n < 0)
		return (int)n;
	pl_sha256_final(&h, &e->sha256);
	if (library) {
		pl_elf_parse(pl_buf_str(&r->library), &e->elf);
		if (e->elf.soname.p)
			e->elf.soname = pl_arena_str(r->a, e->elf.soname);
		e->is_library = true;
	}
	return pack_padding(r, e->tar.size, err);
}

/* Is it an entry that the layer gets from elsewhere? Folders come from the layer's own list;
 * base-files ships var/run and var/lock as folders that every installation turns into links. */
static bool is_replaced_folder(const struct pl_tar_entry *e)
{
	return e->type == PL_TAR_DIR &&
	       (pl_str_is(e->path, "var/run") || pl_str_is(e->path, "var/lock"));
}

/* A layer would take such a name for a deletion (image-spec layer.md, whiteouts). */
static bool is_whiteout(struct pl_str path)
{
	return pl_str_starts(path, ".wh.") || memmem(path.p, path.n, "/.wh.", 5) != NULL;
}

static int read_entry(struct reading *r, const struct pl_tar_entry *in, struct pl_err *err)
{
	if (is_whiteout(in->path))
		return pl_fail(err, PL_INPUT,
			       "%s: %s: a name beginning with .wh. cannot be in an image",
			       r->p->name, in->path.p);
	if (pl_drop_has(r->drop, in->path) || is_replaced_folder(in))
		return 0; /* an unread body is skipped */
	if (in->type == PL_TAR_HARDLINK && !pl_map_has(&r->paths, in->link))
		return pl_fail(
			err, PL_CONFLICT,
			"%s: %s is a hard link to %s, which is left out; exclude both or neither",
			r->p->name, in->path.p, in->link.p);
	/* Merged /usr makes one folder of lib/ and usr/lib/. */
	if (in->type == PL_TAR_DIR && pl_map_has(&r->folders, in->path))
		return 0;
	struct pl_package_entry *e = pl_vec_push(&r->entries);
	e->tar = *in;
	e->tar.path = pl_arena_str(r->a, in->path);
	e->tar.link = pl_arena_str(r->a, in->link);
	e->tar.capability = pl_arena_str(r->a, in->capability);
	if (e->tar.mtime < 0)
		e->tar.mtime = 0;
	struct pl_map *seen = in->type == PL_TAR_DIR ? &r->folders : &r->paths;
	if (pl_map_put(seen, e->tar.path, r))
		return pl_fail(err, PL_INPUT, "%s: %s appears twice in its archive", r->p->name,
			       in->path.p);
	if (in->type == PL_TAR_DIR)
		return 0;
	if (e->tar.mtime > r->newest)
		r->newest = e->tar.mtime;
	int rc = pack_header(r, &e->tar, err);
	if (rc == 0 && in->type == PL_TAR_FILE)
		rc = pack_body(r, e, err);
	return rc;
}

/* A file that is ours: in facts and fragment alike. */
static int add_file(struct reading *r, const char *path, struct pl_str bytes, struct pl_err *err)
{
	struct pl_package_entry *e = pl_vec_push(&r->entries);
	e->tar = (struct pl_tar_entry){.type = PL_TAR_FILE,
				       .mode = 0644,
				       .size = bytes.n,
				       .mtime = r->newest,
				       .path = pl_arena_str(r->a, pl_str_of(path))};
	e->sha256 = pl_sha256_of(bytes);
	int rc = pack_header(r, &e->tar, err);
	if (rc == 0)
		rc = pl_members_write(&r->members, bytes.p, bytes.n, err);
	return rc < 0 ? rc : pack_padding(r, bytes.n, err);
}

/* The md5sums of what is really shipped, paths as they are in the image. */
static void shipped_md5sums(struct reading *r, struct pl_str md5sums, struct pl_buf *out)
{
	struct pl_str rest = md5sums;
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		if (line.n < 35 || line.p[32] != ' ' || line.p[33] != ' ')
			continue; /* scanners reject the whole file for one such line */
		struct pl_str path =
			pl_usrmerge_path(r->a, pl_arena_str(r->a, pl_str_sub(line, 34, line.n)));
		if (!pl_map_has(&r->paths, path))
			continue;
		pl_buf_add(out, line.p, 34);
		pl_buf_addstr(out, path);
		pl_buf_addc(out, '\n');
	}
}

static int add_status(struct reading *r, const struct pl_control *c, struct pl_err *err)
{
	PL_AUTO(buf) md5sums = {0};
	const char *path = pl_arena_printf(r->a, PL_STATUS_D "/%s", r->p->name);
	shipped_md5sums(r, c->md5sums, &md5sums);
	int rc = add_file(r, path, c->control, err);
	if (rc == 0 && md5sums.n)
		rc = add_file(r, pl_arena_printf(r->a, "%s.md5sums", path), pl_buf_str(&md5sums),
			      err);
	return rc;
}

static int read_deb(const struct pl_env *env, struct pl_store *store, struct reading *r,
		    struct pl_package_facts *facts, struct pl_err *err)
{
	struct pl_tar_entry e;
	struct pl_deb_identity id = {r->p->name, r->p->version, r->p->architecture, r->p->sha256};
	int rc = pl_deb_load(env, store, &id, r->a, &facts->control, &r->deb, err);
	if (rc < 0)
		return rc;
	r->header.max = (size_t)4 << 20;
	r->library.max = LIBRARY_MAX;
	while ((rc = pl_deb_next(r->deb, &e, err)) > 0) {
		rc = read_entry(r, &e, err);
		if (rc == 0)
			rc = pl_env_check(env, err);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		rc = add_status(r, &facts->control, err);
	if (rc == 0)
		rc = pl_members_flush(&r->members, err);
	return rc;
}

static int make(const struct pl_env *env, struct pl_store *store, struct reading *r,
		struct pl_package_facts *facts, struct pl_fragment *fragment, struct pl_err *err)
{
	PL_AUTO_FREE(sink) out = NULL;
	int rc = pl_store_writer(store, PL_STORE_INPUTS, UINT64_MAX, NULL, &fragment->digest,
				 &fragment->size, &out, err);
	if (rc < 0)
		return rc;
	pl_members_init(&r->members, out);
	r->members.raw = r->raw;
	rc = read_deb(env, store, r, facts, err);
	if (rc < 0)
		return rc;
	facts->entries = pl_arena_dup(r->a, r->entries.v, r->entries.n, sizeof(*r->entries.v));
	facts->n_entries = r->entries.n;
	facts->newest = r->newest;
	fragment->unpacked = r->members.unpacked;
	return pl_sink_finish(out, err);
}

int pl_package_load(const struct pl_env *env, struct pl_store *store,
		    const struct pl_lock_package *p, const struct pl_drop *drop, struct pl_arena *a,
		    struct pl_package_facts *ret_facts, struct pl_fragment *ret_fragment,
		    bool *ret_fresh, int *io_raw, struct pl_err *err)
{
	struct pl_digest key = record_key(p, drop);
	PL_AUTO(buf) data = {0};
	struct pl_package_facts facts = {0};
	struct pl_fragment fragment = {0};
	uint64_t size;

	int rc = pl_store_record_get(store, "package", &key, &data, err);
	if (rc < 0)
		return rc;
	*ret_fresh = !(rc == 1 && record_parse(a, pl_buf_str(&data), &facts, &fragment) &&
		       pl_store_has(store, PL_STORE_INPUTS, &fragment.digest, &size) &&
		       size == fragment.size);
	if (*ret_fresh) {
		struct reading r = {.p = p, .drop = drop, .a = a, .raw = io_raw ? *io_raw : -1};
		rc = make(env, store, &r, &facts, &fragment, err);
		bool whole = r.members.raw >= 0;
		reading_done(&r);
		if (io_raw && !whole)
			pl_close_fd(io_raw);
		if (rc < 0)
			return pl_store_blame(store, PL_STORE_INPUTS, &p->sha256, err);
		pl_buf_clear(&data);
		pl_buf_add(&data, &fragment, sizeof(fragment));
		pl_facts_format(&facts, &data);
		rc = pl_store_record_put(store, "package", &key, pl_buf_str(&data), err);
		if (rc < 0)
			return rc;
	}
	if (io_raw && !*ret_fresh)
		pl_close_fd(io_raw);
	*ret_facts = facts;
	*ret_fragment = fragment;
	return 0;
}

bool pl_package_known(struct pl_store *store, const struct pl_lock_package *p,
		      const struct pl_drop *drop)
{
	struct pl_digest key = record_key(p, drop);
	PL_AUTO(buf) data = {0};
	struct pl_err err = {0};
	struct pl_fragment f;
	uint64_t size;
	if (pl_store_record_get(store, "package", &key, &data, &err) != 1 || data.n < sizeof(f))
		return false;
	memcpy(&f, data.p, sizeof(f));
	return pl_store_has(store, PL_STORE_INPUTS, &f.digest, &size) && size == f.size;
}
