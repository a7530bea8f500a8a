// SPDX-License-Identifier: Apache-2.0
/* What images are warned of, and what not; the same from lock's check, from build and from the
 * records. And what a definition has against it: accounts, directories and links. */
#include "world.h"

/* "image kind about: message" a line; parts of it are looked for. */
static void list(const struct pl_build_result *r, struct pl_buf *ret)
{
	for (size_t i = 0; i < r->n_images; i++)
		for (size_t k = 0; k < r->images[i].n_platforms; k++) {
			const struct pl_built_platform *p = &r->images[i].platforms[k];
			assert_non_null(p->platform);
			for (size_t n = 0; n < p->n_warnings; n++)
				pl_buf_addf(ret, "%s %s %s: %s\n", r->images[i].image->id,
					    p->warnings[n].kind, p->warnings[n].about,
					    p->warnings[n].message);
		}
}

/* Locked, checked as lock does, built, and built again: all say the same. */
static void warnings_are(const char *want)
{
	struct pl_prover prover = {.env = &world.env, .store = world.store};
	struct pl_proof proof = {0};
	PL_AUTO(buf) by_lock = {0}, by_build = {0}, by_record = {0};
	world_lock();
	prover.fleet = world.fleet;
	if (pl_build_prove(&prover, world.lock, NULL, &proof, &world.err) < 0)
		fail_msg("%s", world.err.msg);
	list(prover.result, &by_lock);
	pl_build_result_free(prover.result);
	world_build();
	list(world.built, &by_build);
	assert_true(world.built->images[world.built->n_images - 1].fresh); /* no image was made */
	world_build();
	list(world.built, &by_record);
	assert_false(world.built->images[0].fresh);
	assert_string_equal(pl_buf_str(&by_lock).p, want);
	assert_string_equal(pl_buf_str(&by_build).p, want);
	assert_string_equal(pl_buf_str(&by_record).p, want);
}

#define RELEASE "f etc/os-release =ID=toy|\n"
#define PASSWD                                                                                     \
	RELEASE "f etc/passwd =root:*:0:0:root:/root:/bin/sh|www:*:33:33::/srv:/bin/false|\n"      \
		"f etc/group =root:*:0:|www:*:33:|\n"

static void image(const char *keys)
{
	PL_AUTOFREE char *text = pl_xprintf("image: img\ndistro: one\npackages: [ape]\n%s\n", keys);
	world_file("images/img.yaml", text);
}

static void test_commands(void **state)
{
	static const struct {
		const char *keys, *want;
	} rows[] = {
		{"entrypoint: [/usr/bin/run]", ""},
		{"entrypoint: [/bin/run]", ""},
		{"entrypoint: [run]", ""},
		{"entrypoint: [/opt/link]", ""},
		{"cmd: [./run]\nworkdir: /usr/bin", ""},
		{"cmd: [nowhere]\nentrypoint: [/usr/bin/run]", ""}, /* an argument */
		{"entrypoint: [/usr/bin/ru]",
		 "img cannot-run entrypoint: entrypoint /usr/bin/ru cannot run: no package and no "
		 "file of the fleet brings it; add what brings it to 'packages' or 'files'\n"},
		{"entrypoint: [/usr/sbin/run]",
		 "img cannot-run entrypoint: entrypoint /usr/sbin/run cannot run: no package and "
		 "no "
		 "file of the fleet brings it; is it /usr/bin/run?\n"},
		{"entrypoint: [/opt/dangling]",
		 "img cannot-run entrypoint: entrypoint /opt/dangling cannot run: it is a link to "
		 "nothing, which leads to nothing in the image; add what it leads to\n"},
		{"entrypoint: [/etc/os-release]",
		 "img cannot-run entrypoint: entrypoint /etc/os-release cannot run: it is not "
		 "executable; give its entry under 'files' a mode: 0755\n"},
		{"entrypoint: [/usr]", "img cannot-run entrypoint: entrypoint /usr cannot run: it "
				       "is not a file; add what brings it to 'packages' or "
				       "'files'\n"},
		{"cmd: [tool]",
		 "img cannot-run cmd: cmd tool cannot run: it is in no directory of PATH "
		 "(/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin); is it "
		 "/opt/tool?\n"},
		{"cmd: [tool]\nenv: {PATH: /opt}", ""},
		{"healthcheck: {command: [/srv/script]}",
		 "img cannot-run healthcheck: healthcheck /srv/script cannot run: it needs "
		 "/bin/sh, which is not there; add shell to 'packages'\n"},
		{"healthcheck: {command: [/srv/script]}\nacknowledge: "
		 "[{warning: cannot-run, about: healthcheck, reason: x}]",
		 ""},
		{"healthcheck: {command: [/srv/script]}\nacknowledge: "
		 "[{warning: cannot-run, about: entrypoint, reason: x}]",
		 "img cannot-run healthcheck: healthcheck /srv/script cannot run: it needs "
		 "/bin/sh, which is not there; add shell to 'packages'\n"},
	};
	(void)state;
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .files = RELEASE
				     "l bin >usr/bin\nd usr/bin\n"
				     "f usr/bin/run 755 =run\n"
				     "l opt/link >/bin/run\nl opt/dangling >nothing\n"
				     "f opt/tool 755 =x\n"
				     "f srv/script 755 =#!/bin/sh -e|\n"});
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		image(rows[i].keys);
		warnings_are(rows[i].want);
	}
}

