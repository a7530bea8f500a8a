// SPDX-License-Identifier: Apache-2.0
/* One read of a package's archive: its facts, and its fragment. */
#include "assemble/layer_int.h"
#include "assemble/package_int.h"

static struct pl_digest record_key(const struct pl_package_format *format,
				   const struct pl_lock_package *p, const struct pl_packing *drop)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "package %s %s %s\n%s\n", pl_source_id, drop->compressor->name,
		    format->ecosystem, PL_DIGEST_STR(&p->sha256));
	for (const char *const *r = drop->exclude; r && *r; r++)
		pl_buf_addf(&b, "exclude %s\n", *r);
	for (size_t i = 0; i < drop->n_lost; i++)
		pl_buf_addf(&b, "lost %s\n", drop->lost[i].p);
	return pl_sha256_of(pl_buf_str(&b));
}

/* What a reading needs on the way. */
struct reading {
	const struct pl_package_format *format;
	const struct pl_lock_package *p;
	const struct pl_packing *drop;
	struct pl_arena *a;
	struct pl_package_reader *in;
	struct pl_layer_writer out;
	struct pl_buf body; /* of what facts are taken of: its beginning */
	struct pl_buf tail; /* and what begins at: */
	uint64_t tail_at;
	PL_VEC(struct pl_package_entry) entries;
	struct pl_map paths; /* of files that are shipped */
	struct pl_map directories;
	int64_t newest;
};
#define HEAD_MAX ((size_t)16 << 20)        /* of larger programs, what lies behind is not known; */
#define LIBRARY_HEAD_MAX ((size_t)8 << 20) /* of libraries its dynamic section alone: */
#define TAIL_MAX ((size_t)64 << 10)

static void reading_done(struct reading *r)
{
	if (r->in)
		r->format->close(r->in);
	pl_layer_writer_done(&r->out);
	pl_buf_done(&r->body);
	pl_buf_done(&r->tail);
	pl_vec_free(&r->entries);
	pl_map_done(&r->paths);
	pl_map_done(&r->directories);
}

/* Could the dynamic loader's cache hold it? Its facts are then taken while the body passes by. */
static bool maybe_library(const struct pl_tar_entry *e)
{
	size_t slash = pl_str_rfind(e->path, '/');
	struct pl_str base =
		slash == SIZE_MAX ? e->path : pl_str_sub(e->path, slash + 1, e->path.n);
	return e->size && pl_elf_is_library_name(base);
}

static void take_elf_facts(struct reading *r, struct pl_package_entry *e)
{
	bool whole = e->tar.size <= r->body.n;
	if (whole)
		pl_elf_parse(pl_buf_str(&r->body), &e->elf);
	e->is_library = whole || pl_elf_parse_parts(pl_buf_str(&r->body), pl_buf_str(&r->tail),
						    r->tail_at, &e->elf);
	if (e->elf.soname.p)
		e->elf.soname = pl_arena_str(r->a, e->elf.soname);
}

static void take_program(struct reading *r, struct pl_package_entry *e)
{
	struct pl_program program;
	pl_program_parse(pl_buf_str(&r->body), r->a, &program);
	if (!program.is_script && !program.is_elf)
		return;
	if (program.interpreter.p)
		program.interpreter = pl_arena_str(r->a, program.interpreter);
	e->program = pl_arena_dup(r->a, &program, 1, sizeof(program));
}

/* The bytes that begin at `at`, as far as facts may need them. */
static void keep_bytes(struct reading *r, const uint8_t *p, size_t n, uint64_t at, size_t most)
{
	size_t room = most - r->body.n;
	pl_buf_add(&r->body, p, n < room ? n : room);
	if (n <= room)
		return;
	if (!r->tail_at)
		r->tail_at = pl_elf_dynamic_at(pl_buf_str(&r->body));
	uint64_t from = r->tail_at + r->tail.n;
	if (!r->tail_at || from < at || from - at >= n || r->tail.n >= TAIL_MAX)
		return;
	size_t skip = (size_t)(from - at), left = TAIL_MAX - r->tail.n;
	pl_buf_add(&r->tail, p + skip, n - skip < left ? n - skip : left);
}

