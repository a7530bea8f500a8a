// SPDX-License-Identifier: Apache-2.0
/* What the store holds, and deleting from it. What may be deleted is known above. */
#include "store/store_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct listing {
	struct pl_store *s;
	struct pl_arena *a;
	PL_VEC(struct pl_store_item) items;
};

/* The directory under fd, to be read from its beginning; fd stays the caller's. */
static DIR *read_directory(int fd)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = own < 0 ? NULL : fdopendir(own);
	if (!d)
		pl_close_fd(&own);
	return d;
}

static int list_files(struct listing *l, int fd, enum pl_store_part part, const char *kind,
		      struct pl_err *err)
{
	DIR *d = read_directory(fd);
	if (!d)
		return pl_fail_sys(err, errno, "%s: reading its directories", l->s->dir);
	for (struct dirent *e; (e = readdir(d));) {
		struct pl_digest digest = {0};
		struct stat st;
		if (part != PL_STORE_PART_TMP &&
		    !pl_digest_parse_hex(pl_str_of(e->d_name), &digest))
			continue;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			continue;
		*pl_vec_push(&l->items) =
			(struct pl_store_item){.part = part,
					       .kind = kind,
					       .name = pl_arena_cstr(l->a, pl_str_of(e->d_name)),
					       .digest = digest,
					       .size = (uint64_t)st.st_size,
					       .used = st.st_mtime};
	}
	closedir(d);
	return 0;
}

static int list_records(struct listing *l, struct pl_err *err)
{
	DIR *d = read_directory(l->s->records_fd);
	int rc = 0;
	if (!d)
		return pl_fail_sys(err, errno, "%s/records", l->s->dir);
	for (struct dirent *e; rc == 0 && (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		PL_AUTOFD int fd = openat(l->s->records_fd, e->d_name,
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
			continue;
		rc = fd < 0 ? pl_fail_sys(err, errno, "%s/records/%s", l->s->dir, e->d_name)
			    : list_files(l, fd, PL_STORE_PART_RECORD,
					 pl_arena_cstr(l->a, pl_str_of(e->d_name)), err);
	}
	closedir(d);
	return rc;
}

static int by_place(const void *a, const void *b)
{
	const struct pl_store_item *x = a, *y = b;
	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	int c = strcmp(x->kind, y->kind);
	return c ? c : strcmp(x->name, y->name);
}

int pl_store_list(struct pl_store *s, struct pl_arena *a, struct pl_store_items *ret,
		  struct pl_err *err)
{
	struct listing l = {.s = s, .a = a};
	int rc = list_files(&l, s->area_fd[PL_STORE_BLOBS], PL_STORE_PART_BLOB, "", err);
	if (rc == 0)
		rc = list_files(&l, s->area_fd[PL_STORE_INPUTS], PL_STORE_PART_INPUT, "", err);
	if (rc == 0)
		rc = list_records(&l, err);
	if (rc == 0)
		rc = list_files(&l, s->tmp_fd, PL_STORE_PART_TMP, "", err);
	if (rc == 0 && l.items.n) {
		qsort(l.items.v, l.items.n, sizeof(*l.items.v), by_place);
		ret->v = pl_arena_dup(a, l.items.v, l.items.n, sizeof(*l.items.v));
	}
	if (rc == 0)
		ret->n = l.items.n;
	pl_vec_free(&l.items);
	return rc;
}

int pl_store_drop(struct pl_store *s, const struct pl_store_item *item, struct pl_err *err)
{
	const struct {
		const char *dir;
		int fd;
	} places[] = {
		[PL_STORE_PART_BLOB] = {"blobs/sha256", s->area_fd[PL_STORE_BLOBS]},
		[PL_STORE_PART_INPUT] = {"inputs/sha256", s->area_fd[PL_STORE_INPUTS]},
		[PL_STORE_PART_RECORD] = {"records", s->records_fd},
		[PL_STORE_PART_TMP] = {"tmp", s->tmp_fd},
	};
	PL_AUTOFREE char *name = item->kind[0] ? pl_xprintf("%s/%s", item->kind, item->name)
					       : pl_xstrdup(item->name);
	if (unlinkat(places[item->part].fd, name, 0) < 0 && errno != ENOENT)
		return pl_fail_sys(err, errno, "deleting %s/%s/%s", s->dir, places[item->part].dir,
				   name);
	return 0;
}
