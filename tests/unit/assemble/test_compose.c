// SPDX-License-Identifier: Apache-2.0
/* The tree that an image wants: packages by their formats' rules, what installing them does, and
 * the fleet's files on top. */
#include "world.h"

#include "io/process.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE(id, packages) "image: " id "\ndistro: one\npackages: [" packages "]\n"

static void build_one(const char *definition)
{
	world_file("images/img.yaml", definition);
	world_lock();
	world_build();
}

static void test_packages_side_by_side(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){
		.name = "bear", .version = "1", .files = "d usr 700\nd usr/b\nf usr/b/x =bear\n"});
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "2",
				     .files = "d usr\nd usr/b 711\nf usr/b/a 755 7:8 =ape\n"
					      "h usr/b/again >usr/b/a\nl usr/link >b/a\n"});
	build_one(IMAGE("img", "bear, ape"));
	/* ape comes first by name: its attributes of the shared directories stay. */
	world_tree_is("img", "d toy\n"
			     "f toy/ape =2 3 files\n"
			     "f toy/bear =1 1 files\n"
			     "d usr\n"
			     "d usr/b 711\n"
			     "f usr/b/a 755 7:8 =ape\n"
			     "h usr/b/again 755 7:8 =ape\n"
			     "f usr/b/x =bear\n"
			     "l usr/link >b/a\n");
}

static void test_overlap_refused(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f etc/x =ape\n"});
	toy_offer((struct toy_offer){.name = "bear", .version = "1", .files = "f etc/x =bear\n"});
	/* In two stages, so in two layers: it is seen when the image is composed. */
	world_file("images/base.yaml", IMAGE("base", "ape"));
	world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [bear]\n");
	world_lock();
	world_fails(PL_CONFLICT,
		    "leaf (linux/amd64): packages ape and bear both ship /etc/x, and neither "
		    "replaces the other");
}

static void test_overlap_replaced(void **state)
{
	static const struct {
		const char *ape, *bear, *tree;
		int n_ape, n_bear; /* files that the two have in the image */
	} rows[] = {
		{"", "replaces ape\n", "f etc/x =bear\n", 0, 1},
		{"replaces bear\n", "", "f etc/x =ape\n", 1, 0},
		/* Each names the other: the later one takes over. */
		{"replaces bear\n", "replaces ape\n", "f etc/x =bear\n", 0, 1},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		toy_reset();
		toy_offer((struct toy_offer){.name = "ape",
					     .version = "1",
					     .control = rows[i].ape,
					     .files = "d etc\nf etc/x =ape\n"});
		toy_offer((struct toy_offer){.name = "bear",
					     .version = "1",
					     .control = rows[i].bear,
					     .files = "d etc\nf etc/x =bear\n"});
		world_file("images/base.yaml", IMAGE("base", "ape"));
		world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [bear]\n");
		assert_int_equal(world_relock(PL_RELOCK_ALL, NULL), 0);
		world_build();
		PL_AUTOFREE char *want = pl_xprintf("d etc\n%sd toy\nf toy/ape =1 %d files\n"
						    "f toy/bear =1 %d files\n",
						    rows[i].tree, rows[i].n_ape, rows[i].n_bear);
		world_tree_is("leaf", want);
	}
}

static void test_link_to_directory_kept(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "d srv\nd srv/real\nl srv/link >real\n"});
	toy_offer((struct toy_offer){
		.name = "bear", .version = "1", .files = "d srv/link 700\nf srv/link/x =bear\n"});
	build_one(IMAGE("img", "ape, bear"));
	world_tree_is("img", "d srv\n"
			     "l srv/link >real\n"
			     "d srv/real\n"
			     "f srv/real/x =bear\n"
			     "d toy\n"
			     "f toy/ape =1 1 files\n"
			     "f toy/bear =1 1 files\n");
}