static int pack_body(struct reading *r, struct pl_package_entry *e, struct pl_err *err)
{
	PL_AUTO(sha256) h = {0};
	bool library = maybe_library(&e->tar), executable = e->tar.mode & 0111;
	uint64_t at = 0;
	int64_t n;
	pl_sha256_init(&h);
	pl_buf_clear(&r->body);
	pl_buf_clear(&r->tail);
	r->tail_at = 0;
	for (;;) {
		size_t room;
		uint8_t *to = pl_gzip_room(&r->out.gzip, &room);
		n = r->format->read(r->in, to, room, err);
		if (n <= 0)
			break;
		pl_sha256_add(&h, to, (size_t)n);
		if (library || executable)
			keep_bytes(r, to, (size_t)n, at, executable ? HEAD_MAX : LIBRARY_HEAD_MAX);
		at += (uint64_t)n;
		int rc = pl_gzip_filled(&r->out.gzip, (size_t)n, err);
		if (rc < 0)
			return rc;
	}
	if (n < 0)
		return (int)n;
	pl_sha256_final(&h, &e->sha256);
	if (library)
		take_elf_facts(r, e);
	if (executable)
		take_program(r, e);
	return pl_layer_padding(&r->out, e->tar.size, err);
}

/* A layer would take such a name for a deletion (image-spec layer.md, whiteouts). */
static bool is_whiteout(struct pl_str path)
{
	return pl_str_starts(path, ".wh.") || memmem(path.p, path.n, "/.wh.", 5) != NULL;
}

static int check_entry(const struct reading *r, const struct pl_tar_entry *in, struct pl_err *err)
{
	if (is_whiteout(in->path))
		return pl_fail(err, PL_INPUT,
			       "%s: %s: a name beginning with .wh. cannot be in an image",
			       r->p->name, in->path.p);
	/* No archive of a directory has such a path. Where it would lead depends on what else is in
	 * the image, and layers are made without knowing that. */
	for (struct pl_str above = in->path; above.n;) {
		size_t slash = pl_str_rfind(above, '/');
		above = pl_str_sub(above, 0, slash == SIZE_MAX ? 0 : slash);
		if (pl_map_has(&r->paths, above))
			return pl_fail(err, PL_INPUT, "%s: %s: its parent is no directory of it",
				       r->p->name, in->path.p);
	}
	return 0;
}

static bool is_lost(const struct pl_packing *d, struct pl_str path)
{
	return d->n_lost && bsearch(&path, d->lost, d->n_lost, sizeof(path), pl_str_qsort);
}

/* The format's files have that time. A path that another package took over counts, so that losing
 * one makes no difference to files that stay. */
static void note_time(struct reading *r, const struct pl_tar_entry *in)
{
	if (in->type != PL_TAR_DIR && in->mtime > r->newest)
		r->newest = in->mtime;
}

static int read_entry(struct reading *r, const struct pl_tar_entry *in, struct pl_err *err)
{
	int rc = check_entry(r, in, err);
	if (rc < 0 || pl_packing_excludes(r->drop, in->path, in->type))
		return rc; /* an unread body is skipped */
	note_time(r, in);
	if (is_lost(r->drop, in->path))
		return 0;
	if (in->type == PL_TAR_HARDLINK && !pl_map_has(&r->paths, in->link))
		return pl_fail(
			err, PL_CONFLICT,
			"%s: %s is a hard link to %s, which is left out; exclude both or neither",
			r->p->name, in->path.p, in->link.p);
	/* Merged /usr makes one directory of lib/ and usr/lib/. */
	if (in->type == PL_TAR_DIR && pl_map_has(&r->directories, in->path))
		return 0;
	struct pl_package_entry *e = pl_vec_push(&r->entries);
	e->tar = *in;
	e->tar.path = pl_arena_str(r->a, in->path);
	e->tar.link = pl_arena_str(r->a, in->link);
	e->tar.capability = pl_arena_str(r->a, in->capability);
	if (e->tar.mtime < 0)
		e->tar.mtime = 0;
	struct pl_map *seen = in->type == PL_TAR_DIR ? &r->directories : &r->paths;
	if (pl_map_put(seen, e->tar.path, r))
		return pl_fail(err, PL_INPUT, "%s: %s appears twice in its archive", r->p->name,
			       in->path.p);
	if (in->type == PL_TAR_DIR)
		return 0; /* the layer has a list of its own */
	rc = pl_layer_entry(&r->out, &e->tar, err);
	if (rc == 0 && in->type == PL_TAR_FILE)
		rc = pack_body(r, e, err);
	return rc;
}