static void test_interpreters(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){
		.name = "ape",
		.version = "1",
		.files = RELEASE
		"d usr/bin\nf usr/bin/a 755 =#!/bin/sh|\nf usr/bin/b 755 =#! /bin/sh -e|\n"
		"f usr/bin/c 755 =#!/bin/sh|\nf usr/bin/d 755 =#!/bin/sh|\n"
		"f usr/bin/e 755 =#!/bin/sh|\n"
		"f usr/bin/env 755 =x\n"
		"f usr/bin/p 755 =#!/usr/bin/env -S A=1 python9 -u|\n"
		"f usr/bin/q 755 =#!/usr/bin/env a|\n"
		"f usr/bin/plain =#!/bin/none|\n" /* not executable */
		"f usr/lib/x/helper 755 =#!/bin/none|\n"
		"f usr/lib/x/bin/tool 755 =#!/bin/none|\n"
		"f usr/bin/odd 755 =#!none|\n"});
	toy_offer((struct toy_offer){
		.name = "bear", .version = "1", .files = "f usr/bin/z 755 =#!/bin/sh|\n"});
	image("");
	/* The child has its own matter alone. */
	world_file("images/leaf.yaml",
		   "image: leaf\nbase: img\npackages: [bear]\n"
		   "files: [{to: /usr/bin/own, mode: 0755, content: \"#!/x\\n\"}]\n");
	warnings_are(
		"img no-interpreter /bin/none: /usr/lib/x/bin/tool needs /bin/none, which is not "
		"in "
		"the image: add what brings it to 'packages' or 'files', or leave it out by "
		"'exclude'\n"
		"img no-interpreter /bin/sh: /usr/bin/a, /usr/bin/b, /usr/bin/c and 2 more need "
		"/bin/sh, which is not in the image: add shell to 'packages', or leave them out by "
		"'exclude'\n"
		"img no-interpreter python9: /usr/bin/p needs python9, which is not in the image: "
		"add what brings it to 'packages' or 'files', or leave it out by 'exclude'\n"
		"leaf no-interpreter /bin/sh: /usr/bin/z needs /bin/sh, which is not in the image: "
		"add shell to 'packages', or leave it out by 'exclude'\n"
		"leaf no-interpreter /x: /usr/bin/own needs /x, which is not in the image: add "
		"what "
		"brings it to 'packages' or 'files', or leave it out by 'exclude'\n");
	/* By what is named, by one program's path, and the whole kind; the base's count. */
	image("acknowledge:\n"
	      "  - {warning: no-interpreter, about: /bin/sh, reason: x}\n"
	      "  - {warning: no-interpreter, about: /usr/bin/p, reason: x}\n"
	      "  - {warning: no-interpreter, about: /bin/none, reason: x}\n");
	warnings_are("leaf no-interpreter /x: /usr/bin/own needs /x, which is not in the image: "
		     "add what brings it to 'packages' or 'files', or leave it out by 'exclude'\n");
	image("acknowledge: [{warning: no-interpreter, reason: x}]");
	warnings_are("");
}

