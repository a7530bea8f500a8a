// SPDX-License-Identifier: Apache-2.0
/* Image layouts and docker archives through the public API, in a temporary directory. */
#include "base/file.h"
#include "io/tar.h"
#include "oci/repository.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct pl_env env;
static char dir[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int make_dir(void **state)
{
	(void)state;
	pl_env_init(&env);
	snprintf(dir, sizeof(dir), "/tmp/test-layout.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int open_repo(const char *scheme, const char *name, bool create, struct pl_repo **ret,
		     struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	PL_AUTOFREE char *text = pl_xprintf("%s:%s/%s", scheme, dir, name);
	struct pl_ref ref;
	assert_int_equal(pl_ref_parse(&a, pl_str_of(text), &ref, err), 0);
	PL_AUTO_FREE(registries) registries = pl_registries_new(&env);
	return pl_repo_open(registries, &ref, create, ret, err);
}

static int open_mem(void *ctx, struct pl_source **ret, struct pl_err *err)
{
	(void)err;
	*ret = pl_source_mem(pl_str_of(ctx));
	return 0;
}

static int put_text(struct pl_repo *r, const char *text, struct pl_err *err)
{
	struct pl_digest d = pl_sha256_of(pl_str_of(text));
	return pl_repo_put_blob(r, &d, strlen(text), NULL, open_mem, (void *)(uintptr_t)text, err);
}

/* A manifest that no reader can tell from another but by its note. */
static void manifest_text(struct pl_buf *b, const char *note)
{
	struct pl_annotation n = {"note", note};
	struct pl_manifest m = {.config = {.media_type = PL_MT_CONFIG, .size = 2},
				.annotations = &n,
				.n_annotations = 1};
	m.config.digest = pl_sha256_of(PL_STR("{}"));
	pl_manifest_format(&m, b);
}

static void read_file(const char *name, struct pl_buf *b)
{
	PL_AUTOFREE char *path = pl_path_join(dir, name);
	struct pl_err err = {0};
	pl_buf_clear(b);
	assert_int_equal(pl_file_read(path, 1 << 20, b, &err), 0);
}

static void write_file(const char *name, const char *text)
{
	PL_AUTOFREE char *path = pl_path_join(dir, name);
	struct pl_err err = {0};
	assert_int_equal(pl_file_write(path, pl_str_of(text), 0644, &err), 0);
}

static void blobs(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(repo) r = NULL;
	PL_AUTO_FREE(source) in = NULL;
	PL_AUTO(buf) b = {0};
	struct pl_descriptor d = {.digest = pl_sha256_of(PL_STR("hello")), .size = 5};
	assert_int_equal(open_repo("oci", "l", false, &r, &err), -PL_NOT_FOUND);
	assert_int_equal(open_repo("oci", "l", true, &r, &err), 0);
	assert_int_equal(pl_repo_has_blob(r, &d.digest, 5, &err), 0);
	assert_int_equal(put_text(r, "hello", &err), 0);
	assert_int_equal(put_text(r, "hello", &err), 0);
	assert_int_equal(pl_repo_stats(r)->blobs_uploaded, 1);
	assert_int_equal(pl_repo_stats(r)->bytes_uploaded, 5);
	assert_int_equal(pl_repo_stats(r)->blobs_present, 1);
	assert_int_equal(pl_repo_has_blob(r, &d.digest, 5, &err), 1);
	assert_int_equal(pl_repo_has_blob(r, &d.digest, 6, &err), 0);
	assert_int_equal(pl_repo_blob(r, &d, &in, &err), 0);
	assert_int_equal(pl_source_read_all(in, &b, "x", &err), 0);
	assert_string_equal(b.p, "hello");

	/* Content that is not what its digest says never gets a name. */
	struct pl_digest other = pl_sha256_of(PL_STR("other"));
	assert_int_equal(pl_repo_put_blob(r, &other, 5, NULL, open_mem, "wrong", &err), -PL_VERIFY);
	assert_int_equal(pl_repo_put_blob(r, &other, 5, NULL, open_mem, "othe", &err), -PL_VERIFY);
	assert_int_equal(pl_repo_has_blob(r, &other, 5, &err), 0);

	/* Damage on the disk shows when it is read. */
	char hex[PL_DIGEST_TEXT];
	PL_AUTOFREE char *name = pl_xprintf("l/blobs/sha256/%s", pl_digest_hex(&d.digest, hex));
	write_file(name, "hallo");
	pl_source_free(pl_steal(&in));
	pl_buf_clear(&b);
	assert_int_equal(pl_repo_blob(r, &d, &in, &err), 0);
	assert_int_equal(pl_source_read_all(in, &b, "x", &err), -PL_VERIFY);
	d.digest = other;
	pl_source_free(pl_steal(&in));
	assert_true(pl_repo_blob(r, &d, &in, &err) < 0);
	assert_int_equal(err.code, PL_NOT_FOUND);
}

static void tags(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(repo) r = NULL;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) one = {0}, two = {0}, text = {0}, before = {0}, after = {0};
	struct pl_descriptor d;
	const char **list;
	size_t n;
	assert_int_equal(open_repo("oci", "l", true, &r, &err), 0);
	manifest_text(&one, "1");
	manifest_text(&two, "2");
	assert_int_equal(pl_repo_manifest(r, NULL, NULL, &a, &d, NULL, &err), 0);
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), "b", &err), 0);
	assert_int_equal(pl_repo_manifest(r, NULL, NULL, &a, &d, &text, &err), 1);
	assert_string_equal(text.p, one.p);
	assert_string_equal(d.media_type, PL_MT_MANIFEST);
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&two), "a", &err), 0);
	assert_int_equal(pl_repo_manifest(r, NULL, NULL, &a, &d, NULL, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "a, b"));
	assert_int_equal(pl_repo_tags(r, &a, &list, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0], "a");

	/* The same again changes no byte; the order of pushes leaves no trace. */
	read_file("l/index.json", &before);
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&two), "a", &err), 0);
	read_file("l/index.json", &after);
	assert_string_equal(before.p, after.p);
	assert_int_equal(pl_repo_stats(r)->manifests_put, 2);
	PL_AUTO_FREE(repo) r2 = NULL;
	assert_int_equal(open_repo("oci", "m", true, &r2, &err), 0);
	assert_int_equal(pl_repo_put_manifest(r2, PL_MT_MANIFEST, pl_buf_str(&two), "a", &err), 0);
	assert_int_equal(pl_repo_put_manifest(r2, PL_MT_MANIFEST, pl_buf_str(&one), "b", &err), 0);
	read_file("m/index.json", &after);
	assert_string_equal(before.p, after.p);

	/* A tag moves, its former image stays reachable by digest. */
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), "a", &err), 0);
	assert_int_equal(pl_repo_manifest(r, "a", NULL, &a, &d, NULL, &err), 1);
	struct pl_digest was = pl_sha256_of(pl_buf_str(&two));
	assert_false(pl_digest_eq(&d.digest, &was));
	assert_int_equal(pl_repo_manifest(r, NULL, &was, &a, &d, NULL, &err), 1);
	assert_int_equal(pl_repo_manifest(r, "c", NULL, &a, &d, NULL, &err), 0);
	was.b[0] ^= 1;
	assert_int_equal(pl_repo_manifest(r, NULL, &was, &a, &d, NULL, &err), 0);

	/* What another process set meanwhile is seen, and set back. */
	PL_AUTO_FREE(repo) r3 = NULL;
	assert_int_equal(open_repo("oci", "l", true, &r3, &err), 0);
	read_file("l/index.json", &before);
	assert_int_equal(pl_repo_put_manifest(r3, PL_MT_MANIFEST, pl_buf_str(&two), "a", &err), 0);
	read_file("l/index.json", &after);
	assert_string_not_equal(before.p, after.p);
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), "a", &err), 0);
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), "b", &err), 0);
	read_file("l/index.json", &after);
	assert_string_equal(before.p, after.p);
	assert_int_equal(pl_repo_put_manifest(r3, PL_MT_MANIFEST, pl_buf_str(&one), "a", &err), 0);
	read_file("l/index.json", &after);
	assert_string_equal(before.p, after.p);
}

