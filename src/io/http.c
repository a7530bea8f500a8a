// SPDX-License-Identifier: Apache-2.0
/* One request over libcurl. Redirects are followed here and not by libcurl, because what may be
 * sent where is ours to decide (trap 6). */
#include "io/http_int.h"

#include "base/clock.h"
#include "io/stream_int.h"

#include <assert.h>
#include <strings.h>

/* libcurl itself gives up at 300 KiB, without saying so in its code. */
#define HEADERS_MAX ((uint64_t)256 << 10)

/* One request with its answer, over all redirects. */
struct exchange {
	struct pl_http *h;
	const struct pl_http_request *req;
	struct pl_sink *sink;
	struct pl_http_response resp;
	struct pl_http_pace pace;
	uint64_t max_body, body_bytes, header_bytes, sent, deadline;
	bool cut;   /* an error's body was longer than is kept: enough of it is there */
	int failed; /* a callback's result, with err set */
	struct pl_err *err;
	const char *host;
};

int pl_http_global_init(struct pl_err *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return pl_fail(err, PL_FAILURE, "libcurl cannot be initialised");
	return 0;
}

void pl_http_global_done(void) { curl_global_cleanup(); }

struct pl_http *pl_http_new(const struct pl_env *env)
{
	struct pl_http *h = pl_xcalloc(1, sizeof(*h));
	h->env = env;
	h->easy = curl_easy_init();
	if (!h->easy)
		abort(); /* only for want of memory */
	return h;
}

void pl_http_free(struct pl_http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->easy);
	free(h);
}

uint64_t pl_http_content_ns(const struct pl_http *h)
{
	const uint64_t took = h->ended_ns - h->began_ns;
	const uint64_t stalled = h->env->limits->stall_s * 1000000000u;
	if (h->complete)
		return took;
	return h->moved && took > stalled ? took - stalled : 0;
}

/* ---- callbacks: each ends the transfer by failing ---- */

static size_t on_header(char *p, size_t one, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	long status = 0;
	(void)one;
	curl_easy_getinfo(x->h->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && (*p == '\r' || *p == '\n')) /* not after a 1xx: that is no answer */
		pl_http_pace_content(&x->pace);
	uint64_t max = x->h->env->limits->header_bytes;
	if (max > HEADERS_MAX)
		max = HEADERS_MAX;
	x->header_bytes += n;
	if (x->header_bytes > max) {
		x->failed = pl_fail(x->err, PL_LIMIT, "%s: more than %llu bytes of HTTP headers",
				    x->host, (unsigned long long)max);
		return 0;
	}
	return n;
}

static void count_content(struct exchange *x, uint64_t n)
{
	x->pace.bytes += n;
	x->h->moved += n;
	if (x->req->on_bytes)
		x->req->on_bytes(x->req->on_bytes_ctx, n);
}

