// SPDX-License-Identifier: Apache-2.0
#include "debian/deb/normalise_int.h"
#include "debian/scripts/debhelper_int.h"
#include "debian/scripts/scripts.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CONFIGURE                                                                                  \
	"if [ \"$1\" = \"configure\" ] || [ \"$1\" = \"abort-upgrade\" ] || "                      \
	"[ \"$1\" = \"abort-deconfigure\" ] || [ \"$1\" = \"abort-remove\" ] ; then\n"
#define END "# End automatically added section\n"
#define HEAD "#!/bin/sh\nset -e\n"
#define SYSTEMD                                                                                    \
	"# Automatically added by dh_installsystemd/13.11.4\n" CONFIGURE                           \
	"\tif [ -d /run/systemd/system ]; then\n"                                                  \
	"\t\tsystemctl --system daemon-reload >/dev/null || true\n"                                \
	"\t\tdeb-systemd-invoke start 'a.service' 'b.timer' >/dev/null || true\n\tfi\nfi\n" END
#define TMPFILES                                                                                   \
	"# Automatically added by dh_installtmpfiles/13.11.4\n" CONFIGURE                          \
	"\tif [ -x \"$(command -v systemd-tmpfiles)\" ]; then\n"                                   \
	"\t\tsystemd-tmpfiles ${DPKG_ROOT:+--root=\"$DPKG_ROOT\"} --create demo.conf >/dev/null "  \
	"|| true\n\tfi\nfi\n" END
#define ALTERNATIVES                                                                               \
	"# Automatically added by dh_installalternatives\n" CONFIGURE                              \
	"\tupdate-alternatives --install /usr/bin/e e /usr/bin/e.real 15 \\\n"                     \
	"\t\t--slave /usr/share/man/man1/e.1.gz e.1.gz /usr/share/man/man1/e.real.1.gz\nfi\n" END
#define MAINTSCRIPT                                                                                \
	"# Automatically added by dh_installdeb/13\n"                                              \
	"dpkg-maintscript-helper rm_conffile /etc/x.conf 1.0-2\\~ x -- \"$@\"\n" END

static bool recognised(const char *text, struct pl_recognised *ret)
{
	static struct pl_arena a;
	pl_arena_done(&a);
	return pl_debhelper_recognise(&a, pl_str_of(text), ret);
}

static void test_recognised(void **state)
{
	static const struct {
		const char *text, *classes;
	} good[] = {
		{HEAD, "empty"},
		{"#! /bin/sh -e\n# only a comment\n\nexit 0\n", "empty"},
		{HEAD SYSTEMD "exit 0\n", "systemd units"},
		{HEAD MAINTSCRIPT SYSTEMD, "systemd units, upgrades only"},
		{HEAD "case \"$1\" in\n configure|abort-upgrade)\n  ;;\n *)\n  echo \"postinst "
		      "called with "
		      "unknown argument \\`$1'\" >&2\n  exit 1\n ;;\nesac\n" MAINTSCRIPT "exit 0\n",
		 "upgrades only"},
		{HEAD TMPFILES, "tmpfiles.d"},
		{HEAD ALTERNATIVES, "alternatives"},
	};
	struct pl_recognised r;
	for (size_t i = 0; i < PL_COUNT(good); i++) {
		assert_true(recognised(good[i].text, &r));
		assert_string_equal(r.classes, good[i].classes);
	}
}

static void test_effects_of_sections(void **state)
{
	struct pl_recognised r;
	assert_true(recognised(HEAD TMPFILES ALTERNATIVES, &r));
	assert_int_equal(r.n_tmpfiles, 1);
	assert_true(pl_str_is(r.tmpfiles[0], "demo.conf"));
	assert_int_equal(r.n_alternatives, 1);
	assert_true(pl_str_is(r.alternatives[0].link, "/usr/bin/e"));
	assert_true(pl_str_is(r.alternatives[0].path, "/usr/bin/e.real"));
	assert_int_equal(r.alternatives[0].priority, 15);
	assert_int_equal(r.alternatives[0].n_slaves, 1);
	assert_true(pl_str_is(r.alternatives[0].slaves[0].name, "e.1.gz"));
}

