// SPDX-License-Identifier: Apache-2.0
/* A throw-away archive, signed with throw-away keys, for the tests of fetching. */
#pragma once

#include "debian/archive/index_int.h"
#include "directory.h"

#define SUITE "testing-suite"
#define NOW 1783900800 /* 2026-07-13T00:00:00Z */
#define PACKAGE(name, version, more)                                                               \
	"Package: " name "\nVersion: " version "\nArchitecture: all\n" more

struct archive {
	char *root, *home; /* dists/ and pool/ in root; keys in home */
};

struct release_fields {
	const char *suite, *date, *valid_until; /* NULL: the good ones; "": left out */
};

static inline char *in(const struct archive *a, const char *name)
{
	return pl_path_join(a->root, name);
}

static inline void make_key(const struct archive *a, const char *name)
{
	PL_AUTOFREE char *uid = pl_xprintf("%s@example.org", name);
	PL_AUTOFREE char *binary = pl_xprintf("%s/%s.gpg", a->root, name);
	PL_AUTOFREE char *armoured = pl_xprintf("%s/%s.asc", a->root, name);
	run("gpg", "--homedir", a->home, "--batch", "--quiet", "--passphrase", "",
	    "--quick-generate-key", uid, "ed25519", "sign", "0");
	run("gpg", "--homedir", a->home, "--batch", "-o", binary, "--export", uid);
	run("gpg", "--homedir", a->home, "--batch", "--armor", "-o", armoured, "--export", uid);
}

static inline void archive_init(struct archive *a)
{
	a->root = directory_new();
	a->home = directory_new();
	make_key(a, "one");
	make_key(a, "two");
}

static inline void archive_done(struct archive *a)
{
	run("gpgconf", "--homedir", a->home, "--kill", "gpg-agent");
	directory_remove(a->root);
	directory_remove(a->home);
}

static inline void add_file(const struct archive *a, const char *name, struct pl_buf *list)
{
	PL_AUTO(buf) b = {0};
	struct pl_err err = {0};
	char hex[PL_DIGEST_TEXT];
	PL_AUTOFREE char *full = pl_xprintf("%s/dists/" SUITE "/%s", a->root, name);
	assert_int_equal(pl_file_read(full, 1 << 20, &b, &err), 0);
	struct pl_digest d = pl_sha256_of(pl_buf_str(&b));
	pl_buf_addf(list, " %s %zu %s\n", pl_digest_hex(&d, hex), b.n, name);
}

/* Packages, Packages.xz and Release with these. */
static inline void make_release(const struct archive *a, const char *packages,
				struct release_fields f)
{
	static const char dir[] = "dists/" SUITE "/main/binary-amd64/Packages";
	PL_AUTO(buf) b = {0};
	PL_AUTOFREE char *path = in(a, dir);
	directory_put(a->root, dir, pl_str_of(packages));
	run("xz", "-f", "-k", path);
	pl_buf_addf(&b, "Suite: %s\nCodename: code\nDate: %s\n", f.suite ? f.suite : SUITE,
		    f.date ? f.date : "Sun, 12 Jul 2026 00:00:00 UTC");
	if (!f.valid_until || f.valid_until[0])
		pl_buf_addf(&b, "Valid-Until: %s\n",
			    f.valid_until ? f.valid_until : "Sun, 19 Jul 2026 00:00:00 UTC");
	pl_buf_adds(&b, "SHA256:\n");
	add_file(a, "main/binary-amd64/Packages", &b);
	add_file(a, "main/binary-amd64/Packages.xz", &b);
	directory_put(a->root, "dists/" SUITE "/Release", pl_buf_str(&b));
}

/* Release becomes InRelease, signed by one or two. */
static inline void sign(const struct archive *a, const char *signer, const char *second)
{
	PL_AUTOFREE char *from = in(a, "dists/" SUITE "/Release");
	PL_AUTOFREE char *to = in(a, "dists/" SUITE "/InRelease");
	PL_AUTOFREE char *uid = pl_xprintf("%s@example.org", signer);
	PL_AUTOFREE char *uid2 = pl_xprintf("%s@example.org", second ? second : signer);
	const char *const argv[] = {"gpg",
				    "--homedir",
				    a->home,
				    "--batch",
				    "--yes",
				    "--quiet",
				    "-u",
				    uid,
				    "-o",
				    to,
				    "--clearsign",
				    second ? "-u" : from,
				    second ? uid2 : NULL,
				    from,
				    NULL};
	run_with(PL_STR(""), NULL, argv);
}
