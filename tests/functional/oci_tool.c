// SPDX-License-Identifier: Apache-2.0
/*
 * The oci/ floor from a command line, for tests against real and for faulty registries:
 *
 *   oci_tool [--from REPO]... [--stop-after MS] [--budget S] COMMAND ...
 *     copy SRC DST    the image with all its blobs; DST's tag is set
 *     pull REF        manifest, config and layers, verified and dropped
 *     head REF        the manifest's digest without its text
 *     tags REF        one a line
 *     peek REF        opens the first layer, reads one byte, closes
 *     blob REF FILE   pushes a file as a blob, in 4 threads at once
 *
 * Prints what moved; on failure the code's name and the text, and ends with the code's status.
 */
#include "base/env.h"
#include "base/file.h"
#include "base/threads.h"
#include "io/http.h"
#include "oci/repository.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static atomic_bool stop;
static struct pl_env env;
static struct pl_limits limits;
static const char *from[4];
static size_t n_from;

struct blob_at {
	struct pl_repo *repo;
	struct pl_descriptor d;
};

static int open_blob(void *ctx, struct pl_source **ret, struct pl_err *err)
{
	struct blob_at *b = ctx;
	return pl_repo_blob(b->repo, &b->d, ret, err);
}

static int drain(struct pl_repo *r, const struct pl_descriptor *d, struct pl_err *err)
{
	PL_AUTO_FREE(source) in = NULL;
	char block[4096];
	int64_t n = pl_repo_blob(r, d, &in, err);
	while (n >= 0 && (n = pl_source_read(in, block, sizeof(block), err)) > 0)
		;
	return (int)n;
}

static int one_blob(struct pl_repo *src, struct pl_repo *dst, const struct pl_descriptor *d,
		    struct pl_err *err)
{
	struct blob_at b = {src, *d};
	return dst ? pl_repo_put_blob(dst, &d->digest, d->size, from[0] ? from : NULL, open_blob,
				      &b, err)
		   : drain(src, d, err);
}

/* dst NULL: only reads. */
static int move(struct pl_repo *src, struct pl_repo *dst, const char *tag,
		const struct pl_digest *digest, const char *dst_tag, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) text = {0};
	struct pl_descriptor d;
	int rc = pl_repo_manifest(src, tag, digest, &a, &d, &text, err);
	if (rc == 0)
		return pl_fail(err, PL_NOT_FOUND, "%s: no such image", pl_repo_name(src));
	if (rc < 0)
		return rc;
	if (pl_text_is_index(pl_buf_str(&text), d.media_type)) {
		struct pl_oci_index x;
		rc = pl_oci_index_parse(&a, pl_buf_str(&text), "index", &x, err);
		for (size_t i = 0; rc == 0 && i < x.n_manifests; i++)
			rc = move(src, dst, NULL, &x.manifests[i].digest, NULL, err);
	} else {
		struct pl_manifest m;
		rc = pl_manifest_parse(&a, pl_buf_str(&text), "manifest", &m, err);
		for (size_t i = 0; rc == 0 && i < m.n_layers; i++)
			rc = one_blob(src, dst, &m.layers[i], err);
		if (rc == 0)
			rc = one_blob(src, dst, &m.config, err);
	}
	if (rc == 0 && dst)
		rc = pl_repo_put_manifest(dst, d.media_type, pl_buf_str(&text), dst_tag, err);
	if (rc == 0 && !digest)
		printf("%s %s %llu\n", PL_DIGEST_STR(&d.digest), d.media_type,
		       (unsigned long long)d.size);
	return rc;
}

static void print_stats(const struct pl_repo *r)
{
	const struct pl_repo_stats *s = pl_repo_stats(r);
	printf("uploaded=%llu bytes=%llu present=%llu mounted=%llu manifests=%llu\n",
	       (unsigned long long)s->blobs_uploaded, (unsigned long long)s->bytes_uploaded,
	       (unsigned long long)s->blobs_present, (unsigned long long)s->blobs_mounted,
	       (unsigned long long)s->manifests_put);
}

static int peek(struct pl_repo *r, const char *tag, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) text = {0};
	PL_AUTO_FREE(source) in = NULL;
	struct pl_descriptor d;
	struct pl_manifest m;
	char c;
	int rc = pl_repo_manifest(r, tag, NULL, &a, &d, &text, err);
	if (rc == 0)
		return pl_fail(err, PL_NOT_FOUND, "no such image");
	if (rc == 1)
		rc = pl_manifest_parse(&a, pl_buf_str(&text), "manifest", &m, err);
	if (rc == 0 && m.n_layers == 0)
		return pl_fail(err, PL_INPUT, "no layers");
	if (rc == 0)
		rc = pl_repo_blob(r, &m.layers[0], &in, err);
	if (rc == 0)
		rc = pl_source_read_full(in, &c, 1, "blob", err);
	return rc;
}

