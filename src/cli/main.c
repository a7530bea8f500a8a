// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/file.h"
#include "base/names.h"
#include "base/num.h"
#include "cli/cli_int.h"
#include "io/http.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static atomic_bool stop; /* the one thing a signal handler may touch */

static void on_signal(int sig)
{
	(void)sig;
	atomic_store_explicit(&stop, true, memory_order_relaxed);
}

static void set_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal,
			       .sa_flags = SA_RESETHAND}; /* a second one ends at once */
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error that names the file */
}

static void report(const struct pl_err *err, const struct pl_buf *problems, bool color)
{
	char text[2048];
	struct pl_str rest = pl_buf_str(problems);
	while (rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		fprintf(stderr, "  %s\n", pl_escape(text, sizeof(text), line.p, line.n));
	}
	fprintf(stderr, "%splimsoll:%s %s\n", color ? "\033[31m" : "", color ? "\033[0m" : "",
		pl_escape(text, sizeof(text), err->msg, strlen(err->msg)));
}

#define SECOND INT64_C(1000000000)
#define TIMEOUT_DEFAULT "6h"
#define STALL_MAX_S 3600
#define SPEED_MAX ((uint64_t)1 << 40)

static int bad_time(const char *name, const char *text, const char *more, struct pl_err *err)
{
	return pl_fail(err, PL_USAGE, "%s %.40s: give a time as 90s, 45m or 1h30m%s", name, text,
		       more);
}

/* How long others may take: --timeout, --stall and --min-speed. */
static int set_times(struct pl_cli *c, const struct pl_command *cmd, struct pl_err *err)
{
	const char *name = c->args.timeout ? "--timeout" : "PLIMSOLL_TIMEOUT";
	const char *timeout = c->args.timeout ? c->args.timeout : pl_environ("PLIMSOLL_TIMEOUT");
	const char *stall = c->args.stall;
	int64_t ns;
	if (!pl_duration_parse(pl_str_of(timeout ? timeout : TIMEOUT_DEFAULT), &ns))
		return bad_time(name, timeout, "", err);
	if (!cmd->is_endless)
		c->env.until_ns = pl_mono_ns() + (uint64_t)ns;
	c->limits = *c->env.limits;
	c->env.limits = &c->limits;
	if (stall &&
	    (!pl_duration_parse(pl_str_of(stall), &ns) || ns % SECOND || ns > STALL_MAX_S * SECOND))
		return bad_time("--stall", stall, ", in whole seconds, at most 1h", err);
	if (stall) {
		c->limits.stall_s = (uint64_t)(ns / SECOND);
		c->limits.request_s = 4 * c->limits.stall_s;
	}
	if (c->args.min_speed &&
	    !pl_parse_u64(pl_str_of(c->args.min_speed), SPEED_MAX, &c->limits.min_speed))
		return pl_fail(err, PL_USAGE, "--min-speed %.40s: give a number of bytes a second",
			       c->args.min_speed);
	return 0;
}

static int run_command(struct pl_cli *c, const struct pl_command *cmd, struct pl_err *err)
{
	uint64_t jobs;
	pl_env_init(&c->env);
	c->env.formats = pl_cli_formats;
	c->env.stop = &stop;
	c->env.problems = &c->problems;
	c->env.offline = c->args.offline;
	c->json = c->args.output && strcmp(c->args.output, "json") == 0;
	if (c->args.jobs && (!pl_parse_u64(pl_str_of(c->args.jobs), 64, &jobs) || jobs == 0))
		return pl_fail(err, PL_USAGE, "--jobs %.40s: give a number from 1 to 64",
			       c->args.jobs);
	if (c->args.jobs)
		c->env.jobs = (unsigned)jobs;
	int rc = set_times(c, cmd, err);
	if (rc == 0)
		rc = pl_http_global_init(err);
	if (rc == 0)
		rc = pl_progress_start(c, err);
	if (rc == 0)
		rc = cmd->run(c, err);
	pl_progress_stop(c);
	pl_http_global_done();
	return rc;
}

