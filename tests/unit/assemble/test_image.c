// SPDX-License-Identifier: Apache-2.0
/* Config, manifest and index of an image, read back from the store. */
#include "world.h"

#include "oci/repository.h"

static void read_blob(const struct pl_digest *d, struct pl_buf *ret)
{
	pl_buf_clear(ret);
	assert_int_equal(pl_store_read_all(world.store, PL_STORE_BLOBS, d, ret, &world.err), 0);
}

static struct pl_arena arena;

static void config_of(const struct pl_built_platform *p, struct pl_config *ret)
{
	PL_AUTO(buf) text = {0};
	read_blob(&p->config, &text);
	assert_int_equal(text.n, p->config_size);
	assert_int_equal(pl_config_parse(&arena, pl_buf_str(&text), "config", ret, &world.err), 0);
}

static void manifest_of(const struct pl_built_platform *p, struct pl_manifest *ret)
{
	PL_AUTO(buf) text = {0};
	read_blob(&p->manifest.digest, &text);
	assert_int_equal(text.n, p->manifest.size);
	assert_int_equal(pl_manifest_parse(&arena, pl_buf_str(&text), "manifest", ret, &world.err),
			 0);
}

static void index_of(const struct pl_built_image *i, struct pl_oci_index *ret)
{
	PL_AUTO(buf) text = {0};
	read_blob(&i->digest, &text);
	assert_int_equal(text.n, i->size);
	assert_int_equal(pl_oci_index_parse(&arena, pl_buf_str(&text), "index", ret, &world.err),
			 0);
}

static void join(const char *const *v, struct pl_buf *ret)
{
	for (; v && *v; v++)
		pl_buf_addf(ret, "%s%s", ret->n ? " " : "", *v);
}

static void joins(const char *const *v, const char *text)
{
	PL_AUTO(buf) got = {0};
	join(v, &got);
	assert_string_equal(pl_buf_str(&got).p, text);
}

static void annotations(const struct pl_annotation *v, size_t n, const char *text)
{
	PL_AUTO(buf) got = {0};
	for (size_t i = 0; i < n; i++)
		pl_buf_addf(&got, "%s=%s\n", v[i].key, v[i].value);
	assert_string_equal(pl_buf_str(&got).p, text);
}

static int image_teardown(void **state)
{
	pl_arena_done(&arena);
	return world_teardown(state);
}

static void test_config(void **state)
{
	struct pl_config c;
	struct pl_manifest m;
	(void)state;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "f a @1500000000 =ape\n"});
	world_file(
		"images/img.yaml",
		"image: img\nversion: \"1.2\"\ndescription: An ape\ndistro: one\n"
		"packages: [ape]\nfiles: [{content: x, to: /x}]\n"
		"env: {ZOO: z, APE: a}\nlabels: {team: t, org.opencontainers.image.title: mine}\n"
		"user: \"1:2\"\nworkdir: /srv\nstop_signal: SIGQUIT\n"
		"entrypoint: [/a, b]\ncmd: [c]\nports: [80]\nvolumes: [/v]\n");
	world_lock();
	world_build();
	config_of(world_built("img"), &c);
	assert_string_equal(c.os, "linux");
	assert_string_equal(c.architecture, "amd64");
	assert_null(c.variant);
	assert_int_equal(c.created, 1500000000);
	assert_string_equal(c.user, "1:2");
	assert_string_equal(c.workdir, "/srv");
	assert_string_equal(c.stop_signal, "SIGQUIT");
	joins(c.env, "APE=a PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
		     "ZOO=z");
	joins(c.entrypoint, "/a b");
	joins(c.cmd, "c");
	joins(c.ports, "80/tcp");
	joins(c.volumes, "/v");
	assert_null(c.health_test);
	/* Labels are inherited by what is built FROM the image: the definition's alone. */
	annotations(c.labels, c.n_labels, "org.opencontainers.image.title=mine\nteam=t\n");
	manifest_of(world_built("img"), &m);
	annotations(m.annotations, m.n_annotations,
		    "org.opencontainers.image.created=2017-07-14T02:40:00Z\n"
		    "org.opencontainers.image.description=An ape\n"
		    "org.opencontainers.image.title=mine\n"
		    "org.opencontainers.image.version=1.2\n"
		    "team=t\n");
	/* A line of history for each layer, in their order. */
	assert_int_equal(world_built("img")->n_layers, 2);
	assert_int_equal(c.n_diff_ids, 2);
	assert_int_equal(c.n_history, 2);
	assert_string_equal(c.history[0].created_by, "plimsoll: package ape=1");
	assert_string_equal(c.history[1].created_by, "plimsoll: files");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(c.history[i].created, 1500000000);
		assert_false(c.history[i].empty_layer);
		assert_true(pl_digest_eq(&c.diff_ids[i], &world_built("img")->layers[i].diff_id));
	}
}

