// SPDX-License-Identifier: Apache-2.0
/*
 * Signatures of Release files, by gpgv. What counts is what gpgv wrote and what it said on its
 * status channel: its exit status is 0 for a signed block among other text, and 2 when one of
 * several signers is unknown.
 */
#include "base/file.h"
#include "base/num.h"
#include "debian/archive/index_int.h"
#include "io/process.h"

#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

#define KEYRING_MAX ((uint64_t)4 << 20)
#define ARMOUR "-----BEGIN PGP PUBLIC KEY BLOCK-----"

struct pl_keyring_file {
	char *path;
	bool temporary;
};

static void pl_keyring_file_done(struct pl_keyring_file *k)
{
	if (k->temporary)
		(void)unlink(k->path);
	free(k->path);
}

/* The base64 lines of one or more armoured blocks (RFC 4880 6.2) as bytes. */
static int dearmour(struct pl_str text, const char *where, struct pl_buf *ret, struct pl_err *err)
{
	enum { OUTSIDE, HEADERS, BODY } state = OUTSIDE;
	PL_AUTO(buf) base64 = {0};
	for (struct pl_str rest = text; rest.p;) {
		struct pl_str line = pl_str_trim(pl_str_cut(&rest, '\n'));
		if (pl_str_is(line, ARMOUR)) {
			state = HEADERS;
		} else if (state == HEADERS && line.n == 0) {
			state = BODY;
		} else if (state == BODY && line.n && (line.p[0] == '=' || line.p[0] == '-')) {
			state = OUTSIDE; /* the checksum, or the end */
			EVP_ENCODE_CTX *c = EVP_ENCODE_CTX_new();
			char *to = pl_buf_room(ret, base64.n + 4);
			int n = 0, tail = 0;
			bool ok = c && to && base64.n < INT32_MAX;
			if (ok) {
				EVP_DecodeInit(c);
				ok = EVP_DecodeUpdate(c, (unsigned char *)to, &n,
						      (const unsigned char *)pl_buf_str(&base64).p,
						      (int)base64.n) >= 0 &&
				     EVP_DecodeFinal(c, (unsigned char *)to + n, &tail) >= 0;
			}
			EVP_ENCODE_CTX_free(c);
			if (!ok)
				return pl_fail(err, PL_INPUT, "%s: the key block is damaged",
					       where);
			ret->n += (size_t)(n + tail);
			pl_buf_clear(&base64);
		} else if (state == BODY) {
			pl_buf_addstr(&base64, line);
			pl_buf_addc(&base64, '\n');
		}
	}
	if (ret->n == 0)
		return pl_fail(err, PL_INPUT, "%s: no key in the key block", where);
	return 0;
}

static int write_temporary(struct pl_str data, struct pl_keyring_file *ret, struct pl_err *err)
{
	const char *tmp = pl_environ("TMPDIR");
	char *path = pl_path_join(tmp && tmp[0] == '/' ? tmp : "/tmp", "plimsoll-keyring-XXXXXX");
	PL_AUTOFD int fd = mkostemp(path, 0);
	if (fd < 0) {
		int rc = pl_fail_sys(err, errno, "%s", path);
		free(path);
		return rc;
	}
	*ret = (struct pl_keyring_file){path, true};
	return pl_write_all(fd, data.p, data.n, path, err);
}

/* Debian 13 has its archive keyring as .pgp, with .gpg for the former name; 12 has .gpg. */
static char *existing(const char *keyring)
{
	struct pl_str s = pl_str_of(keyring);
	bool gpg = pl_str_ends(s, ".gpg"), pgp = pl_str_ends(s, ".pgp");
	if (!pl_file_exists(keyring) && (gpg || pgp)) {
		char *other = pl_xprintf("%.*s%s", (int)s.n - 4, keyring, gpg ? ".pgp" : ".gpg");
		if (pl_file_exists(other))
			return other;
		free(other);
	}
	return pl_xstrdup(keyring);
}

