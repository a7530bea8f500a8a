// SPDX-License-Identifier: Apache-2.0
#include "server/listen_int.h"

#include "base/file.h"
#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* "HOST:PORT" or "[V6]:PORT" */
static int split_address(const char *where, char host[256], char port[8], struct pl_err *err)
{
	struct pl_str s = pl_str_of(where), h;
	size_t colon = pl_str_rfind(s, ':');
	uint64_t n;
	if (colon == SIZE_MAX || colon == 0 || colon > 255 ||
	    !pl_parse_u64(pl_str_sub(s, colon + 1, SIZE_MAX), 65535, &n))
		return pl_fail(err, PL_USAGE,
			       "listen address '%.100s': write HOST:PORT, for example "
			       "127.0.0.1:8077 or [::1]:8077",
			       where);
	h = pl_str_sub(s, 0, colon);
	if (h.n > 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
		h = pl_str_sub(h, 1, h.n - 2);
	memcpy(host, h.p, h.n);
	host[h.n] = '\0';
	snprintf(port, 8, "%u", (unsigned)n);
	return 0;
}

static bool is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof(in));
		return ntohl(in.sin_addr.s_addr) >> 24 == 127;
	}
	struct sockaddr_in6 in6;
	memcpy(&in6, sa, sizeof(in6));
	return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

/* IPv4 in IPv6 is written as IPv4. */
static void unmap(struct sockaddr *sa, socklen_t *n)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in = {.sin_family = AF_INET};
	memcpy(&in6, sa, sizeof(in6));
	if (sa->sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
		return;
	memcpy(&in.sin_addr, in6.sin6_addr.s6_addr + 12, 4);
	in.sin_port = in6.sin6_port;
	memcpy(sa, &in, sizeof(in));
	*n = sizeof(in);
}

int pl_socket_name(int fd, char ret_bound[80], bool *ret_loopback)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage ss;
	} u = {0};
	socklen_t n = sizeof(u);
	char host[48], port[8];
	if (getsockname(fd, &u.sa, &n) < 0)
		return -errno;
	unmap(&u.sa, &n);
	if (getnameinfo(&u.sa, n, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return -EINVAL;
	snprintf(ret_bound, 80, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
	*ret_loopback = is_loopback(&u.sa);
	return 0;
}

static int open_one(const struct addrinfo *ai)
{
	int one = 1;
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, 128) < 0) {
		int sys = errno;
		close(fd);
		return -sys;
	}
	return fd;
}

int pl_listen(const char *where, int *ret_fd, char ret_bound[80], bool *ret_loopback,
	      struct pl_err *err)
{
	char host[256], port[8];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list;
	int rc = split_address(where, host, port, err);
	if (rc < 0)
		return rc;
	int gai = getaddrinfo(host, port, &hints, &list);
	if (gai != 0)
		return pl_fail(err, PL_INPUT, "listen address %.100s: %s", where,
			       gai_strerror(gai));
	PL_AUTOFD int fd = -EADDRNOTAVAIL;
	for (struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
		fd = open_one(ai);
	freeaddrinfo(list);
	if (fd < 0)
		return pl_fail_sys(err, -fd, "cannot listen on %.100s", where);
	rc = pl_socket_name(fd, ret_bound, ret_loopback);
	if (rc < 0)
		return pl_fail_sys(err, -rc, "cannot listen on %.100s", where);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int pl_tokens_load(const char *path, struct pl_tokens *ret, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	PL_AUTO(tokens) t = {0};
	int rc = pl_file_read(path, 1 << 20, &text, err);
	if (rc < 0)
		return rc;
	unsigned line = 0;
	for (struct pl_str rest = pl_buf_str(&text); rest.p;) {
		struct pl_str token = pl_str_trim(pl_str_cut(&rest, '\n'));
		line++;
		if (token.n == 0 || token.p[0] == '#')
			continue;
		if (token.n < 16)
			return pl_fail(err, PL_INPUT, "%s:%u: a token has at least 16 characters",
				       path, line);
		*pl_vec_push(&t) = pl_sha256_of(token);
	}
	if (t.n == 0)
		return pl_fail(err, PL_INPUT, "%s: holds no token; write one a line", path);
	*ret = t;
	t = (struct pl_tokens){0};
	return 0;
}

void pl_tokens_done(struct pl_tokens *t) { pl_vec_free(t); }

bool pl_tokens_accept(const struct pl_tokens *t, const char *header)
{
	if (!header || strncasecmp(header, "Bearer ", 7) != 0)
		return false;
	struct pl_digest d = pl_sha256_of(pl_str_trim(pl_str_of(header + 7)));
	uint8_t found = 0;
	for (size_t i = 0; i < t->n; i++) {
		uint8_t diff = 0;
		for (size_t k = 0; k < sizeof(d.b); k++)
			diff |= (uint8_t)(d.b[k] ^ t->v[i].b[k]);
		found |= diff == 0;
	}
	return found != 0;
}
