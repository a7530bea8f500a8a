// SPDX-License-Identifier: Apache-2.0
/* Fetching and verifying, from directories and from a small HTTP server. */
#include "archive.h"
#include "debian/archive/index_int.h"
#include "io/http.h"

#include <pthread.h>
#include <unistd.h>

static struct archive ar;
static char *port;

static int64_t fixed_now(void *ctx) { return *(const int64_t *)ctx; }

struct fixture {
	struct pl_env env;
	int64_t now;
	char *dir;
	struct pl_store *store;
};

static void fixture_init(struct fixture *f)
{
	struct pl_err err = {0};
	pl_env_init(&f->env);
	f->now = NOW;
	f->env.now = fixed_now;
	f->env.now_ctx = &f->now;
	f->env.jobs = 2;
	f->dir = directory_new();
	assert_int_equal(pl_store_open(&f->env, f->dir, &f->store, &err), 0);
}

static void fixture_done(struct fixture *f)
{
	pl_store_free(f->store);
	directory_remove(f->dir);
}

static int load_from(struct fixture *f, const char *const *uris, const char *suite,
		     const char *keyring, int64_t floor, struct pl_index **ret, struct pl_err *err)
{
	const char *components[] = {"main", NULL};
	const char *list[4] = {NULL};
	for (size_t i = 0; uris[i]; i++)
		list[i] = uris[i];
	struct pl_suite_source src = {suite, components, list, keyring};
	struct pl_suite_floor fl = {suite, floor};
	const char *const archs[] = {"amd64"};
	struct pl_index_request rq = {&src, 1, archs, 1, &fl, 1, NULL, false, false, NULL};
	return pl_indexes_load(&f->env, f->store, &rq, ret, err);
}

static char *file_uri(void) { return pl_xprintf("file://%s", ar.root); }

