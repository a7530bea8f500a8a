// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/apply.h"

/* base-passwd 3.6's passwd.master and group.master (Policy 9.2.2: 0-99, 100 and 65534). */
static const struct {
	const char *name;
	int32_t uid, gid; /* -1: no such user, no such group */
} accounts[] = {
	{"_apt", 42, -1},      {"adm", -1, 4},         {"audio", -1, 29},    {"backup", 34, 34},
	{"bin", 2, 2},         {"cdrom", -1, 24},      {"daemon", 1, 1},     {"dialout", -1, 20},
	{"dip", -1, 30},       {"disk", -1, 6},        {"fax", -1, 21},      {"floppy", -1, 25},
	{"games", 5, 60},      {"irc", 39, 39},        {"kmem", -1, 15},     {"list", 38, 38},
	{"lp", 7, 7},          {"mail", 8, 8},         {"man", 6, 12},       {"news", 9, 9},
	{"nobody", 65534, -1}, {"nogroup", -1, 65534}, {"operator", -1, 37}, {"plugdev", -1, 46},
	{"proxy", 13, 13},     {"root", 0, 0},         {"sasl", -1, 45},     {"shadow", -1, 42},
	{"src", -1, 40},       {"staff", -1, 50},      {"sudo", -1, 27},     {"sync", 4, -1},
	{"sys", 3, 3},         {"tape", -1, 26},       {"tty", -1, 5},       {"users", -1, 100},
	{"utmp", -1, 43},      {"uucp", 10, 10},       {"video", -1, 44},    {"voice", -1, 22},
	{"www-data", 33, 33},
};

int64_t pl_static_id(const char *name, bool is_group)
{
	for (size_t i = 0; i < PL_COUNT(accounts); i++) {
		if (strcmp(accounts[i].name, name) == 0)
			return is_group ? accounts[i].gid : accounts[i].uid;
	}
	return -1;
}