static int write_out(const struct pl_buf *b, struct pl_err *err)
{
	int rc = pl_buf_check(b, "output", err);
	return rc < 0 ? rc : pl_write_all(STDOUT_FILENO, b->p, b->n, "standard output", err);
}

static int unknown_command(const char *name, struct pl_err *err)
{
	const char *names[32];
	char text[80];
	for (size_t i = 0; i < pl_n_commands; i++)
		names[i] = pl_commands[i]->name;
	const char *near = pl_nearest(pl_str_of(name), names, pl_n_commands);
	pl_escape(text, sizeof(text), name, strlen(name));
	if (near)
		return pl_fail(err, PL_USAGE, "no command '%s'; did you mean '%s'?", text, near);
	return pl_fail(err, PL_USAGE, "no command '%s'; see plimsoll help", text);
}

/* Options may stand before the command too, as in git -C DIR status: the command is moved to the
 * front. */
static void command_first(struct pl_arena *a, int argc, char ***argv)
{
	char **v = pl_arena_dup(a, *argv, (size_t)argc + 1, sizeof(*v));
	int at = 1;
	while (at < argc && v[at][0] == '-' && strcmp(v[at], "--") != 0) {
		bool takes_value = false;
		for (size_t i = 0; i < pl_n_global_options; i++) {
			const struct pl_option *o = &pl_global_options[i];
			bool named = v[at][1] == '-' ? strcmp(v[at] + 2, o->name) == 0
						     : v[at][1] == o->letter && v[at][2] == '\0';
			takes_value = takes_value || (named && o->value);
		}
		at += takes_value ? 2 : 1;
	}
	if (at > 1 && at < argc) {
		char *command = v[at];
		memmove(v + 2, v + 1, (size_t)(at - 1) * sizeof(*v));
		v[1] = command;
		*argv = v;
	}
}

static int dispatch(struct pl_cli *c, int argc, char **argv, struct pl_err *err)
{
	command_first(&c->arena, argc, &argv);
	const char *name = argc > 1 ? argv[1] : "help";
	bool help =
		strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
	if (help && argc <= 2) {
		pl_help(NULL, &c->out);
		return argc > 1 ? 0 : pl_fail(err, PL_USAGE, "a command is needed");
	}
	if (strcmp(name, "--version") == 0)
		name = "version";
	if (help)
		name = argv[2];
	const struct pl_command *cmd = pl_command_find(name);
	if (!cmd)
		return unknown_command(name, err);
	int rc = help ? 0 : pl_args_parse(cmd, argv + 1, argc - 1, &c->arena, &c->args, err);
	if (rc == 0 && (help || c->args.help)) {
		pl_help(cmd, &c->out);
		return 0;
	}
	return rc < 0 ? rc : run_command(c, cmd, err);
}

int main(int argc, char **argv)
{
	struct pl_cli c = {0};
	struct pl_err err = {0}, write_err = {0};
	set_signals();
	int rc = dispatch(&c, argc, argv, &err);
	/* What a failed command had to say is still worth reading: a plan, a partial result. */
	bool pipe_closed = false;
	if (write_out(&c.out, &write_err) < 0) {
		pipe_closed = write_err.sys == EPIPE;
		if (rc >= 0) {
			rc = -(int)write_err.code;
			err = write_err;
		}
	}
	if (rc < 0 && err.msg[0] && !pipe_closed)
		report(&err, &c.problems,
		       isatty(STDERR_FILENO) && !c.args.no_color && !pl_environ("NO_COLOR"));
	pl_buf_done(&c.out);
	pl_buf_done(&c.problems);
	pl_arena_done(&c.arena);
	return rc < 0 ? pl_code_info((enum pl_code) - rc)->exit_status : 0;
}
