// SPDX-License-Identifier: Apache-2.0
/*
 * The content of the fleet's own files. What a run uses of a file is what it read in one go, once:
 * all its images and platforms hold the same, whatever an editor does meanwhile. A file whose
 * device, inode, size and times are those of a record is not read again, as git's index does it; a
 * file that changed so shortly before it was read that a change after could bear the same times
 * ("racily clean") gets no record.
 */
#include "fleet/files_int.h"

#include "base/map.h"
#include "store/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORD_VERSION "plimsoll files 1"
#define RACY_S 2        /* seconds: clocks of file systems are coarse, that of FAT most */
#define RECORD_LEAST 96 /* bytes that a file takes in it at least */
#define TRIES 5
#define TICK_US 10000 /* the coarsest tick of a kernel's clock: times within it are the same */

/* What shows that a file was written to or replaced. */
struct identity {
	uint64_t device, inode, size;
	int64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
};
struct known_file {
	struct pl_content content;
	struct identity at;
	bool is_racy;
};
struct pl_files {
	const struct pl_env *env;
	const struct pl_fleet *fleet;
	struct pl_store *store;
	struct pl_arena arena;
	struct pl_map read;   /* from -> struct known_file, of this run */
	struct pl_map record; /* the same, of runs before */
	int64_t began;
	bool has_record, has_news;
};

struct pl_files *pl_files_new(const struct pl_env *env, const struct pl_fleet *f,
			      struct pl_store *store)
{
	struct pl_files *c = pl_xcalloc(1, sizeof(*c));
	*c = (struct pl_files){.env = env, .fleet = f, .store = store, .began = pl_env_now(env)};
	return c;
}

void pl_files_free(struct pl_files *c)
{
	if (!c)
		return;
	pl_map_done(&c->read);
	pl_map_done(&c->record);
	pl_arena_done(&c->arena);
	free(c);
}

static struct pl_digest record_key(const struct pl_files *c)
{
	PL_AUTO(buf) k = {0};
	PL_AUTOFREE char *root = realpath(c->fleet->dir, NULL);
	pl_buf_addf(&k, RECORD_VERSION "\n%s\n", root ? root : c->fleet->dir);
	return pl_sha256_of(pl_buf_str(&k));
}

static struct identity identity_of(const struct stat *st)
{
	return (struct identity){.device = st->st_dev,
				 .inode = st->st_ino,
				 .size = (uint64_t)st->st_size,
				 .mtime_s = st->st_mtim.tv_sec,
				 .mtime_ns = st->st_mtim.tv_nsec,
				 .ctime_s = st->st_ctim.tv_sec,
				 .ctime_ns = st->st_ctim.tv_nsec};
}

static bool is_same(const struct identity *a, const struct identity *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns && a->ctime_s == b->ctime_s &&
	       a->ctime_ns == b->ctime_ns;
}

static void put_known(struct pl_buf *b, const struct known_file *k)
{
	pl_put_cstr(b, k->content.from);
	pl_put_digest(b, &k->content.sha256);
	pl_put_u64(b, k->at.device);
	pl_put_u64(b, k->at.inode);
	pl_put_u64(b, k->at.size);
	pl_put_u64(b, (uint64_t)k->at.mtime_s);
	pl_put_u64(b, (uint64_t)k->at.mtime_ns);
	pl_put_u64(b, (uint64_t)k->at.ctime_s);
	pl_put_u64(b, (uint64_t)k->at.ctime_ns);
}

static void get_known(struct pl_fields *f, struct known_file *k)
{
	k->content.from = pl_get_cstr(f);
	pl_get_digest(f, &k->content.sha256);
	k->at.device = pl_get_u64(f);
	k->at.inode = pl_get_u64(f);
	k->at.size = k->content.size = pl_get_u64(f);
	k->at.mtime_s = (int64_t)pl_get_u64(f);
	k->at.mtime_ns = (int64_t)pl_get_u64(f);
	k->at.ctime_s = (int64_t)pl_get_u64(f);
	k->at.ctime_ns = (int64_t)pl_get_u64(f);
	f->bad = f->bad || !k->content.from;
}

/* A damaged record counts as none. */
static int load_record(struct pl_files *c, struct pl_err *err)
{
	PL_AUTO(buf) data = {0};
	struct pl_digest key = record_key(c);
	if (c->has_record)
		return 0;
	c->has_record = true;
	int rc = pl_store_record_get(c->store, "files", &key, &data, err);
	if (rc <= 0)
		return rc;
	struct pl_fields f = {pl_buf_str(&data), &c->arena, false};
	size_t n = pl_get_count(&f, RECORD_LEAST);
	struct known_file *v = pl_arena_array(&c->arena, struct known_file, n + 1);
	for (size_t i = 0; i < n; i++)
		get_known(&f, &v[i]);
	bool whole = pl_fields_end(&f);
	for (size_t i = 0; i < n && whole; i++)
		pl_map_put(&c->record, pl_str_of(v[i].content.from), &v[i]);
	return 0;
}

int pl_files_keep(struct pl_files *c, struct pl_str bytes, const struct pl_digest *d,
		  struct pl_err *err)
{
	struct pl_digest same;
	if (pl_store_has(c->store, PL_STORE_INPUTS, d, NULL))
		return 0; /* the usual case: nothing is written by a build that changes nothing */
	return pl_store_put(c->store, PL_STORE_INPUTS, bytes, &same, err);
}

