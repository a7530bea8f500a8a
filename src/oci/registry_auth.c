// SPDX-License-Identifier: Apache-2.0
/*
 * Authentication by challenge (distribution's token and oauth specifications). Tokens are kept by
 * scope, credentials by repository, for all threads and all repositories of a host; while one
 * thread fetches a token, the others wait and use the same. A token that the registry refuses is
 * replaced once a request, so nothing can loop.
 */
#include "oci/registry_int.h"

#include "base/clock.h"
#define TOKEN_MAX 32768
#define DEFAULT_LIFE_S 60 /* token.md: "if omitted, 60 seconds" */
#define SCOPES_MAX 16
#define LOGIN_LIFE_NS (300 * 1000000000ull) /* what helpers give out may expire */

static void token_free(struct registry_token *t)
{
	free(t->scope);
	pl_secret_free(t->authorization);
	free(t);
}

static void forget_logins(struct registry_auth *a)
{
	for (size_t i = 0; i < a->logins.n; i++) {
		struct registry_login *l = a->logins.items[i].value;
		pl_credentials_done(&l->credentials);
		pl_secret_free(l->basic);
		free(l->path);
		free(l);
	}
	pl_map_done(&a->logins);
	pl_credential_files_done(&a->files);
}

void pl_registry_auth_done(struct registry_auth *a)
{
	for (size_t i = 0; i < a->tokens.n; i++)
		token_free(a->tokens.items[i].value);
	pl_map_done(&a->tokens);
	forget_logins(a);
	free(a->realm);
	free(a->service);
	pthread_mutex_destroy(&a->lock);
}

/* A token for scope that is still good; NULL if there is none. */
static struct registry_token *find_token(const struct registry_auth *a, const char *scope)
{
	struct registry_token *t = pl_map_get(&a->tokens, pl_str_of(scope));
	return t && t->expires_ns > pl_mono_ns() ? t : NULL;
}

/* Takes the place of a former token for the same scope. */
static void keep_token(struct registry_auth *a, struct registry_token *t)
{
	struct registry_token *former = pl_map_get(&a->tokens, pl_str_of(t->scope));
	if (!former) {
		pl_map_put(&a->tokens, pl_str_of(t->scope), t);
		return;
	}
	char *old = former->authorization;
	former->authorization = t->authorization;
	former->expires_ns = t->expires_ns;
	t->authorization = old;
	token_free(t);
}

/* The part after "Bearer " or "Basic ", when it is in the text. */
static bool repeats(const char *text, const char *authorization)
{
	const char *secret = authorization ? strchr(authorization, ' ') : NULL;
	return secret && secret[1] && strstr(text, secret + 1);
}

bool pl_registry_is_secret(struct pl_registry *at, const char *text)
{
	struct registry_auth *a = &at->auth;
	bool found = false;
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->logins.n && !found; i++) {
		const struct registry_login *l = a->logins.items[i].value;
		const struct pl_credentials *c = &l->credentials;
		found = repeats(text, l->basic) ||
			(c->password && *c->password && strstr(text, c->password)) ||
			(c->identity_token && *c->identity_token &&
			 strstr(text, c->identity_token));
	}
	for (size_t i = 0; i < a->tokens.n && !found; i++) {
		const struct registry_token *t = a->tokens.items[i].value;
		found = repeats(text, t->authorization);
	}
	pthread_mutex_unlock(&a->lock);
	return found;
}

bool pl_registry_has_credentials(struct registry_repo *r)
{
	struct registry_auth *a = &r->at->auth;
	pthread_mutex_lock(&a->lock);
	const struct registry_login *l = pl_map_get(&a->logins, pl_str_of(r->path));
	bool has = l && (l->credentials.username || l->credentials.identity_token);
	pthread_mutex_unlock(&a->lock);
	return has;
}

/* What the files say of the repository; read again when that was long ago. auth.lock is held, and
 * *ret is valid as long. */
