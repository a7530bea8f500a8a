// SPDX-License-Identifier: Apache-2.0
#include "cli/cli_int.h"

#define WIDTH 80 /* of all help: it is read in terminals, and in files made of it */

const struct pl_exit_status pl_exit_statuses[] = {
	{0, "done"},
	{1, "failure: bad input, a limit, a conflict, the system"},
	{2, "usage: the command line is wrong"},
	{3, "policy findings at or over the threshold"},
	{4, "changes are needed: the plan is not empty, or the lock is out of date"},
	{5, "verification failed: a signature, hash, size or date"},
	{6, "not found"},
	{7, "authentication: credentials missing or refused"},
	{8, "remote: network, server, rate limit, time; trying again may help"},
	{9, "partial: pushed but not all registered, or checked but not all of it"},
	{130, "interrupted; run it again to go on"},
};
const size_t pl_n_exit_statuses = PL_COUNT(pl_exit_statuses);

static void options(const struct pl_option *v, size_t n, struct pl_buf *out)
{
	for (size_t i = 0; i < n; i++) {
		PL_AUTO(buf) head = {0};
		pl_buf_addf(&head, v[i].letter ? "-%c, " : "    ", v[i].letter);
		pl_buf_addf(&head, "--%s%s%s", v[i].name, v[i].value ? " " : "",
			    v[i].value ? v[i].value : "");
		pl_buf_addf(out, "  %-26s ", head.p);
		pl_out_wrapped(out, v[i].help, head.n > 26 ? head.n + 3 : 29, 29, WIDTH);
	}
}

static void indented(const char *text, struct pl_buf *out)
{
	struct pl_str rest = pl_str_of(text);
	while (rest.p) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		pl_buf_addf(out, "  " PL_STR_FMT "\n", PL_STR_ARG(line));
	}
}

static void program_help(struct pl_buf *out)
{
	pl_buf_adds(out,
		    "plimsoll builds, knows, judges and renews a fleet of container images.\n\n"
		    "Usage: plimsoll COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n");
	for (size_t i = 0; i < pl_n_commands; i++) {
		pl_buf_addf(out, "  %-10s ", pl_commands[i]->name);
		pl_out_wrapped(out, pl_commands[i]->summary, 13, 13, WIDTH);
	}
	pl_buf_adds(out, "  help       this text, or a command's: plimsoll help lock\n\nOptions of "
			 "every command:\n");
	options(pl_global_options, pl_n_global_options, out);
	pl_buf_adds(out, "\nExit status:\n");
	for (size_t i = 0; i < pl_n_exit_statuses; i++) {
		pl_buf_addf(out, "  %3d  ", pl_exit_statuses[i].status);
		pl_out_wrapped(out, pl_exit_statuses[i].meaning, 7, 7, WIDTH);
	}
	pl_buf_adds(out, "\nExamples:\n  plimsoll lock && plimsoll build && plimsoll push\n"
			 "  plimsoll upgrade --package libssl3 --fixed 3.0.22-1~deb12u2 --apply\n");
}

void pl_help(const struct pl_command *cmd, struct pl_buf *out)
{
	if (!cmd) {
		program_help(out);
		return;
	}
	pl_buf_addf(out, "plimsoll %s: ", cmd->name);
	pl_out_wrapped(out, cmd->summary, strlen(cmd->name) + 11, 2, WIDTH);
	pl_buf_addf(out, "\nUsage: plimsoll %s [OPTIONS]%s%s\n\n", cmd->name,
		    cmd->operands[0] ? " " : "", cmd->operands);
	pl_out_wrapped(out, cmd->about, 0, 0, WIDTH);
	if (cmd->n_options) {
		pl_buf_adds(out, "\nOptions:\n");
		options(cmd->options, cmd->n_options, out);
	}
	pl_buf_adds(out, "\nOptions of every command:\n");
	options(pl_global_options, pl_n_global_options, out);
	pl_buf_adds(out, "\nExamples:\n");
	indented(cmd->examples, out);
}
