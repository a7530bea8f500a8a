// SPDX-License-Identifier: Apache-2.0
/*
 * A request and its answer, from the HTTP library's side: judged by its head, the body into a
 * capped buffer (never the library's form parser, which had CVE-2023-27371), the answer out, one
 * line for the log.
 */
#include "server/serve_int.h"

#include "base/clock.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* One request's state, from its first line to its completion. */
struct call {
	struct pl_arena arena;
	char *raw; /* the target as sent */
	struct pl_request_target target;
	struct pl_buf body;                  /* .max is the limit */
	uint64_t swallowed;                  /* bytes not kept, read only to be able to answer */
	size_t body_charged, answer_charged; /* in the server's budgets */
	bool no_room;                        /* for the body */
	uint64_t begin_ns;
	bool begun;
	const char *method; /* a literal */
	unsigned status;
	uint64_t bytes;
};

/* May a body be n bytes long, of which *charged are counted already? Counts the rest. */
static bool take_budget(struct pl_body_budget *b, size_t n, size_t *charged)
{
	size_t held = atomic_load(&b->held);
	if (n <= PL_BUDGET_FREE || n <= *charged)
		return true;
	size_t more = n - *charged;
	do {
		/* One alone may be larger than all may be together: nobody waits for ever. */
		if (held > *charged && (held > b->max || more > b->max - held))
			return false;
	} while (!atomic_compare_exchange_weak(&b->held, &held, held + more));
	*charged = n;
	return true;
}

static void give_budget(struct pl_body_budget *b, size_t *charged)
{
	atomic_fetch_sub(&b->held, *charged);
	*charged = 0;
}

static struct pl_conn *conn_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return i ? i->socket_context : NULL;
}

/* Like all that the library tells of a connection, to be copied before the next question. */
static int fd_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	return i ? i->connect_fd : -1;
}

static void enter_state(struct pl_server *s, struct MHD_Connection *c, enum pl_conn_state state)
{
	struct pl_conn *conn = conn_of(c);
	if (conn)
		pl_conn_enter(&s->conns, conn, state, pl_mono_ns());
}

static void add_header(struct MHD_Response *r, const char *name, const char *value)
{
	if (value)
		(void)MHD_add_response_header(r, name, value);
}

static enum MHD_Result queue_answer(struct MHD_Connection *c, struct call *call,
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
	/* Where a request ends may be what was wrong with it. */
	if (answer->status == 400 || answer->status == 501)
		add_header(r, "Connection", "close");
	enum MHD_Result done = MHD_queue_response(c, answer->status, r);
	MHD_destroy_response(r);
	return done;
}

/* While a client takes its answer, that is all that is held for it. */
static enum MHD_Result send_answer(struct pl_server *s, struct MHD_Connection *c, struct call *call,
				   struct pl_answer *answer)
{
	if (!take_budget(&s->answers, answer->body.cap, &call->answer_charged))
		pl_answer_problem(answer, 503,
				  "the answers that wait for their clients fill what this server "
				  "may hold");
	if (answer->body.cap > PL_BUDGET_FREE && !call->answer_charged) {
		struct pl_buf small = {0};
		pl_buf_addstr(&small, pl_buf_str(&answer->body));
		pl_buf_done(&answer->body);
		answer->body = small;
	}
	enum MHD_Result done = queue_answer(c, call, answer);
	pl_buf_done(&answer->body);
	pl_buf_done(&call->body);
	give_budget(&s->requests, &call->body_charged);
	pl_arena_done(&call->arena);
	enter_state(s, c, PL_CONN_ANSWER);
	return done;
}

