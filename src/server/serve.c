// SPDX-License-Identifier: Apache-2.0
/*
 * The HTTP library's side: bodies into capped buffers (never the library's form parser, which had
 * CVE-2023-27371), who may write, answers out, one line a request for the log.
 */
#include "server/listen_int.h"
#include "server/server.h"
#include "server/server_int.h"

#include "base/clock.h"
#include "base/num.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 256
#define IDLE_S 30
#define DRAIN_MS 5000

struct server {
	const struct pl_env *env;
	struct pl_env calm; /* env without its stop: requests under way are finished */
	const struct pl_serve_options *o;
	struct pl_tokens tokens;
	bool open_writes; /* no tokens, but only this machine can reach us */
	pthread_mutex_t lock;
	PL_VEC(struct pl_inv *) idle; /* connections to the database not in use */
	atomic_uint active;           /* requests between their first byte and their answer */
};

/* One request's state, from its first line to its completion. */
struct call {
	struct pl_arena arena;
	char *raw;          /* the target as sent */
	struct pl_buf body; /* .max is the limit */
	uint64_t swallowed; /* bytes over the limit, read only to be able to answer */
	uint64_t begin_ns;
	bool begun;
	const char *method; /* a literal */
	unsigned status;
	uint64_t bytes;
};

static int take_inv(struct server *s, struct pl_inv **ret, struct pl_err *err)
{
	*ret = NULL;
	pthread_mutex_lock(&s->lock);
	if (s->idle.n)
		*ret = s->idle.v[--s->idle.n];
	pthread_mutex_unlock(&s->lock);
	return *ret ? 0 : pl_inv_open(&s->calm, s->o->db, ret, err);
}

static void give_inv(struct server *s, struct pl_inv *inv)
{
	pthread_mutex_lock(&s->lock);
	*pl_vec_push(&s->idle) = inv;
	pthread_mutex_unlock(&s->lock);
}

