// SPDX-License-Identifier: Apache-2.0
/*
 * Opening a store, and its directories. What a crash may cost, and why:
 *   content   fsync'ed before its rename, so a name never stands for half a file;
 *   its name  fsync of the directory once, before index.json is written (pl_store_sync): a lost
 * name is content that is made again, harmless as long as nothing durable names it; a record  not
 * fsync'ed: it carries a hash of itself, a damaged one counts as absent, and its readers check that
 * what it names is there. Measured for 100 blobs of 700 kB on ext4, quiet and with a busy disk: no
 * fsync 16 and 330 ms, content only 59 and 700 ms, content and directory each time 96 and 1200 ms.
 * One syncfs at the end takes 97 ms on the quiet disk, and waits for everybody else's data too.
 */
#include "store/store_int.h"

#include "base/file.h"
#include "base/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY 86400
#define USE_WAIT_S 600 /* a build takes minutes, cleaning up seconds */

static const char *const area_dirs[PL_STORE_AREAS] = {"blobs/sha256", "inputs/sha256"};

static int default_dir(char **ret, struct pl_err *err)
{
	const char *set = pl_environ("PLIMSOLL_STORE");
	if (set) {
		*ret = pl_xstrdup(set);
		return 0;
	}
	PL_AUTOFREE char *data = pl_xdg_dir("XDG_DATA_HOME", ".local/share");
	if (!data)
		return pl_fail(err, PL_FAILURE,
			       "no place for the store: set PLIMSOLL_STORE or HOME to a directory");
	*ret = pl_path_join(data, "plimsoll/store");
	return 0;
}

/* Records carry no secret: whoever can write them decides what is built, a file that is setuid
 * included. So nobody else may, root excepted, who may do anything. */