/* A list of names is one write of index.json, whatever the order, and all or nothing. */
static void many_tags(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(repo) r = NULL;
	PL_AUTO_FREE(repo) one_by_one = NULL;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) one = {0}, two = {0}, at_once = {0}, singly = {0};
	struct pl_descriptor d;
	manifest_text(&one, "1");
	manifest_text(&two, "2");
	const struct pl_digest second = pl_sha256_of(pl_buf_str(&two));
	const struct pl_tagged v[] = {
		{PL_MT_MANIFEST, pl_buf_str(&two), (const char *const[]){"z", "b", NULL}, NULL},
		{PL_MT_MANIFEST, pl_buf_str(&one), (const char *const[]){"a", "z", NULL}, NULL},
		{PL_MT_MANIFEST, pl_buf_str(&two), (const char *const[]){"c", "z", NULL}, NULL},
		{PL_MT_MANIFEST, pl_buf_str(&one), NULL, NULL},
	};
	assert_int_equal(open_repo("oci", "l", true, &r, &err), 0);
	assert_int_equal(pl_repo_put_tags(r, v, PL_COUNT(v), &err), 0);
	assert_int_equal(pl_repo_stats(r)->manifests_put, 2);
	assert_int_equal(pl_repo_manifest(r, "z", NULL, &a, &d, NULL, &err), 1);
	assert_true(pl_digest_eq(&d.digest, &second));
	assert_int_equal(open_repo("oci", "m", true, &one_by_one, &err), 0);
	for (size_t i = 0; i < PL_COUNT(v); i++)
		for (const char *const *t = v[i].tags; t && *t; t++)
			assert_int_equal(pl_repo_put_manifest(one_by_one, PL_MT_MANIFEST, v[i].text,
							      *t, &err),
					 0);
	read_file("l/index.json", &at_once);
	read_file("m/index.json", &singly);
	assert_string_equal(at_once.p, singly.p);
	assert_int_equal(pl_repo_put_tags(r, NULL, 0, &err), 0);
	assert_int_equal(pl_repo_put_tags(r, v, PL_COUNT(v), &err), 0);
	read_file("l/index.json", &singly);
	assert_string_equal(at_once.p, singly.p);
}