static enum MHD_Result send_problem(struct pl_server *s, struct MHD_Connection *c,
				    struct call *call, unsigned status, const char *detail)
{
	struct pl_answer answer = {0};
	pl_answer_problem(&answer, status, detail);
	return send_answer(s, c, call, &answer);
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

static const char *request_header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

struct head_reading {
	struct pl_head head;
	const char *end; /* of the header before */
	bool gap;
};

static enum MHD_Result read_header(void *cls, enum MHD_ValueKind kind, const char *name,
				   size_t name_size, const char *value, size_t value_size)
{
	struct head_reading *r = cls;
	(void)kind;
	if (!value || (r->end && (uintptr_t)name != (uintptr_t)r->end + 2) ||
	    (uintptr_t)value <= (uintptr_t)name + name_size) {
		r->gap = true;
	} else {
		for (const char *p = name + name_size + 1; p < value && !r->gap; p++)
			r->gap = *p != ' ' && *p != '\t';
	}
	r->end = value ? value + value_size : NULL;
	pl_head_add(&r->head, name, value ? value : "");
	return MHD_YES;
}

/*
 * Before 1.0 the library ends a head at a line without a name, a value at a NUL, and appends a
 * folded line (RFC 9112 5.2) to the name of its header, which then passes as another. Each leaves a
 * gap between what it cut out of the head; there is none where all are lines that end in CRLF.
 */
static bool is_without_gaps(struct MHD_Connection *c, const struct head_reading *r,
			    const char *begin)
{
	if (*MHD_get_version() != '0')
		return true;
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	return !r->gap &&
	       (!r->end || !i || (uintptr_t)r->end + 4 == (uintptr_t)begin + i->header_size);
}

static unsigned judge_head(struct pl_server *s, struct MHD_Connection *c, const struct call *call,
			   const char *method, const char *version, uint64_t *ret_length,
			   const char **ret_detail)
{
	struct head_reading r = {.head = {.method = method_of(method),
					  .target = call->raw,
					  .before_1_1 = strcmp(version, "HTTP/1.0") == 0}};
	char arrived[80];
	bool unused;
	if (s->admission.any_address && pl_socket_name(fd_of(c), arrived, &unused) == 0)
		r.head.arrived = arrived;
	(void)MHD_get_connection_values_n(c, MHD_HEADER_KIND, read_header, &r);
	/* The library gives us the method where it stands, at the head's beginning. */
	r.head.malformed = r.head.malformed || !is_without_gaps(c, &r, method);
	return pl_admit(&s->admission, &r.head, ret_length, ret_detail);
}

static enum MHD_Result respond(struct pl_server *s, struct MHD_Connection *c, struct call *call,
			       const char *method)
{
	struct pl_err err = {0};
	struct pl_answer answer = {0};
	struct pl_request rq = {
		.env = &s->calm,
		.arena = &call->arena,
		.method = method_of(method),
		.target = call->target,
		.body = pl_buf_str(&call->body),
		.if_match = request_header(c, "If-Match"),
		.if_none_match = request_header(c, "If-None-Match"),
	};
	bool writes = rq.method != PL_GET;
	enter_state(s, c, PL_CONN_WORK);
	if (writes && pl_mono_ns() < atomic_load(&s->held_until_ns)) {
		pl_answer_problem(&answer, 503, "another process holds the database");
	} else if (pl_server_take_inv(s, &rq.inv, &err) < 0) {
		/* Whatever keeps us from our database is no fault of the request. */
		pl_answer_problem(&answer, err.code == PL_BUSY ? 503 : 500, err.msg);
	} else {
		pl_answer_make(&rq, &answer);
		pl_server_give_inv(s, rq.inv);
		/* Each that waits in turn would keep all others of its thread from their answers.
		 */
		if (writes && answer.status == 503)
			atomic_store(&s->held_until_ns, pl_mono_ns() + PL_HELD_NS);
	}
	return send_answer(s, c, call, &answer);
}

/* What no path and method answers to needs neither body nor database. */
static enum MHD_Result refuse_route(struct pl_server *s, struct MHD_Connection *c,
				    struct call *call, enum pl_method m)
{
	struct pl_answer answer = {0};
	struct pl_request rq = {.arena = &call->arena, .method = m, .target = call->target};
	if (m == PL_METHODS) {
		pl_answer_problem(&answer, 405,
				  "only GET, HEAD, POST, PUT and DELETE are answered");
		answer.allow = rq.target.route ? pl_route_allow(rq.target.route, &call->arena)
					       : "GET, HEAD";
	} else {
		pl_answer_make(&rq, &answer);
	}
	return send_answer(s, c, call, &answer);
}

static enum MHD_Result begin_request(struct pl_server *s, struct MHD_Connection *c,
				     struct call *call, const char *method, const char *version)
{
	struct pl_err err = {0};
	enum pl_method m = method_of(method);
	const char *detail = NULL;
	uint64_t length = 0;
	call->begun = true;
	call->method = strcmp(method, "HEAD") == 0 ? "HEAD"
		       : m < PL_METHODS            ? pl_method_names[m]
						   : "other";
	atomic_fetch_add(&s->active, 1);
	if (atomic_load(&s->give_up))
		return MHD_NO;
	unsigned status = judge_head(s, c, call, method, version, &length, &detail);
	if (status)
		return send_problem(s, c, call, status, detail);
	if (pl_request_target_parse(&call->arena, pl_str_of(call->raw), &call->target, &err) < 0)
		return send_problem(s, c, call, 400, err.msg);
	if (m == PL_METHODS || !call->target.route || !call->target.route->handler[m])
		return refuse_route(s, c, call, m);
	if (length && length != UINT64_MAX) {
		call->body.max = (size_t)length;
		if (!take_budget(&s->requests, (size_t)length, &call->body_charged))
			return send_problem(s, c, call, 503, "too many bodies at once");
	}
	if (length)
		enter_state(s, c, PL_CONN_BODY);
	return MHD_YES;
}

/* Counts what the buffer will take, which doubles. */
static bool room_for(struct pl_server *s, struct call *call, size_t n)
{
	size_t need = call->body.n + n, want = 2 * PL_BUDGET_FREE;
	while (want < need)
		want *= 2;
	return take_budget(&s->requests,
			   need <= PL_BUDGET_FREE  ? need
			   : want > call->body.max ? call->body.max
						   : want,
			   &call->body_charged);
}

static enum MHD_Result take_body(struct pl_server *s, struct call *call, const char *data, size_t n)
{
	if (!call->no_room && !call->body.overflow && !room_for(s, call, n)) {
		call->no_room = true;
		pl_buf_done(&call->body);
		give_budget(&s->requests, &call->body_charged);
	}
	if (!call->no_room)
		pl_buf_add(&call->body, data, n);
	if (call->no_room || call->body.overflow)
		call->swallowed += n;
	/* Somebody who goes on and on gets no answer. */
	return call->swallowed > 2 * (uint64_t)call->body.max ? MHD_NO : MHD_YES;
}

enum MHD_Result pl_on_request(void *cls, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *data_size, void **state)
{
	struct pl_server *s = cls;
	struct call *call = *state;
	(void)url;
	if (!call->begun)
		return begin_request(s, c, call, method, version);
	if (*data_size) {
		size_t n = *data_size;
		*data_size = 0;
		return take_body(s, call, data, n);
	}
	if (atomic_load(&s->give_up))
		return MHD_NO;
	if (call->no_room)
		return send_problem(s, c, call, 503, "too many bodies at once");
	if (call->body.overflow)
		return send_problem(s, c, call, 413, "the body is larger than this server takes");
	return respond(s, c, call, method);
}

/* The library splits and decodes the target its own way; we take it as it was sent. */
void *pl_on_target(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct pl_server *s = cls;
	struct call *call = pl_xcalloc(1, sizeof(*call));
	(void)c;
	call->raw = pl_xstrdup(uri);
	call->begin_ns = pl_mono_ns();
	call->body.max = (size_t)s->env->limits->json_bytes;
	return call;
}

static const struct sockaddr *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	return i ? i->client_addr : NULL;
}