static void test_not_recognised(void **state)
{
	static const char *const bad[] = {
		"",
		"#!/usr/bin/perl\n",
		HEAD "rm -rf /var/lib/x\n",
		HEAD "exit 1\n",
		HEAD "case \"$1\" in\nconfigure)\n exit 1\n;;\nesac\n",
		HEAD "case \"$1\" in\nconfigure)\n exit 0\n;;\nesac\n" TMPFILES,
		HEAD "case \"$1\" in\nconfigure)\n;;\n",
		HEAD "case \"$1\" in\n$(reboot))\n;;\nesac\n",
		HEAD "exit 0\n" TMPFILES,
		HEAD "# Automatically added by dh_installsystemd/13\n",
		HEAD "# Automatically added by dh_installsystemd/13\n" END,
		HEAD "# Automatically added by dh_unheard/13\n" END,
		HEAD "# Automatically added by dh_installdeb/13\nrm -f /etc/x\n" END,
		HEAD "# Automatically added by dh_installdeb/13\n"
		     "dpkg-maintscript-helper rm_conffile /etc/x$(reboot) -- \"$@\"\n" END,
		HEAD "# Automatically added by dh_installalternatives\n" CONFIGURE
		     "update-alternatives --install /usr/bin/e e /usr/bin/e.real $PRIO\nfi\n" END,
		HEAD
		"# Automatically added by dh_installalternatives\n" CONFIGURE
		"update-alternatives --install /usr/bin/e e /usr/bin/e.real 1; reboot\nfi\n" END,
	};
	struct pl_recognised r;
	for (size_t i = 0; i < PL_COUNT(bad); i++)
		assert_false(recognised(bad[i], &r));
}

/* Every single changed character of the generated code makes it unknown, comments apart. */
static void test_one_character(void **state)
{
	static const char text[] = HEAD SYSTEMD TMPFILES;
	struct pl_recognised r;
	char copy[sizeof(text)];
	size_t first = sizeof("#!/bin/sh\nset -e\n") - 1, tested = 0;
	assert_true(recognised(text, &r));
	for (size_t i = first; i < sizeof(text) - 1; i++) {
		size_t line = i;
		while (line > 0 && text[line - 1] != '\n')
			line--;
		while (text[line] == '\t')
			line++;
		/* A comment, and the words that a form leaves open (names of units and files). */
		if (text[line] == '#' || strchr(" \t\n", text[i]) ||
		    strstr(text + line, "deb-systemd-invoke") == text + line ||
		    strstr(text + line, "systemd-tmpfiles $") == text + line)
			continue;
		memcpy(copy, text, sizeof(text));
		copy[i] = copy[i] == 'Z' ? 'Y' : 'Z';
		assert_false(recognised(copy, &r));
		tested++;
	}
	assert_true(tested > 300);
}

static struct pl_digest hash(const char *text, const char *arch)
{
	return pl_script_normalise(pl_str_of(text), pl_str_of(arch));
}

static void test_normalise(void **state)
{
	static const struct {
		const char *a, *arch_a, *b, *arch_b;
		bool same;
	} cases[] = {
		{"a\nb\n", "amd64", "a  \nb\t\r\n\n\n", "amd64", true},
		{"a\nb", "amd64", "a\nb\n", "amd64", true},
		{"a\n\nb\n", "amd64", "a\nb\n", "amd64", false},
		{" a\n", "amd64", "a\n", "amd64", false},
		{"# Automatically added by dh_python3/5\nx\n", "all",
		 "# Automatically added by dh_python3\nx\n", "all", true},
		{"# Automatically added by dh_python3/5\n", "all",
		 "# Automatically added by dh_python2/5\n", "all", false},
		{"ls /usr/lib/x86_64-linux-gnu/x\n", "amd64", "ls /usr/lib/aarch64-linux-gnu/x\n",
		 "arm64", true},
		{"ls /usr/lib/x86_64-linux-gnu/x\n", "arm64", "ls /usr/lib/aarch64-linux-gnu/x\n",
		 "arm64", false},
		{"dpkg -L p:amd64\n", "amd64", "dpkg -L p:arm64\n", "arm64", true},
		{"dpkg -L p:amd64x\n", "amd64", "dpkg -L p:arm64x\n", "arm64", false},
		{"dpkg -L p:amd64\n", "all", "dpkg -L p:arm64\n", "all", false},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		struct pl_digest a = hash(cases[i].a, cases[i].arch_a);
		struct pl_digest b = hash(cases[i].b, cases[i].arch_b);
		assert_int_equal(pl_digest_eq(&a, &b), cases[i].same);
	}
	/* The value is part of recipes and locks: it must never change. */
	char hex[PL_DIGEST_TEXT];
	struct pl_digest d = hash("a\n", "amd64"), plain = pl_sha256_of(PL_STR("a\n"));
	assert_true(pl_digest_eq(&d, &plain));
	assert_string_equal(pl_digest_hex(&d, hex),
			    "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7");
}