static void test_path_of_definition_stands(void **state)
{
	struct pl_config c;
	(void)state;
	world_file("images/img.yaml", "image: img\ndistro: one\nenv: {PATH: /only, A: b}\n");
	world_lock();
	world_build();
	config_of(world_built("img"), &c);
	joins(c.env, "A=b PATH=/only");
	assert_int_equal(c.created, PL_EPOCH);
	assert_int_equal(world_built("img")->n_layers, 0);
	assert_int_equal(c.n_history, 0);
}

static void test_manifest_on_base(void **state)
{
	struct pl_manifest base, leaf;
	struct pl_config config;
	struct pl_oci_index index;
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f a =ape\n"});
	toy_offer((struct toy_offer){.name = "bear", .version = "1", .files = "f b =bear\n"});
	world_file("images/base.yaml", "image: base\nversion: 3\ndistro: one\npackages: [ape]\n");
	world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [bear]\n");
	world_lock();
	world_build();
	const struct pl_built_platform *b = world_built("base"), *l = world_built("leaf");
	manifest_of(b, &base);
	manifest_of(l, &leaf);
	assert_string_equal(leaf.media_type, PL_MT_MANIFEST);
	assert_string_equal(leaf.config.media_type, PL_MT_CONFIG);
	assert_true(pl_digest_eq(&leaf.config.digest, &l->config));
	assert_int_equal(leaf.config.size, l->config_size);
	assert_int_equal(base.n_layers, 1);
	assert_int_equal(leaf.n_layers, 2);
	assert_int_equal(l->n_base_layers, 1);
	assert_true(pl_digest_eq(&leaf.layers[0].digest, &base.layers[0].digest));
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(leaf.layers[i].media_type, PL_MT_LAYER_GZIP);
		assert_true(pl_digest_eq(&leaf.layers[i].digest, &l->layers[i].digest));
		assert_int_equal(leaf.layers[i].size, l->layers[i].size);
	}
	/* The manifest names its base's manifest, the index its base's index. */
	PL_AUTOFREE char *of_manifest =
		pl_xprintf("org.opencontainers.image.base.digest=%s\n"
			   "org.opencontainers.image.base.name=registry.example.org/team/base:3\n"
			   "org.opencontainers.image.created=2000-01-01T00:00:00Z\n"
			   "org.opencontainers.image.title=leaf\n"
			   "org.opencontainers.image.version=one\n",
			   PL_DIGEST_STR(&b->manifest.digest));
	annotations(leaf.annotations, leaf.n_annotations, of_manifest);
	config_of(l, &config);
	assert_int_equal(config.n_labels, 0);
	assert_null(pl_annotation_get(base.annotations, base.n_annotations,
				      "org.opencontainers.image.base.digest"));
	index_of(world_image("leaf"), &index);
	assert_string_equal(pl_annotation_get(index.annotations, index.n_annotations,
					      "org.opencontainers.image.base.digest"),
			    PL_DIGEST_STR(&world_image("base")->digest));
	assert_string_equal(world_image("leaf")->repository, "registry.example.org/team/leaf");
	assert_string_equal(world_image("base")->tag, "3");
}

/* Built for a registry, what do leaf's manifest and index call their base? Its digest stands either
 * way (image-spec annotations.md). */
