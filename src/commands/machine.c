// SPDX-License-Identifier: Apache-2.0
/* What asks of the machine: the target answers where it can, and nothing runs in it. */
#include "commands/commands_int.h"

#include "base/platform.h"

static int print(struct pl_shell_call *call, const char *text, struct pl_err *err)
{
	PL_AUTOFREE char *line = pl_xprintf("%s\n", text);
	return pl_shell_write(call->shell, 1, pl_str_of(line), err);
}

/* -- the platform -- */

static const char *machine_of(const struct pl_shell_call *call)
{
	const struct pl_effect_input *in = pl_cmd_in(call);
	return in->platform ? in->platform->machine : NULL;
}

/* Kernel and node are the running machine's; system and hardware are the image's. */
int pl_cmd_uname(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'s', "kernel-name", 0},    {'m', "machine", 0},  {'o', "operating-system", 0},
		{'r', "kernel-release", 0}, {'n', "nodename", 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool system = false, machine = false, os = false, release = false, node = false;
	PL_AUTO(buf) out = {0};
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		system = system || a.letter == 's';
		machine = machine || a.letter == 'm';
		os = os || a.letter == 'o';
		release = release || a.letter == 'r';
		node = node || a.letter == 'n';
	}
	if (rc == 0 && (a.n || (machine && !machine_of(call))))
		rc = pl_shell_unknown(call, err, "such a question");
	pl_cmd_args_done(&a);
	if (rc == 0 && release)
		rc = pl_shell_finding(call, err, "the kernel of a machine; 6.1.0 is said");
	if (rc == 0 && node)
		rc = pl_shell_finding(call, err,
				      "an image has no name of its own; localhost is said");
	if (rc < 0)
		return rc;
	if (system || (!machine && !os && !release && !node))
		pl_buf_adds(&out, "Linux");
	if (node)
		pl_buf_addf(&out, "%slocalhost", out.n ? " " : "");
	if (release)
		pl_buf_addf(&out, "%s6.1.0", out.n ? " " : "");
	if (machine)
		pl_buf_addf(&out, "%s%s", out.n ? " " : "", machine_of(call));
	if (os)
		pl_buf_addf(&out, "%sGNU/Linux", out.n ? " " : "");
	return print(call, out.p, err);
}

int pl_cmd_arch(struct pl_shell_call *call, struct pl_err *err)
{
	if (call->argc > 1 || !machine_of(call))
		return pl_shell_unknown(call, err, "such a question");
	return print(call, machine_of(call), err);
}

int pl_cmd_hostname(struct pl_shell_call *call, struct pl_err *err)
{
	struct pl_cmd_args a = {.call = call};
	static const struct pl_cmd_option options[] = {
		{'f', "fqdn", 0},       {'f', "long", 0}, {'s', "short", 0}, {'d', "domain", 0},
		{'i', "ip-address", 0}, {'y', "nis", 0},  {'y', "yp", 0},    {0, NULL, 0}};
	a.options = options;
	/* dnsdomainname(1) is hostname --domain. */
	bool domain = pl_str_ends(pl_str_of(call->argv[0]), "dnsdomainname");
	bool address = false, nis = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		domain = domain || a.letter == 'd';
		address = address || a.letter == 'i';
		nis = nis || a.letter == 'y';
	}
	if (rc == 0 && a.n)
		rc = pl_shell_unknown(call, err, "setting the name");
	pl_cmd_args_done(&a);
	if (rc == 0)
		rc = pl_shell_finding(call, err,
				      "an image has no name of its own; localhost is said");
	if (rc == 0 && (nis || address))
		rc = pl_shell_complain(call, 1, err,
				       nis ? "Local domain name not set"
					   : "Name or service not known");
	return rc < 0 || domain || nis || address ? rc : print(call, "localhost", err);
}

/* -- what changes nothing: sleep, sync, chattr's and logger's like -- */

int pl_cmd_nothing(struct pl_shell_call *call, struct pl_err *err)
{
	(void)call, (void)err;
	return 0;
}

int pl_cmd_tty(struct pl_shell_call *call, struct pl_err *err)
{
	call->status = 1;
	return call->argc > 1 ? 0 : print(call, "not a tty", err);
}

/* -- processes: there is none -- */

