// SPDX-License-Identifier: Apache-2.0
/* Getting files off mirrors. What comes is checked by those who ask. */
#include "base/file.h"
#include "debian/archive/index_int.h"
#include "io/http.h"

void pl_archive_init(struct pl_archive *a, const struct pl_env *env)
{
	*a = (struct pl_archive){.env = env};
	a->http = pl_xcalloc(env->jobs, sizeof(*a->http));
	pthread_mutex_init(&a->lock, NULL);
}

void pl_archive_done(struct pl_archive *a)
{
	for (unsigned i = 0; a->http && i < a->env->jobs; i++)
		pl_http_free(a->http[i]);
	if (a->http) {
		pthread_mutex_destroy(&a->lock);
		pl_map_done(&a->silent);
	}
	free(a->http);
	a->http = NULL;
}

bool pl_uri_is_file(const char *uri) { return pl_str_starts(pl_str_of(uri), "file:"); }

/* "file:///srv/debian" and "file:/srv/debian" are the same directory. */
static char *file_path(const char *uri, const char *path)
{
	const char *dir = uri + strlen("file:");
	while (dir[0] == '/' && dir[1] == '/')
		dir++;
	return pl_path_join(dir, path);
}

/* As apt makes a URL of a Filename: a percent sign there is one of the file's name. */
static char *url_of(const char *uri, const char *path)
{
	PL_AUTO(buf) b = {0};
	pl_buf_addf(&b, "%s/", uri);
	for (; *path; path++) {
		if (*path == '%')
			pl_buf_adds(&b, "%25");
		else
			pl_buf_addc(&b, *path);
	}
	return pl_buf_take(&b);
}

static struct pl_http *handle(struct pl_archive *a, unsigned worker)
{
	if (!a->http[worker])
		a->http[worker] = pl_http_new(a->env);
	return a->http[worker];
}

static int check_status(const struct pl_http_response *resp, const char *url, struct pl_err *err)
{
	const int status = resp->status;
	char later[64];
	if (status >= 200 && status < 300)
		return 0;
	return pl_fail(err, status == 404 || status == 410 ? PL_NOT_FOUND : PL_REMOTE,
		       "%s: HTTP status %d%s", url, status, pl_http_later(resp, later));
}

int pl_archive_read(struct pl_archive *a, unsigned worker, const char *uri, const char *path,
		    uint64_t max, struct pl_buf *ret, struct pl_err *err)
{
	if (pl_uri_is_file(uri)) {
		PL_AUTOFREE char *file = file_path(uri, path);
		return pl_file_read(file, max, ret, err);
	}
	/* A cache on the way must ask the mirror: an old InRelease beside new indexes is no use. */
	const struct pl_http_header headers[] = {{"Cache-Control", "max-age=0"}};
	PL_AUTOFREE char *url = url_of(uri, path);
	struct pl_http_request req = {.method = "GET",
				      .url = url,
				      .headers = headers,
				      .n_headers = 1,
				      .max_body = max,
				      .allow_http = true};
	PL_AUTO(http_response) resp = {0};
	int rc = pl_http_do_retry(handle(a, worker), &req, &resp, err);
	if (rc == 0)
		rc = check_status(&resp, url, err);
	if (rc == 0)
		pl_buf_addstr(ret, pl_buf_str(&resp.body));
	return rc;
}

static int store_from_file(const char *uri, const char *path, struct pl_sink *sink,
			   struct pl_err *err)
{
	PL_AUTOFREE char *file = file_path(uri, path);
	PL_AUTO_FREE(source) in = NULL;
	if (!pl_file_exists(file))
		return pl_fail(err, PL_NOT_FOUND, "%s: no such file", file);
	int rc = pl_source_file(file, &in, err);
	return rc < 0 ? rc : pl_copy(in, sink, NULL, err);
}