static int find_login(struct registry_repo *r, struct registry_login **ret, struct pl_err *err)
{
	struct registry_auth *a = &r->at->auth;
	uint64_t now = pl_mono_ns();
	if (now - a->looked_ns > LOGIN_LIFE_NS) {
		forget_logins(a);
		a->looked_ns = now;
	}
	struct registry_login *l = pl_map_get(&a->logins, pl_str_of(r->path));
	if (!l) {
		struct pl_credentials c = {0};
		int rc = pl_credentials_find(r->at->env, &a->files, r->at->host, r->path, &c, err);
		if (rc < 0)
			return rc;
		l = pl_xcalloc(1, sizeof(*l));
		l->path = pl_xstrdup(r->path);
		l->credentials = c;
		l->basic = c.username ? pl_basic_authorization(&l->credentials) : NULL;
		pl_map_put(&a->logins, pl_str_of(l->path), l);
	}
	*ret = l;
	return 0;
}

/* A parameter of a query or form, encoded. */
static void add_param(struct pl_buf *b, const char *name, struct pl_str value)
{
	char *v = pl_url_encode(value);
	pl_buf_addf(b, "%s=%s&", name, v);
	pl_secret_free(v);
}

/* scope: blank-separated; GET repeats the parameter, POST has one list (token.md, oauth.md). */
static void add_scopes(struct pl_buf *b, const char *scope)
{
	struct pl_str rest = pl_str_of(scope);
	for (size_t n = 0; rest.p && n < SCOPES_MAX; n++) {
		struct pl_str one = pl_str_cut(&rest, ' ');
		if (one.n)
			add_param(b, "scope", one);
	}
}

/* Reads {"token" or "access_token", "expires_in"}; what is wrong is named without showing any. */
static int read_token(struct registry_repo *r, const struct pl_http_response *resp,
		      const char *scope, struct registry_token **ret, struct pl_err *err)
{
	PL_AUTO_FREE(jval) root = NULL;
	struct pl_err inner = {0};
	uint64_t life = 0;
	if (pl_json_parse(pl_buf_str(&resp->body), "token", &root, &inner) < 0)
		return pl_fail(err, PL_REMOTE, "%s: its token server's answer is not valid JSON",
			       r->repo.name);
	struct pl_str token = pl_json_str(pl_json_get(root, "token"));
	if (token.n == 0)
		token = pl_json_str(pl_json_get(root, "access_token"));
	bool ok = token.n > 0 && token.n <= TOKEN_MAX;
	for (size_t i = 0; ok && i < token.n; i++)
		ok = token.p[i] > 0x20 && token.p[i] < 0x7f;
	if (!ok)
		return pl_fail(err, PL_REMOTE, "%s: its token server gave no usable token",
			       r->repo.name);
	if (!pl_json_u64(pl_json_get(root, "expires_in"), &life) || life == 0)
		life = DEFAULT_LIFE_S;
	if (life > 86400)
		life = 86400;
	struct registry_token *t = pl_xcalloc(1, sizeof(*t));
	t->scope = pl_xstrdup(scope);
	t->authorization = pl_xprintf("Bearer %.*s", (int)token.n, token.p);
	/* A little before its end, so that it does not expire under way. */
	t->expires_ns = pl_mono_ns() + (life - life / 10) * 1000000000u;
	*ret = t;
	return 0;
}

static int token_status(struct registry_repo *r, const struct registry_login *l,
			const struct pl_http_response *resp, struct pl_err *err)
{
	const int status = resp->status;
	char later[64];
	const struct registry_auth *a = &r->at->auth;
	bool have = l->credentials.username || l->credentials.identity_token;
	PL_AUTO(url) realm = {0};
	bool known = a->realm && pl_url_parse(a->realm, &realm);
	bool refused = status == 400 || status == 401 || status == 403;
	/* It has been asked as often as may help. */
	return pl_fail(err, refused ? PL_AUTH : PL_REFUSED, "%s: the token server %s answered %d%s",
		       r->repo.name, known ? realm.authority : "its realm", status,
		       !refused ? pl_http_later(resp, later)
		       : have   ? "; the stored credentials are refused, log in again"
				: "; no credentials are stored, log in (skopeo login)");
}