static size_t on_body(char *p, size_t one, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	long status = 0;
	curl_off_t length = -1;
	(void)one;
	curl_easy_getinfo(x->h->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	x->body_bytes += n;
	count_content(x, n);
	if (status < 200 || status > 299) {
		x->resp.body.max = PL_HTTP_ERROR_BODY;
		size_t room = PL_HTTP_ERROR_BODY - x->resp.body.n;
		pl_buf_add(&x->resp.body, p, n < room ? n : room);
		x->cut = n > room;
		return x->cut ? 0 : n;
	}
	if (x->body_bytes > x->max_body || (length > 0 && (uint64_t)length > x->max_body)) {
		x->failed = pl_fail(x->err, PL_LIMIT, "%s: the answer is larger than %llu bytes",
				    x->host, (unsigned long long)x->max_body);
		return 0;
	}
	if (x->sink) {
		const uint64_t begun = pl_mono_ns();
		x->failed = pl_sink_write(x->sink, p, n, x->err);
		x->pace.since_ns += pl_mono_ns() - begun;
	} else {
		x->resp.body.max = (size_t)x->max_body;
		pl_buf_add(&x->resp.body, p, n);
		x->failed = pl_buf_check(&x->resp.body, x->host, x->err);
	}
	return x->failed < 0 ? 0 : n;
}

/* Up to n bytes of what is sent; as pl_source_read, but never 0. */
static int64_t read_body(struct exchange *x, char *p, size_t n)
{
	uint64_t left = x->req->body_size - x->sent;
	char probe;
	int64_t k = pl_source_read(x->req->body, p, n < left ? n : (size_t)left, x->err);
	if (k > 0 && (uint64_t)k == left) {
		/* Before the last bytes leave, the source must have been verified. */
		int64_t end = pl_source_read(x->req->body, &probe, 1, x->err);
		k = end < 0 ? end : k;
		if (end > 0)
			k = pl_fail(x->err, PL_INPUT, "%s: what is sent is larger than announced",
				    x->host);
	} else if (k == 0) {
		k = pl_fail(x->err, PL_INPUT, "%s: what is sent is smaller than announced",
			    x->host);
	}
	return k;
}

static size_t on_send(char *p, size_t one, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	if (x->sent == x->req->body_size || !one || !n)
		return 0;
	if (!x->sent)
		pl_http_pace_content(&x->pace);
	const uint64_t begun = pl_mono_ns();
	int64_t k = read_body(x, p, one * n);
	x->pace.since_ns += pl_mono_ns() - begun;
	if (k < 0) {
		x->failed = (int)k;
		return CURL_READFUNC_ABORT;
	}
	x->sent += (uint64_t)k;
	count_content(x, (uint64_t)k);
	if (x->sent == x->req->body_size)
		pl_http_pace_wait(&x->pace, x->sent);
	return (size_t)k;
}

static int on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct exchange *x = ctx;
	(void)origin;
	return x->sent == 0 && offset == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct exchange *x = ctx;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (x->failed == 0) /* not over what another callback said */
		x->failed = pl_env_check(x->h->env, x->err);
	if (x->failed == 0)
		x->failed = pl_http_pace_check(&x->pace, x->host, x->err);
	return x->failed < 0;
}

/* ---- options ---- */

#define SET(option, value) (ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK)

static bool set_general(struct exchange *x, const struct pl_url *to)
{
	CURL *easy = x->h->easy;
	bool ok = true;
	uint64_t now = pl_mono_ns();
	const char *ca = pl_environ("SSL_CERT_FILE");
	curl_easy_reset(easy); /* keeps connections */
	SET(CURLOPT_URL, to->full);
	SET(CURLOPT_PROTOCOLS_STR, "http,https"); /* which of them: pl_http_url_parse */
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_ERRORBUFFER, x->h->curl_text);
	SET(CURLOPT_USERAGENT, "plimsoll/" PLIMSOLL_VERSION);
#if LIBCURL_VERSION_NUM >= 0x075700
	SET(CURLOPT_QUICK_EXIT, 1L); /* or giving up waits for a name server that does not answer */
#endif
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)x->h->env->limits->stall_s * 500);
	if (x->deadline)
		SET(CURLOPT_TIMEOUT_MS,
		    x->deadline > now ? (long)((x->deadline - now) / 1000000u) + 1 : 1L);
	/* A digest is of the bytes as they are stored. */
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	/* Only a wish: libcurl 7.88 refuses it on a handle whose last transfer failed early. */
	(void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	if (ca)
		SET(CURLOPT_CAINFO, ca);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2); /* or newer */
	/* Proxies are libcurl's affair (http_proxy and its kin), but no proxy reaches this machine.
	 */
	if (pl_host_is_loopback(pl_str_of(to->host)))
		SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, x);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, x);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, x);
	return ok;
}