static int check_owner(int fd, const char *path, struct pl_err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return pl_fail_sys(err, errno, "%s", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return pl_fail(err, PL_FAILURE,
			       "%s belongs to another user (uid %u), who could change what is "
			       "built: use a store of your own (PLIMSOLL_STORE), or make this one "
			       "yours with 'chown -R'",
			       path, (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return pl_fail(err, PL_FAILURE,
			       "%s may be written by %s (mode %04o), who could change what is "
			       "built: 'chmod -R go-w' it if nobody did, else remove it",
			       path, st.st_mode & S_IWOTH ? "everybody" : "its group",
			       (unsigned)st.st_mode & 07777);
	return 0;
}

/* Creates a directory, if missing, and opens it. */
static int make_directory(struct pl_store *s, const char *name, int *ret_fd, struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_path_join(s->dir, name);
	int rc = pl_mkdirs(path, err);
	if (rc < 0)
		return rc;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return pl_fail_sys(err, errno, "%s", path);
	rc = check_owner(fd, path, err);
	if (rc < 0) {
		pl_close_fd(&fd);
		return rc;
	}
	*ret_fd = fd;
	return 0;
}

/* The store itself, and what lies between it and its areas. */
static int check_outer(struct pl_store *s, struct pl_err *err)
{
	static const char *const names[] = {"", "blobs", "inputs", "records"};
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < PL_COUNT(names); i++) {
		PL_AUTOFD int fd = -1;
		rc = make_directory(s, names[i], &fd, err);
	}
	return rc;
}

/* A directory that says it is another kind of layout is not ours to write into. */
static int check_layout(const char *path, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	PL_AUTO_FREE(jval) v = NULL;
	struct pl_str version = {0};
	int rc = pl_file_read(path, 4096, &text, err);
	if (rc == 0)
		rc = pl_json_parse(pl_buf_str(&text), path, &v, err);
	if (rc == 0)
		rc = pl_json_need_str(v, "imageLayoutVersion", path, &version, err);
	if (rc == 0 && !pl_str_is(version, "1.0.0"))
		rc = pl_fail(err, PL_INPUT, "%s: an image layout of another version than 1.0.0",
			     path);
	return rc;
}

/* oci-layout and index.json (image-spec image-layout.md). Under a lock: of two programs creating
 * the store at once the slower one must not empty the index of the faster one. */
static int make_layout(struct pl_store *s, struct pl_err *err)
{
	static const char empty_index[] =
		"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
		"\"manifests\":[]}";
	PL_AUTOFREE char *layout_path = pl_path_join(s->dir, "oci-layout");
	PL_AUTOFREE char *index_path = pl_path_join(s->dir, "index.json");
	PL_AUTOFREE char *lock_path = pl_path_join(s->dir, ".create.lock");
	PL_AUTOFD int lock = -1;
	int rc = 0;
	if (pl_file_exists(layout_path) && pl_file_exists(index_path))
		return check_layout(layout_path, err);
	rc = pl_lock_file(lock_path, 10, &lock, err);
	if (rc == 0 && !pl_file_exists(index_path))
		rc = pl_file_write(index_path, pl_str_of(empty_index), 0644, err);
	if (rc == 0 && !pl_file_exists(layout_path))
		rc = pl_file_write(layout_path, PL_STR("{\"imageLayoutVersion\":\"1.0.0\"}"), 0644,
				   err);
	return rc < 0 ? rc : check_layout(layout_path, err);
}

/* Leftovers of killed runs. A file that cannot be removed (another user's) is left to its owner:
 * it costs space and nothing else. */
static void clean_tmp(struct pl_store *s)
{
	int fd = dup(s->tmp_fd);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		pl_close_fd(&fd);
		return;
	}
	int64_t now = pl_env_now(s->env);
	for (struct dirent *e; (e = readdir(d));) {
		struct stat st;
		if (fstatat(s->tmp_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode) && now - st.st_mtime > DAY)
			unlinkat(s->tmp_fd, e->d_name, 0);
	}
	closedir(d);
}

static int open_areas(struct pl_store *s, struct pl_err *err)
{
	const struct {
		const char *name;
		int *fd;
	} dirs[] = {
		{area_dirs[PL_STORE_BLOBS], &s->area_fd[PL_STORE_BLOBS]},
		{area_dirs[PL_STORE_INPUTS], &s->area_fd[PL_STORE_INPUTS]},
		{"records", &s->records_fd},
		{"tmp", &s->tmp_fd},
	};
	int rc = check_outer(s, err);
	for (size_t i = 0; rc == 0 && i < PL_COUNT(dirs); i++)
		rc = make_directory(s, dirs[i].name, dirs[i].fd, err);
	if (rc < 0)
		return rc;
	return make_layout(s, err);
}

/* Who has a store open shares its lock; who deletes holds it alone, so that nothing goes that a
 * running command has found there. Where the lock's file can be neither opened nor made (a medium
 * that is read-only), nothing can be deleted by us either. */
static int share_use(struct pl_store *s, struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_path_join(s->dir, ".use.lock");
	/* For writing, which NFS wants of who is to hold a lock alone (flock(2), "NFS details"). */
	s->use_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (s->use_fd < 0 && (errno == EROFS || errno == EACCES))
		s->use_fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (s->use_fd < 0 && (errno == EROFS || errno == EACCES || errno == ENOENT))
		return 0;
	if (s->use_fd < 0)
		return pl_fail_sys(err, errno, "%s", path);
	return pl_flock_wait(s->env, s->use_fd, false, path, "store gc", USE_WAIT_S, err);
}

int pl_store_alone(struct pl_store *s, struct pl_err *err)
{
	if (s->use_fd < 0)
		return pl_fail(err, PL_FAILURE,
			       "%s: nothing can be deleted there: it is read-only, or another "
			       "user's",
			       s->dir);
	return pl_flock_wait(s->env, s->use_fd, true, s->dir, "one that uses this store",
			     USE_WAIT_S, err);
}

int pl_store_open(const struct pl_env *env, const char *dir, struct pl_store **ret,
		  struct pl_err *err)
{
	PL_AUTO_FREE(store) s = pl_xcalloc(1, sizeof(*s));
	int rc = 0;
	s->env = env;
	s->tmp_fd = s->records_fd = s->use_fd = -1;
	for (int a = 0; a < PL_STORE_AREAS; a++) {
		s->area_fd[a] = -1;
		/* Another program's names may be as young as ours. */
		atomic_init(&s->fresh[a], true);
	}
	pthread_mutex_init(&s->lock, NULL);
	if (dir)
		s->dir = pl_xstrdup(dir);
	else
		rc = default_dir(&s->dir, err);
	if (rc == 0)
		rc = open_areas(s, err);
	if (rc == 0)
		rc = share_use(s, err);
	if (rc < 0)
		return s->dir ? pl_ctx(err, "opening the store %s", s->dir) : rc;
	clean_tmp(s);
	*ret = pl_steal(&s);
	return 0;
}

void pl_store_free(struct pl_store *s)
{
	if (!s)
		return;
	for (int a = 0; a < PL_STORE_AREAS; a++)
		pl_close_fd(&s->area_fd[a]);
	pl_close_fd(&s->tmp_fd);
	pl_close_fd(&s->records_fd);
	pl_close_fd(&s->use_fd);
	pthread_mutex_destroy(&s->lock);
	free(s->dir);
	free(s);
}

const char *pl_store_dir(const struct pl_store *s) { return s->dir; }

char *pl_store_path(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d)
{
	char hex[PL_DIGEST_TEXT];
	return pl_xprintf("%s/%s/%s", s->dir, area_dirs[a], pl_digest_hex(d, hex));
}

void pl_store_freshen(const struct pl_store *s, int dir_fd, const char *name, const struct stat *st)
{
	/* One that cannot be touched, another user's, was used when it was written. */
	if (pl_env_now(s->env) - st->st_mtime >= DAY)
		(void)!utimensat(dir_fd, name, NULL, AT_SYMLINK_NOFOLLOW);
}

bool pl_store_has(struct pl_store *s, enum pl_store_area a, const struct pl_digest *d,
		  uint64_t *ret_size)
{
	char hex[PL_DIGEST_TEXT];
	struct stat st;
	if (fstatat(s->area_fd[a], pl_digest_hex(d, hex), &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	pl_store_freshen(s, s->area_fd[a], hex, &st);
	if (ret_size)
		*ret_size = (uint64_t)st.st_size;
	return true;
}

int pl_store_sync(struct pl_store *s, struct pl_err *err)
{
	int rc = 0;
	/* The lock keeps a second caller from going on while the first one's fsync runs. */
	pthread_mutex_lock(&s->lock);
	for (int a = 0; rc == 0 && a < PL_STORE_AREAS; a++) {
		if (!atomic_exchange(&s->fresh[a], false))
			continue;
		if (fsync(s->area_fd[a]) < 0) {
			atomic_store(&s->fresh[a], true);
			rc = pl_fail_sys(err, errno, "%s/%s", s->dir, area_dirs[a]);
		}
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int pl_store_scratch(struct pl_store *s)
{
	PL_AUTOFREE char *dir = pl_path_join(s->dir, "tmp");
	struct pl_err unused = {0};
	int fd = -1;
	(void)!pl_file_scratch(dir, &fd, &unused);
	return fd;
}
