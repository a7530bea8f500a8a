// SPDX-License-Identifier: Apache-2.0
#include "io/process.h"

#include "base/clock.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_DEFAULT_S 60
#define GRACE_NS ((uint64_t)2 * 1000000000u)
/* Our ends of the child's files lie above what a child may want as its status_fd, and above 0 to 2
 * should those be closed: no dup2 in the child overwrites one that is still needed. */
#define FD_FLOOR 64
#define CHUNK ((size_t)64 << 10)

enum { OUT, ERR, STATUS, PIPES };

struct child {
	pid_t pid;
	int in, ours[PIPES], theirs[PIPES];
	struct pl_buf *to[PIPES];
	char *chunk;
	uint64_t deadline;
	int wait_status;
};

static void close_all(struct child *c)
{
	pl_close_fd(&c->in);
	for (int i = 0; i < PIPES; i++) {
		pl_close_fd(&c->ours[i]);
		pl_close_fd(&c->theirs[i]);
	}
	free(c->chunk);
}

static int move_up(int fd, struct pl_err *err)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FLOOR);
	int sys = errno;
	close(fd);
	return high < 0 ? pl_fail_sys(err, sys, "a descriptor for a child process") : high;
}

static int open_pipe(struct child *c, int i, struct pl_err *err)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return pl_fail_sys(err, errno, "a pipe for a child process");
	int ours = move_up(fds[0], err), theirs = move_up(fds[1], err);
	c->ours[i] = ours;
	c->theirs[i] = theirs;
	if (ours < 0 || theirs < 0)
		return -PL_SYS;
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		return pl_fail_sys(err, errno, "a pipe for a child process");
	return 0;
}

/* Input is a file in memory: nothing to feed, no SIGPIPE when the child does not read it. */
static int open_input(struct child *c, struct pl_str input, struct pl_err *err)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return pl_fail_sys(err, errno, "the input of a child process");
	fd = move_up(fd, err);
	if (fd < 0)
		return fd;
	c->in = fd;
	int rc = pl_write_all(fd, input.p, input.n, "the input of a child process", err);
	if (rc == 0 && lseek(fd, 0, SEEK_SET) < 0)
		rc = pl_fail_sys(err, errno, "the input of a child process");
	return rc;
}

static const char *debian_package(const char *program)
{
	static const struct {
		const char *program, *package;
	} table[] = {
		{"bwrap", "bubblewrap"},   {"docker", "docker.io"},
		{"dpkg-deb", "dpkg"},      {"kubectl", "kubernetes-client"},
		{"podman", "podman"},      {"apt-get", "apt"},
		{"unshare", "util-linux"}, {"keytool", "default-jre-headless"},
	};
	for (size_t i = 0; i < PL_COUNT(table); i++)
		if (!strcmp(program, table[i].program))
			return table[i].package;
	return program; /* most are named like their package */
}

static int spawn_failed(const char *program, int sys, struct pl_err *err)
{
	if (sys != ENOENT)
		return pl_fail_sys(err, sys, "starting %s", program);
	if (strchr(program, '/'))
		return pl_fail(err, PL_NOT_FOUND, "%s: no such program", program);
	return pl_fail(err, PL_NOT_FOUND, "%s: not installed; the Debian package %s has it",
		       program, debian_package(program));
}

static int add_actions(posix_spawn_file_actions_t *fa, const struct child *c, int status_fd)
{
	int sys = posix_spawn_file_actions_adddup2(fa, c->in, 0);
	if (!sys)
		sys = posix_spawn_file_actions_adddup2(fa, c->theirs[OUT], 1);
	if (!sys)
		sys = posix_spawn_file_actions_adddup2(fa, c->theirs[ERR], 2);
	if (!sys && status_fd)
		sys = posix_spawn_file_actions_adddup2(fa, c->theirs[STATUS], status_fd);
	/* Ours are close-on-exec; these are what whoever started us left open. */
	for (int fd = 3; !sys && fd < status_fd; fd++)
		sys = posix_spawn_file_actions_addclose(fa, fd);
	if (!sys)
		sys = posix_spawn_file_actions_addclosefrom_np(fa, status_fd ? status_fd + 1 : 3);
	return sys;
}

/* Our threads block signals and ignore SIGPIPE (trap 10); the child begins with a clean slate, in a
 * process group of its own so that what it starts can be ended with it. */
static int set_attributes(posix_spawnattr_t *at)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	int sys = posix_spawnattr_setsigmask(at, &none);
	if (!sys)
		sys = posix_spawnattr_setsigdefault(at, &all);
	if (!sys)
		sys = posix_spawnattr_setflags(at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
							   POSIX_SPAWN_SETPGROUP);
	return sys;
}