static void test_newest(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .files = "d usr @2000000000\nf usr/a @1500000000 =a\n"
					      "f usr/b @1400000000 =b\n"});
	toy_offer((struct toy_offer){.name = "old", .version = "1", .files = "f x @5 =x\n"});
	world_file("images/old.yaml", IMAGE("old", "old"));
	world_file("images/leaf.yaml", "image: leaf\nbase: old\npackages: [ape]\n");
	world_lock();
	world_build();
	const struct pl_builder *b = world.built->builder;
	/* Of files, not of directories, whose times are ours; never before ours. */
	assert_string_equal(b->targets.v[0]->image->id, "old");
	assert_int_equal(b->targets.v[0]->newest, PL_EPOCH);
	assert_int_equal(b->targets.v[1]->newest, 1500000000);
	/* A directory that no package ships has our time, as in the layers. */
	world_tree_is("leaf", "d toy\n"
			      "f toy/ape @1500000000 =1 2 files\n"
			      "f toy/old @5 =1 1 files\n"
			      "d usr\n"
			      "f usr/a @1500000000 =a\n"
			      "f usr/b @1400000000 =b\n"
			      "f x @5 =x\n");
}

/* A directory that no package ships is the same whichever package needs it first: in no image is
 * its time alone a difference. */
static void test_invented_directory(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){
		.name = "bear", .version = "1", .files = "f srv/b @1400000000 =b\n"});
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "f srv/a @1500000000 =a\n"});
	world_file("images/base.yaml", IMAGE("base", "bear"));
	world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [ape]\n");
	world_lock();
	world_build();
	assert_int_equal(world_built("base")->n_layers, 1);
	assert_int_equal(world_built("leaf")->n_layers, 2);
}

/* ape of one format, bear of another, in one image. */
static void lock_two_formats(const char *ape, const char *bear)
{
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .control = ape, .files = "f etc/a =ape\n"});
	toy_offer((struct toy_offer){
		.name = "bear", .version = "1", .control = bear, .files = "f etc/b =bear\n"});
	world_file("images/img.yaml", IMAGE("img", "ape, bear"));
	world_lock();
	world_package("ape")->ecosystem = "other";
}

static void test_formats_in_order(void **state)
{
	(void)state;
	lock_two_formats("installs var/log\n", "installs var/log\n");
	world_build();
	const char *toy_first = "d etc\nf etc/a =ape\nf etc/b =bear\nd other\n"
				"f other/ape =1 1 files\nd toy\nf toy/bear =1 1 files\n"
				"d var\nf var/log =bear|ape|\n";
	const char *other_first = "d etc\nf etc/a =ape\nf etc/b =bear\nd other\n"
				  "f other/ape =1 1 files\nd toy\nf toy/bear =1 1 files\n"
				  "d var\nf var/log =ape|bear|\n";
	world_tree_is("img", toy_first);
	world.env.formats = world_formats_reversed;
	world_build();
	world_tree_is("img", other_first);
}

/* What is one package to one format is another to the other one. */
static void test_one_name_in_two_formats(void **state)
{
	(void)state;
	world.unproven = true;
	lock_two_formats("installs var/ape\n", "installs var/bear\nanything\n");
	world_package("bear")->version = "2"; /* bytes of another package, as its hash says */
	world_package("bear")->name = "ape";
	world_build();
	struct pl_digest digest = world_image("img")->digest;
	world_tree_is("img", "d etc\nf etc/a =ape\nf etc/b =bear\nd other\n"
			     "f other/ape =1 1 files\nd toy\nf toy/ape =2 1 files\n"
			     "d var\nf var/ape =ape|\nf var/bear =ape|\n");
	/* The order in which they come does not matter. */
	struct pl_lock_package **v = world.lock->images[0].packages, *first = v[0];
	v[0] = v[1];
	v[1] = first;
	world_fresh_store();
	world_build();
	assert_true(pl_digest_eq(&digest, &world_image("img")->digest));
}

static void test_formats_do_not_replace(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f etc/x =ape\n"});
	toy_offer((struct toy_offer){.name = "bear",
				     .version = "1",
				     .control = "replaces ape\n",
				     .files = "f etc/x =bear\n"});
	world_file("images/img.yaml", IMAGE("img", "ape, bear"));
	world_lock();
	world_build(); /* within one format it may */
	world_package("bear")->ecosystem = "other";
	world_package("bear")->layer = "img/bear"; /* not in the layer of the other */
	world_fails(PL_CONFLICT, "img (linux/amd64): packages ape and bear both ship /etc/x");
	world_package("bear")->layer = world_package("ape")->layer;
	world_fails(PL_CONFLICT, "packages ape and bear both ship /etc/x");
}