static void test_users(void **state)
{
	static const struct {
		const char *keys, *want;
	} rows[] = {
		{"user: www:www", ""},
		{"user: \"33\"", ""},
		{"user: \"0:12345\"", ""},
		{"user: \"65532:65532\"",
		 "img no-passwd-line 65532: user 65532 has no line in /etc/passwd, where programs "
		 "look for its name and home (os.userInfo(), getpass.getuser() and user.Current() "
		 "fail): write accounts: [{user: NAME, uid: 65532}]\n"},
		{"user: app:data",
		 "img no-user app: user app is not in the image's /etc/passwd, so no container "
		 "starts: write accounts: [{user: app, uid: NUMBER}]\n"
		 "img no-group data: group data is not in the image's /etc/group, so no container "
		 "starts: write accounts: [{group: data, gid: NUMBER}]\n"},
		{"user: app:data\naccounts: [{user: app, uid: 5000}, {group: data, gid: 6000}]",
		 ""},
		{"user: \"5000\"\naccounts: [{user: app, uid: 5000}]", ""},
	};
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = PASSWD});
	/* What is inherited is the base's matter. */
	world_file("images/leaf.yaml", "image: leaf\nbase: img\n");
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		image(rows[i].keys);
		warnings_are(rows[i].want);
	}
}

static void test_os_release(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f x =x\n"});
	world_file("images/leaf.yaml", "image: leaf\nbase: img\n");
	image("");
	warnings_are("img no-os-release /etc/os-release: /etc/os-release is not in the image, so "
		     "scanners cannot tell the distribution and find nothing: add what brings it "
		     "to 'packages' or 'files'\n");
	image("files: [{to: /usr/lib/os-release, content: ID=x}]");
	warnings_are("");
}

/* A record that is damaged is as if there were none. */
static void test_record_gone(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f x =x\n"});
	image("");
	world_lock();
	world_build();
	const struct pl_digest *key = &world.built->builder->targets.v[0]->key;
	assert_int_equal(
		pl_store_record_put(world.store, "proof", key, PL_STR("\5\0\0"), &world.err), 0);
	world_build();
	assert_true(world.built->images[0].fresh);
	assert_int_equal(world_built("img")->n_warnings, 1);
}

static void test_accounts(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = PASSWD});
	image("accounts:\n"
	      "  - {user: app, uid: 5000, home: /srv/app}\n"
	      "  - {user: worker, uid: 5001, group: www, groups: [app], comment: W, shell: "
	      "/bin/sh}\n"
	      "files: [{to: /srv/data, directory: true, mode: \"2770\", owner: \"worker:app\"}]\n");
	world_lock();
	world_build();
	world_tree_is("img",
		      "d etc\n"
		      "f etc/group =root:x:0:|www:x:33:|app:x:5000:worker|\n"
		      "f etc/gshadow 640 =root:*::|www:*::|app:!::worker|\n"
		      "f etc/os-release =ID=toy|\n"
		      "f etc/passwd =root:x:0:0:root:/root:/bin/sh|www:x:33:33::/srv:/bin/false|"
		      "app:x:5000:5000::/srv/app:/usr/sbin/nologin|"
		      "worker:x:5001:33:W:/nonexistent:/bin/sh|\n"
		      "f etc/shadow 640 =root:*:10957:0:99999:7:::|www:*:10957:0:99999:7:::|"
		      "app:!:10957::::::|worker:!:10957::::::|\n"
		      "d srv\n"
		      "d srv/app 700 5000:5000\n"
		      "d srv/data 2770 5001:5000\n"
		      "d toy\n"
		      "f toy/ape =1 3 files\n");
}

/* Without a file of accounts there is the least one, and the account. */
static void test_accounts_from_nothing(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = RELEASE});
	image("accounts: [{user: app, uid: 5000}]\nuser: app");
	warnings_are("");
}

