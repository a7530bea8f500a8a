// SPDX-License-Identifier: Apache-2.0
/* deb-systemd-helper(1p), invoke-rc.d(8) and systemctl(1): an image's units are enabled by nobody,
 * for no init runs in it. What scripts ask is answered as in a fresh installation. */
#include "debian/commands/commands_int.h"

static const char *first_word(const struct pl_shell_call *call)
{
	for (int i = 1; i < call->argc; i++)
		if (call->argv[i][0] != '-')
			return call->argv[i];
	return "";
}

static bool is_one_of(const char *word, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, v[i]) == 0)
			return true;
	return false;
}

int pl_deb_deb_systemd_helper(struct pl_shell_call *call, struct pl_err *err)
{
	static const char *const does[] = {"enable",       "unmask", "mask",    "disable",
					   "update-state", "purge",  "reenable"};
	const char *verb = first_word(call);
	if (is_one_of(verb, does, PL_COUNT(does))) {
		pl_deb_find(call, PL_INSTALL_RUNNING, NULL);
		return 0;
	}
	if (strcmp(verb, "was-enabled") == 0)
		return 0; /* a unit that was never installed counts as enabled */
	if (strcmp(verb, "debian-installed") == 0 || strcmp(verb, "is-enabled") == 0) {
		call->status = 1;
		return 0;
	}
	return pl_shell_unknown(call, err, verb);
}

/* Without a bus, as in a chroot: what asks the manager fails, and what asks the files of units that
 * nobody has enabled is not known. */
int pl_deb_systemctl(struct pl_shell_call *call, struct pl_err *err)
{
	static const char *const asks[] = {"is-active", "is-failed", "status"};
	static const char *const does[] = {
		"daemon-reload", "daemon-reexec", "enable",      "disable",
		"mask",          "unmask",        "start",       "stop",
		"restart",       "try-restart",   "reload",      "preset",
		"preset-all",    "kill",          "set-default", "reload-or-restart",
		"reenable"};
	const char *verb = first_word(call);
	bool runs = strcmp(verb, "is-system-running") == 0;
	if (!*verb && call->argc > 1)
		return pl_shell_unknown(call, err, call->argv[1]);
	if (!*verb || runs || is_one_of(verb, asks, PL_COUNT(asks))) {
		pl_deb_find(call, PL_INSTALL_RUNNING, NULL);
		call->status = 1;
		return runs ? pl_deb_print(call, err, "offline\n") : 0;
	}
	if (is_one_of(verb, does, PL_COUNT(does))) {
		pl_deb_find(call, PL_INSTALL_RUNNING, NULL);
		return 0;
	}
	return pl_shell_unknown(call, err, verb);
}

/* policy-rc.d denies (101): nothing is done, and what a service's status is, is unknown (4). */
int pl_deb_invoke_rc_d(struct pl_shell_call *call, struct pl_err *err)
{
	static const char *const known[] = {"--quiet",       "--skip-systemd-native",
					    "--no-fallback", "--try-anyway",
					    "--force",       "--disclose-deny"};
	bool asks = false, discloses = false;
	for (int i = 1; i < call->argc; i++) {
		if (call->argv[i][0] == '-' && !is_one_of(call->argv[i], known, PL_COUNT(known)))
			return pl_shell_unknown(call, err, call->argv[i]);
		asks = asks || strcmp(call->argv[i], "status") == 0;
		discloses = discloses || strcmp(call->argv[i], "--disclose-deny") == 0;
	}
	pl_deb_find(call, PL_INSTALL_RUNNING, NULL);
	call->status = asks ? 4 : discloses ? 101 : 0;
	return 0;
}

/* A script of /etc/init.d that is called by its path starts and stops as well: not run either. */
int pl_deb_init_script(struct pl_shell_call *call, struct pl_err *err)
{
	static const char *const does[] = {"start",        "stop",   "restart",
					   "force-reload", "reload", "force-stop"};
	if (call->argc != 2 || !is_one_of(call->argv[1], does, PL_COUNT(does)))
		return pl_shell_unknown(call, err, call->argc > 1 ? call->argv[1] : "no action");
	pl_deb_find(call, PL_INSTALL_RUNNING, NULL);
	return 0;
}