/* One request to the token server, with retries. form: POST that, else GET with basic. */
static int ask_token_server(struct registry_repo *r, struct registry_handle *h, const char *url,
			    const char *form, const char *basic, struct pl_http_response *ret,
			    struct pl_err *err)
{
	static const struct pl_http_header form_type = {"Content-Type",
							"application/x-www-form-urlencoded"};
	for (unsigned attempt = 0;; attempt++) {
		struct pl_http_response resp = {0};
		PL_AUTO_FREE(source) body = form ? pl_source_mem(pl_str_of(form)) : NULL;
		struct pl_http_request req = {
			.method = form ? "POST" : "GET",
			.url = url,
			.headers = &form_type,
			.n_headers = form ? 1 : 0,
			.authorization = form ? NULL : basic,
			.body = body,
			.body_size = form ? strlen(form) : 0,
			.max_body = 1 << 20,
			/* what is in the form must not follow a redirect */
			.no_redirect = form != NULL,
			.timeout_s = 60,
			.deadline_ns = h->until_ns,
		};
		pl_repo_count(&r->repo.stats.requests, 1);
		int rc = pl_http_do(h->http, &req, NULL, &resp, err);
		if (!pl_http_backoff(&h->env, rc, &resp, err, attempt, h->until_ns)) {
			if (rc == 0)
				*ret = resp;
			return rc < 0 ? pl_ctx(err, "%s: token server", r->repo.name) : 0;
		}
		pl_http_response_done(&resp);
	}
}

/* oauth.md: the way for identity tokens. 1 done, 0 the server has no such way (404). */
static int fetch_by_post(struct registry_repo *r, struct registry_handle *h,
			 const struct registry_login *l, const char *scope,
			 struct registry_token **ret, struct pl_err *err)
{
	struct registry_auth *a = &r->at->auth;
	struct pl_http_response resp = {0};
	struct pl_buf form = {.max = 1 << 20};
	add_param(&form, "grant_type", PL_STR("refresh_token"));
	if (a->service)
		add_param(&form, "service", pl_str_of(a->service));
	add_param(&form, "client_id", PL_STR("plimsoll"));
	add_param(&form, "scope", pl_str_of(scope));
	add_param(&form, "refresh_token", pl_str_of(l->credentials.identity_token));
	char *text = pl_buf_take(&form);
	text[strlen(text) - 1] = '\0'; /* the last '&' */
	int rc = ask_token_server(r, h, a->realm, text, NULL, &resp, err);
	pl_secret_free(text);
	if (rc == 0 && resp.status == 200)
		rc = read_token(r, &resp, scope, ret, err) < 0 ? -(int)err->code : 1;
	else if (rc == 0 && (resp.status == 404 || resp.status == 405))
		a->no_post = true;
	else if (rc == 0)
		rc = token_status(r, l, &resp, err);
	pl_http_response_done(&resp);
	return rc;
}

static int fetch_by_get(struct registry_repo *r, struct registry_handle *h,
			const struct registry_login *l, const char *scope,
			struct registry_token **ret, struct pl_err *err)
{
	const struct registry_auth *a = &r->at->auth;
	struct pl_http_response resp = {0};
	PL_AUTO(buf) url = {.max = 1 << 16};
	pl_buf_addf(&url, "%s%c", a->realm, strchr(a->realm, '?') ? '&' : '?');
	if (a->service)
		add_param(&url, "service", pl_str_of(a->service));
	add_scopes(&url, scope);
	int rc = pl_buf_check(&url, "the URL for a token", err);
	if (rc < 0)
		return rc;
	url.p[--url.n] = '\0'; /* the last '&', or a '?' with nothing after it */
	rc = ask_token_server(r, h, url.p, NULL, l->basic, &resp, err);
	if (rc == 0 && resp.status == 200)
		rc = read_token(r, &resp, scope, ret, err);
	else if (rc == 0)
		rc = token_status(r, l, &resp, err);
	pl_http_response_done(&resp);
	return rc;
}

/* Fetches a token for asked (our scopes and perhaps the challenge's) and keeps it under scope.
 * auth.lock is held. */
static int fetch_token(struct registry_repo *r, struct registry_handle *h, const char *scope,
		       const char *asked, char **ret, struct pl_err *err)
{
	struct registry_auth *a = &r->at->auth;
	struct registry_token *t = NULL;
	struct registry_login *l;
	int rc = find_login(r, &l, err);
	if (rc == 0 && l->credentials.identity_token && !a->no_post)
		rc = fetch_by_post(r, h, l, asked, &t, err);
	if (rc == 0)
		rc = fetch_by_get(r, h, l, asked, &t, err);
	if (rc < 0)
		return rc;
	*ret = pl_xstrdup(t->authorization);
	free(t->scope);
	t->scope = pl_xstrdup(scope);
	keep_token(a, t);
	return 1;
}

