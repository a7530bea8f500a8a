// SPDX-License-Identifier: Apache-2.0
/* Starting, watching and stopping the HTTP library, and the database connections that requests
 * share. */
#include "server/serve_int.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#define CONNECTIONS 512u          /* at once; the rest waits to be accepted */
#define OTHER_FILES ((rlim_t)128) /* what is open beside connections */
#define IDLE_S 30u
#define DRAIN_MS 3000
#define S_NS ((uint64_t)1000000000)

int pl_server_take_inv(struct pl_server *s, struct pl_inv **ret, struct pl_err *err)
{
	*ret = NULL;
	pthread_mutex_lock(&s->lock);
	if (s->idle.n)
		*ret = s->idle.v[--s->idle.n];
	pthread_mutex_unlock(&s->lock);
	return *ret ? 0 : pl_inv_open(&s->calm, s->o->db, ret, err);
}

void pl_server_give_inv(struct pl_server *s, struct pl_inv *inv)
{
	pthread_mutex_lock(&s->lock);
	*pl_vec_push(&s->idle) = inv;
	pthread_mutex_unlock(&s->lock);
}

/* Ours, in pl_request_target_parse: the library's would change '+' in versions. */
static size_t no_unescape(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

/* So many that files are left for the database. */
static unsigned connections_allowed(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur >= CONNECTIONS + OTHER_FILES)
		return CONNECTIONS;
	return l.rlim_cur > 2 * OTHER_FILES ? (unsigned)(l.rlim_cur - OTHER_FILES)
					    : (unsigned)OTHER_FILES;
}

static struct MHD_Daemon *start_daemon(struct pl_server *s, int fd, unsigned connections)
{
	/* Writers wait for each other, readers must not wait for them. */
	unsigned threads = s->env->jobs < 4 ? 4 : s->env->jobs > 8 ? 8 : s->env->jobs;
	/* From 1.0 on the library itself refuses what leaves room for interpretation; before, this
	 * would only keep us from answering. */
	int strict = *MHD_get_version() == '0' ? 0 : 1;
	/* Not epoll: the library (0.9.75) waits for an edge that has passed when a client says that
	 * it has nothing more to send together with its last bytes, and then keeps its connection
	 * and its body's room until the time is up. */
	return MHD_start_daemon(
		MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, pl_on_request, s,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, threads,
		MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		connections / 4 * 3, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)64 << 10, MHD_OPTION_STRICT_FOR_CLIENT,
		strict, MHD_OPTION_URI_LOG_CALLBACK, pl_on_target, s, MHD_OPTION_UNESCAPE_CALLBACK,
		no_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, pl_on_completed, s,
		MHD_OPTION_NOTIFY_CONNECTION, pl_on_connection, s, MHD_OPTION_END);
}

static void stop_daemon(struct pl_server *s, struct MHD_Daemon *d)
{
	const struct timespec tick = {.tv_nsec = 50000000};
	/* New connections are refused, requests under way are answered, idle ones closed. */
	int listening = MHD_quiesce_daemon(d);
	if (listening >= 0)
		(void)shutdown(listening, SHUT_RDWR); /* a thread of the library may still use it */
	for (int waited = 0; atomic_load(&s->active) && waited < DRAIN_MS; waited += 50)
		nanosleep(&tick, NULL);
	atomic_store(&s->give_up, true);
	pl_conns_drop(&s->conns);
	MHD_stop_daemon(d);
	if (listening >= 0)
		close(listening);
}

static int serve_until_stopped(struct pl_server *s, int fd, const char *bound, struct pl_err *err)
{
	const unsigned connections = connections_allowed();
	const struct pl_conn_limits limits = {
		/* The library, whose limits are walls, must have time to close what we end. */
		.all = (size_t)connections / 4 * 3,
		.of_peer = (size_t)connections / 8 * 3,
		.longest_ns = {[PL_CONN_HEAD] = IDLE_S * S_NS,
			       [PL_CONN_BODY] = 60 * S_NS,
			       [PL_CONN_ANSWER] = 60 * S_NS},
	};
	const struct timespec tick = {.tv_nsec = 50000000};
	pl_conns_init(&s->conns, &limits);
	struct MHD_Daemon *d = start_daemon(s, fd, connections);
	if (!d) {
		int sys = errno;
		close(fd);
		pl_conns_done(&s->conns);
		return pl_fail_sys(err, sys, "cannot start serving on %s", bound);
	}
	if (s->o->on_ready)
		s->o->on_ready(s->o->ctx, bound);
	pl_note(s->env, "serving on http://%s", bound);
	while (!s->env->stop || !atomic_load(s->env->stop)) {
		nanosleep(&tick, NULL);
		(void)pl_conns_sweep(&s->conns, pl_mono_ns());
	}
	stop_daemon(s, d);
	pl_conns_done(&s->conns);
	return 0;
}

int pl_serve(const struct pl_env *env, const struct pl_serve_options *o, struct pl_err *err)
{
	struct pl_server s = {.env = env, .calm = *env, .o = o, .lock = PTHREAD_MUTEX_INITIALIZER};
	const char *listen = o->listen ? o->listen : "127.0.0.1:8077";
	struct pl_inv *first = NULL;
	char bound[80] = "";
	int fd = -1;
	int rc = 0;

	s.calm.stop = &s.give_up;
	s.requests.max = s.answers.max = 4 * (size_t)env->limits->json_bytes;
	s.admission =
		(struct pl_admission){.tokens = &s.tokens, .body_max = env->limits->json_bytes};
	if (o->token_file)
		rc = pl_tokens_load(o->token_file, &s.tokens, err);
	if (rc == 0)
		rc = pl_server_take_inv(&s, &first, err);
	if (rc == 0) {
		pl_server_give_inv(&s, first);
		rc = pl_listen(listen, &fd, bound, &s.admission.open_writes, err);
	}
	if (rc == 0) {
		pl_admission_init(&s.admission, listen, bound);
		rc = serve_until_stopped(&s, fd, bound, err);
	}
	for (size_t i = 0; i < s.idle.n; i++)
		pl_inv_free(s.idle.v[i]);
	pl_vec_free(&s.idle);
	pl_admission_done(&s.admission);
	pl_tokens_done(&s.tokens);
	pthread_mutex_destroy(&s.lock);
	return rc;
}