/* Loads from the directory; expects success (error NULL) or code and text. */
static void expect(struct fixture *f, const char *suite, const char *key, int64_t floor, int rc,
		   const char *error)
{
	struct pl_err err = {0};
	PL_AUTO_FREE(index) ix = NULL;
	PL_AUTOFREE char *uri = file_uri();
	PL_AUTOFREE char *keyring = in(&ar, key);
	const char *const uris[] = {uri, NULL};
	int got = load_from(f, uris, suite, keyring, floor, &ix, &err);
	if (got != rc || (error && !strstr(err.msg, error)))
		fail_msg("status %d, expected %d with '%s': %s", got, rc, error ? error : "",
			 err.msg);
	assert_int_equal(ix != NULL, rc == 0);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PACKAGES                                                                                   \
	"Package: a\nVersion: 1\nArchitecture: all\nFilename: pool/a.deb\nSize: 3\nSHA256: " HASH  \
	"\n\n"
static const struct release_fields good = {0};

static void whole_and_again(void **state)
{
	(void)state;
	struct fixture f;
	struct pl_err err = {0};
	PL_AUTO_FREE(index) ix = NULL;
	PL_AUTOFREE char *uri = file_uri();
	PL_AUTOFREE char *keyring = in(&ar, "one.gpg");
	const char *const uris[] = {uri, NULL};
	fixture_init(&f);
	make_release(&ar, PACKAGES, good);
	sign(&ar, "one", NULL);
	if (load_from(&f, uris, "code", keyring, 0, &ix, &err) == 0)
		fail_msg("there is no dists/code");
	assert_int_equal(err.code, PL_NOT_FOUND);
	if (load_from(&f, uris, SUITE, keyring, 0, &ix, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(ix->architecture, "amd64");
	assert_int_equal(ix->n_suites, 1);
	assert_string_equal(ix->suites[0].suite, SUITE);
	assert_string_equal(ix->suites[0].codename, "code");
	assert_string_equal(ix->suites[0].uri, uri);
	assert_string_equal(ix->suites[0].components[0], "main");
	assert_int_equal(ix->suites[0].date, NOW - 86400);
	assert_int_equal(ix->suites[0].valid_until, NOW + 6 * 86400);
	assert_int_equal(strlen(ix->suites[0].fingerprint), 40);
	PL_AUTO(buf) text = {0};
	PL_AUTOFREE char *release = in(&ar, "dists/" SUITE "/Release");
	assert_int_equal(pl_file_read(release, 1 << 20, &text, &err), 0);
	struct pl_digest d = pl_sha256_of(pl_buf_str(&text));
	assert_true(pl_digest_eq(&d, &ix->suites[0].release_sha256));
	assert_non_null(pl_index_candidate(ix, PL_STR("a")));
	/* Another load needs only InRelease. */
	PL_AUTOFREE char *packages = in(&ar, "dists/" SUITE "/main");
	run("rm", "-r", packages);
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	/* Not signed anew, but asked for by codename where a directory is called so: fine. */
	PL_AUTOFREE char *from = in(&ar, "dists/" SUITE), *to = in(&ar, "dists/code");
	run("cp", "-r", from, to);
	expect(&f, "code", "one.gpg", 0, 0, NULL);
	run("rm", "-r", to);
	fixture_done(&f);
}

/* Edits InRelease with sed. */
static void edit(const char *script)
{
	PL_AUTOFREE char *path = in(&ar, "dists/" SUITE "/InRelease");
	run("sed", "-i", "-e", script, path);
}

static void signatures(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f);
	make_release(&ar, PACKAGES, good);
	sign(&ar, "one", NULL);
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	expect(&f, SUITE, "one.asc", 0, 0, NULL);
	expect(&f, SUITE, "two.gpg", 0, -PL_VERIFY, "which is not in the keyring");
	expect(&f, SUITE, "none.gpg", 0, -PL_NOT_FOUND, "none.gpg is not there");
	/* Debian 13's name of the same file */
	PL_AUTOFREE char *gpg = in(&ar, "one.gpg"), *pgp = in(&ar, "three.pgp");
	run("cp", gpg, pgp);
	expect(&f, SUITE, "three.gpg", 0, 0, NULL);

	edit("s/^Codename: code/Codename: evil/");
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "bad signature");

	PL_AUTOFREE char *release = in(&ar, "dists/" SUITE "/Release");
	PL_AUTOFREE char *inrelease = in(&ar, "dists/" SUITE "/InRelease");
	run("cp", release, inrelease);
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "no valid signature");

	/* apt refuses text around the signed block, and so do we; empty lines at the end are none.
	 */
	sign(&ar, "one", NULL);
	edit("1i Suite: evil\\nDate: Sun, 12 Jul 2026 00:00:00 UTC\\nSHA256:\\n " HASH
	     " 1 main/binary-amd64/Packages\\n");
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "InRelease:1: text outside");
	sign(&ar, "one", NULL);
	edit("$a Suite: evil");
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "text outside of the signed block");
	sign(&ar, "one", NULL);
	edit("1s/^/\\n/");
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "InRelease:1: text outside");
	sign(&ar, "one", NULL);
	edit("$s/$/\\n\\n/");
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	PL_AUTOFREE char *evil = in(&ar, "dists/evil"), *dir = in(&ar, "dists/" SUITE);
	run("cp", "-r", dir, evil);
	expect(&f, "evil", "one.gpg", 0, -PL_VERIFY, "not of evil");
	run("rm", "-r", evil);

	/* One of two signers is enough. */
	sign(&ar, "one", "two");
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	expect(&f, SUITE, "two.gpg", 0, 0, NULL);

	/* Two signed texts in one file: the first by a stranger. */
	PL_AUTO(buf) both = {0};
	struct pl_err err = {0};
	sign(&ar, "two", NULL);
	assert_int_equal(pl_file_read(inrelease, 1 << 20, &both, &err), 0);
	sign(&ar, "one", NULL);
	assert_int_equal(pl_file_read(inrelease, 1 << 20, &both, &err), 0);
	directory_put(ar.root, "dists/" SUITE "/InRelease", pl_buf_str(&both));
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, NULL);
	fixture_done(&f);
}

