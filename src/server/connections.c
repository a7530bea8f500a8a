// SPDX-License-Identifier: Apache-2.0
#include "server/connections_int.h"

#include <netinet/in.h>

struct pl_conn {
	int fd;
	uint64_t peer;
	uint64_t since_ns; /* in this state */
	enum pl_conn_state state;
	bool dropped;
};

void pl_conns_init(struct pl_conns *c, const struct pl_conn_limits *limits)
{
	*c = (struct pl_conns){.limits = limits, .lock = PTHREAD_MUTEX_INITIALIZER};
}

void pl_conns_done(struct pl_conns *c)
{
	pl_vec_free(&c->v);
	pthread_mutex_destroy(&c->lock);
}

/* IPv4 stands beside what no network of IPv6 has; there, who has one address has 2^64. */
static uint64_t peer_of(const struct sockaddr *sa)
{
	const uint64_t v4 = (uint64_t)1 << 32;
	if (sa && sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof(in));
		return v4 | ntohl(in.sin_addr.s_addr);
	}
	if (!sa || sa->sa_family != AF_INET6)
		return 0;
	struct sockaddr_in6 in6;
	memcpy(&in6, sa, sizeof(in6));
	const uint8_t *b = in6.sin6_addr.s6_addr;
	bool mapped = IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr);
	uint64_t network = 0;
	for (size_t i = mapped ? 12 : 0; i < (mapped ? 16u : 8u); i++)
		network = network << 8 | b[i];
	return mapped ? v4 | network : network;
}

static void drop(struct pl_conn *conn)
{
	/* Only its thread may close the socket: another may have got the number by then. */
	(void)shutdown(conn->fd, SHUT_RDWR);
	conn->dropped = true;
}

static void make_room(struct pl_conns *c, uint64_t peer)
{
	struct pl_conn *oldest = NULL, *oldest_of_peer = NULL;
	size_t all = 0, of_peer = 0;
	for (size_t i = 0; i < c->v.n; i++) {
		struct pl_conn *k = c->v.v[i];
		bool same = k->peer == peer;
		if (k->dropped)
			continue;
		all++;
		of_peer += same;
		if (k->state == PL_CONN_WORK)
			continue;
		if (!oldest || k->since_ns < oldest->since_ns)
			oldest = k;
		if (same && (!oldest_of_peer || k->since_ns < oldest_of_peer->since_ns))
			oldest_of_peer = k;
	}
	if (of_peer >= c->limits->of_peer && oldest_of_peer)
		drop(oldest_of_peer);
	else if (all >= c->limits->all && oldest)
		drop(oldest);
}

struct pl_conn *pl_conn_open(struct pl_conns *c, int fd, const struct sockaddr *peer,
			     uint64_t now_ns)
{
	struct pl_conn *conn = pl_xcalloc(1, sizeof(*conn));
	*conn = (struct pl_conn){.fd = fd, .peer = peer_of(peer), .since_ns = now_ns};
	pthread_mutex_lock(&c->lock);
	make_room(c, conn->peer);
	*pl_vec_push(&c->v) = conn;
	pthread_mutex_unlock(&c->lock);
	return conn;
}

void pl_conn_close(struct pl_conns *c, struct pl_conn *conn)
{
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->v.n; i++)
		if (c->v.v[i] == conn) {
			c->v.v[i] = c->v.v[--c->v.n];
			break;
		}
	pthread_mutex_unlock(&c->lock);
	free(conn);
}

void pl_conn_enter(struct pl_conns *c, struct pl_conn *conn, enum pl_conn_state state,
		   uint64_t now_ns)
{
	pthread_mutex_lock(&c->lock);
	conn->state = state;
	conn->since_ns = now_ns;
	pthread_mutex_unlock(&c->lock);
}

size_t pl_conns_sweep(struct pl_conns *c, uint64_t now_ns)
{
	size_t n = 0;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->v.n; i++) {
		struct pl_conn *k = c->v.v[i];
		uint64_t longest = c->limits->longest_ns[k->state];
		if (k->dropped || !longest || now_ns < k->since_ns ||
		    now_ns - k->since_ns < longest)
			continue;
		drop(k);
		n++;
	}
	pthread_mutex_unlock(&c->lock);
	return n;
}

void pl_conns_drop(struct pl_conns *c)
{
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->v.n; i++)
		if (c->v.v[i]->state != PL_CONN_WORK)
			drop(c->v.v[i]);
	pthread_mutex_unlock(&c->lock);
}