/* A file that the format makes: in facts and fragment alike. */
static int add_file(void *ctx, const char *path, struct pl_str bytes, struct pl_err *err)
{
	struct reading *r = ctx;
	struct pl_package_entry *e = pl_vec_push(&r->entries);
	e->tar = (struct pl_tar_entry){.type = PL_TAR_FILE,
				       .mode = 0644,
				       .size = bytes.n,
				       .mtime = r->newest,
				       .path = pl_arena_str(r->a, pl_str_of(path))};
	e->sha256 = pl_sha256_of(bytes);
	return pl_layer_put(&r->out, &e->tar, bytes, err);
}

static int read_package(const struct pl_env *env, struct pl_store *store, struct reading *r,
			struct pl_package_facts *facts, struct pl_err *err)
{
	struct pl_tar_entry e;
	int rc = r->format->open(env, store, r->p, r->a, &facts->own, &r->in, err);
	if (rc < 0)
		return rc;
	r->body.max = HEAD_MAX;
	r->tail.max = TAIL_MAX;
	while ((rc = r->format->next(r->in, &e, err)) > 0) {
		rc = read_entry(r, &e, err);
		if (rc == 0)
			rc = pl_env_check(env, err);
		if (rc < 0)
			return rc;
	}
	facts->n_shipped = r->entries.n;
	const struct pl_package_ref ref = {r->p, facts->own};
	return rc < 0 ? rc : r->format->describe(&ref, &r->paths, add_file, r, err);
}

static int make_fragment(const struct pl_env *env, struct pl_store *store, struct reading *r,
			 int raw, struct pl_package_facts *facts, struct pl_fragment *fragment,
			 struct pl_err *err)
{
	struct pl_layer_blob blob;
	int rc = pl_layer_begin_piece(&r->out, store, r->drop->compressor, raw, err);
	if (rc == 0)
		rc = read_package(env, store, r, facts, err);
	if (rc == 0)
		rc = pl_layer_finish_piece(&r->out, &blob, err);
	if (rc < 0)
		return rc;
	facts->entries = pl_arena_dup(r->a, r->entries.v, r->entries.n, sizeof(*r->entries.v));
	facts->n_entries = r->entries.n;
	facts->newest = r->newest;
	(void)pl_store_has(store, PL_STORE_INPUTS, &r->p->sha256, &facts->archive_size);
	*fragment = (struct pl_fragment){blob.digest, blob.size, blob.unpacked};
	return 0;
}

static bool fragment_is_there(struct pl_store *store, const struct pl_fragment *f)
{
	uint64_t size;
	return pl_store_has(store, PL_STORE_INPUTS, &f->digest, &size) && size == f->size;
}

int pl_package_load(const struct pl_env *env, struct pl_store *store,
		    const struct pl_package_format *format, const struct pl_lock_package *p,
		    const struct pl_packing *drop, struct pl_arena *a,
		    struct pl_package_facts *ret_facts, struct pl_fragment *ret_fragment,
		    bool *ret_fresh, int *io_raw, struct pl_err *err)
{
	struct pl_digest key = record_key(format, p, drop);
	PL_AUTO(buf) data = {0};
	struct pl_package_facts facts = {0};
	struct pl_fragment fragment = {0};

	int rc = pl_store_record_get(store, "package", &key, &data, err);
	if (rc < 0)
		return rc;
	*ret_fresh = !(rc == 1 && pl_facts_parse(format, a, pl_buf_str(&data), &facts, &fragment) &&
		       fragment_is_there(store, &fragment));
	if (*ret_fresh) {
		struct reading r = {.format = format, .p = p, .drop = drop, .a = a};
		rc = make_fragment(env, store, &r, io_raw ? *io_raw : -1, &facts, &fragment, err);
		bool whole = r.out.gzip.raw >= 0;
		reading_done(&r);
		if (io_raw && !whole)
			pl_close_fd(io_raw);
		if (rc < 0)
			return pl_store_blame(store, PL_STORE_INPUTS, &p->sha256, err);
		pl_buf_clear(&data);
		pl_facts_format(format, &facts, &fragment, &data);
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

bool pl_package_known(struct pl_store *store, const struct pl_package_format *format,
		      const struct pl_lock_package *p, const struct pl_packing *drop)
{
	struct pl_digest key = record_key(format, p, drop);
	PL_AUTO(buf) data = {0};
	struct pl_err err = {0};
	struct pl_fragment f;
	return pl_store_record_get(store, "package", &key, &data, &err) == 1 &&
	       pl_facts_fragment(pl_buf_str(&data), &f) && fragment_is_there(store, &f);
}