static void test_unknown_format(void **state)
{
	(void)state;
	lock_two_formats(NULL, NULL);
	world_package("ape")->ecosystem = "marsian";
	world_fails(PL_INPUT, "the lock's package ape is of 'marsian', which this program does "
			      "not know");
}

static void test_effects(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .control = "removes etc/gone\ninstalls etc/made\n",
				     .files = "f etc/gone =x\nf etc/stays =y\n"});
	toy_offer((struct toy_offer){
		.name = "bear", .version = "1", .control = "account grizzly\ninstalls etc/made\n"});
	build_one(IMAGE("img", "ape, bear"));
	world_tree_is("img", "d etc\n"
			     "f etc/made =ape|bear|\n"
			     "f etc/passwd =grizzly:x:101:102|\n"
			     "f etc/stays =y\n"
			     "d toy\n"
			     "f toy/ape =1 2 files\n"
			     "f toy/bear @0 =1 0 files\n");
}

static void test_effect_fails(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .control = "fails\n"});
	world_file("images/img.yaml", IMAGE("img", "ape"));
	world_lock();
	world_fails(PL_INPUT, "img (linux/amd64): package ape: its effect fails");
}

static void test_fleet_files(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){
		.name = "ape",
		.version = "1",
		.control = "account www\n",
		.files = "d etc\nf etc/conf =package\nf etc/group =root:x:0:|staff:x:50:|\n"});
	world_file("a.conf", "of the fleet");
	world_file("images/base.yaml",
		   IMAGE("base", "ape") "files:\n"
					"  - {content: base, to: /srv/base, owner: \"5:6\"}\n"
					"  - {content: twice, to: /srv/twice}\n");
	world_file("images/leaf.yaml", "image: leaf\nbase: base\nfiles:\n"
				       "  - {from: a.conf, to: /etc/conf, mode: \"0600\"}\n"
				       "  - {content: \"\", to: /srv/empty, owner: \"www:7\"}\n"
				       "  - {content: again, to: /srv/twice}\n");
	world_lock();
	world_build();
	world_tree_is("leaf", "d etc\n"
			      "f etc/conf 600 =of the fleet\n"
			      "f etc/group =root:x:0:|staff:x:50:|\n"
			      "f etc/passwd =www:x:101:102|\n"
			      "d srv\n"
			      "f srv/base 5:6 =base\n"
			      "f srv/empty 101:7\n"
			      "f srv/twice =again\n"
			      "d toy\n"
			      "f toy/ape =1 2 files\n");
}