/* pgrep, pidof, pkill, killall, fuser, lsof find nothing. */
int pl_cmd_no_process(struct pl_shell_call *call, struct pl_err *err)
{
	call->status = 1;
	if (strcmp(call->argv[0], "pgrep") == 0 && call->argc > 1 &&
	    strcmp(call->argv[1], "-c") == 0)
		return print(call, "0", err);
	return 0;
}

/* A question for some process, or for all of them with a heading that ends in a name; what would be
 * the shell's own line is nobody's business. */
int pl_cmd_ps(struct pl_shell_call *call, struct pl_err *err)
{
	bool one = false, heading = true;
	for (int i = 1; i < call->argc; i++) {
		const char *word = call->argv[i];
		one = one || strcmp(word, "-p") == 0 || strcmp(word, "-C") == 0 ||
		      strcmp(word, "-u") == 0 || strcmp(word, "-U") == 0 ||
		      strcmp(word, "--pid") == 0;
		heading = heading && word[strlen(word) - 1] != '=';
	}
	call->status = one;
	if (!one)
		return pl_shell_unknown(call, err, "a list of all processes");
	return heading ? print(call, "    PID TTY          TIME CMD", err) : 0;
}

/* Of a container's mounts, those that every one has. */
int pl_cmd_mountpoint(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'q', "quiet", 0}, {0, NULL, 0}};
	static const char *const mounted[] = {"/proc", "/sys", "/dev"};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool quiet = false, is = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		quiet = quiet || a.letter == 'q';
	if (rc == 0 && a.n != 1)
		rc = pl_shell_unknown(call, err, "anything but one path");
	for (size_t i = 0; i < PL_COUNT(mounted) && rc == 0; i++)
		is = is || strcmp(a.operands[0], mounted[i]) == 0;
	call->status = is ? 0 : 32;
	if (rc == 0 && !quiet) {
		PL_AUTOFREE char *line =
			pl_xprintf("%s is %sa mountpoint", a.operands[0], is ? "" : "not ");
		rc = print(call, line, err);
	}
	pl_cmd_args_done(&a);
	return rc;
}

/* POSIX's form, with room for anything. */
int pl_cmd_df(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {{'P', "portability", 0},
						       {'k', NULL, 0},
						       {'T', "print-type", 0},
						       {'o', "output", PL_CMD_MAYBE},
						       {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options};
	bool portable = false, available = false, type = false;
	PL_AUTO(buf) out = {.max = 1 << 16};
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0)
		if (a.letter == 'o' && a.value && strcmp(a.value, "avail") == 0) {
			available = true;
		} else {
			portable = portable || a.letter == 'P';
			type = type || a.letter == 'T';
		}
	if (rc == 0 && (portable == available || !a.n || (available && type)))
		rc = pl_shell_unknown(call, err, "anything but -P or --output=avail of paths");
	if (rc == 0)
		rc = pl_shell_finding(call, err, "how much room there is; 1 TiB is said");
	pl_buf_adds(&out,
		    available ? "     Avail"
		    : type    ? "Filesystem     Type    1024-blocks  Used  Available Capacity "
				"Mounted on"
			      : "Filesystem     1024-blocks  Used  Available Capacity Mounted on");
	for (int i = 0; rc == 0 && i < a.n; i++)
		pl_buf_addf(&out, "\n%s%s1073741824%s", available ? "" : "overlay        ",
			    type        ? "overlay  "
			    : available ? ""
					: " ",
			    available ? "" : "     0 1073741824       0% /");
	pl_cmd_args_done(&a);
	return rc < 0 ? rc : print(call, out.p, err);
}

/* -- which -- */

int pl_cmd_which(struct pl_shell_call *call, struct pl_err *err)
{
	static const struct pl_cmd_option options[] = {
		{'s', NULL, 0}, {'a', NULL, 0}, {0, NULL, 0}};
	struct pl_cmd_args a = {.call = call, .options = options, .in_order = true};
	bool silent = false;
	int rc;
	while ((rc = pl_cmd_next(&a, err)) > 0) {
		silent = silent || a.letter == 's';
		if (a.letter == 'a')
			return pl_cmd_args_done(&a), pl_shell_unknown(call, err, "-a");
	}
	call->status = a.n == 0;
	for (int i = 0; i < a.n && rc == 0; i++) {
		PL_AUTOFREE char *path = pl_shell_which(call->shell, a.operands[i]);
		if (!path)
			call->status = 1;
		else if (!silent)
			rc = print(call, path, err);
	}
	pl_cmd_args_done(&a);
	return rc;
}