static void test_accounts_refused(void **state)
{
	static const struct {
		const char *base, *keys, *error;
	} rows[] = {
		{"", "accounts: [{user: www, uid: 5000}]",
		 "images/leaf.yaml:3: leaf: accounts: /etc/group: www should get the number 5000, "
		 "but www has 33; one of them needs "
		 "another number"},
		{"", "accounts: [{user: app, uid: 33, group: www}]",
		 "/etc/passwd: app should get the number 33, but www has 33; one of them needs "
		 "another number"},
		{"", "accounts: [{group: data, gid: 0}]",
		 "/etc/group: data should get the number 0, but root has 0; one of them needs "
		 "another number"},
		{"accounts: [{user: app, uid: 5000}]", "accounts: [{user: app, uid: 5001}]",
		 "/etc/group: app should get the number 5001, but app has 5000"},
		{"accounts: [{user: app, uid: 5000}]",
		 "accounts: [{user: app, uid: 5000, home: /srv}]",
		 "images/leaf.yaml:3: leaf: user app: its base or a package makes it otherwise: "
		 "'app:x:5000:5000::/nonexistent:/usr/sbin/nologin', not "
		 "'app:x:5000:5000::/srv:/usr/sbin/nologin'; leave it out, or give it another "
		 "name"},
		{"", "accounts: [{user: app, uid: 5000, group: data}]",
		 "images/leaf.yaml:3: leaf: user app: the image has no group data: give it a "
		 "'gid', "
		 "or an entry of its own"},
		{"", "accounts: [{user: app, uid: 5000, groups: [data]}]",
		 "user app: its group data is neither in /etc/group nor made"},
		{"", "accounts: [{user: app, uid: 5000, home: /etc/os-release}]",
		 "images/leaf.yaml:3: leaf: user app: etc/os-release: is there, but is not a "
		 "directory"},
	};
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = PASSWD});
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		PL_AUTOFREE char *leaf = pl_xprintf("image: leaf\nbase: img\n%s\n", rows[i].keys);
		image(rows[i].base);
		world_file("images/leaf.yaml", leaf);
		world_lock();
		world_fails(strstr(rows[i].error, "is not a directory") ? PL_CONFLICT : PL_INPUT,
			    rows[i].error);
	}
	/* The very same again is no clash. */
	image("accounts: [{user: app, uid: 5000}]");
	world_file("images/leaf.yaml",
		   "image: leaf\nbase: img\naccounts: [{user: app, uid: 5000}]\nuser: app\n");
	warnings_are("");
}

static void test_places(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .files = PASSWD "d srv/there 711 1:1\nf srv/there/x =x\n"
						     "f srv/file =x\n"});
	world_file("files/www/a", "a");
	world_file("files/www/there/b", "b");
	image("files:\n"
	      "  - {to: /srv/file, link: \"../../../../../etc/shadow\"}\n"
	      "  - {to: /var/lib/app, directory: true, mode: \"2750\", owner: www}\n"
	      "  - {to: /run/here, directory: true}\n"
	      "  - {from: files/www, to: /srv, owner: \"www:www\"}\n"
	      "  - {from: files/www, to: /new/www, owner: www}\n");
	world_lock();
	world_build();
	world_tree_is("img",
		      "d etc\n"
		      "f etc/group =root:*:0:|www:*:33:|\n"
		      "f etc/os-release =ID=toy|\n"
		      "f etc/passwd =root:*:0:0:root:/root:/bin/sh|www:*:33:33::/srv:/bin/false|\n"
		      "d new\n"
		      "d new/www 33:0\n"
		      "f new/www/a 33:0 =a\n"
		      "d new/www/there 33:0\n"
		      "f new/www/there/b 33:0 =b\n"
		      "d run\n"
		      "d run/here\n"
		      "d srv\n"
		      "f srv/a 33:33 =a\n"
		      "l srv/file >../../../../../etc/shadow\n"
		      "d srv/there 711 1:1\n"
		      "f srv/there/b 33:33 =b\n"
		      "f srv/there/x =x\n"
		      "d toy\n"
		      "f toy/ape =1 5 files\n"
		      "d var\n"
		      "d var/lib\n"
		      "d var/lib/app 2750 33:0\n");
}

static void test_places_refused(void **state)
{
	static const struct {
		const char *keys, *error;
		enum pl_code code;
	} rows[] = {
		{"files: [{to: /srv/there, link: x}]",
		 "images/img.yaml:4: img: link /srv/there: srv/there: is a directory that is not "
		 "empty",
		 PL_CONFLICT},
		{"files: [{to: /srv/there/x, directory: true}]",
		 "images/img.yaml:4: img: directory /srv/there/x: srv/there/x: is there, but is "
		 "not "
		 "a directory",
		 PL_CONFLICT},
		{"files: [{to: /srv/there/x/y, link: z}]", "its parent 'x' is not a directory",
		 PL_CONFLICT},
		{"files: [{to: /a, directory: true, owner: none}]",
		 "images/img.yaml:4: img: directory /a: img: the image's /etc/passwd has no 'none'",
		 PL_INPUT},
	};
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = PASSWD "d srv/there\nf srv/there/x =x\n"});
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		image(rows[i].keys);
		world_lock();
		world_fails(rows[i].code, rows[i].error);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commands),
		TEST(test_interpreters),
		TEST(test_users),
		TEST(test_os_release),
		TEST(test_record_gone),
		TEST(test_accounts),
		TEST(test_accounts_from_nothing),
		TEST(test_accounts_refused),
		TEST(test_places),
		TEST(test_places_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