int pl_archive_store(struct pl_archive *a, unsigned worker, const char *uri, const char *path,
		     uint64_t size, const struct pl_digest *sha256, struct pl_store *store,
		     void (*on_bytes)(void *ctx, uint64_t n), void *ctx, struct pl_err *err)
{
	PL_AUTOFREE char *url = url_of(uri, path);
	uint64_t until = pl_http_budget(a->env);
	for (unsigned attempt = 0;; attempt++) {
		PL_AUTO_FREE(sink) sink = NULL;
		PL_AUTO(http_response) resp = {0};
		*err = (struct pl_err){0};
		int rc = pl_store_writer(store, PL_STORE_INPUTS, size, sha256, NULL, NULL, &sink,
					 err);
		if (rc < 0)
			return rc;
		if (pl_uri_is_file(uri)) {
			rc = store_from_file(uri, path, sink, err);
		} else {
			struct pl_http_request req = {.method = "GET",
						      .url = url,
						      .max_body = size ? size : 1,
						      .allow_http = true,
						      .on_bytes = on_bytes,
						      .on_bytes_ctx = ctx};
			rc = pl_http_do(handle(a, worker), &req, sink, &resp, err);
			until += pl_http_content_ns(handle(a, worker));
			if ((rc < 0 || resp.status >= 400) && rc != -PL_LIMIT &&
			    pl_http_backoff(a->env, rc, &resp, err, attempt, until))
				continue;
			if (rc == 0)
				rc = check_status(&resp, url, err);
		}
		/* More bytes than signed for: the file is another one. */
		if (rc == -PL_LIMIT)
			return pl_fail(err, PL_VERIFY, "%s: larger than the %llu bytes signed for",
				       url, (unsigned long long)size);
		if (rc == 0)
			rc = pl_sink_finish(sink, err);
		if (rc < 0 && !strstr(err->msg, url))
			(void)pl_ctx(err, "%s", url);
		return rc;
	}
}

void pl_tries_done(struct pl_tries *t)
{
	pl_buf_done(&t->text);
	pl_map_done(&t->tried);
}

static bool is_silent(struct pl_archive *a, const char *uri)
{
	pthread_mutex_lock(&a->lock);
	bool silent = pl_map_has(&a->silent, pl_str_of(uri));
	pthread_mutex_unlock(&a->lock);
	return silent;
}

const char *pl_tries_next(struct pl_tries *t)
{
	const char *next = t->first && !is_silent(t->archive, t->first) ? t->first : NULL;
	if (next && pl_map_has(&t->tried, pl_str_of(next)))
		next = NULL;
	for (int silent = 0; silent <= 1 && !next; silent++)
		for (const char *const *uri = t->uris; *uri && !next; uri++)
			if (!pl_map_has(&t->tried, pl_str_of(*uri)) &&
			    (silent || !is_silent(t->archive, *uri)))
				next = *uri;
	if (next)
		pl_map_put(&t->tried, pl_str_of(next), t);
	return next;
}

/* Which of several mirrors' errors gives the code: a failed verification says most, "it is not
 * there" least. */
static int weight(enum pl_code c) { return c == PL_VERIFY ? 3 : c == PL_NOT_FOUND ? 1 : 2; }

bool pl_tries_note(struct pl_tries *t, const char *uri, const struct pl_err *err)
{
	t->text.max = 4096;
	if (err->code == PL_REMOTE && !t->archive->env->offline) {
		pthread_mutex_lock(&t->archive->lock);
		pl_map_put(&t->archive->silent, pl_str_of(uri), t->archive);
		pthread_mutex_unlock(&t->archive->lock);
	}
	pl_buf_adds(&t->text, t->n ? "; " : "");
	if (!strstr(err->msg, uri)) /* many messages begin with the address */
		pl_buf_addf(&t->text, "%s: ", uri);
	pl_buf_adds(&t->text, err->msg);
	if (!t->n || weight(err->code) > weight(t->code))
		t->code = err->code;
	t->n++;
	return !pl_must_end(err->code) && err->code != PL_SYS && err->code != PL_BUSY;
}

int pl_tries_fail(const struct pl_tries *t, const char *what, struct pl_err *err)
{
	*err = (struct pl_err){0};
	return pl_fail(err, t->n ? t->code : PL_FAILURE, "%s: %s", what, pl_buf_str(&t->text).p);
}
