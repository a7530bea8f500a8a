// SPDX-License-Identifier: Apache-2.0
/* Reading one auth.json or config.json, and what a helper program answers. */
#include "oci/credentials_int.h"

#include "base/json.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define SECRET_MAX 65536

void pl_secret_free(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

void pl_credentials_done(struct pl_credentials *c)
{
	pl_secret_free(c->username);
	pl_secret_free(c->password);
	pl_secret_free(c->identity_token);
	*c = (struct pl_credentials){0};
}

void pl_authfile_match_done(struct pl_authfile_match *m)
{
	pl_credentials_done(&m->credentials);
	free(m->helper);
	m->helper = NULL;
}

/* As pl_json_parse, without the parser's "near ..." text: that may be a password. */
static int parse_quietly(struct pl_str text, const char *what, struct pl_jval **ret,
			 struct pl_err *err)
{
	struct pl_err inner = {0};
	PL_AUTO_FREE(jval) root = NULL;
	if (pl_json_parse(text, what, &root, &inner) < 0)
		return pl_fail(err, PL_INPUT, "%s: not valid JSON", what);
	if (pl_json_kind(root) != PL_JOBJECT)
		return pl_fail(err, PL_INPUT, "%s: must be a JSON object", what);
	*ret = pl_steal(&root);
	return 0;
}

/* "https://index.docker.io/v1/" and "registry.example.org/ns" are both keys in the wild. */
static struct pl_str normal_key(struct pl_str key)
{
	if (pl_str_starts(key, "https://"))
		key = pl_str_sub(key, 8, key.n);
	else if (pl_str_starts(key, "http://"))
		key = pl_str_sub(key, 7, key.n);
	while (key.n && key.p[key.n - 1] == '/')
		key.n--;
	if (pl_str_ends(key, "/v1") || pl_str_ends(key, "/v2"))
		key.n -= 3;
	return key;
}

static bool is_hub(struct pl_str host)
{
	return pl_str_is(host, "docker.io") || pl_str_is(host, "index.docker.io") ||
	       pl_str_is(host, "registry-1.docker.io");
}

/* How many bytes of the repository's path the key covers, plus 1; 0: not this repository. */
static size_t match_length(struct pl_str key, struct pl_str host, struct pl_str path)
{
	struct pl_str rest = normal_key(key);
	struct pl_str key_host = pl_str_cut(&rest, '/');
	if (!pl_str_eq(key_host, host) && !(is_hub(key_host) && is_hub(host)))
		return 0;
	if (!rest.p)
		return 1;
	if (rest.n > path.n || memcmp(rest.p, path.p, rest.n) != 0 ||
	    (rest.n < path.n && path.p[rest.n] != '/'))
		return 0;
	return rest.n + 1;
}

/* Base64 (RFC 4648 4) of "user:password"; the password may hold colons. */
static bool decode_auth(struct pl_str b64, struct pl_credentials *c)
{
	b64 = pl_str_trim(b64);
	if (b64.n == 0 || b64.n > SECRET_MAX || b64.n % 4 != 0)
		return false;
	size_t pad = b64.p[b64.n - 1] != '=' ? 0 : b64.p[b64.n - 2] != '=' ? 1 : 2;
	unsigned char *raw = pl_xcalloc(b64.n / 4 * 3 + 1, 1);
	int n = EVP_DecodeBlock(raw, (const unsigned char *)b64.p, (int)b64.n);
	size_t len = n < (int)pad ? 0 : (size_t)n - pad;
	struct pl_str s = {(const char *)raw, len};
	/* docker pads short passwords with NUL bytes */
	while (s.n && s.p[s.n - 1] == '\0')
		s.n--;
	size_t colon = pl_str_find(s, ':');
	bool ok = len && colon != SIZE_MAX && colon > 0 && !memchr(s.p, '\0', s.n);
	if (ok) {
		c->username = pl_str_dup(pl_str_sub(s, 0, colon));
		c->password = pl_str_dup(pl_str_sub(s, colon + 1, s.n));
	}
	OPENSSL_cleanse(raw, b64.n / 4 * 3 + 1);
	free(raw);
	return ok;
}

/* One entry of "auths": 1 it holds credentials, 0 it is empty (a helper has them). */
static int read_entry(const struct pl_jval *v, const char *what, struct pl_credentials *ret,
		      struct pl_err *err)
{
	struct pl_credentials c = {0};
	struct pl_str auth = pl_json_str(pl_json_get(v, "auth"));
	struct pl_str token = pl_json_str(pl_json_get(v, "identitytoken"));
	struct pl_str user = pl_json_str(pl_json_get(v, "username"));
	struct pl_str password = pl_json_str(pl_json_get(v, "password"));
	if (auth.n && !decode_auth(auth, &c))
		return pl_fail(err, PL_INPUT,
			       "%s: the 'auth' of an entry is not base64 of user:password; log in "
			       "again",
			       what);
	if (!c.username && user.n && password.n) {
		c.username = pl_str_dup(user);
		c.password = pl_str_dup(password);
	}
	if (token.n && token.n <= SECRET_MAX)
		c.identity_token = pl_str_dup(token);
	if (!c.username && !c.identity_token)
		return 0;
	*ret = c;
	return 1;
}

/* A helper's name becomes part of a program's name: nothing that could be a path. */
static int take_helper(struct pl_str name, const char *what, char **ret, struct pl_err *err)
{
	bool ok = name.n > 0 && name.n <= 64 && name.p[0] != '.' && name.p[0] != '-';
	for (size_t i = 0; ok && i < name.n; i++) {
		char c = name.p[i];
		ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		     c == '-' || c == '_' || c == '.';
	}
	if (!ok)
		return pl_fail(err, PL_INPUT, "%s: a credential helper's name is not valid", what);
	*ret = pl_str_dup(name);
	return 1;
}

static const struct pl_jval *best_match(const struct pl_jval *map, struct pl_str host,
					struct pl_str path, size_t shorter_than, size_t *ret_length)
{
	const struct pl_jval *item, *best = NULL;
	struct pl_str key;
	*ret_length = 0;
	for (void *it = NULL; pl_json_next(map, &it, &key, &item);) {
		size_t n = match_length(key, host, path);
		if (n > *ret_length && n < shorter_than) {
			*ret_length = n;
			best = item;
		}
	}
	return best;
}

int pl_authfile_find(struct pl_str text, const char *what, const char *host, const char *path,
		     struct pl_authfile_match *ret, struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_authfile_match m = {0};
	struct pl_str h = pl_str_of(host), p = pl_str_of(path);
	size_t length = SIZE_MAX;
	int rc = parse_quietly(text, what, &root, err);
	if (rc < 0)
		return rc;
	struct pl_str helper =
		pl_json_str(best_match(pl_json_get(root, "credHelpers"), h, p, SIZE_MAX, &length));
	if (helper.p) {
		rc = take_helper(helper, what, &m.helper, err);
	} else {
		/* From the most specific entry on: an empty one is passed over. */
		const struct pl_jval *auths = pl_json_get(root, "auths"), *entry;
		length = SIZE_MAX;
		while (rc == 0 && (entry = best_match(auths, h, p, length, &length)))
			rc = read_entry(entry, what, &m.credentials, err);
		struct pl_str store = pl_json_str(pl_json_get(root, "credsStore"));
		if (rc == 0 && store.n)
			rc = take_helper(store, what, &m.helper, err);
	}
	if (rc == 1)
		*ret = m;
	return rc;
}

int pl_helper_answer(struct pl_str text, const char *what, struct pl_credentials *ret,
		     struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	int rc = parse_quietly(text, what, &root, err);
	if (rc < 0)
		return rc;
	struct pl_str user = pl_json_str(pl_json_get(root, "Username"));
	struct pl_str secret = pl_json_str(pl_json_get(root, "Secret"));
	if (secret.n == 0)
		return 0;
	if (secret.n > SECRET_MAX || user.n > SECRET_MAX)
		return pl_fail(err, PL_LIMIT, "%s: credentials over 64 KiB", what);
	struct pl_credentials c = {0};
	/* docker-credential-helpers: this user name marks an identity token. */
	if (pl_str_is(user, "<token>") || user.n == 0) {
		c.identity_token = pl_str_dup(secret);
	} else {
		c.username = pl_str_dup(user);
		c.password = pl_str_dup(secret);
	}
	*ret = c;
	return 1;
}

char *pl_basic_authorization(const struct pl_credentials *c)
{
	char *plain = pl_xprintf("%s:%s", c->username, c->password);
	size_t n = strlen(plain);
	char *b64 = pl_xcalloc(n / 3 * 4 + 8, 1);
	EVP_EncodeBlock((unsigned char *)b64, (const unsigned char *)plain, (int)n);
	char *out = pl_xprintf("Basic %s", b64);
	pl_secret_free(plain);
	pl_secret_free(b64);
	return out;
}