static void log_call(struct pl_server *s, struct MHD_Connection *c, const struct call *call)
{
	char path[512], host[48] = "?";
	const struct sockaddr *peer = peer_of(c);
	socklen_t n = peer && peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							  : sizeof(struct sockaddr_in);
	if (peer && getnameinfo(peer, n, host, sizeof(host), NULL, 0, NI_NUMERICHOST))
		snprintf(host, sizeof(host), "?");
	pl_escape(path, sizeof(path), call->raw, strlen(call->raw));
	pl_note(s->env, "access client=%s method=%s target=\"%s\" status=%u bytes=%llu ms=%.1f",
		host, call->method, path, call->status, (unsigned long long)call->bytes,
		(double)(pl_mono_ns() - call->begin_ns) / 1e6);
}

void pl_on_completed(void *cls, struct MHD_Connection *c, void **state,
		     enum MHD_RequestTerminationCode why)
{
	struct pl_server *s = cls;
	struct call *call = *state;
	(void)why;
	if (!call)
		return;
	if (call->begun) {
		log_call(s, c, call);
		atomic_fetch_sub(&s->active, 1);
	}
	give_budget(&s->requests, &call->body_charged);
	give_budget(&s->answers, &call->answer_charged);
	pl_arena_done(&call->arena);
	pl_buf_done(&call->body);
	free(call->raw);
	free(call);
	*state = NULL;
	enter_state(s, c, PL_CONN_HEAD);
}

void pl_on_connection(void *cls, struct MHD_Connection *c, void **socket_state,
		      enum MHD_ConnectionNotificationCode what)
{
	struct pl_server *s = cls;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		int fd = fd_of(c);
		if (fd >= 0)
			*socket_state = pl_conn_open(&s->conns, fd, peer_of(c), pl_mono_ns());
	} else if (*socket_state) {
		pl_conn_close(&s->conns, *socket_state);
		*socket_state = NULL;
	}
}