static void key_block_in_place_of_a_path(void **state)
{
	(void)state;
	PL_AUTO(buf) block = {0};
	PL_AUTO(buf) signed_text = {0};
	PL_AUTO(buf) text = {0};
	PL_AUTOFREE char *asc = in(&ar, "one.asc");
	PL_AUTOFREE char *inrelease = in(&ar, "dists/" SUITE "/InRelease");
	struct pl_env env;
	struct pl_err err = {0};
	char fingerprint[65];
	pl_env_init(&env);
	make_release(&ar, PACKAGES, good);
	sign(&ar, "one", NULL);
	assert_int_equal(pl_file_read(asc, 1 << 20, &block, &err), 0);
	assert_int_equal(pl_file_read(inrelease, 1 << 20, &signed_text, &err), 0);
	if (pl_release_verify(&env, pl_buf_str(&signed_text), block.p, "here", &text, fingerprint,
			      &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(pl_str_starts(pl_buf_str(&text), "Suite: " SUITE "\n"));
	pl_buf_clear(&text);
	strchr(block.p, '\n')[3] = '!'; /* in the body, after the empty line */
	assert_int_equal(pl_release_verify(&env, pl_buf_str(&signed_text), block.p, "here", &text,
					   fingerprint, &err) < 0,
			 1);
	assert_int_equal(text.n, 0);
}

static void dates_and_names(void **state)
{
	(void)state;
	struct fixture f;
	fixture_init(&f);
	make_release(&ar, PACKAGES, good);
	sign(&ar, "one", NULL);
	expect(&f, SUITE, "one.gpg", NOW - 86400, 0, NULL);
	expect(&f, SUITE, "one.gpg", NOW - 86399, -PL_VERIFY, "older than the one of");
	f.now = NOW + 6 * 86400;
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	f.now++;
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "expired at 2026-07-19T00:00:00Z");
	f.now = NOW - 2 * 86400;
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	f.now--;
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "in the future");
	f.now = NOW + 1000 * 86400L;
	make_release(&ar, PACKAGES, (struct release_fields){.valid_until = ""});
	sign(&ar, "one", NULL);
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	make_release(&ar, PACKAGES, (struct release_fields){.suite = "other", .valid_until = ""});
	sign(&ar, "one", NULL);
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "it is of suite 'other' (codename 'code')");
	fixture_done(&f);
}

static void wrong_packages(void **state)
{
	(void)state;
	static const char xz[] = "dists/" SUITE "/main/binary-amd64/Packages.xz";
	struct fixture f;
	PL_AUTOFREE char *path = in(&ar, xz), *plain = pl_xstrndup(path, strlen(path) - 3);
	fixture_init(&f);
	make_release(&ar, PACKAGES, good);
	sign(&ar, "one", NULL);
	run("truncate", "-s", "-1", path);
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "Packages.xz");
	run("truncate", "-s", "+1", path); /* another last byte */
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "Packages.xz");
	run("truncate", "-s", "+1", path);
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, "Packages.xz");
	run("rm", path, plain);
	expect(&f, SUITE, "one.gpg", 0, -PL_NOT_FOUND, "Packages.xz");
	expect(&f, SUITE, "one.gpg", 0, -PL_NOT_FOUND, SUITE " main amd64");
	make_release(&ar, "Package: a\n\n", good);
	sign(&ar, "one", NULL);
	expect(&f, SUITE, "one.gpg", 0, -PL_INPUT, SUITE " main amd64:1: package 'a'");
	make_release(&ar, PACKAGES, good);
	PL_AUTOFREE char *release = in(&ar, "dists/" SUITE "/Release");
	run("sed", "-i", "s/binary-amd64/binary-arm64/", release);
	sign(&ar, "one", NULL);
	expect(&f, SUITE, "one.gpg", 0, -PL_NOT_FOUND, "no component main for architecture amd64");
	/* The unpacked hash is another one. */
	make_release(&ar, PACKAGES "\n", good);
	run("sed", "-i", "s/\\(Packages\\)$/\\1x/;s/^ .\\(.*Packages\\)$/ 0\\1/", release);
	run("sed", "-i", "s/^ .*Packagesx$/ " HASH " 200 main\\/binary-amd64\\/Packages/", release);
	sign(&ar, "one", NULL);
	expect(&f, SUITE, "one.gpg", 0, -PL_VERIFY, SUITE " main amd64");
	fixture_done(&f);
}

/* What is too large is told by suite and file. */
static void limits(void **state)
{
	(void)state;
	struct fixture f;
	struct pl_limits small = pl_limits_default;
	fixture_init(&f);
	make_release(&ar, PACKAGES, good);
	sign(&ar, "one", NULL);
	f.env.limits = &small;
	small.index_bytes = 20;
	expect(&f, SUITE, "one.gpg", 0, -PL_LIMIT,
	       "suite " SUITE ": main/binary-amd64/Packages.xz: the index is larger than 20 bytes");
	small = pl_limits_default;
	small.indexes_bytes = 20;
	expect(&f, SUITE, "one.gpg", 0, -PL_LIMIT,
	       "suite " SUITE ": main/binary-amd64/Packages: with it the indexes");
	small = pl_limits_default;
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	/* InRelease has a ceiling of its own. */
	PL_AUTOFREE char *path = in(&ar, "dists/" SUITE "/InRelease");
	run("truncate", "-s", "20M", path);
	expect(&f, SUITE, "one.gpg", 0, -PL_LIMIT, "suite " SUITE);
	fixture_done(&f);
}