static void base_names(const char *registry, const char *name)
{
	static const char key[] = "org.opencontainers.image.base.name",
			  digest[] = "org.opencontainers.image.base.digest";
	struct pl_manifest m;
	struct pl_oci_index x;
	if (world_try_build_for(registry, NULL) < 0)
		fail_msg("%s", world.err.msg);
	manifest_of(world_built("leaf"), &m);
	index_of(world_image("leaf"), &x);
	const char *of_manifest = pl_annotation_get(m.annotations, m.n_annotations, key),
		   *of_index = pl_annotation_get(x.annotations, x.n_annotations, key);
	assert_int_equal(of_manifest != NULL, name != NULL);
	assert_int_equal(of_index != NULL, name != NULL);
	if (name) {
		assert_string_equal(of_manifest, name);
		assert_string_equal(of_index, name);
	}
	assert_string_equal(pl_annotation_get(m.annotations, m.n_annotations, digest),
			    PL_DIGEST_STR(&world_built("base")->manifest.digest));
	assert_string_equal(pl_annotation_get(x.annotations, x.n_annotations, digest),
			    PL_DIGEST_STR(&world_image("base")->digest));
}

/* A directory of layouts means nothing elsewhere: it does not show. */
static void test_base_name_without_registry(void **state)
{
	(void)state;
	world_file("fleet.yaml", "registry: oci:out\nplatforms: [linux/amd64]\n"
				 "distros: {one: {suites: [s]}}\n");
	world_file("images/base.yaml", "image: base\ndistro: one\n");
	world_file("images/leaf.yaml", "image: leaf\nbase: base\n");
	world_lock();
	world_build();
	base_names(NULL, NULL);
	base_names("oci:/elsewhere", NULL);
	base_names("r.example.org:5000/a/b", "r.example.org:5000/a/b/base:one");
}

/* Each registry's images name their base in it; of all else nothing is made anew. */
static void test_registries(void **state)
{
	struct pl_digest layers, config, home, base;
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f a =ape\n"});
	world_file("images/base.yaml", "image: base\ndistro: one\npackages: [ape]\n");
	world_file("images/leaf.yaml", "image: leaf\nbase: base\nfiles: [{content: x, to: /x}]\n");
	world_lock();
	world_build();
	base_names(NULL, "registry.example.org/team/base:one");
	home = world_image("leaf")->digest;
	base = world_image("base")->digest;
	config = world_built("leaf")->config;
	layers = world_built("leaf")->layers[1].digest;
	base_names("r.example.org", "r.example.org/base:one");
	assert_true(world_image("leaf")->fresh);
	assert_false(world_image("base")->fresh);
	assert_string_equal(world_image("leaf")->repository, "r.example.org/leaf");
	assert_false(pl_digest_eq(&home, &world_image("leaf")->digest));
	assert_true(pl_digest_eq(&base, &world_image("base")->digest));
	assert_true(pl_digest_eq(&config, &world_built("leaf")->config));
	assert_true(pl_digest_eq(&layers, &world_built("leaf")->layers[1].digest));
	assert_int_equal(world.built->builder->loaded.n, 0); /* no package is looked at */
	base_names(NULL, "registry.example.org/team/base:one");
	assert_false(world_image("leaf")->fresh);
	assert_true(pl_digest_eq(&home, &world_image("leaf")->digest));
}

/* The entries of a config's history, as they are written. */
static char *history_of(const struct pl_built_platform *p)
{
	PL_AUTO(buf) text = {0};
	read_blob(&p->config, &text);
	const char *from = strstr(text.p, "\"history\":[");
	assert_non_null(from);
	from += strlen("\"history\":[");
	const char *to = strchr(from, ']');
	assert_non_null(to);
	return pl_xstrndup(from, (size_t)(to - from));
}

/* config.md: the history describes the layers in order. The base's entries are the child's first
 * ones byte for byte, times included: by that tools see that the base is the same. */