static const char *request_header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static void add_header(struct MHD_Response *r, const char *name, const char *value)
{
	if (value)
		(void)MHD_add_response_header(r, name, value);
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct call *call,
				   struct pl_answer *answer)
{
	size_t n = answer->body.n;
	call->status = answer->status;
	call->bytes = n;
	struct MHD_Response *r =
		n ? MHD_create_response_from_buffer(n, pl_buf_take(&answer->body),
						    MHD_RESPMEM_MUST_FREE)
		  : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	if (!r)
		return MHD_NO;
	if (n)
		add_header(r, "Content-Type", answer->content_type);
	add_header(r, "Location", answer->location);
	add_header(r, "Allow", answer->allow);
	add_header(r, "Cache-Control", "no-cache");
	add_header(r, "X-Content-Type-Options", "nosniff");
	if (answer->etag)
		add_header(r, "ETag", pl_arena_printf(&call->arena, "\"%s\"", answer->etag));
	if (answer->status == 401)
		add_header(r, "WWW-Authenticate", "Bearer realm=\"plimsoll\"");
	if (answer->status == 503)
		add_header(r, "Retry-After", "5");
	enum MHD_Result done = MHD_queue_response(c, answer->status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result send_problem(struct MHD_Connection *c, struct call *call, unsigned status,
				    const char *detail)
{
	struct pl_answer answer = {0};
	pl_answer_problem(&answer, status, detail);
	enum MHD_Result done = send_answer(c, call, &answer);
	pl_buf_done(&answer.body);
	return done;
}

/* GET also for HEAD; PL_METHODS for what no path knows. */
static enum pl_method method_of(const char *name)
{
	if (strcmp(name, "HEAD") == 0)
		return PL_GET;
	size_t m = 0;
	while (m < PL_METHODS && strcmp(name, pl_method_names[m]) != 0)
		m++;
	return (enum pl_method)m;
}

static bool is_json(const char *type)
{
	struct pl_str rest = pl_str_of(type);
	struct pl_str kind = pl_str_trim(pl_str_cut(&rest, ';'));
	return kind.n == 16 && strncasecmp(kind.p, "application/json", 16) == 0;
}

/* A web page in a browser on this machine can reach a loopback listener; it cannot name it so. */
static bool local_host(const char *host)
{
	struct pl_str s = pl_str_of(host);
	size_t colon = pl_str_rfind(s, ':');
	if (colon != SIZE_MAX && !pl_str_ends(s, "]"))
		s = pl_str_sub(s, 0, colon);
	return pl_str_is(s, "localhost") || pl_str_is(s, "[::1]") || pl_str_starts(s, "127.");
}

/* What is refused before the body is read: 0 or a status with its text. */
static unsigned refuse_early(struct server *s, struct MHD_Connection *c, enum pl_method m,
			     uint64_t limit, const char **ret_detail)
{
	const char *length = request_header(c, "Content-Length");
	uint64_t n;
	bool writes = m == PL_POST || m == PL_PUT || m == PL_DELETE;
	if (writes && s->tokens.n &&
	    !pl_tokens_accept(&s->tokens, request_header(c, "Authorization"))) {
		*ret_detail =
			"writing needs a header 'Authorization: Bearer TOKEN' with one of the "
			"tokens of the server's --token-file";
		return 401;
	}
	if (writes && !s->tokens.n && !(s->open_writes && local_host(request_header(c, "Host")))) {
		*ret_detail =
			"this server takes writes from other machines only with tokens; start "
			"it with --token-file";
		return 403;
	}
	if ((m == PL_POST || m == PL_PUT) && !is_json(request_header(c, "Content-Type"))) {
		*ret_detail = "the body must be JSON with 'Content-Type: application/json'";
		return 415;
	}
	if (length && pl_parse_u64(pl_str_of(length), UINT64_MAX, &n) && n > limit) {
		*ret_detail = "the body is larger than this server takes";
		return 413;
	}
	return 0;
}

static enum MHD_Result respond(struct server *s, struct MHD_Connection *c, struct call *call,
			       const char *method)
{
	struct pl_err err = {0};
	struct pl_answer answer = {0};
	struct pl_request rq = {
		.env = &s->calm,
		.arena = &call->arena,
		.method = method_of(method),
		.body = pl_buf_str(&call->body),
		.if_match = request_header(c, "If-Match"),
		.if_none_match = request_header(c, "If-None-Match"),
	};
	int rc = pl_request_target_parse(&call->arena, pl_str_of(call->raw), &rq.target, &err);
	if (rc < 0) {
		pl_answer_problem(&answer, 400, err.msg);
	} else if (rq.method == PL_METHODS) {
		pl_answer_problem(&answer, 405,
				  "only GET, HEAD, POST, PUT and DELETE are answered");
		answer.allow = rq.target.route ? pl_route_allow(rq.target.route, &call->arena)
					       : "GET, HEAD";
	} else if (take_inv(s, &rq.inv, &err) < 0) {
		/* Whatever keeps us from our database is no fault of the request. */
		pl_answer_problem(&answer, err.code == PL_BUSY ? 503 : 500, err.msg);
	} else {
		pl_answer_make(&rq, &answer);
		give_inv(s, rq.inv);
	}
	enum MHD_Result done = send_answer(c, call, &answer);
	pl_buf_done(&answer.body);
	return done;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_size, void **state)
{
	struct server *s = cls;
	struct call *call = *state;
	(void)url;
	(void)version;
	if (!call->begun) {
		const char *detail = NULL;
		enum pl_method m = method_of(method);
		call->begun = true;
		call->method = strcmp(method, "HEAD") == 0 ? "HEAD"
			       : m < PL_METHODS            ? pl_method_names[m]
							   : "other";
		atomic_fetch_add(&s->active, 1);
		unsigned status = refuse_early(s, c, m, call->body.max, &detail);
		return status ? send_problem(c, call, status, detail) : MHD_YES;
	}
	if (*data_size) {
		pl_buf_add(&call->body, data, *data_size);
		if (call->body.overflow)
			call->swallowed += *data_size;
		*data_size = 0;
		/* Somebody who goes on and on gets no answer. */
		return call->swallowed > 2 * call->body.max ? MHD_NO : MHD_YES;
	}
	if (call->body.overflow)
		return send_problem(c, call, 413, "the body is larger than this server takes");
	return respond(s, c, call, method);
}

/* The library splits and decodes the target its own way; we take it as it was sent. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct server *s = cls;
	struct call *call = pl_xcalloc(1, sizeof(*call));
	(void)c;
	call->raw = pl_xstrdup(uri);
	call->begin_ns = pl_mono_ns();
	call->body.max = (size_t)s->env->limits->json_bytes;
	return call;
}

static void log_call(struct server *s, struct MHD_Connection *c, const struct call *call)
{
	char path[512], host[48] = "?";
	const union MHD_ConnectionInfo *who =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (who && who->client_addr) {
		socklen_t n = who->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								      : sizeof(struct sockaddr_in);
		if (getnameinfo(who->client_addr, n, host, sizeof(host), NULL, 0, NI_NUMERICHOST))
			snprintf(host, sizeof(host), "?");
	}
	pl_escape(path, sizeof(path), call->raw, strlen(call->raw));
	pl_note(s->env, "access client=%s method=%s target=\"%s\" status=%u bytes=%llu ms=%.1f",
		host, call->method, path, call->status, (unsigned long long)call->bytes,
		(double)(pl_mono_ns() - call->begin_ns) / 1e6);
}

static void on_completed(void *cls, struct MHD_Connection *c, void **state,
			 enum MHD_RequestTerminationCode why)
{
	struct server *s = cls;
	struct call *call = *state;
	(void)why;
	if (!call)
		return;
	if (call->begun) {
		log_call(s, c, call);
		atomic_fetch_sub(&s->active, 1);
	}
	pl_arena_done(&call->arena);
	pl_buf_done(&call->body);
	free(call->raw);
	free(call);
	*state = NULL;
}

/* Ours, in respond: the library's would change '+' in versions. */
static size_t no_unescape(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

static int serve_until_stopped(struct server *s, int fd, const char *bound, struct pl_err *err)
{
	unsigned threads = s->env->jobs < 2 ? 2 : s->env->jobs > 8 ? 8 : s->env->jobs;
	struct MHD_Daemon *d = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, s,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, threads,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)64 << 10,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, s, MHD_OPTION_UNESCAPE_CALLBACK,
		no_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_END);
	if (!d) {
		close(fd);
		return pl_fail_sys(err, errno, "cannot start serving on %s", bound);
	}
	if (s->o->on_ready)
		s->o->on_ready(s->o->ctx, bound);
	pl_note(s->env, "serving on http://%s", bound);
	const struct timespec tick = {.tv_nsec = 50000000};
	while (!s->env->stop || !atomic_load(s->env->stop))
		nanosleep(&tick, NULL);
	/* New connections are refused, requests under way are answered, idle ones closed. */
	int listening = MHD_quiesce_daemon(d);
	if (listening >= 0)
		close(listening);
	for (int waited = 0; atomic_load(&s->active) && waited < DRAIN_MS; waited += 50)
		nanosleep(&tick, NULL);
	MHD_stop_daemon(d);
	return 0;
}

int pl_serve(const struct pl_env *env, const struct pl_serve_options *o, struct pl_err *err)
{
	struct server s = {.env = env, .calm = *env, .o = o, .lock = PTHREAD_MUTEX_INITIALIZER};
	struct pl_inv *first = NULL;
	char bound[80] = "";
	bool loopback = false;
	int fd = -1;
	int rc = 0;

	s.calm.stop = NULL;
	if (o->token_file)
		rc = pl_tokens_load(o->token_file, &s.tokens, err);
	if (rc == 0)
		rc = take_inv(&s, &first, err);
	if (rc == 0) {
		give_inv(&s, first);
		rc = pl_listen(o->listen ? o->listen : "127.0.0.1:8077", &fd, bound, &loopback,
			       err);
	}
	s.open_writes = loopback;
	if (rc == 0)
		rc = serve_until_stopped(&s, fd, bound, err);
	for (size_t i = 0; i < s.idle.n; i++)
		pl_inv_free(s.idle.v[i]);
	pl_vec_free(&s.idle);
	pl_tokens_done(&s.tokens);
	pthread_mutex_destroy(&s.lock);
	return rc;
}