/* gpgv reads binary keyrings only: armoured ones, and key blocks given in place of a path, are
 * decoded into a temporary file. */
static int keyring_file(const char *keyring, const char *where, struct pl_keyring_file *ret,
			struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	PL_AUTO(buf) binary = {.max = KEYRING_MAX};
	if (pl_str_starts(pl_str_of(keyring), ARMOUR)) {
		int rc = dearmour(pl_str_of(keyring), where, &binary, err);
		return rc < 0 ? rc : write_temporary(pl_buf_str(&binary), ret, err);
	}
	ret->path = existing(keyring);
	int rc = pl_file_read(ret->path, KEYRING_MAX, &text, err);
	if (rc == -PL_NOT_FOUND)
		return pl_fail(err, PL_NOT_FOUND,
			       "%s: the keyring %s is not there: install "
			       "debian-archive-keyring, or name one with 'signed_by:'",
			       where, ret->path);
	if (rc < 0 || !memmem(pl_buf_str(&text).p, text.n, ARMOUR, strlen(ARMOUR)))
		return rc;
	rc = dearmour(pl_buf_str(&text), ret->path, &binary, err);
	if (rc < 0)
		return rc;
	free(pl_steal(&ret->path));
	return write_temporary(pl_buf_str(&binary), ret, err);
}

/* What gpgv said. */
struct verdict {
	unsigned texts, good;
	bool bad, broken, in_good;
	char unknown[17]; /* a key that is not in the keyring */
	char fingerprint[65];
};

static struct pl_str word(struct pl_str line, unsigned i)
{
	struct pl_str w = {0};
	for (unsigned k = 0; k <= i; k++) {
		if (!line.p)
			return (struct pl_str){"", 0};
		w = pl_str_cut(&line, ' ');
	}
	return w;
}

/* VALIDSIG <fpr> <date> <time> <expires> <version> 0 <pubkey algo> <hash algo> <class> <primary>:
 * it also comes for expired and revoked keys, so GOODSIG must have come first; and hash 8, 9, 10
 * and 11 are SHA-2 (RFC 4880 9.4): older ones are not taken. */
static void valid(struct pl_str line, struct verdict *v)
{
	uint64_t hash = 0;
	struct pl_str primary = word(line, 10);
	if (!v->in_good || !pl_parse_u64(word(line, 8), 255, &hash) || hash < 8 || hash > 11)
		return;
	if (primary.n == 0)
		primary = word(line, 1);
	if (primary.n < 40 || primary.n >= sizeof(v->fingerprint))
		return;
	if (!v->good || pl_str_cmp(primary, pl_str_of(v->fingerprint)) < 0)
		snprintf(v->fingerprint, sizeof(v->fingerprint), "%.*s", PL_STR_ARG(primary));
	v->good++;
}

static void read_status(struct pl_str status, struct verdict *v)
{
	static const char *const broken[] = {"ERROR", "FAILURE", "BADARMOR", "NODATA",
					     "UNEXPECTED"};
	while (status.p) {
		struct pl_str line = pl_str_trim(pl_str_cut(&status, '\n'));
		if (!pl_str_is(word(line, 0), "[GNUPG:]"))
			continue;
		line = pl_str_sub(line, strlen("[GNUPG:] "), line.n);
		struct pl_str key = word(line, 0);
		if (pl_str_is(key, "PLAINTEXT"))
			v->texts++;
		else if (pl_str_is(key, "NEWSIG"))
			v->in_good = false;
		else if (pl_str_is(key, "GOODSIG"))
			v->in_good = true;
		else if (pl_str_is(key, "BADSIG"))
			v->bad = true;
		else if (pl_str_is(key, "VALIDSIG"))
			valid(line, v);
		else if (pl_str_is(key, "NO_PUBKEY"))
			snprintf(v->unknown, sizeof(v->unknown), "%.*s",
				 PL_STR_ARG(pl_str_sub(word(line, 1), 0, 16)));
		for (size_t i = 0; i < PL_COUNT(broken); i++)
			if (pl_str_is(key, broken[i]) &&
			    !pl_str_is(word(line, 1), "verify.findkey"))
				v->broken = true;
	}
}