/* Names go, what else index.json says stays. */
static void untag(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(repo) r = NULL;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) one = {0}, before = {0}, after = {0};
	struct pl_descriptor d;
	manifest_text(&one, "1");
	const struct pl_digest first = pl_sha256_of(pl_buf_str(&one));
	assert_int_equal(open_repo("oci", "untag", true, &r, &err), 0);
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), "stays", &err),
			 0);
	read_file("untag/index.json", &before);
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), "goes", &err),
			 0);
	assert_int_equal(pl_layout_untag(r, (const char *const[]){"goes", "never", NULL}, &err), 0);
	read_file("untag/index.json", &after);
	assert_string_equal(before.p, after.p);
	assert_int_equal(pl_layout_untag(r, (const char *const[]){"stays", NULL}, &err), 0);
	assert_int_equal(pl_repo_manifest(r, "stays", NULL, &a, &d, NULL, &err), 0);
	assert_int_equal(pl_repo_manifest(r, NULL, &first, &a, &d, NULL, &err), 1);
}

static void claims(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(repo) r = NULL;
	PL_AUTO(buf) one = {0}, two = {0}, before = {0}, after = {0};
	struct pl_descriptor d;
	manifest_text(&one, "1");
	manifest_text(&two, "2");
	const struct pl_digest first = pl_sha256_of(pl_buf_str(&one));
	const char *const moving[] = {"m", NULL};
	const struct pl_tagged mine = {PL_MT_MANIFEST, pl_buf_str(&one), moving, "m-1"};
	const struct pl_tagged theirs = {PL_MT_MANIFEST, pl_buf_str(&two), moving, "m-1"};
	assert_int_equal(open_repo("oci", "claims", true, &r, &err), 0);
	assert_int_equal(pl_repo_put_tags(r, &mine, 1, &err), 0);
	read_file("claims/index.json", &before);
	assert_int_equal(pl_repo_put_tags(r, &theirs, 1, &err), 1); /* and m stays, too */
	assert_int_equal(pl_repo_put_tags(r, &mine, 1, &err), 0);   /* its own it may claim again */
	read_file("claims/index.json", &after);
	assert_string_equal(before.p, after.p);
	assert_int_equal(pl_repo_manifest(r, "m-1", NULL, &a, &d, NULL, &err), 1);
	assert_true(pl_digest_eq(&d.digest, &first));
}

