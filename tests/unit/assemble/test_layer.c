// SPDX-License-Identifier: Apache-2.0
/* Writing a layer into the store: its bytes, its digests, and nothing when it is abandoned. */
#include "world.h"

#include "assemble/layer_int.h"

#include <dirent.h>

static const struct pl_tar_entry dir = {.type = PL_TAR_DIR,
					.path = PL_STR("etc"),
					.mode = 0755,
					.mtime = TOY_MTIME},
				 file = {.type = PL_TAR_FILE,
					 .path = PL_STR("etc/x"),
					 .mode = 0640,
					 .uid = 1,
					 .gid = 2,
					 .size = 5,
					 .mtime = 7};

static void unpack(enum pl_store_area area, const struct pl_digest *d, struct pl_buf *ret)
{
	struct pl_source *in;
	assert_int_equal(pl_store_read(world.store, area, d, true, &in, &world.err), 0);
	PL_AUTO_FREE(source) plain = pl_source_gunzip(in, &pl_limits_default, "layer");
	assert_int_equal(pl_source_read_all(plain, ret, "layer", &world.err), 0);
}

static void test_whole_layer(void **state)
{
	PL_AUTO(layer_writer) w = {0};
	PL_AUTO(buf) tar = {0}, listing = {0};
	struct pl_layer_blob blob;
	uint64_t size;
	(void)state;
	assert_int_equal(pl_layer_begin(&w, world.store, pl_compressor_default(), &world.err), 0);
	assert_int_equal(pl_layer_entry(&w, &dir, &world.err), 0);
	assert_int_equal(pl_layer_put(&w, &file, PL_STR("hello"), &world.err), 0);
	assert_int_equal(w.entries, 2);
	assert_int_equal(pl_layer_finish(&w, &blob, &world.err), 0);
	assert_true(pl_store_has(world.store, PL_STORE_BLOBS, &blob.digest, &size));
	assert_int_equal(size, blob.size);
	unpack(PL_STORE_BLOBS, &blob.digest, &tar);
	/* Two headers, a padded body, the end of the archive. */
	assert_int_equal(tar.n, 512 + 512 + 512 + PL_TAR_END);
	assert_int_equal(blob.unpacked, tar.n);
	struct pl_digest d = pl_sha256_of(pl_buf_str(&tar));
	assert_true(pl_digest_eq(&d, &blob.diff_id));
	PL_AUTO_FREE(tar)
	t = pl_tar_new(pl_source_mem(pl_buf_str(&tar)), &pl_limits_default, "layer");
	world_list_tar(t, &listing);
	assert_string_equal(pl_buf_str(&listing).p, "d etc\nf etc/x 640 1:2 @7 =hello\n");
}

static void test_same_entries_same_bytes(void **state)
{
	struct pl_layer_blob blobs[3];
	(void)state;
	for (size_t i = 0; i < PL_COUNT(blobs); i++) {
		PL_AUTO(layer_writer) w = {0};
		struct pl_tar_entry e = file;
		e.mtime += i == 2;
		assert_int_equal(
			pl_layer_begin(&w, world.store, pl_compressor_default(), &world.err), 0);
		assert_int_equal(pl_layer_put(&w, &e, PL_STR("hello"), &world.err), 0);
		assert_int_equal(pl_layer_finish(&w, &blobs[i], &world.err), 0);
	}
	assert_memory_equal(&blobs[0], &blobs[1], sizeof(blobs[0]));
	assert_false(pl_digest_eq(&blobs[0].digest, &blobs[2].digest));
	assert_false(pl_digest_eq(&blobs[0].diff_id, &blobs[2].diff_id));
}

/* A piece ends with its last body: pieces are put one behind another. */
static void test_piece(void **state)
{
	PL_AUTO(layer_writer) w = {0};
	PL_AUTO(buf) tar = {0};
	PL_AUTOFD int scratch = pl_store_scratch(world.store);
	struct pl_layer_blob blob;
	char raw[2048];
	(void)state;
	assert_true(scratch >= 0);
	assert_int_equal(
		pl_layer_begin_piece(&w, world.store, pl_compressor_default(), scratch, &world.err),
		0);
	assert_int_equal(pl_layer_put(&w, &file, PL_STR("hello"), &world.err), 0);
	assert_int_equal(pl_layer_finish_piece(&w, &blob, &world.err), 0);
	assert_true(pl_store_has(world.store, PL_STORE_INPUTS, &blob.digest, NULL));
	assert_false(pl_store_has(world.store, PL_STORE_BLOBS, &blob.digest, NULL));
	unpack(PL_STORE_INPUTS, &blob.digest, &tar);
	assert_int_equal(tar.n, 1024);
	assert_int_equal(blob.unpacked, 1024);
	assert_int_equal(w.gzip.raw, scratch);
	assert_int_equal(pread(scratch, raw, sizeof(raw), 0), 1024);
	assert_memory_equal(raw, tar.p, 1024);
}

static void test_large_body_in_steps(void **state)
{
	PL_AUTO(layer_writer) w = {0};
	PL_AUTO(buf) tar = {0};
	struct pl_layer_blob blob;
	struct pl_tar_entry e = file;
	const size_t n = 3 * PL_GZIP_MEMBER + 13; /* over several members */
	(void)state;
	e.size = n;
	assert_int_equal(pl_layer_begin(&w, world.store, pl_compressor_default(), &world.err), 0);
	assert_int_equal(pl_layer_entry(&w, &e, &world.err), 0);
	for (size_t at = 0; at < n;) {
		size_t room;
		uint8_t *to = pl_gzip_room(&w.gzip, &room);
		if (room > n - at)
			room = n - at;
		for (size_t i = 0; i < room; i++)
			to[i] = (uint8_t)((at + i) * 7);
		assert_int_equal(pl_gzip_filled(&w.gzip, room, &world.err), 0);
		at += room;
	}
	assert_int_equal(pl_layer_padding(&w, n, &world.err), 0);
	assert_int_equal(pl_layer_finish(&w, &blob, &world.err), 0);
	unpack(PL_STORE_BLOBS, &blob.digest, &tar);
	assert_int_equal(tar.n, 512 + n + pl_tar_padding(n) + PL_TAR_END);
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)tar.p[512 + i] != (uint8_t)(i * 7))
			fail_msg("byte %zu", i);
}

static size_t files_below(const char *dir_name)
{
	PL_AUTOFREE char *path = pl_path_join(world.store_dir, dir_name);
	DIR *d = opendir(path);
	size_t n = 0;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void test_abandoned(void **state)
{
	(void)state;
	for (int piece = 0; piece < 2; piece++) {
		PL_AUTO(layer_writer) w = {0};
		struct pl_tar_entry bad = file;
		int rc = piece ? pl_layer_begin_piece(&w, world.store, pl_compressor_default(), -1,
						      &world.err)
			       : pl_layer_begin(&w, world.store, pl_compressor_default(),
						&world.err);
		assert_int_equal(rc, 0);
		assert_int_equal(pl_layer_put(&w, &file, PL_STR("hello"), &world.err), 0);
		bad.path = (struct pl_str){"a\0b", 3};
		assert_int_equal(pl_layer_entry(&w, &bad, &world.err), -PL_INPUT);
	}
	assert_int_equal(files_below("blobs/sha256"), 0);
	assert_int_equal(files_below("inputs/sha256"), 0);
	assert_int_equal(files_below("tmp"), 0);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_whole_layer), WORLD_TEST(test_same_entries_same_bytes),
		WORLD_TEST(test_piece),       WORLD_TEST(test_large_body_in_steps),
		WORLD_TEST(test_abandoned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