/* A key that only its owner may read does not become everybody's. */
static void test_private_file(void **state)
{
	(void)state;
	static const unsigned modes[] = {0600, 0400, 0700};
	toy_offer((struct toy_offer){.name = "ape", .version = "1"});
	world_file("key.pem", "secret");
	PL_AUTOFREE char *path = pl_path_join(world.dir, "key.pem");
	world_file("images/img.yaml",
		   IMAGE("img", "ape") "files:\n  - {from: key.pem, to: /srv/key}\n");
	for (size_t i = 0; i < PL_COUNT(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(world_relock(PL_RELOCK_KEEP, NULL), -PL_INPUT);
		if (!strstr(world.err.msg, "key.pem is readable for its owner alone"))
			fail_msg("%s", world.err.msg);
	}
	assert_int_equal(chmod(path, 0640), 0); /* a checkout under umask 027 */
	world_lock();
}

/* Every packed file of the store's inputs again, well-formed, with one text in place of another. */
static unsigned tamper(const char *from, const char *to)
{
	PL_AUTOFREE char *dir = pl_xprintf("%s/inputs/sha256", world.store_dir);
	DIR *d = opendir(dir);
	unsigned n = 0;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		PL_AUTOFREE char *path = pl_path_join(dir, e->d_name);
		PL_AUTO(buf) packed = {0}, text = {0};
		PL_AUTO(process) gzip = {.argv = (const char *const[]){"gzip", "-9nc", NULL}};
		struct pl_err err = {0};
		if (e->d_name[0] == '.' || pl_file_read(path, 1 << 20, &packed, &err) < 0 ||
		    !pl_str_starts(pl_buf_str(&packed), "\x1f\x8b"))
			continue;
		PL_AUTO_FREE(source) in = pl_source_gunzip(pl_source_mem(pl_buf_str(&packed)),
							   &pl_limits_default, path);
		assert_int_equal(pl_source_read_all(in, &text, path, &err), 0);
		char *at = memmem(text.p, text.n, from, strlen(from));
		if (!at)
			continue;
		memcpy(at, to, strlen(from));
		gzip.input = pl_buf_str(&text);
		gzip.out.max = 1 << 20;
		assert_int_equal(pl_process_run(&world.env, &gzip, &err), 0);
		/* As long as it was: a file name in the header fills it up. */
		assert_true(gzip.out.n < packed.n);
		PL_AUTO(buf) forged = {0};
		pl_buf_add(&forged, gzip.out.p, 10);
		forged.p[3] = 8;
		while (forged.n + gzip.out.n - 10 + 1 < packed.n)
			pl_buf_addc(&forged, 'x');
		pl_buf_addc(&forged, '\0');
		pl_buf_add(&forged, gzip.out.p + 10, gzip.out.n - 10);
		assert_int_equal(pl_file_write(path, pl_buf_str(&forged), 0644, &err), 0);
		n++;
	}
	closedir(d);
	return n;
}

/* What another run left is held to its record: else a uid of its choosing would be taken. */
static void test_fragment_of_another_run(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "f etc/passwd =www:x:33:33::/:/x|\n"});
	build_one(IMAGE("img", "ape") "files:\n  - {content: x, to: /srv/x, owner: www}\n");
	assert_int_equal(tamper("www:x:33:33", "www:x:00:00"), 1);
	world_file("images/img.yaml",
		   IMAGE("img", "ape") "files:\n  - {content: y, to: /srv/x, owner: www}\n");
	world_lock();
	world_fails(PL_VERIFY, "damaged on disk; it was moved aside, run it again");
	world_build();
	world_tree_is("img", "d etc\n"
			     "f etc/passwd =www:x:33:33::/:/x|\n"
			     "d srv\n"
			     "f srv/x 33:0 =y\n"
			     "d toy\n"
			     "f toy/ape =1 1 files\n");
}

static void test_unknown_owner(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "f etc/passwd =root:x:0:0|\n"});
	world_file("images/img.yaml",
		   IMAGE("img", "ape") "files:\n  - {content: x, to: /srv/x, owner: ghost}\n");
	world_lock();
	world_fails(PL_INPUT, "images/img.yaml:1: img: file /srv/x: img: the image's /etc/passwd "
			      "has no 'ghost'");
}

static void test_put_in_the_way(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f srv =a file\n"});
	toy_offer((struct toy_offer){.name = "bear", .version = "1", .files = "f srv/x =below\n"});
	world_file("images/base.yaml", IMAGE("base", "ape"));
	world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [bear]\n");
	world_lock();
	world_fails(PL_CONFLICT, "leaf (linux/amd64): package bear: ");
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_packages_side_by_side),
		WORLD_TEST(test_overlap_refused),
		WORLD_TEST(test_overlap_replaced),
		WORLD_TEST(test_link_to_directory_kept),
		WORLD_TEST(test_newest),
		WORLD_TEST(test_invented_directory),
		WORLD_TEST(test_formats_in_order),
		WORLD_TEST(test_one_name_in_two_formats),
		WORLD_TEST(test_formats_do_not_replace),
		WORLD_TEST(test_unknown_format),
		WORLD_TEST(test_effects),
		WORLD_TEST(test_effect_fails),
		WORLD_TEST(test_fleet_files),
		WORLD_TEST(test_private_file),
		WORLD_TEST(test_fragment_of_another_run),
		WORLD_TEST(test_unknown_owner),
		WORLD_TEST(test_put_in_the_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