static bool recall(const struct pl_files *c, struct known_file *k)
{
	const struct known_file *before = pl_map_get(&c->record, pl_str_of(k->content.from));
	uint64_t size;
	if (!before || !is_same(&before->at, &k->at) ||
	    !pl_store_has(c->store, PL_STORE_INPUTS, &before->content.sha256, &size) ||
	    size != k->at.size)
		return false;
	k->content.sha256 = before->content.sha256;
	k->content.size = size;
	return true;
}

/* Everybody who has the image can read it, and everybody here can read the store. What is its
 * owner's alone here is not given away because nobody thought of a mode; a checkout under umask 027
 * is no such word. */
static int check_mode(const struct pl_file_entry *e, uint32_t mode, struct pl_err *err)
{
	if (e->mode >= 0 || mode & (S_IRGRP | S_IROTH))
		return 0;
	return pl_fail(err, PL_INPUT,
		       "%s is readable for its owner alone (mode %04o), in the image for all it "
		       "would be: give its entry a 'mode:', for example %s, or 'chmod a+r' it",
		       e->from, mode & 0777, mode & 0100 ? "0700" : "0600");
}

/* Reads the file as it is now. 1: and it held still meanwhile: its times are of before it was read,
 * or the reading before gave the same. 0: it must be read again. */
static int read_once(struct pl_files *c, const struct pl_file_entry *e, struct known_file *k,
		     struct pl_err *err)
{
	PL_AUTO(buf) data = {.max = c->env->limits->memory_file};
	const struct known_file former = *k;
	struct timespec begun;
	struct stat st, after;
	int fd;
	clock_gettime(CLOCK_REALTIME_COARSE, &begun); /* the clock of files' times */
	int rc = pl_fleet_file_open(c->fleet, e, &fd, err);
	if (rc < 0)
		return rc;
	PL_AUTO_FREE(source) in = pl_source_fd(fd, e->from);
	if (fstat(fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", e->from);
	k->at = identity_of(&st);
	k->content.mode = st.st_mode & 07777;
	rc = check_mode(e, k->content.mode, err);
	if (rc < 0)
		return rc;
	if (recall(c, k))
		return 1;
	rc = pl_source_read_all(in, &data, e->from, err);
	if (rc < 0)
		return rc;
	if (fstat(fd, &after) < 0)
		return pl_fail_sys(err, errno, "%s", e->from);
	struct identity now = identity_of(&after);
	k->content.sha256 = pl_sha256_of(pl_buf_str(&data));
	bool settled = now.ctime_s < begun.tv_sec ||
		       (now.ctime_s == begun.tv_sec && now.ctime_ns < begun.tv_nsec);
	bool twice = is_same(&former.at, &now) &&
		     pl_digest_eq(&former.content.sha256, &k->content.sha256);
	if (!is_same(&now, &k->at) || data.n != k->at.size || (!settled && !twice))
		return 0;
	k->is_racy = k->at.mtime_s + RACY_S >= c->began || k->at.ctime_s + RACY_S >= c->began;
	c->has_news = c->has_news || !k->is_racy;
	k->content.size = data.n;
	rc = pl_files_keep(c, pl_buf_str(&data), &k->content.sha256, err);
	return rc < 0 ? rc : 1;
}

int pl_files_content(struct pl_files *c, const struct pl_file_entry *e,
		     const struct pl_content **ret, struct pl_err *err)
{
	struct known_file *k = pl_map_get(&c->read, pl_str_of(e->from));
	int rc = k ? check_mode(e, k->content.mode, err) : load_record(c, err);
	if (rc < 0)
		return rc;
	if (!k) {
		k = pl_arena_new(&c->arena, struct known_file);
		k->content.from = e->from;
		for (unsigned i = 0; i < TRIES && rc == 0; i++) {
			usleep(i ? TICK_US : 0);
			rc = read_once(c, e, k, err);
		}
		if (rc == 0)
			return pl_fail(err, PL_STALE,
				       "%s: somebody writes to it; run this again when it is "
				       "complete",
				       e->from);
		if (rc < 0)
			return rc;
		pl_map_put(&c->read, pl_str_of(e->from), k);
	}
	*ret = &k->content;
	return 0;
}

/* Of all files of the fleet, also of images that this run left alone. */
int pl_files_remember(struct pl_files *c, struct pl_err *err)
{
	PL_AUTO(buf) data = {0}, files = {0};
	PL_AUTO(map) said = {0};
	struct pl_digest key = record_key(c);
	uint64_t n = 0;
	if (!c->has_news)
		return 0;
	for (size_t i = 0; i < c->fleet->n_images; i++)
		for (size_t f = 0; f < c->fleet->images[i]->n_files; f++) {
			struct pl_str from = pl_str_of(c->fleet->images[i]->files[f].from);
			const struct known_file *k = from.p ? pl_map_get(&c->read, from) : NULL;
			if (from.p && !k)
				k = pl_map_get(&c->record, from);
			if (!k || k->is_racy || pl_map_put(&said, from, c))
				continue;
			put_known(&files, k);
			n++;
		}
	pl_put_u64(&data, n);
	pl_buf_addstr(&data, pl_buf_str(&files));
	return pl_store_record_put(c->store, "files", &key, pl_buf_str(&data), err);
}
