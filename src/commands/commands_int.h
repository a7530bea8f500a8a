// SPDX-License-Identifier: Apache-2.0
/* What the models share: options as getopt_long takes them, paths, owners and modes. */
#pragma once

#include "commands/commands.h"

#include "effects/owners.h"

/* -- options -- */

enum { PL_CMD_NONE, PL_CMD_VALUE, PL_CMD_MAYBE /* only as --name=value */ };
struct pl_cmd_option {
	int letter;       /* what _next returns; over 255: it has only a name */
	const char *name; /* NULL: only a letter */
	int value;
};
/* The arguments of a call; operands are collected while options are read, unless they come first.
 */
struct pl_cmd_args {
	struct pl_shell_call *call;
	const struct pl_cmd_option *options; /* ends with a letter of 0 */
	bool in_order;                       /* the first operand ends the options (POSIX) */
	int letter;                          /* of the option that _next found */
	const char *value;                   /* its value, NULL: none */
	char **operands;                     /* after _next was 0: n of them, borrowed */
	int n;

	int at;           /* argv's next */
	const char *rest; /* letters left of a word */
	bool ended;
};
/* 1: an option; 0: there are no more; PL_SCRIPTS for one that the model does not know. */
int pl_cmd_next(struct pl_cmd_args *a, struct pl_err *err) PL_MUST_USE;
void pl_cmd_args_done(struct pl_cmd_args *a);
/* Operands alone: every option is unknown. */
int pl_cmd_no_option(struct pl_cmd_args *a, struct pl_err *err) PL_MUST_USE;

/* -- the tree -- */

/* Where a script's path is, its directory's links followed, its last component as it is. false: its
 * directory is not there. */
static inline bool pl_cmd_place(const struct pl_shell_call *call, const char *path,
				struct pl_buf *ret)
{
	return pl_shell_place(call->shell, path, ret);
}
static inline struct pl_node *pl_cmd_node(const struct pl_shell_call *call, const char *path,
					  bool follow)
{
	return pl_shell_node(call->shell, path, follow);
}
static inline const struct pl_effect_input *pl_cmd_in(const struct pl_shell_call *call)
{
	return ((const struct pl_command_world *)call->world->own)->in;
}
/* "cannot ...: No such file or directory", and status 1. */
int pl_cmd_cannot(struct pl_shell_call *call, struct pl_err *err, const char *what,
		  const char *path, const char *why) PL_MUST_USE;
/* The path with its links followed, from the root, as readlink -e, -f and -m have it (those are the
 * values of how). false: what must be there is not. */
enum { PL_CMD_EXISTING = 'e', PL_CMD_PARENT_EXISTS = 'f', PL_CMD_MISSING = 'm' };
bool pl_cmd_canonical(struct pl_shell_call *call, const char *path, int how, struct pl_buf *ret);
/* PATH/NAME of a source below a directory; the caller's. */
char *pl_cmd_join(const char *dir, const char *path);
/* The last component of a path, without slashes behind it; the caller's. */
char *pl_cmd_last_name(const char *path);
/* All of standard input (path NULL or "-") or of a file, appended. 1: it is there; 0: it is not,
 * and that is said. */
int pl_cmd_read(struct pl_shell_call *call, const char *path, struct pl_buf *ret,
		struct pl_err *err) PL_MUST_USE;
/* What all operands (or standard input) hold, one behind the other; what is not there is said. */
int pl_cmd_read_all(struct pl_cmd_args *a, struct pl_buf *ret, struct pl_err *err) PL_MUST_USE;
/* A command's whole output. PL_LIMIT when it has overflowed. */
int pl_cmd_write(struct pl_shell_call *call, const struct pl_buf *out,
		 struct pl_err *err) PL_MUST_USE;
/* The same of a filter: what is made of a secret is one. */
int pl_cmd_write_made(struct pl_shell_call *call, struct pl_str from, struct pl_buf *out,
		      struct pl_err *err) PL_MUST_USE;
#define PL_CMD_TEXT_MAX ((size_t)16 << 20) /* bytes that a command reads or writes at once */

/* -- owners and modes (modes.c) -- */

struct pl_cmd_owner {
	bool has_uid, has_gid;
	uint32_t uid, gid;
};
/* OWNER, OWNER:GROUP, OWNER:, :GROUP, names or numbers. 1; 0: there is no such account, and that is
 * said. */
int pl_cmd_owner_parse(struct pl_shell_call *call, const char *text, bool group_alone,
		       struct pl_cmd_owner *ret, struct pl_err *err) PL_MUST_USE;
