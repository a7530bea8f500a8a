// SPDX-License-Identifier: Apache-2.0
#include "debian/archive/sources_int.h"
#include "directory.h"

/* "uri suite component,component [key]" of each source, joined by newlines. */
static void flatten(const struct pl_apt_sources *s, struct pl_buf *b)
{
	for (size_t i = 0; i < s->n; i++) {
		pl_buf_addf(b, "%s %s ", s->v[i].uri, s->v[i].suite);
		for (const char **c = s->v[i].components; *c; c++)
			pl_buf_addf(b, "%s%s", c == s->v[i].components ? "" : ",", *c);
		pl_buf_addf(b, "%s%s\n", s->v[i].signed_by ? " " : "",
			    s->v[i].signed_by ? s->v[i].signed_by : "");
	}
}

#define DEBIAN_13                                                                                  \
	"Types: deb deb-src\nURIs: http://mirror.example.org/debian/\nSuites: trixie "             \
	"trixie-updates\nComponents: main non-free-firmware\nSigned-By: "                          \
	"/usr/share/keyrings/debian-archive-keyring.pgp\n\nTypes: deb\n# a comment\nURIs: "        \
	"http://mirror.example.org/debian-security\nSuites: trixie-security\nComponents: main\n"   \
	"Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp\n"

static const struct {
	const char *name, *text, *expect, *error;
} table[] = {
	{"a.list", "", "", NULL},
	{"a.list",
	 "# comment\ndeb http://mirror.example.org/debian bookworm main contrib # more\n"
	 "deb-src http://mirror.example.org/debian bookworm main\n\n"
	 "deb http://security.example.org/debian-security bookworm-security main\n"
	 "deb http://security.example.org/ bookworm-security main",
	 "http://mirror.example.org/debian bookworm main,contrib\n"
	 "http://security.example.org/debian-security bookworm-security main\n"
	 "http://security.example.org bookworm-security main\n",
	 NULL},
	{"a.list",
	 "deb [arch=amd64,arm64 signed-by=/k/a.gpg trusted=yes] https://h/x s main\r\n"
	 "deb\t[ signed-by=/k/b.gpg ]\tfile:///srv/x  s  main\n",
	 "https://h/x s main /k/a.gpg\nfile:///srv/x s main /k/b.gpg\n", NULL},
	{"a.list", "deb cdrom:[Debian 12 _Bookworm_ - x]/ bookworm main\n",
	 "cdrom:[Debian 12 _Bookworm_ - x] bookworm main\n", NULL},
	{"a.list", "deb http://h/x ./\ndeb http://h/y stable/\n", "", NULL},
	{"a.list", "\n\nrpm http://h/x s main", NULL, "a.list:3: an entry begins with"},
	{"a.list", "deb http://h/x", NULL, "a.list:1: an entry is 'deb URI SUITE COMPONENT...'"},
	{"a.list", "deb http://h/x s", NULL, "a.list:1: a suite without components"},
	{"a.list", "deb [arch=amd64 http://h/x s main", NULL, "a.list:1: the options' ']'"},
	{"a.list", "deb /srv/x s main", NULL, "a.list:1: the archive's address has no scheme"},
	{"a.sources", DEBIAN_13,
	 "http://mirror.example.org/debian trixie main,non-free-firmware "
	 "/usr/share/keyrings/debian-archive-keyring.pgp\n"
	 "http://mirror.example.org/debian trixie-updates main,non-free-firmware "
	 "/usr/share/keyrings/debian-archive-keyring.pgp\n"
	 "http://mirror.example.org/debian-security trixie-security main "
	 "/usr/share/keyrings/debian-archive-keyring.pgp\n",
	 NULL},
	{"a.sources",
	 "Types: deb\nURIs: http://a/x\n https://b/x\n# gone: http://c/x\n file:/d\nSuites: "
	 "s\nComponents: main\n",
	 "http://a/x s main\nhttps://b/x s main\nfile:/d s main\n", NULL},
	{"a.sources",
	 "Enabled: No\nTypes: deb\nURIs: http://a\nSuites: s\nComponents: main\n\n"
	 "Types: deb-src\nURIs: http://b\nSuites: s\nComponents: main\n\n"
	 "Enabled: yes\nTypes: deb\nURIs: http://c\nSuites: ./\n",
	 "", NULL},
	{"a.sources",
	 "Types: deb\nURIs: http://a\nSuites: s\nComponents: m\nSigned-By:\n -----BEGIN PGP "
	 "PUBLIC KEY BLOCK-----\n .\n AAAA\n -----END PGP PUBLIC KEY BLOCK-----\n",
	 "http://a s m -----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n"
	 "-----END PGP PUBLIC KEY BLOCK-----\n",
	 NULL},
	{"a.sources", "Types: deb\nSuites: s\nComponents: m\n", NULL,
	 "a.sources:1: the stanza has no URIs"},
	{"a.sources", "\nTypes: deb\nURIs: http://a\nComponents: m\n", NULL,
	 "a.sources:2: the stanza has no Suites"},
	{"a.sources", "URIs: http://a\n", NULL, "a.sources:1: the stanza has no Types"},
	{"a.sources", "Types: deb\nTypes: deb\n", NULL, "a.sources:2: field Types appears twice"},
};

