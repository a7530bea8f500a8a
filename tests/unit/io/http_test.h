// SPDX-License-Identifier: Apache-2.0
/* A server on the loopback that answers as a path asks it to (http_server.py), and a client for it.
 * Each test program includes this once. */
#pragma once

#include "io_test.h"

#include "base/clock.h"
#include "io/http_int.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct pl_env env;
static struct pl_http *h;
static int port, other_port, tls_port;
static char cert[200];
static pid_t server;
static int server_stdin;

static inline int start(void **state)
{
	int in[2], out[2];
	posix_spawn_file_actions_t fa;
	char python[] = "python3", script[] = "tests/unit/io/http_server.py";
	char *argv[] = {python, script, NULL};
	struct pl_err err = {0};
	(void)state;
	if (pipe2(in, 02000000) < 0 || pipe2(out, 02000000) < 0) /* O_CLOEXEC */
		return -1;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in[0], 0);
	posix_spawn_file_actions_adddup2(&fa, out[1], 1);
	if (posix_spawnp(&server, "python3", &fa, NULL, argv, environ) != 0)
		return -1;
	posix_spawn_file_actions_destroy(&fa);
	close(in[0]);
	close(out[1]);
	server_stdin = in[1];
	FILE *f = fdopen(out[0], "r");
	if (fscanf(f, "%d %d %d %199s", &port, &other_port, &tls_port, cert) != 4)
		return -1;
	fclose(f);
	if (pl_http_global_init(&err) < 0)
		return -1;
	h = pl_http_new(&env);
	return 0;
}

static inline int stop(void **state)
{
	(void)state;
	pl_http_free(h);
	pl_http_global_done();
	close(server_stdin); /* the server ends by itself */
	waitpid(server, NULL, 0);
	return 0;
}

static const char *url_at(int p, const char *path)
{
	static char text[4][400];
	static int i;
	i = (i + 1) % 4;
	snprintf(text[i], sizeof(text[i]), "http://127.0.0.1:%d%s", p, path);
	return text[i];
}
static const char *url(const char *path) { return url_at(port, path); }

/* GET without anything else. */
static inline int get(const char *path, struct pl_http_response *resp, struct pl_err *err)
{
	struct pl_http_request req = {.method = "GET", .url = url(path), .timeout_s = 20};
	return pl_http_do(h, &req, NULL, resp, err);
}