static bool set_method(struct exchange *x)
{
	CURL *easy = x->h->easy;
	const struct pl_http_request *req = x->req;
	bool ok = true;
	if (!strcmp(req->method, "HEAD")) {
		SET(CURLOPT_NOBODY, 1L);
		return ok;
	}
	if (req->body) {
		SET(CURLOPT_UPLOAD, 1L);
		(void)curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
		SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)req->body_size);
		SET(CURLOPT_READFUNCTION, on_send);
		SET(CURLOPT_READDATA, x);
		SET(CURLOPT_SEEKFUNCTION, on_seek);
		SET(CURLOPT_SEEKDATA, x);
	} else if (req->method[0] == 'P') { /* POST, PUT, PATCH: with Content-Length: 0 */
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
		SET(CURLOPT_POSTFIELDS, "");
	} else {
		SET(CURLOPT_HTTPGET, 1L);
	}
	SET(CURLOPT_CUSTOMREQUEST, req->method);
	return ok;
}

static bool add_line(struct curl_slist **list, const char *name, const char *value)
{
	/* A header without text needs a semicolon, or libcurl leaves it out. */
	PL_AUTOFREE char *line =
		*value ? pl_xprintf("%s: %s", name, value) : pl_xprintf("%s;", name);
	struct curl_slist *more = curl_slist_append(*list, line);
	if (more)
		*list = more;
	return more;
}

/* The value may be a secret: it is never part of an error. */
static int check_header(const char *name, const char *value, struct pl_err *err)
{
	if (strpbrk(name, "\r\n: ") || strpbrk(value, "\r\n"))
		return pl_fail(err, PL_INPUT, "an HTTP header with a line break in it");
	return 0;
}

static int set_headers(struct exchange *x, bool authorized, struct curl_slist **list)
{
	const struct pl_http_request *req = x->req;
	CURL *easy = x->h->easy;
	bool typed = false, ok = true;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < req->n_headers; i++) {
		const struct pl_http_header *h = &req->headers[i];
		assert(strcasecmp(h->name, "Authorization") != 0);
		typed = typed || !strcasecmp(h->name, "Content-Type");
		rc = check_header(h->name, h->value, x->err);
		ok = ok && add_line(list, h->name, h->value);
	}
	if (rc == 0 && req->authorization && authorized) {
		rc = check_header("Authorization", req->authorization, x->err);
		ok = ok && add_line(list, "Authorization", req->authorization);
	}
	if (rc < 0)
		return rc;
	struct curl_slist *more = curl_slist_append(*list, "Expect:"); /* costs a second, or more */
	if (more && !typed) {
		*list = more;
		more = curl_slist_append(more, "Content-Type:"); /* libcurl's guess for POST */
	}
	if (!more || !ok)
		abort(); /* only for want of memory */
	*list = more;
	SET(CURLOPT_HTTPHEADER, more);
	return ok ? 0 : pl_fail(x->err, PL_FAILURE, "this libcurl lacks an option");
}

/* ---- one exchange ---- */

static int transfer_error(struct exchange *x, CURLcode code)
{
	const char *text = x->h->curl_text[0] ? x->h->curl_text : curl_easy_strerror(code);
	if (x->failed < 0)
		return pl_stream_ctx(x->err, x->host);
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return pl_fail(x->err, PL_VERIFY, "%s: %s", x->host, text);
#if LIBCURL_VERSION_NUM >= 0x080600
	case CURLE_TOO_LARGE:
#endif
	case CURLE_OUT_OF_MEMORY: /* libcurl's word, before 8.6, for a header line over its own
				     ceiling */
		return pl_fail(x->err, PL_LIMIT, "%s: an answer that is too large: %s", x->host,
			       text);
	case CURLE_OPERATION_TIMEDOUT:
		return pl_fail(x->err, PL_REMOTE, "%s: no complete answer in time: %s", x->host,
			       text);
	default:
		return pl_fail(x->err, PL_REMOTE, "%s: %s", x->host, text);
	}
}