static void syntax(void **state)
{
	(void)state;
	for (size_t i = 0; i < PL_COUNT(table); i++) {
		PL_AUTO(arena) a = {0};
		PL_AUTO(buf) got = {0};
		struct pl_err err = {0};
		struct pl_apt_sources s = {0};
		int rc =
			pl_apt_sources_parse(&a, pl_str_of(table[i].text), table[i].name, &s, &err);
		if (table[i].error) {
			assert_int_equal(rc, -PL_INPUT);
			if (!strstr(err.msg, table[i].error))
				fail_msg("%zu: '%s' is not in '%s'", i, table[i].error, err.msg);
			assert_int_equal(s.n, 0);
			continue;
		}
		if (rc < 0)
			fail_msg("%zu: %s", i, err.msg);
		flatten(&s, &got);
		assert_string_equal(pl_buf_str(&got).p, table[i].expect);
	}
}

static void nothing_changes_on_failure(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) got = {0};
	struct pl_err err = {0};
	struct pl_apt_sources s = {0};
	assert_int_equal(pl_apt_sources_parse(&a, PL_STR("deb http://a s m\n"), "x.list", &s, &err),
			 0);
	assert_int_equal(
		pl_apt_sources_parse(&a, PL_STR("deb http://b s m\nbad\n"), "y.list", &s, &err),
		-PL_INPUT);
	flatten(&s, &got);
	assert_string_equal(got.p, "http://a s m\n");
	assert_int_equal(pl_apt_sources_parse(&a, (struct pl_str){"deb\0", 4}, "y.list", &s, &err),
			 -PL_INPUT);
}

static const char *const main_only[] = {"main", NULL};

static int look(const char *sources, const char *suite, const char *mirror, const char *key,
		struct pl_buf *got, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_apt_sources s = {0};
	const char *components[] = {main_only[0], NULL};
	const char *mirrors[] = {mirror, NULL};
	struct pl_suite_request rq = {suite, components, mirrors, key};
	struct pl_suite_source r = {0};
	assert_int_equal(pl_apt_sources_parse(&a, pl_str_of(sources),
					      strstr(sources, "Types") ? "a.sources" : "a.list", &s,
					      err),
			 0);
	int rc = pl_suite_source_find(&a, &s, &rq, &r, err);
	if (rc < 0)
		return rc;
	assert_string_equal(r.suite, suite);
	for (const char **u = r.uris; *u; u++)
		pl_buf_addf(got, "%s ", *u);
	pl_buf_adds(got, r.keyring);
	return 0;
}

#define KEY "/usr/share/keyrings/debian-archive-keyring.gpg"
#define BOOKWORM                                                                                   \
	"deb http://m/debian bookworm main\ndeb http://m/debian bookworm-updates main\n"           \
	"deb http://s/debian-security bookworm-security main\n"
#define VENDOR "deb [signed-by=/etc/apt/keyrings/v.asc] http://v/x bookworm main\n"