static void foreign_index(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(repo) r = NULL;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) one = {0}, text = {0};
	struct pl_descriptor d;
	assert_int_equal(open_repo("oci", "l", true, &r, &err), 0);
	manifest_text(&one, "1");
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), NULL, &err), 0);
	struct pl_digest dg = pl_sha256_of(pl_buf_str(&one));
	/* What we do not know stays when we add a tag. */
	PL_AUTOFREE char *index = pl_xprintf(
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\","
		"\"size\":%zu,\"artifactType\":\"x/y\",\"annotations\":{"
		"\"org.opencontainers.image.ref.name\":\"old\"}}],\"annotations\":{\"k\":\"v\"}}",
		PL_MT_MANIFEST, PL_DIGEST_STR(&dg), one.n);
	write_file("l/index.json", index);
	assert_int_equal(pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), "new", &err), 0);
	read_file("l/index.json", &text);
	assert_non_null(strstr(text.p, "\"artifactType\":\"x/y\""));
	assert_non_null(strstr(text.p, "{\"k\":\"v\"}"));
	assert_int_equal(pl_repo_manifest(r, "old", NULL, &a, &d, NULL, &err), 1);

	static const struct {
		const char *index;
		int code;
	} bad[] = {
		{"{\"schemaVersion\":2}", PL_INPUT},
		{"{\"schemaVersion\":2,\"manifests\":", PL_INPUT},
		{"", PL_INPUT},
	};
	for (size_t i = 0; i < PL_COUNT(bad); i++) {
		write_file("l/index.json", bad[i].index);
		assert_int_equal(pl_repo_manifest(r, "old", NULL, &a, &d, NULL, &err), -PL_INPUT);
		assert_int_equal(
			pl_repo_put_manifest(r, PL_MT_MANIFEST, pl_buf_str(&one), "x", &err),
			-PL_INPUT);
		read_file("l/index.json", &text);
		assert_string_equal(text.p ? text.p : "", bad[i].index); /* nothing changed */
	}
	/* A size or a kind that differs from what the manifest is. */
	PL_AUTOFREE char *lies = pl_xprintf(
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\","
		"\"size\":%zu}]}",
		PL_MT_MANIFEST, PL_DIGEST_STR(&dg), one.n + 1);
	write_file("l/index.json", lies);
	assert_int_equal(pl_repo_manifest(r, NULL, NULL, &a, &d, NULL, &err), -PL_VERIFY);
	PL_AUTOFREE char *kind = pl_xprintf(
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\","
		"\"size\":%zu}]}",
		PL_MT_INDEX, PL_DIGEST_STR(&dg), one.n);
	write_file("l/index.json", kind);
	assert_int_equal(pl_repo_manifest(r, NULL, NULL, &a, &d, NULL, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "announced as"));
}

static void not_a_layout(void **state)
{
	(void)state;
	struct pl_err err = {0};
	struct pl_repo *r = NULL;
	PL_AUTOFREE char *path = pl_path_join(dir, "x");
	assert_int_equal(mkdir(path, 0755), 0);
	write_file("x/precious", "data");
	assert_int_equal(open_repo("oci", "x", true, &r, &err), -PL_CONFLICT);
	write_file("x/oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}");
	assert_int_equal(open_repo("oci", "x", true, &r, &err), -PL_INPUT);
	assert_int_equal(open_repo("dir", "x", true, &r, &err), -PL_INPUT);
	assert_null(r);
}

/* ---- docker archives ---- */

static void add_tar(struct pl_buf *b, enum pl_tar_type type, const char *path, const char *link,
		    const char *data)
{
	struct pl_err err = {0};
	struct pl_tar_entry e = {.type = type,
				 .path = pl_str_of(path),
				 .link = pl_str_of(link),
				 .mode = 0644,
				 .size = data ? strlen(data) : 0};
	assert_int_equal(pl_tar_format(b, &e, &err), 0);
	if (data) {
		pl_buf_adds(b, data);
		pl_buf_zero(b, pl_tar_padding(strlen(data)));
	}
}

static void save_archive(const char *name, struct pl_buf *b)
{
	PL_AUTOFREE char *path = pl_path_join(dir, name);
	struct pl_err err = {0};
	pl_buf_zero(b, PL_TAR_END);
	assert_int_equal(pl_file_write(path, pl_buf_str(b), 0644, &err), 0);
}