static struct pl_script_verdict judge(const char *name, const char *text, const char *other)
{
	static struct pl_arena a;
	struct pl_script s[2] = {
		{.name = name, .text = pl_str_of(text), .normalised = hash(text, "amd64")},
		{.name = "postinst", .text = pl_str_of(other), .normalised = hash(other, "amd64")}};
	struct pl_control c = {.scripts = s, .n_scripts = *other ? 2 : 1};
	struct pl_script_verdict *v;
	size_t n;
	pl_arena_done(&a);
	pl_scripts_judge(&a, PL_STR("no-such-package"), PL_STR("amd64"), &c, &v, &n);
	assert_int_equal(n, c.n_scripts);
	assert_string_equal(v[0].script, name);
	return v[0];
}

static void test_judge(void **state)
{
	static const struct {
		const char *name, *text, *postinst;
		enum pl_verdict verdict;
	} cases[] = {
		{"postinst", HEAD SYSTEMD, "", PL_SCRIPT_IGNORABLE},
		{"postinst", HEAD TMPFILES, "", PL_SCRIPT_COVERED},
		{"postinst", HEAD "touch /x\n", "", PL_SCRIPT_UNKNOWN},
		{"preinst", HEAD "touch /x\n", "", PL_SCRIPT_UNKNOWN},
		{"prerm", HEAD "touch /x\n", "", PL_SCRIPT_IGNORABLE},
		{"postrm", HEAD "touch /x\n", "", PL_SCRIPT_IGNORABLE},
		{"config", HEAD "touch /x\n", "", PL_SCRIPT_IGNORABLE},
		{"isinstallable", HEAD, "", PL_SCRIPT_UNKNOWN},
		{"triggers", "activate-noawait ldconfig\n", "", PL_SCRIPT_COVERED},
		{"triggers", "# a comment\ninterest-noawait /usr/share/x\n", "",
		 PL_SCRIPT_IGNORABLE},
		{"triggers", "interest x\n", HEAD SYSTEMD, PL_SCRIPT_IGNORABLE},
		{"triggers", "interest x\n", HEAD "touch /x\n", PL_SCRIPT_UNKNOWN},
		{"triggers", "activate somebody-elses\n", "", PL_SCRIPT_UNKNOWN},
		{"triggers", "activate-later ldconfig\n", "", PL_SCRIPT_UNKNOWN},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		struct pl_script_verdict v = judge(cases[i].name, cases[i].text, cases[i].postinst);
		assert_int_equal(v.verdict, cases[i].verdict);
		assert_true(v.reason && v.reason[0]);
	}
}

static void test_verdict_names(void **state)
{
	for (enum pl_verdict v = PL_SCRIPT_NONE; v <= PL_SCRIPT_UNKNOWN; v++) {
		enum pl_verdict back;
		assert_true(pl_verdict_parse(pl_str_of(pl_verdict_name(v)), &back));
		assert_int_equal(back, v);
	}
	enum pl_verdict kept = PL_SCRIPT_DEFERRED;
	assert_false(pl_verdict_parse(PL_STR("Covered"), &kept));
	assert_int_equal(kept, PL_SCRIPT_DEFERRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recognised),     cmocka_unit_test(test_effects_of_sections),
		cmocka_unit_test(test_not_recognised), cmocka_unit_test(test_one_character),
		cmocka_unit_test(test_normalise),      cmocka_unit_test(test_judge),
		cmocka_unit_test(test_verdict_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