static void test_history_of_base(void **state)
{
	static const char *const chain[] = {"base", "mid", "leaf"};
	(void)state;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "f a @1400000000 =ape\n"});
	toy_offer((struct toy_offer){
		.name = "bear", .version = "2", .files = "f b @1500000000 =bear\n"});
	world_file("fleet.yaml", "registry: r.example.org\nplatforms: [linux/amd64, linux/arm64]\n"
				 "distros: {one: {suites: [s]}}\n");
	world_file("images/base.yaml", "image: base\ndistro: one\npackages: [ape]\n"
				       "files: [{content: x, to: /x}]\n");
	world_file("images/mid.yaml", "image: mid\nbase: base\npackages: [bear]\n");
	world_file("images/leaf.yaml", "image: leaf\nbase: mid\nfiles: [{content: y, to: /y}]\n");
	world_lock();
	world_build();
	for (int reused = 0; reused < 2; reused++) {
		for (size_t k = 0; k < 2; k++)
			for (size_t i = 1; i < PL_COUNT(chain); i++) {
				PL_AUTOFREE char *below =
					history_of(&world_image(chain[i - 1])->platforms[k]);
				PL_AUTOFREE char *above =
					history_of(&world_image(chain[i])->platforms[k]);
				size_t n = strlen(below);
				assert_memory_equal(above, below, n);
				assert_memory_equal(above + n, ",{\"created\":\"2017-", 18);
				assert_non_null(strstr(below, "\"created\":\"2014-"));
			}
		/* On bases that come from their records the same is made. */
		world_file("images/leaf.yaml",
			   "image: leaf\nbase: mid\nfiles: [{content: z, to: /y}]\n");
		world_lock();
		world_build();
	}
}

/* Many packages are told in a bounded text, of their names alone. */
static void test_history_of_many(void **state)
{
	struct pl_config c;
	static char names[40][8];
	PL_AUTO(buf) text = {0};
	(void)state;
	pl_buf_adds(&text, "image: img\ndistro: one\npackages: [");
	for (size_t i = 0; i < PL_COUNT(names); i++) {
		snprintf(names[i], sizeof(names[i]), "p%02zu", i);
		toy_offer((struct toy_offer){.name = names[i], .version = "1.0"});
		pl_buf_addf(&text, "%s%s", i ? ", " : "", names[i]);
	}
	pl_buf_adds(&text, "]\n");
	world_file("images/img.yaml", text.p);
	world_file("images/secret.yaml", "image: secret\ndistro: one\npackages: [p00]\n");
	world_lock();
	world_build();
	config_of(world_built("img"), &c);
	assert_int_equal(c.n_history, 2);
	assert_string_equal(c.history[0].created_by, "plimsoll: package p00=1.0");
	assert_string_equal(
		c.history[1].created_by,
		"plimsoll: packages p01=1.0 p02=1.0 p03=1.0 p04=1.0 p05=1.0 p06=1.0 p07=1.0 "
		"p08=1.0 p09=1.0 p10=1.0 p11=1.0 p12=1.0 p13=1.0 p14=1.0 p15=1.0 p16=1.0 p17=1.0 "
		"p18=1.0 and 21 more");
}

static void test_platforms(void **state)
{
	struct pl_oci_index x;
	struct pl_config c;
	PL_AUTO(buf) layout = {0};
	(void)state;
	world_file("fleet.yaml", "registry: r.example.org\n"
				 "platforms: [linux/arm64, linux/arm/v7, linux/amd64]\n"
				 "distros: {one: {suites: [s]}}\n");
	/* The newest file of all platforms is the index's time. */
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .architecture = "arm64",
				     .files = "f a @1500000000 =ape\n"});
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .architecture = "amd64", .files = "f a =ape\n"});
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .architecture = "arm", .files = "f a =ape\n"});
	world_file("images/img.yaml", "image: img\ndistro: one\npackages: [ape]\n");
	world_lock();
	world_build();
	index_of(world_image("img"), &x);
	assert_int_equal(x.n_manifests, 3);
	assert_int_equal(world_image("img")->n_platforms, 3);
	static const char *const want[][2] = {{"amd64", NULL}, {"arm", "v7"}, {"arm64", "v8"}};
	for (size_t i = 0; i < 3; i++) {
		const struct pl_descriptor *d = &x.manifests[i];
		const struct pl_built_platform *p = &world_image("img")->platforms[i];
		assert_string_equal(d->media_type, PL_MT_MANIFEST);
		assert_string_equal(d->os, "linux");
		assert_string_equal(d->architecture, want[i][0]);
		assert_true(pl_digest_eq(&d->digest, &p->manifest.digest));
		assert_int_equal(d->size, p->manifest.size);
		config_of(p, &c);
		assert_string_equal(c.architecture, want[i][0]);
		if (want[i][1]) {
			assert_string_equal(d->variant, want[i][1]);
			assert_string_equal(c.variant, want[i][1]);
		} else {
			assert_null(d->variant);
			assert_null(c.variant);
		}
	}
	assert_string_equal(pl_annotation_get(x.annotations, x.n_annotations,
					      "org.opencontainers.image.created"),
			    "2017-07-14T02:40:00Z");
	/* The store's layout names the index. */
	PL_AUTOFREE char *path = pl_path_join(world.store_dir, "index.json");
	assert_int_equal(pl_file_read(path, 1 << 20, &layout, &world.err), 0);
	assert_non_null(strstr(layout.p, "r.example.org/img:one"));
	assert_non_null(strstr(layout.p, PL_DIGEST_STR(&world_image("img")->digest)));
}