static int judge(const struct verdict *v, const struct pl_buf *text, const char *where,
		 const char *keyring, struct pl_err *err)
{
	if (v->bad)
		return pl_fail(err, PL_VERIFY,
			       "%s: bad signature: the file was changed after it was "
			       "signed",
			       where);
	if (v->good && (v->texts != 1 || v->broken))
		return pl_fail(err, PL_VERIFY,
			       "%s: not one clear-signed text, as an InRelease file is", where);
	if (v->good && text->n)
		return 0;
	if (v->unknown[0])
		return pl_fail(err, PL_VERIFY,
			       "%s: signed by key %s, which is not in the keyring %.200s", where,
			       v->unknown, keyring);
	return pl_fail(err, PL_VERIFY, "%s: no valid signature by a key of %.200s", where, keyring);
}

/* apt takes a file that is one clear-signed text and nothing else; gpgv passes text around it over.
 * What nobody signed has no business in the file, so it is refused as apt does. */
static int check_whole(struct pl_str text, const char *where, struct pl_err *err)
{
	enum { BEGIN, TEXT, SIGNATURE, END } at = BEGIN;
	unsigned number = 0;
	while (text.p && text.n) {
		struct pl_str line = pl_str_cut(&text, '\n');
		while (line.n && strchr(" \t\r", line.p[line.n - 1]) && line.p[line.n - 1])
			line.n--;
		number++;
		if (at == BEGIN && pl_str_is(line, "-----BEGIN PGP SIGNED MESSAGE-----"))
			at = TEXT;
		else if ((at == TEXT || at == END) &&
			 pl_str_is(line, "-----BEGIN PGP SIGNATURE-----"))
			at = SIGNATURE;
		else if (at == SIGNATURE && pl_str_is(line, "-----END PGP SIGNATURE-----"))
			at = END;
		else if (at == BEGIN || (at == END && line.n))
			return pl_fail(err, PL_VERIFY,
				       "%s:%u: text outside of the signed block; an InRelease file "
				       "holds nothing else",
				       where, number);
	}
	return 0;
}

int pl_release_verify(const struct pl_env *env, struct pl_str inrelease, const char *keyring,
		      const char *where, struct pl_buf *ret_text, char ret_fingerprint[65],
		      struct pl_err *err)
{
	__attribute__((cleanup(pl_keyring_file_done))) struct pl_keyring_file key = {0};
	int rc = keyring_file(keyring, where, &key, err);
	if (rc < 0)
		return rc;
	const char *const argv[] = {"gpgv",   "--status-fd", "3", "--keyring",
				    key.path, "--output",    "-", NULL};
	PL_AUTO(process) p = {.argv = argv, .input = inrelease, .status_fd = 3};
	p.out.max = inrelease.n + 1024;
	p.err.max = p.status.max = 1 << 20;
	if ((rc = pl_process_run(env, &p, err)) < 0)
		return pl_ctx(err, "%s", where);
	if ((rc = pl_buf_check(&p.status, "gpgv's status", err)) < 0 ||
	    (rc = pl_buf_check(&p.out, "gpgv's output", err)) < 0)
		return rc;
	struct verdict v = {0};
	read_status(pl_buf_str(&p.status), &v);
	rc = judge(&v, &p.out, where, key.temporary ? "(key block)" : key.path, err);
	if (rc == 0)
		rc = check_whole(inrelease, where, err);
	if (rc < 0)
		return rc;
	pl_buf_addstr(ret_text, pl_buf_str(&p.out));
	memcpy(ret_fingerprint, v.fingerprint, sizeof(v.fingerprint));
	return 0;
}
