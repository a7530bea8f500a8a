// SPDX-License-Identifier: Apache-2.0
/* Processes and signals: trap, kill, wait. No process runs beside the shell, and no signal comes
 * but from itself. */
#include "shell/builtins_int.h"

#include "base/num.h"

static const char *const signals[PL_SH_SIGNALS] = {
	"EXIT", "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
	"SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
	"TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS"};

/* bash takes a SIG before a name, and small letters. -1: there is none of that name. */
static int signal_of(const struct pl_shell *sh, const char *name)
{
	uint64_t n;
	if (pl_parse_u64(pl_str_of(name), PL_SH_SIGNALS - 1, &n))
		return (int)n;
	if (sh->bash && strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 0; i < PL_SH_SIGNALS; i++)
		if ((sh->bash ? strcasecmp : strcmp)(signals[i], name) == 0)
			return i;
	return -1;
}

static int print_traps(struct pl_shell *sh, struct pl_err *err)
{
	PL_AUTO(buf) out = {.max = sh->common->limits.output};
	for (int i = 0; i < PL_SH_SIGNALS; i++) {
		if (!sh->traps[i])
			continue;
		pl_buf_adds(&out, "trap -- ");
		pl_sh_quote(&out, sh->traps[i]);
		pl_buf_addf(&out, " %s%s\n", sh->bash && i ? "SIG" : "", signals[i]);
	}
	return pl_shell_write(sh, 1, pl_buf_str(&out), err);
}

int pl_sh_trap(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int i = 1 + (argc > 1 && strcmp(argv[1], "--") == 0), rc = 0;
	if (i == argc)
		return print_traps(sh, err);
	if (argv[i][0] == '-' && argv[i][1])
		return pl_sh_unknown(sh, err, "trap %s", argv[i]);
	uint64_t number;
	bool resets = argc - i == 1 || pl_parse_u64(pl_str_of(argv[i]), INT32_MAX, &number);
	const char *action = resets || strcmp(argv[i], "-") == 0 ? NULL : argv[i];
	for (i += !resets; i < argc && rc == 0; i++) {
		int k = signal_of(sh, argv[i]);
		if (sh->bash && (strcmp(argv[i], "ERR") == 0 || strcmp(argv[i], "DEBUG") == 0 ||
				 strcmp(argv[i], "RETURN") == 0))
			return pl_sh_unknown(sh, err, "bash's trap %s", argv[i]);
		if (k < 0) {
			sh->status = 1;
			rc = pl_sh_say(sh, err, "trap: %s: bad trap", argv[i]);
			continue;
		}
		free(sh->traps[k]);
		sh->traps[k] = action ? pl_xstrdup(action) : NULL;
	}
	return rc;
}

/* A signal to the script itself: what it has set for that is done at once. */
static int receive(struct pl_shell *sh, int number, struct pl_err *err)
{
	const char *action = sh->traps[number];
	if (number == 0 || (action && !*action))
		return 0;
	if (!action || sh->is_subshell)
		return pl_sh_unknown(sh, err, "a script that kills itself with %s",
				     signals[number]);
	PL_AUTOFREE char *text = pl_xstrdup(action);
	int rc = pl_sh_text_run(sh, sh->script, pl_str_of(text), sh->line, false, err);
	if (sh->flow == PL_SH_GO)
		sh->status = 0;
	return rc;
}

int pl_sh_kill(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	int i = 1, number = 15, rc = 0;
	uint64_t pid;
	if (i < argc && strcmp(argv[i], "-l") == 0)
		return pl_sh_unknown(sh, err, "kill -l");
	if (i + 1 < argc && strcmp(argv[i], "-s") == 0) {
		number = signal_of(sh, argv[i + 1]);
		i += 2;
	} else if (i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0) {
		number = signal_of(sh, argv[i++] + 1);
	}
	i += i < argc && strcmp(argv[i], "--") == 0;
	if (i == argc)
		return pl_sh_die(sh, err, "kill: usage: kill [-s sigspec] [pid]...");
	if (number < 0)
		return pl_sh_die(sh, err, "kill: invalid signal number or name: %s", argv[1]);
	for (; i < argc && rc == 0 && sh->flow == PL_SH_GO; i++) {
		const char *digits = argv[i] + (argv[i][0] == '-');
		if (!pl_parse_u64(pl_str_of(digits), INT32_MAX, &pid))
			return pl_sh_die(sh, err, "kill: Illegal number: %s", argv[i]);
		if (pid == PL_SH_PROCESS && digits == argv[i]) {
			rc = receive(sh, number, err);
		} else {
			sh->status = 1;
			rc = pl_sh_say(sh, err, "kill: No such process");
		}
	}
	return rc;
}

int pl_sh_wait(struct pl_shell *sh, int argc, char **argv, struct pl_err *err)
{
	const struct pl_sh_common *c = sh->common;
	for (int i = 1; i < argc; i++) {
		uint64_t pid;
		if (!pl_parse_u64(pl_str_of(argv[i]), INT32_MAX, &pid))
			return pl_sh_unknown(sh, err, "wait %s", argv[i]);
		bool is_job = pid > PL_SH_PROCESS && pid - PL_SH_PROCESS <= c->jobs.n;
		sh->status = is_job ? c->jobs.v[pid - PL_SH_PROCESS - 1] : 127;
	}
	return 0;
}