int pl_registry_authorize(struct registry_repo *r, struct registry_handle *h, const char *scope,
			  char **ret, struct pl_err *err)
{
	struct registry_auth *a = &r->at->auth;
	struct registry_login *l;
	int rc = 0;
	pthread_mutex_lock(&a->lock);
	if (a->known && a->scheme == PL_AUTH_BASIC) {
		rc = find_login(r, &l, err);
		if (rc == 0 && l->basic) {
			*ret = pl_xstrdup(l->basic);
			rc = 1;
		}
	} else if (a->known) {
		const struct registry_token *good = find_token(a, scope);
		if (good) {
			*ret = pl_xstrdup(good->authorization);
			rc = 1;
		} else {
			rc = fetch_token(r, h, scope, scope, ret, err);
		}
	}
	pthread_mutex_unlock(&a->lock);
	return rc;
}

/* Keeps where tokens come from, if it is a place that credentials may be sent to. */
static int learn_challenge(struct registry_repo *r, const struct pl_challenge *c,
			   struct pl_err *err)
{
	struct registry_auth *a = &r->at->auth;
	if (c->scheme == PL_AUTH_BEARER && !pl_url_allowed(r->at->host, c->realm)) {
		char shown[120];
		return pl_fail(err, PL_AUTH,
			       "%s: wants credentials sent to '%s', which is neither https nor "
			       "this machine, or is a link-local address; refused",
			       r->repo.name,
			       pl_escape(shown, sizeof(shown), c->realm, strcspn(c->realm, "?")));
	}
	free(a->realm);
	free(a->service);
	a->realm = c->realm ? pl_xstrdup(c->realm) : NULL;
	if (a->realm)
		a->realm[strcspn(a->realm, "#")] = '\0';
	a->service = c->service ? pl_xstrdup(c->service) : NULL;
	a->scheme = c->scheme;
	a->known = true;
	return 0;
}

/* Our scopes, and the challenge's where it names others. */
static char *merge_scopes(const char *ours, const char *theirs)
{
	PL_AUTO(buf) b = {.max = 16384};
	struct pl_str rest = pl_str_of(theirs ? theirs : "");
	pl_buf_adds(&b, ours);
	while (rest.p) {
		struct pl_str one = pl_str_cut(&rest, ' ');
		if (one.n && !memmem(ours, strlen(ours), one.p, one.n)) {
			pl_buf_addc(&b, ' ');
			pl_buf_addstr(&b, one);
		}
	}
	return pl_buf_take(&b);
}

int pl_registry_challenged(struct registry_repo *r, struct registry_handle *h, const char *scope,
			   const char *used, const struct pl_http_response *resp, char **ret,
			   struct pl_err *err)
{
	struct registry_auth *a = &r->at->auth;
	PL_AUTO(arena) arena = {0};
	struct pl_challenge c = {0};
	if (!resp->www_authenticate ||
	    !pl_challenge_parse(&arena, (const char *const *)resp->www_authenticate, &c))
		return 0;
	pthread_mutex_lock(&a->lock);
	int rc = learn_challenge(r, &c, err);
	const struct registry_token *t = find_token(a, scope);
	struct registry_login *l;
	if (rc == 0 && c.scheme == PL_AUTH_BASIC) {
		rc = find_login(r, &l, err);
		if (rc == 0 && l->basic && !(used && strcmp(used, l->basic) == 0)) {
			*ret = pl_xstrdup(l->basic);
			rc = 1;
		}
	} else if (rc == 0 && t && !(used && strcmp(used, t->authorization) == 0)) {
		*ret = pl_xstrdup(t->authorization); /* another thread was faster */
		rc = 1;
	} else if (rc == 0) {
		char *asked = merge_scopes(scope, c.scope);
		rc = fetch_token(r, h, scope, asked, ret, err);
		free(asked);
	}
	pthread_mutex_unlock(&a->lock);
	return rc;
}