static void by_hash(void **state)
{
	(void)state;
	struct fixture f;
	PL_AUTOFREE char *dir = in(&ar, "dists/" SUITE "/main/binary-amd64");
	PL_AUTOFREE char *release = in(&ar, "dists/" SUITE "/Release");
	fixture_init(&f);
	make_release(&ar, PACKAGES "\n\n", good);
	run("sed", "-i", "1i Acquire-By-Hash: yes", release);
	sign(&ar, "one", NULL);
	run("sh", "-c",
	    "cd $0 && mkdir -p by-hash/SHA256 && mv Packages.xz by-hash/SHA256/$(sha256sum "
	    "Packages.xz | cut -c1-64) && rm Packages",
	    dir);
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	fixture_done(&f);
	/* A mirror that does not keep the promise still has the name. */
	fixture_init(&f);
	run("sh", "-c", "cd $0 && mv by-hash/SHA256/* Packages.xz", dir);
	expect(&f, SUITE, "one.gpg", 0, 0, NULL);
	fixture_done(&f);
}

static void over_http_and_offline(void **state)
{
	(void)state;
	struct fixture f;
	struct pl_err err = {0};
	PL_AUTO_FREE(index) ix = NULL;
	PL_AUTO_FREE(index) again = NULL;
	PL_AUTOFREE char *empty = pl_xprintf("http://127.0.0.1:%s/empty", port);
	PL_AUTOFREE char *full = pl_xprintf("http://127.0.0.1:%s", port);
	PL_AUTOFREE char *keyring = in(&ar, "one.gpg");
	const char *const uris[] = {empty, full, NULL}, *const none[] = {empty, NULL};
	fixture_init(&f);
	make_release(&ar, PACKAGES, good);
	sign(&ar, "one", NULL);
	assert_int_equal(load_from(&f, none, SUITE, keyring, 0, &ix, &err), -PL_NOT_FOUND);
	assert_non_null(strstr(err.msg, empty));
	err = (struct pl_err){0};
	if (load_from(&f, uris, SUITE, keyring, 0, &ix, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(ix->suites[0].uri, full);
	edit("s/^Codename: code/Codename: evil/");
	assert_int_equal(load_from(&f, uris, SUITE, keyring, 0, &again, &err), -PL_VERIFY);
	assert_non_null(strstr(err.msg, empty)); /* all that were asked are named */
	assert_non_null(strstr(err.msg, full));
	/* Offline the last verified one serves, with its dates still looked at. */
	f.env.offline = true;
	if (load_from(&f, uris, SUITE, keyring, 0, &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_non_null(pl_index_candidate(again, PL_STR("a")));
	pl_index_free(pl_steal(&again));
	assert_int_equal(load_from(&f, none, SUITE, keyring, 0, &again, &err), -PL_REMOTE);
	assert_non_null(strstr(err.msg, "was not read from there before"));
	f.now = NOW + 30 * 86400;
	assert_int_equal(load_from(&f, uris, SUITE, keyring, 0, &again, &err), -PL_VERIFY);
	assert_non_null(strstr(err.msg, "without --offline"));
	fixture_done(&f);
}

static void debs(void **state)
{
	(void)state;
	struct fixture f;
	struct pl_err err = {0};
	uint64_t bytes = 99;
	PL_AUTOFREE char *http = pl_xprintf("http://127.0.0.1:%s", port);
	PL_AUTOFREE char *empty = pl_xprintf("http://127.0.0.1:%s/empty", port);
	PL_AUTOFREE char *file = file_uri();
	const char *const uris[] = {empty, http, NULL}, *const files[] = {file, NULL};
	struct pl_digest a = pl_sha256_of(PL_STR("deb a")), b = pl_sha256_of(PL_STR("deb bb"));
	fixture_init(&f);
	directory_put(ar.root, "pool/a.deb", PL_STR("deb a"));
	directory_put(ar.root, "pool/b.deb", PL_STR("deb bb"));
	const struct pl_deb_request two[] = {{uris, PL_STR("pool/a.deb"), 5, a},
					     {files, PL_STR("pool/b.deb"), 6, b},
					     {uris, PL_STR("pool/a.deb"), 5, a}};
	if (pl_debs_fetch(&f.env, f.store, two, 3, &bytes, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(bytes, 99 + 11); /* it grows by what came */
	assert_true(pl_store_has(f.store, PL_STORE_INPUTS, &a, NULL));
	assert_true(pl_store_has(f.store, PL_STORE_INPUTS, &b, NULL));
	assert_int_equal(pl_debs_fetch(&f.env, f.store, two, 3, &bytes, &err), 0);
	assert_int_equal(bytes, 99 + 11);
	/* A percent sign in a Filename is one of the file's name, as apt has it. */
	struct pl_digest percent = pl_sha256_of(PL_STR("deb %"));
	directory_put(ar.root, "pool/p_1%3a2.deb", PL_STR("deb %"));
	const struct pl_deb_request of_epoch = {uris, PL_STR("pool/p_1%3a2.deb"), 5, percent};
	if (pl_debs_fetch(&f.env, f.store, &of_epoch, 1, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(pl_store_has(f.store, PL_STORE_INPUTS, &percent, NULL));
	struct pl_digest other = pl_sha256_of(PL_STR("deb c"));
	static const struct {
		const char *name;
		uint64_t size;
		int rc;
		const char *error;
	} bad[] = {
		{"pool/a.deb", 5, -PL_VERIFY, "pool/a.deb"},
		{"pool/a.deb", 4, -PL_VERIFY, "pool/a.deb"},
		{"pool/a.deb", 6, -PL_VERIFY, "pool/a.deb"},
		{"pool/gone.deb", 5, -PL_NOT_FOUND, "gone from the archive since the lock"},
		{"../a.deb", 5, -PL_INPUT, "is not the path of a package"},
	};
	for (size_t i = 0; i < PL_COUNT(bad); i++)
		for (int over = 0; over < 2; over++) {
			struct pl_deb_request rq = {over ? uris : files, pl_str_of(bad[i].name),
						    bad[i].size, other};
			int rc = pl_debs_fetch(&f.env, f.store, &rq, 1, &bytes, &err);
			if (rc != bad[i].rc || !strstr(err.msg, bad[i].error))
				fail_msg("%zu: %d: %s", i, rc, err.msg);
			assert_false(pl_store_has(f.store, PL_STORE_INPUTS, &other, NULL));
			assert_int_equal(bytes, 99 + 11);
		}
	f.env.offline = true;
	const char *const far[] = {"http://archive.example.org/debian",
				   NULL}; /* not this machine */
	struct pl_deb_request rq = {far, PL_STR("pool/c.deb"), 5, other};
	assert_int_equal(pl_debs_fetch(&f.env, f.store, &rq, 1, &bytes, &err), -PL_REMOTE);
	assert_int_equal(pl_debs_fetch(&f.env, f.store, two, 3, &bytes, &err), 0);
	fixture_done(&f);
}

/* Serves the archive's directory, writes its port there, ends when a file "stop" appears. */
static const char server[] =
	"import http.server, os, sys, functools\n"
	"h = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])\n"
	"h.func.log_message = lambda *a: None\n"
	"s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), h)\n"
	"s.timeout = 0.1\n"
	"open(sys.argv[1] + '/port.new', 'w').write(str(s.server_port))\n"
	"os.rename(sys.argv[1] + '/port.new', sys.argv[1] + '/port')\n"
	"while not os.path.exists(sys.argv[1] + '/stop'): s.handle_request()\n";

static void *serve(void *ctx)
{
	(void)ctx;
	run("python3", "-c", server, ar.root);
	return NULL;
}
static pthread_t server_thread;

static int setup(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO(buf) b = {0};
	archive_init(&ar);
	if (pl_http_global_init(&err) < 0 || pthread_create(&server_thread, NULL, serve, NULL))
		return -1;
	PL_AUTOFREE char *path = in(&ar, "port");
	for (int i = 0; i < 1000 && !pl_file_exists(path); i++)
		usleep(10000);
	if (pl_file_read(path, 16, &b, &err) < 0)
		return -1;
	port = pl_buf_take(&b);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	directory_put(ar.root, "stop", PL_STR(""));
	pthread_join(server_thread, NULL);
	archive_done(&ar);
	free(port);
	pl_http_global_done();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_again),
		cmocka_unit_test(signatures),
		cmocka_unit_test(key_block_in_place_of_a_path),
		cmocka_unit_test(dates_and_names),
		cmocka_unit_test(wrong_packages),
		cmocka_unit_test(limits),
		cmocka_unit_test(by_hash),
		cmocka_unit_test(over_http_and_offline),
		cmocka_unit_test(debs),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
