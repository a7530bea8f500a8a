// SPDX-License-Identifier: Apache-2.0
/* The inventory's server alone: inventory_server LISTEN DB [TOKEN_FILE]. Prints the bound address,
 * notes go to standard error; SIGTERM ends it. */
#include "io/http.h"
#include "server/server.h"

#include <signal.h>

static atomic_bool stop;
static void on_signal(int sig)
{
	(void)sig;
	atomic_store(&stop, true);
}
static void begin(void *ctx, const char *task, uint64_t total, const char *unit)
{
	(void)ctx, (void)task, (void)total, (void)unit;
}
static void step(void *ctx, const char *task, uint64_t done, const char *item)
{
	(void)ctx, (void)task, (void)done, (void)item;
}
static void end(void *ctx, const char *task, const char *summary)
{
	(void)ctx, (void)task, (void)summary;
}
static void note(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s\n", text);
}
static void ready(void *ctx, const char *bound)
{
	(void)ctx;
	printf("%s\n", bound);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct pl_progress_ops ops = {begin, step, end, note};
	struct pl_env env;
	struct pl_err err = {0};
	struct sigaction sa = {.sa_handler = on_signal};
	if (argc < 3)
		return 2;
	pl_env_init(&env);
	env.stop = &stop;
	env.progress = &ops;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	const struct pl_serve_options o = {.listen = argv[1],
					   .db = argv[2],
					   .token_file = argc > 3 ? argv[3] : NULL,
					   .on_ready = ready};
	if (pl_serve(&env, &o, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return pl_code_info(err.code)->exit_status;
	}
	return 0;
}