static void test_health(void **state)
{
	static const struct {
		const char *files, *keys, *test, *label;
	} rows[] = {
		{"f usr/bin/curl 755 =c\nf usr/bin/python3 755 =p\n", "http: \"http://h:1/z\"",
		 "CMD /usr/bin/curl -fsSo /dev/null http://h:1/z", "http://h:1/z"},
		/* A link to it will do. */
		{"f usr/bin/python3.11 755 =p\nl usr/bin/python3 >python3.11\n",
		 "http: \"http://h:1/z\"",
		 "CMD /usr/bin/python3 -c import sys, urllib.request as r; "
		 "r.urlopen(sys.argv[1], timeout=10) http://h:1/z",
		 "http://h:1/z"},
		{"l usr/bin/curl >gone\n", "http: \"http://h:1/z\"", NULL, "http://h:1/z"},
		{"f usr/bin/curl 755 =c\n", "command: [/x, \"-y\"]", "CMD /x -y", NULL},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		struct pl_config c;
		PL_AUTOFREE char *text =
			pl_xprintf("image: img\ndistro: one\npackages: [ape]\n"
				   "healthcheck: {%s, every: 30s, timeout: 2s, start_period: 1m, "
				   "retries: 4}\n",
				   rows[i].keys);
		toy_reset();
		toy_offer(
			(struct toy_offer){.name = "ape", .version = "1", .files = rows[i].files});
		world_file("images/img.yaml", text);
		assert_int_equal(world_relock(PL_RELOCK_ALL, NULL), 0);
		world_build();
		config_of(world_built("img"), &c);
		joins(c.health_test, rows[i].test ? rows[i].test : "");
		if (rows[i].test) {
			assert_int_equal(c.health_interval_ns, 30000000000);
			assert_int_equal(c.health_timeout_ns, 2000000000);
			assert_int_equal(c.health_start_ns, 60000000000);
			assert_int_equal(c.health_retries, 4);
		}
		const char *label =
			pl_annotation_get(c.labels, c.n_labels, "plimsoll.healthcheck.http");
		assert_int_equal(label != NULL, rows[i].label != NULL);
		if (label)
			assert_string_equal(label, rows[i].label);
	}
}

static void test_unknown_script(void **state)
{
	(void)state;
	toy_offer(
		(struct toy_offer){.name = "ape",
				   .version = "7",
				   .control = "script preinst covered\nscript postinst unknown\n"});
	world_file("images/img.yaml", "image: img\ndistro: one\npackages: [ape]\n");
	world_lock();
	struct pl_digest d = pl_sha256_of(PL_STR("postinst"));
	PL_AUTOFREE char *want =
		pl_xprintf("images/img.yaml:1: img: nothing accounts for the postinst of ape 7: it "
			   "says so; plimsoll recipe learn ape --write may; if "
			   "the image can do without it, write under acknowledge: {package: ape, "
			   "script: postinst, sha256: \"%s\", reason: \"...\"}",
			   PL_DIGEST_STR(&d));
	world_fails(PL_SCRIPTS, want);
	PL_AUTOFREE char *ack = pl_xprintf("image: img\ndistro: one\npackages: [ape]\n"
					   "acknowledge: [{package: ape, script: postinst, "
					   "sha256: \"%s\", reason: r}]\n",
					   PL_DIGEST_STR(&d));
	world_file("images/img.yaml", ack);
	world_lock();
	world_build();
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, image_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_config),           WORLD_TEST(test_path_of_definition_stands),
		WORLD_TEST(test_manifest_on_base), WORLD_TEST(test_base_name_without_registry),
		WORLD_TEST(test_platforms),        WORLD_TEST(test_health),
		WORLD_TEST(test_unknown_script),   WORLD_TEST(test_registries),
		WORLD_TEST(test_history_of_base),  WORLD_TEST(test_history_of_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