static void choice(void **state)
{
	(void)state;
	static const struct {
		const char *sources, *suite, *mirror, *key, *expect;
	} cases[] = {
		{BOOKWORM, "bookworm", NULL, NULL, "http://m/debian " KEY},
		{BOOKWORM, "bookworm-security", NULL, NULL, "http://s/debian-security " KEY},
		/* another release: the same pocket */
		{BOOKWORM, "trixie", NULL, NULL, "http://m/debian " KEY},
		{BOOKWORM, "trixie-security", NULL, NULL, "http://s/debian-security " KEY},
		{DEBIAN_13, "bookworm-security", NULL, NULL,
		 "http://mirror.example.org/debian-security "
		 "/usr/share/keyrings/debian-archive-keyring.pgp"},
		/* updates lie beside their release, security does not */
		{"deb http://m/debian trixie main\n", "trixie-updates", NULL, NULL,
		 "http://m/debian " KEY},
		{"deb http://m/debian trixie main\n", "bookworm-updates", NULL, NULL,
		 "http://m/debian " KEY},
		{"deb http://n/debian sid main\ndeb http://m/debian bookworm main\n",
		 "bookworm-backports", NULL, NULL, "http://m/debian " KEY},
		/* a vendor's archive of the same suite name is not a mirror of Debian's */
		{VENDOR BOOKWORM, "bookworm", NULL, NULL, "http://m/debian " KEY},
		{VENDOR, "bookworm", NULL, NULL, "http://v/x /etc/apt/keyrings/v.asc"},
		{"deb http://dl/chrome stable main\n" BOOKWORM, "trixie", NULL, NULL,
		 "http://m/debian " KEY},
		{"deb http://d bookworm stable\n" BOOKWORM, "bookworm", NULL, NULL,
		 "http://m/debian " KEY},
		/* several mirrors, in order, each once */
		{"deb http://n/debian bookworm main\n" BOOKWORM BOOKWORM, "bookworm", NULL, NULL,
		 "http://n/debian http://m/debian " KEY},
		{"deb cdrom:[x]/ bookworm main\n" BOOKWORM, "bookworm", NULL, NULL,
		 "http://m/debian " KEY},
		{BOOKWORM, "bookworm", "file:///srv/x", NULL, "file:///srv/x " KEY},
		{BOOKWORM, "bookworm", "https://own", "/k.gpg", "https://own /k.gpg"},
		{"", "sid", "https://own", NULL, "https://own " KEY},
		{BOOKWORM, "bookworm", NULL, "/k.gpg", "http://m/debian /k.gpg"},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		PL_AUTO(buf) got = {0};
		struct pl_err err = {0};
		if (look(cases[i].sources, cases[i].suite, cases[i].mirror, cases[i].key, &got,
			 &err) < 0)
			fail_msg("%zu: %s", i, err.msg);
		assert_string_equal(got.p, cases[i].expect);
	}
}

static void no_choice(void **state)
{
	(void)state;
	static const struct {
		const char *sources, *suite, *mirror, *key;
		int rc;
		const char *error;
	} cases[] = {
		{"", "bookworm", NULL, NULL, -PL_NOT_FOUND, "name one with 'mirror:'"},
		{"deb http://m/debian bookworm main\n", "bookworm-security", NULL, NULL,
		 -PL_NOT_FOUND, "suite bookworm-security: no archive of the machine"},
		{"deb cdrom:[x]/ bookworm main\n", "bookworm", NULL, NULL, -PL_NOT_FOUND,
		 "apt source cdrom:[x] cannot be read here"},
		{"deb tor+http://x bookworm main\n", "bookworm", NULL, NULL, -PL_NOT_FOUND,
		 "apt source tor+http://x cannot be read here"},
		{BOOKWORM, "bookworm", "ftp://x", NULL, -PL_INPUT, "mirror 'ftp://x'"},
		{BOOKWORM, "bookworm", NULL, "ABCD0123", -PL_INPUT, "signed by 'ABCD0123'"},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		PL_AUTO(buf) got = {0};
		struct pl_err err = {0};
		int rc = look(cases[i].sources, cases[i].suite, cases[i].mirror, cases[i].key, &got,
			      &err);
		assert_int_equal(rc, cases[i].rc);
		if (!strstr(err.msg, cases[i].error))
			fail_msg("%zu: %s", i, err.msg);
	}
}

static void of_the_machine(void **state)
{
	(void)state;
	char *root = directory_new();
	struct pl_err err = {0};
	struct pl_apt_sources s = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) got = {0};
	assert_int_equal(pl_apt_sources_load(&a, root, &s, &err), 0);
	assert_int_equal(s.n, 0);
	directory_put(root, "etc/apt/sources.list.d/b.list", PL_STR("deb http://b s m\n"));
	directory_put(root, "etc/apt/sources.list.d/a.sources",
		      PL_STR("Types: deb\nURIs: http://a\nSuites: s\nComponents: m\n"));
	directory_put(root, "etc/apt/sources.list.d/c.list.save", PL_STR("not read\n"));
	directory_put(root, "etc/apt/sources.list", PL_STR("deb http://first s m\n"));
	assert_int_equal(pl_apt_sources_load(&a, root, &s, &err), 0);
	flatten(&s, &got);
	assert_string_equal(got.p, "http://first s m\nhttp://a s m\nhttp://b s m\n");
	directory_put(root, "etc/apt/sources.list.d/d.list", PL_STR("wrong\n"));
	assert_int_equal(pl_apt_sources_load(&a, root, &s, &err), -PL_INPUT);
	assert_non_null(strstr(err.msg, "/etc/apt/sources.list.d/d.list:1"));
	directory_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syntax),         cmocka_unit_test(nothing_changes_on_failure),
		cmocka_unit_test(choice),         cmocka_unit_test(no_choice),
		cmocka_unit_test(of_the_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