static int spawn(struct child *c, const struct pl_process *p, struct pl_err *err)
{
	const char *path = pl_environ("PATH"), *home = pl_environ("HOME");
	PL_AUTOFREE char *path_is =
		pl_xprintf("PATH=%s", path ? path : "/usr/local/bin:/usr/bin:/bin");
	PL_AUTOFREE char *home_is = pl_xprintf("HOME=%s", home ? home : "/");
	char lc[] = "LC_ALL=C", tz[] = "TZ=UTC";
	char *envp[] = {path_is, home_is, lc, tz, NULL};
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	char **argv;
	memcpy(&argv, &p->argv, sizeof(argv)); /* posix_spawnp changes neither, but says char ** */

	if (posix_spawn_file_actions_init(&fa) != 0 || posix_spawnattr_init(&at) != 0)
		abort(); /* only for want of memory */
	int sys = add_actions(&fa, c, p->status_fd);
	if (!sys)
		sys = set_attributes(&at);
	if (!sys)
		sys = posix_spawnp(&c->pid, argv[0], &fa, &at, argv, envp);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	pl_close_fd(&c->in);
	for (int i = 0; i < PIPES; i++)
		pl_close_fd(&c->theirs[i]);
	return sys ? spawn_failed(argv[0], sys, err) : 0;
}

/* 1: ended and reaped; 0: still runs. */
static int reap(struct child *c, int flags)
{
	pid_t got;
	do
		got = waitpid(c->pid, &c->wait_status, flags);
	while (got < 0 && errno == EINTR);
	assert(got >= 0); /* nobody else waits for our children */
	return got == c->pid;
}

static void end_child(struct child *c)
{
	uint64_t until = pl_mono_ns() + GRACE_NS;
	kill(-c->pid, SIGTERM);
	while (!reap(c, WNOHANG)) {
		if (pl_mono_ns() > until) {
			kill(-c->pid, SIGKILL);
			reap(c, 0);
			break;
		}
		usleep(5000);
	}
	kill(-c->pid, SIGKILL); /* what it left behind in its group */
}

/* Reads what is there. Closes at the end. Text over the ceiling is an error, but for standard
 * error, whose beginning says enough. */
static int drain(struct child *c, int i, const char *program, struct pl_err *err)
{
	while (c->ours[i] >= 0) {
		ssize_t k = read(c->ours[i], c->chunk, CHUNK);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && errno == EAGAIN)
			break;
		if (k < 0)
			return pl_fail_sys(err, errno, "reading from %s", program);
		if (k == 0)
			pl_close_fd(&c->ours[i]);
		pl_buf_add(c->to[i], c->chunk, (size_t)k);
		if (i != ERR && c->to[i]->overflow)
			return pl_buf_check(c->to[i], program, err);
	}
	return 0;
}

static int drain_all(struct child *c, const char *program, struct pl_err *err)
{
	int rc = 0;
	for (int i = 0; rc == 0 && i < PIPES; i++)
		rc = drain(c, i, program, err);
	return rc;
}

static int attend(const struct pl_env *env, struct child *c, const struct pl_process *p,
		  struct pl_err *err)
{
	const char *program = p->argv[0];
	for (;;) {
		struct pollfd fds[PIPES];
		int n = 0, rc = pl_env_check(env, err);
		if (rc < 0)
			return rc;
		if (pl_mono_ns() > c->deadline)
			return pl_fail(err, PL_FAILURE, "%s: did not end within %u s; killed",
				       program, p->timeout_s ? p->timeout_s : TIMEOUT_DEFAULT_S);
		for (int i = 0; i < PIPES; i++)
			if (c->ours[i] >= 0)
				fds[n++] = (struct pollfd){.fd = c->ours[i], .events = POLLIN};
		/* With all pipes closed it ends at once, as a rule. */
		if (poll(fds, (nfds_t)n, n ? 50 : 1) < 0 && errno != EINTR)
			return pl_fail_sys(err, errno, "waiting for %s", program);
		/* In this order: what it wrote before it ended is in the pipes then. */
		bool ended = reap(c, WNOHANG);
		rc = drain_all(c, program, err);
		if (ended) {
			c->pid = 0;
			return rc;
		}
		if (rc < 0)
			return rc;
	}
}

int pl_process_run(const struct pl_env *env, struct pl_process *p, struct pl_err *err)
{
	struct child c = {.in = -1, .ours = {-1, -1, -1}, .theirs = {-1, -1, -1}};
	assert(p->status_fd == 0 || (p->status_fd > 2 && p->status_fd < FD_FLOOR));
	unsigned timeout_s = p->timeout_s ? p->timeout_s : TIMEOUT_DEFAULT_S;
	c.to[OUT] = &p->out;
	c.to[ERR] = &p->err;
	c.to[STATUS] = &p->status;
	c.chunk = pl_xrealloc(NULL, CHUNK, 1);
	c.deadline = pl_mono_ns() + (uint64_t)timeout_s * 1000000000u;
	int rc = open_input(&c, p->input, err);
	for (int i = 0; rc == 0 && i < PIPES; i++)
		if (i != STATUS || p->status_fd)
			rc = open_pipe(&c, i, err);
	if (rc == 0)
		rc = spawn(&c, p, err);
	if (rc == 0) {
		rc = attend(env, &c, p, err);
		if (c.pid)
			end_child(&c);
	}
	close_all(&c);
	if (rc < 0)
		return rc;
	p->exit_status = WIFSIGNALED(c.wait_status) ? 128 + WTERMSIG(c.wait_status)
						    : WEXITSTATUS(c.wait_status);
	return 0;
}

void pl_process_done(struct pl_process *p)
{
	pl_buf_done(&p->out);
	pl_buf_done(&p->err);
	pl_buf_done(&p->status);
}