static void archive(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO_FREE(repo) r = NULL;
	PL_AUTO_FREE(source) in = NULL;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) b = {0}, text = {0}, layer = {0};
	struct pl_descriptor d;
	struct pl_manifest m;
	const char **list;
	size_t n;
	char big[3000];
	memset(big, 'L', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	struct pl_digest id = pl_sha256_of(pl_str_of(big));
	PL_AUTOFREE char *config = pl_xprintf(
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\","
		"\"diff_ids\":[\"%s\",\"%s\"]}}",
		PL_DIGEST_STR(&id), PL_DIGEST_STR(&id));
	add_tar(&b, PL_TAR_DIR, "one", NULL, NULL);
	add_tar(&b, PL_TAR_FILE, "one/layer.tar", NULL, big);
	add_tar(&b, PL_TAR_SYMLINK, "two/layer.tar", "../one/layer.tar", NULL);
	add_tar(&b, PL_TAR_FILE, "config.json", NULL, config);
	add_tar(&b, PL_TAR_FILE, "manifest.json", NULL,
		"[{\"Config\":\"config.json\",\"RepoTags\":[\"busybox:1\",\"r.io/x:2\"],"
		"\"Layers\":[\"one/layer.tar\",\"two/layer.tar\"]}]");
	save_archive("a.tar", &b);
	if (open_repo("docker-archive", "a.tar", false, &r, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(pl_repo_tags(r, &a, &list, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0], "docker.io/library/busybox:1");
	assert_int_equal(pl_repo_manifest(r, "busybox:2", NULL, &a, &d, NULL, &err), 0);
	assert_int_equal(
		pl_repo_manifest(r, "docker.io/library/busybox:1", NULL, &a, &d, NULL, &err), 1);
	assert_int_equal(pl_repo_manifest(r, NULL, NULL, &a, &d, &text, &err), 1);
	struct pl_digest got = pl_sha256_of(pl_buf_str(&text));
	assert_true(pl_digest_eq(&got, &d.digest));
	assert_int_equal(pl_manifest_parse(&a, pl_buf_str(&text), "m", &m, &err), 0);
	assert_int_equal(m.n_layers, 2);
	assert_true(pl_digest_eq(&m.layers[1].digest, &id));
	assert_int_equal(pl_repo_blob(r, &m.layers[1], &in, &err), 0);
	assert_int_equal(pl_source_read_all(in, &layer, "l", &err), 0);
	assert_string_equal(layer.p, big);
	assert_int_equal(pl_repo_has_blob(r, &m.config.digest, m.config.size, &err), 1);
	assert_int_equal(put_text(r, "x", &err), -PL_CONFLICT);
}

static void bad_archives(void **state)
{
	(void)state;
	static const struct {
		const char *manifest, *config, *layer, *says;
	} t[] = {
		{"[{\"Config\":\"c\",\"Layers\":[\"nope\"]}]", NULL, "x", "'nope' is not in it"},
		{"[{\"Config\":\"c\",\"Layers\":[\"../l\"]}]", NULL, "x", "is not in it"},
		{"[{\"Config\":\"c\",\"Layers\":[]}]", NULL, "x", "0 layers, but"},
		{"[{\"Config\":\"c\",\"Layers\":[\"out\"]}]", NULL, "x", "'out' is not in it"},
		{"[{\"Config\":\"c\",\"Layers\":[\"self\"]}]", NULL, "x", "'self' is not in it"},
		{"{}", NULL, "x", "list of images"},
		{"[{\"Config\":7}]", NULL, "x", "'Config' must be"},
		{"[{\"Config\":\"c\",\"RepoTags\":\"x\"}]", NULL, "x", "'RepoTags' must be"},
		{"[{\"Config\":\"c\",\"Layers\":[\"l\"]}]", "{}", "x", "'architecture' is missing"},
		{NULL, NULL, "x", "not an archive of docker save"},
	};
	struct pl_err err = {0};
	struct pl_digest id = pl_sha256_of(PL_STR("x"));
	PL_AUTOFREE char *config = pl_xprintf(
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\","
		"\"diff_ids\":[\"%s\"]}}",
		PL_DIGEST_STR(&id));
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		PL_AUTO(buf) b = {0};
		struct pl_repo *r = NULL;
		add_tar(&b, PL_TAR_FILE, "l", NULL, t[i].layer);
		add_tar(&b, PL_TAR_SYMLINK, "out", "../../etc/passwd", NULL);
		add_tar(&b, PL_TAR_SYMLINK, "self", "self", NULL);
		add_tar(&b, PL_TAR_FILE, "c", NULL, t[i].config ? t[i].config : config);
		if (t[i].manifest)
			add_tar(&b, PL_TAR_FILE, "manifest.json", NULL, t[i].manifest);
		save_archive("bad.tar", &b);
		assert_int_equal(open_repo("docker-archive", "bad.tar", false, &r, &err),
				 -PL_INPUT);
		if (!strstr(err.msg, t[i].says))
			fail_msg("%zu: %s", i, err.msg);
		assert_null(r);
	}
	PL_AUTO(buf) twice = {0};
	struct pl_repo *r = NULL;
	add_tar(&twice, PL_TAR_FILE, "manifest.json", NULL, "[]");
	add_tar(&twice, PL_TAR_FILE, "manifest.json", NULL, "[ ]");
	save_archive("bad.tar", &twice);
	assert_int_equal(open_repo("docker-archive", "bad.tar", false, &r, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "in it twice"));
	write_file("bad.tar", "\x1f\x8bxxxxxxx");
	assert_int_equal(open_repo("docker-archive", "bad.tar", false, &r, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "compressed"));
	assert_int_equal(open_repo("docker-archive", "none.tar", false, &r, &err), -PL_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blobs, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(tags, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(many_tags, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(foreign_index, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(claims, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(untag, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(not_a_layout, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(archive, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(bad_archives, make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