struct file_job {
	struct pl_repo *repo;
	const char *path;
	struct pl_digest digest;
	uint64_t size;
};

static int open_file(void *ctx, struct pl_source **ret, struct pl_err *err)
{
	return pl_source_file(((struct file_job *)ctx)->path, ret, err);
}

static int push_file(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct file_job *j = ctx;
	(void)i;
	(void)worker;
	return pl_repo_put_blob(j->repo, &j->digest, j->size, NULL, open_file, j, err);
}

static int push_blob(struct pl_repo *r, const char *path, struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	struct file_job j = {.repo = r, .path = path};
	int rc = pl_file_read(path, 256 << 20, &b, err);
	if (rc < 0)
		return rc;
	j.digest = pl_sha256_of(pl_buf_str(&b));
	j.size = b.n;
	env.jobs = 4;
	rc = pl_parallel(&env, 4, push_file, &j, err);
	print_stats(r);
	return rc;
}

static int run(int argc, char **argv, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(registries) registries = pl_registries_new(&env);
	PL_AUTO_FREE(repo) src = NULL;
	PL_AUTO_FREE(repo) dst = NULL;
	struct pl_ref ref, to;
	const char *command = argv[0];
	if (argc < 2)
		return pl_fail(err, PL_USAGE, "COMMAND REF");
	int rc = pl_ref_parse(&a, pl_str_of(argv[1]), &ref, err);
	if (rc == 0)
		rc = pl_repo_open(registries, &ref, strcmp(command, "blob") == 0, &src, err);
	if (rc < 0)
		return rc;
	const struct pl_digest *digest = ref.has_digest ? &ref.digest : NULL;
	if (strcmp(command, "copy") == 0 && argc == 3) {
		rc = pl_ref_parse(&a, pl_str_of(argv[2]), &to, err);
		if (rc == 0)
			rc = pl_repo_open(registries, &to, true, &dst, err);
		if (rc == 0)
			rc = move(src, dst, ref.tag, digest, to.tag, err);
		if (dst)
			print_stats(dst);
		return rc;
	}
	if (strcmp(command, "pull") == 0)
		return move(src, NULL, ref.tag, digest, NULL, err);
	if (strcmp(command, "peek") == 0)
		return peek(src, ref.tag, err);
	if (strcmp(command, "blob") == 0 && argc == 3)
		return push_blob(src, argv[2], err);
	if (strcmp(command, "head") == 0) {
		struct pl_descriptor d;
		rc = pl_repo_manifest(src, ref.tag, digest, &a, &d, NULL, err);
		if (rc == 1)
			printf("%s %s %llu\n", PL_DIGEST_STR(&d.digest), d.media_type,
			       (unsigned long long)d.size);
		else if (rc == 0)
			printf("absent\n");
		return rc < 0 ? rc : 0;
	}
	if (strcmp(command, "tags") == 0) {
		const char **tags;
		size_t n;
		rc = pl_repo_tags(src, &a, &tags, &n, err);
		for (size_t i = 0; rc == 0 && i < n; i++)
			printf("%s\n", tags[i]);
		return rc;
	}
	return pl_fail(err, PL_USAGE, "unknown command %s", command);
}

static void *stop_later(void *arg)
{
	usleep(*(useconds_t *)arg);
	atomic_store(&stop, true);
	return NULL;
}

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	pthread_t thread;
	static useconds_t after;
	signal(SIGPIPE, SIG_IGN);
	pl_env_init(&env);
	env.stop = &stop;
	argv++;
	argc--;
	while (argc > 2 && argv[0][0] == '-') {
		if (strcmp(argv[0], "--from") == 0) {
			if (n_from < PL_COUNT(from) - 1)
				from[n_from++] = argv[1];
		} else if (strcmp(argv[0], "--budget") == 0) {
			limits = pl_limits_default;
			limits.request_s = strtoul(argv[1], NULL, 10);
			env.limits = &limits;
		} else {
			after = (useconds_t)strtoul(argv[1], NULL, 10) * 1000;
			if (pthread_create(&thread, NULL, stop_later, &after) != 0)
				return 1;
			pthread_detach(thread);
		}
		argv += 2;
		argc -= 2;
	}
	int rc = pl_http_global_init(&err);
	if (rc == 0)
		rc = argc ? run(argc, argv, &err) : pl_fail(&err, PL_USAGE, "COMMAND");
	if (rc < 0)
		printf("error %s: %s\n", pl_code_info(err.code)->name, err.msg);
	pl_http_global_done();
	return rc < 0 ? pl_code_info(err.code)->exit_status : 0;
}