/* chown(2): of a file it takes setuid, setgid and capabilities away. */
void pl_cmd_owner_set(struct pl_node *n, const struct pl_cmd_owner *o);
/* What chmod's MODE makes of a mode; false: it is none. */
bool pl_cmd_mode_apply(const char *text, uint32_t mode, bool is_dir, uint32_t mask, uint32_t *ret);
/* All below a node and it, for -R; links are not followed. */
int pl_cmd_each(struct pl_node *n, int (*do_node)(void *ctx, struct pl_node *n, struct pl_err *err),
		void *ctx, struct pl_err *err) PL_MUST_USE;

#define PL_COMMAND(name) int pl_cmd_##name(struct pl_shell_call *call, struct pl_err *err)

/* copy.c */
PL_COMMAND(cp);
PL_COMMAND(install);
PL_COMMAND(mv);
/* link.c */
PL_COMMAND(ln);
/* Another name for a file; with force in place of what has it. A failure of the command's is said.
 */
int pl_cmd_hard_link(struct pl_shell_call *call, struct pl_node *n, const char *to, bool force,
		     struct pl_err *err) PL_MUST_USE;
/* files.c */
PL_COMMAND(chgrp);
PL_COMMAND(chmod);
PL_COMMAND(chown);
PL_COMMAND(mkdir);
PL_COMMAND(mktemp);
PL_COMMAND(rm);
PL_COMMAND(rmdir);
PL_COMMAND(tempfile);
PL_COMMAND(touch);
/* names.c */
PL_COMMAND(basename);
PL_COMMAND(dirname);
PL_COMMAND(readlink);
PL_COMMAND(realpath);
/* text.c */
PL_COMMAND(cat);
PL_COMMAND(cut);
PL_COMMAND(head);
PL_COMMAND(tail);
PL_COMMAND(tee);
PL_COMMAND(wc);
/* awk.c */
PL_COMMAND(awk);
/* capability.c */
PL_COMMAND(getcap);
PL_COMMAND(setcap);
/* date.c, expr.c, find.c */
PL_COMMAND(date);
PL_COMMAND(expr);
PL_COMMAND(find);
/* dd.c */
PL_COMMAND(dd);
PL_COMMAND(truncate);
/* id.c */
PL_COMMAND(groups);
PL_COMMAND(id);
PL_COMMAND(logname);
PL_COMMAND(whoami);
/* lines.c */
PL_COMMAND(base64);
PL_COMMAND(cmp);
PL_COMMAND(comm);
PL_COMMAND(diff);
PL_COMMAND(fold);
PL_COMMAND(paste);
PL_COMMAND(tac); /* and rev */
/* machine.c */
PL_COMMAND(arch);
PL_COMMAND(df);
PL_COMMAND(hostname);
PL_COMMAND(mountpoint);
PL_COMMAND(no_process); /* pgrep, pidof and their like */
PL_COMMAND(nothing);    /* sleep, sync, logger */
PL_COMMAND(ps);
PL_COMMAND(tty);
PL_COMMAND(uname);
PL_COMMAND(which);
/* stat.c */
PL_COMMAND(chattr);
PL_COMMAND(ls);
PL_COMMAND(stat);
/* sums.c */
PL_COMMAND(sum); /* md5sum, sha1sum and their like */
/* xargs.c */
PL_COMMAND(env);
PL_COMMAND(nice); /* and timeout, nohup, ionice, setsid, stdbuf */
PL_COMMAND(printenv);
PL_COMMAND(xargs);
/* grep.c, sed.c, sort.c */
PL_COMMAND(grep);
PL_COMMAND(sed);
PL_COMMAND(seq);
PL_COMMAND(sort);
PL_COMMAND(tr);
PL_COMMAND(uniq);
/* accounts_*.c */
PL_COMMAND(chage);
PL_COMMAND(chfn);
PL_COMMAND(chsh);
PL_COMMAND(gpasswd);
PL_COMMAND(groupadd);
PL_COMMAND(groupdel);
PL_COMMAND(groupmod);
PL_COMMAND(grpconv);
PL_COMMAND(passwd);
PL_COMMAND(pwconv);
PL_COMMAND(shadowconfig);
PL_COMMAND(useradd);
PL_COMMAND(userdel);
PL_COMMAND(usermod);
/* adduser.c, deluser.c, getent.c, id.c */
PL_COMMAND(addgroup);
PL_COMMAND(adduser);
PL_COMMAND(delgroup);
PL_COMMAND(deluser);
PL_COMMAND(getent);
/* sysusers.c, tmpfiles.c */
PL_COMMAND(systemd_sysusers);
PL_COMMAND(systemd_tmpfiles);
PL_COMMAND(getopt); /* getopt.c */
PL_COMMAND(su);     /* su.c */
