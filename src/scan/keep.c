// SPDX-License-Identifier: Apache-2.0
#include "scan/keep_int.h"

#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void pl_keep_init(struct pl_keep *k) { *k = (struct pl_keep){.fd = -1}; }

void pl_keep_done(struct pl_keep *k)
{
	assert(k->in_memory == 0 && k->in_file == 0); /* every body has an owner, who let go */
	pl_close_fd(&k->fd);
	pl_buf_done(&k->loaded);
}

static void note_peak(struct pl_keep *k)
{
	uint64_t now = k->in_memory + k->loaded.n;
	if (now > k->memory_peak)
		k->memory_peak = now;
}

int pl_keep_new(struct pl_keep *k, uint64_t size, struct pl_kept_body **ret, struct pl_err *err)
{
	uint64_t held = k->in_memory + k->in_file;
	if (size > k->file_max || held > k->total_max || size > k->total_max - held)
		return pl_fail(err, PL_LIMIT, "%llu bytes are more than a scan keeps",
			       (unsigned long long)size);
	bool spill = k->in_memory > k->memory_max || size > k->memory_max - k->in_memory;
	if (spill && k->fd < 0) {
		int rc = pl_file_scratch(NULL, &k->fd, err);
		if (rc < 0)
			return rc;
	}
	struct pl_kept_body *b = pl_xcalloc(1, sizeof(*b));
	b->size = size;
	b->refs = 1;
	if (spill) {
		b->offset = k->file_end;
		k->file_end += size;
		k->in_file += size;
	} else {
		b->memory = pl_xcalloc(1, (size_t)size + 1);
		k->in_memory += size;
		note_peak(k);
	}
	*ret = b;
	return 0;
}

int pl_keep_fill(struct pl_keep *k, struct pl_kept_body *b, const void *p, size_t n,
		 struct pl_err *err)
{
	assert(n <= b->size - b->filled);
	const char *at = p;
	if (b->memory)
		memcpy(b->memory + b->filled, p, n);
	for (size_t done = 0; !b->memory && done < n;) {
		ssize_t got =
			pwrite(k->fd, at + done, n - done, (off_t)(b->offset + b->filled + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return pl_fail_sys(err, errno, "writing a temporary file");
		done += (size_t)got;
	}
	b->filled += n;
	return 0;
}

struct pl_kept_body *pl_keep_ref(struct pl_kept_body *b)
{
	b->refs++;
	return b;
}

/* Gives the bytes back to the file system. One that cannot make holes has them until the scan's
 * end, or until the file holds nothing any more. */
static void release_file(struct pl_keep *k, const struct pl_kept_body *b)
{
	k->in_file -= b->size;
	if (k->in_file == 0 && ftruncate(k->fd, 0) == 0)
		k->file_end = 0;
	else if (b->size)
		(void)!fallocate(k->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 (off_t)b->offset, (off_t)b->size);
}

void pl_keep_unref(struct pl_keep *k, struct pl_kept_body *b)
{
	if (!b || --b->refs)
		return;
	if (k->loaded_body == b) {
		k->loaded_body = NULL;
		pl_buf_clear(&k->loaded);
	}
	if (b->memory)
		k->in_memory -= b->size;
	else
		release_file(k, b);
	free(b->memory);
	free(b);
}

static int load(struct pl_keep *k, const struct pl_kept_body *b, struct pl_err *err)
{
	k->loaded_body = NULL;
	pl_buf_done(&k->loaded); /* not the largest one's memory until the end */
	char *to = pl_buf_room(&k->loaded, (size_t)b->size);
	if (!to)
		return pl_fail(err, PL_LIMIT, "a file kept by the scan is too large to read");
	while (k->loaded.n < b->size) {
		ssize_t got = pread(k->fd, to + k->loaded.n, (size_t)b->size - k->loaded.n,
				    (off_t)(b->offset + k->loaded.n));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return pl_fail_sys(err, errno, "reading a temporary file");
		if (got == 0)
			return pl_fail(err, PL_FAILURE, "a temporary file became shorter");
		k->loaded.n += (size_t)got;
	}
	k->loaded_body = b;
	note_peak(k);
	return 0;
}

int pl_keep_text(struct pl_keep *k, const struct pl_kept_body *b, struct pl_str *ret,
		 struct pl_err *err)
{
	if (b->memory) {
		*ret = (struct pl_str){b->memory, (size_t)b->size};
		return 0;
	}
	int rc = k->loaded_body == b ? 0 : load(k, b, err);
	if (rc == 0)
		*ret = pl_buf_str(&k->loaded);
	return rc;
}
