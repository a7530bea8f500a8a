// SPDX-License-Identifier: Apache-2.0
/* Which of the machine's archives serves a suite. */
#include "debian/archive/sources_int.h"

#define DEFAULT_KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

static bool scheme_ok(const char *uri)
{
	struct pl_str s = pl_str_of(uri);
	return pl_str_starts(s, "http://") || pl_str_starts(s, "https://") ||
	       pl_str_starts(s, "file:/");
}

/* "bookworm-security" is release bookworm, pocket "-security"; "bookworm" has the empty pocket. */
static struct pl_str release_of(struct pl_str suite)
{
	return pl_str_sub(suite, 0, pl_str_find(suite, '-'));
}

static struct pl_str pocket_of(struct pl_str suite)
{
	return pl_str_sub(suite, pl_str_find(suite, '-'), suite.n);
}

static bool has_components(const struct pl_apt_source *e, const char **want)
{
	for (; *want; want++) {
		bool there = false;
		for (const char **c = e->components; *c; c++)
			there |= strcmp(*c, *want) == 0;
		if (!there)
			return false;
	}
	return true;
}

/* Archives of others may serve a suite called "bookworm" with a component "main" as well. The
 * distribution's is the one verified by the machine's default keyring or an archive keyring. */
static bool is_distribution(const struct pl_apt_source *e)
{
	if (!e->signed_by)
		return true;
	struct pl_str s = pl_str_of(e->signed_by);
	s = pl_str_sub(s, pl_str_rfind(s, '/') + 1, s.n);
	return pl_str_starts(s, "debian-archive-") || pl_str_starts(s, "ubuntu-archive-");
}

/* Does the release of e come with a security pocket? A distribution's does; a vendor's "stable"
 * does not. */
static bool has_security(const struct pl_apt_sources *s, const struct pl_apt_source *e)
{
	for (size_t i = 0; i < s->n; i++) {
		struct pl_str suite = pl_str_of(s->v[i].suite);
		if (pl_str_is(pocket_of(suite), "-security") &&
		    pl_str_eq(release_of(suite), release_of(pl_str_of(e->suite))))
			return true;
	}
	return false;
}

/* Pockets that lie in the archive of the release itself; only security updates have their own. */
static bool is_beside_release(struct pl_str pocket)
{
	return pl_str_is(pocket, "-updates") || pl_str_is(pocket, "-backports") ||
	       pl_str_is(pocket, "-proposed-updates");
}

/* A fresh machine often has its release's archive alone. */
static bool has_release(const struct pl_apt_source *e, const struct pl_suite_request *rq)
{
	return is_beside_release(pocket_of(pl_str_of(rq->suite))) &&
	       pocket_of(pl_str_of(e->suite)).n == 0 && is_distribution(e);
}

enum match { EXACT, EXACT_OTHER, POCKET, POCKET_OTHER, RELEASE, RELEASE_OTHER, MATCHES };

static bool matches(const struct pl_apt_sources *s, const struct pl_apt_source *e,
		    const struct pl_suite_request *rq, enum match how)
{
	if (!has_components(e, rq->components))
		return false;
	bool exact = strcmp(e->suite, rq->suite) == 0;
	bool pocket = pl_str_eq(pocket_of(pl_str_of(e->suite)), pocket_of(pl_str_of(rq->suite)));
	switch (how) {
	case EXACT:
		return exact && is_distribution(e);
	case EXACT_OTHER:
		return exact;
	case POCKET:
		return pocket && is_distribution(e) && has_security(s, e);
	case POCKET_OTHER:
		return pocket && is_distribution(e);
	case RELEASE:
		return has_release(e, rq) &&
		       pl_str_eq(release_of(pl_str_of(e->suite)), release_of(pl_str_of(rq->suite)));
	case RELEASE_OTHER:
		return has_release(e, rq);
	case MATCHES:
		break;
	}
	return false;
}

static bool same_key(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* The usable archives that match so, those verified like the first one: mirrors of each other.
 * NULL if none; *unusable is set to an archive that matches but cannot be read. */
static const char **collect(struct pl_arena *a, const struct pl_apt_sources *s,
			    const struct pl_suite_request *rq, enum match how, const char **ret_key,
			    const char **unusable)
{
	const char **uris = NULL;
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct pl_apt_source *e = &s->v[i];
		if (!matches(s, e, rq, how))
			continue;
		if (!scheme_ok(e->uri)) {
			*unusable = e->uri;
			continue;
		}
		if (uris && !same_key(*ret_key, e->signed_by))
			continue;
		if (!uris) {
			uris = pl_arena_array(a, const char *, s->n + 1);
			*ret_key = e->signed_by;
		}
		bool known = false;
		for (size_t k = 0; k < n; k++)
			known |= strcmp(uris[k], e->uri) == 0;
		if (!known)
			uris[n++] = e->uri;
	}
	return uris;
}

static int none(const struct pl_suite_request *rq, const char *unusable, struct pl_err *err)
{
	if (unusable) {
		char text[200];
		return pl_fail(
			err, PL_NOT_FOUND,
			"suite %s: the apt source %s cannot be read here (only http, https and "
			"file): name one with 'mirror:' in the distro",
			rq->suite, pl_escape(text, sizeof(text), unusable, strlen(unusable)));
	}
	return pl_fail(
		err, PL_NOT_FOUND,
		"suite %s: no archive of the machine's apt sources has it with the component%s "
		"asked for, nor the same pocket of another release: name one with 'mirror:' in the "
		"distro",
		rq->suite, rq->components[0] && rq->components[1] ? "s" : "");
}

/* apt also takes key fingerprints here; they restrict its own keyring directory, which we have not.
 */
static bool names_a_keyring(const char *signed_by)
{
	struct pl_str s = pl_str_of(signed_by);
	return pl_str_starts(s, "/") || pl_str_starts(s, "-----BEGIN PGP PUBLIC KEY BLOCK-----");
}

int pl_suite_source_find(struct pl_arena *a, const struct pl_apt_sources *s,
			 const struct pl_suite_request *rq, struct pl_suite_source *ret,
			 struct pl_err *err)
{
	const char **uris = NULL, *key = NULL, *unusable = NULL;
	if (rq->mirrors && rq->mirrors[0]) {
		for (const char **m = rq->mirrors; *m; m++)
			if (!scheme_ok(*m))
				return pl_fail(
					err, PL_INPUT,
					"suite %s: mirror '%s' is not an http://, https:// or "
					"file:/ address",
					rq->suite, *m);
		uris = rq->mirrors;
		if (!collect(a, s, rq, EXACT, &key, &unusable))
			key = NULL;
	} else {
		for (int how = EXACT; how < MATCHES && !uris; how++)
			uris = collect(a, s, rq, (enum match)how, &key, &unusable);
		if (!uris)
			return none(rq, unusable, err);
	}
	if (rq->signed_by)
		key = rq->signed_by;
	if (!key)
		key = DEFAULT_KEYRING;
	if (!names_a_keyring(key))
		return pl_fail(
			err, PL_INPUT,
			"suite %s: signed by '%.100s': the absolute path of a keyring or a key "
			"block is needed (signed_by: in the distro)",
			rq->suite, key);
	*ret = (struct pl_suite_source){rq->suite, rq->components, uris, key};
	return 0;
}