static int one_hop(struct exchange *x, const struct pl_url *to, bool authorized)
{
	struct curl_slist *headers = NULL;
	struct pl_http_response fresh = {.content_length = UINT64_MAX, .retry_after_s = -1};
	pl_http_response_done(&x->resp);
	x->resp = fresh;
	x->header_bytes = x->body_bytes = 0;
	x->cut = false;
	x->host = to->host;
	x->h->curl_text[0] = '\0';
	x->pace.limits = x->h->env->limits;
	pl_http_pace_wait(&x->pace, 0);
	int rc = set_general(x, to) && set_method(x)
			 ? set_headers(x, authorized, &headers)
			 : pl_fail(x->err, PL_FAILURE, "this libcurl lacks an option");
	if (rc == 0) {
		CURLcode code = curl_easy_perform(x->h->easy);
		if (code != CURLE_OK && !(x->cut && code == CURLE_WRITE_ERROR))
			rc = transfer_error(x, code);
	}
	if (rc == 0) {
		pl_http_response_read(&x->resp, x->h->easy, x->h->env);
		x->resp.effective_url = pl_xstrdup(to->text);
	}
	/* It must not outlive this function, and the handle would keep it. */
	curl_easy_setopt(x->h->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	return rc;
}

/* GET and HEAD only: a body cannot be sent twice, and what a POST would do elsewhere is for the
 * caller to say. */
static bool is_redirect(const struct exchange *x)
{
	int s = x->resp.status;
	return !x->req->no_redirect && x->resp.location &&
	       (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) &&
	       (!strcmp(x->req->method, "GET") || !strcmp(x->req->method, "HEAD"));
}

static int follow_redirects(struct exchange *x, struct pl_url *to)
{
	struct pl_url next = {0};
	bool authorized = true;
	for (int hop = 0;; hop++) {
		/* A registry on this machine is not the network; where it sends us may be. */
		if (x->h->env->offline && !pl_host_is_loopback(pl_str_of(to->host)))
			return pl_fail(x->err, PL_REMOTE, "%s: offline, and not in the store",
				       to->host);
		int rc = one_hop(x, to, authorized);
		if (rc < 0 || !is_redirect(x))
			return rc;
		if (hop == PL_HTTP_REDIRECTS) {
			return pl_fail(x->err, PL_REFUSED, "%s: more than %d redirects", x->host,
				       PL_HTTP_REDIRECTS);
		}
		rc = pl_http_url_follow(to, x->resp.location, x->req->allow_http, &next, x->err);
		if (rc < 0)
			return rc;
		/* Once gone it stays gone: a way back could be the other host's idea. */
		authorized = authorized && pl_url_origin_eq(to, &next);
		pl_url_done(to);
		*to = next;
	}
}

int pl_http_do(struct pl_http *h, const struct pl_http_request *req, struct pl_sink *sink,
	       struct pl_http_response *ret, struct pl_err *err)
{
	struct pl_url to = {0};
	struct exchange x = {
		.h = h,
		.req = req,
		.sink = sink,
		.max_body = req->max_body ? req->max_body : PL_HTTP_BODY,
		.err = err,
	};
	if (req->timeout_s)
		x.deadline = pl_mono_ns() + (uint64_t)req->timeout_s * 1000000000u;
	if (req->deadline_ns && (!x.deadline || req->deadline_ns < x.deadline))
		x.deadline = req->deadline_ns;
	h->began_ns = pl_mono_ns();
	h->moved = 0;
	int rc = pl_http_url_parse(req->url, req->allow_http, &to, err);
	if (rc == 0)
		rc = pl_env_check(h->env, err);
	if (rc == 0)
		rc = follow_redirects(&x, &to);
	pl_url_done(&to);
	h->ended_ns = pl_mono_ns();
	h->complete = rc == 0 && x.resp.status < 400;
	if (rc == 0)
		*ret = x.resp;
	else
		pl_http_response_done(&x.resp);
	return rc;
}
