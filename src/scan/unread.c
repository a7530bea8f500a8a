// SPDX-License-Identifier: Apache-2.0
/* Package databases that no scanner reads yet: said, never skipped in silence. */
#include "scan/scanner_int.h"

static const char *database_at(struct pl_str path)
{
	static const struct {
		const char *path, *what;
	} known[] = {
		{"lib/apk/db/installed", "apk (Alpine)"},
		{"usr/lib/apk/db/installed", "apk (Alpine)"},
		{"var/lib/rpm/rpmdb.sqlite", "rpm"},
		{"var/lib/rpm/Packages", "rpm"},
		{"var/lib/rpm/Packages.db", "rpm"},
		{"usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm"},
		{"usr/lib/sysimage/rpm/Packages.db", "rpm"},
		{"var/lib/pacman/local/ALPM_DB_VERSION", "pacman"},
	};
	for (size_t i = 0; i < PL_COUNT(known); i++)
		if (pl_str_is(path, known[i].path))
			return known[i].what;
	return NULL;
}

static enum pl_scan_want is_database(struct pl_str path)
{
	return database_at(path) ? PL_SCAN_NOTICE : PL_SCAN_IGNORE;
}

static int say_unread(struct pl_scan_read *r, struct pl_scan_result *ret, struct pl_err *err)
{
	(void)ret, (void)err;
	for (struct pl_place *p; (p = pl_scan_next(r));)
		pl_scan_warn(r,
			     "%s: a package database of %s, which this version does not read: its "
			     "packages are not in this answer",
			     p->path.p, database_at(p->path));
	return 0;
}

const struct pl_scanner pl_scanner_unread = {
	.name = "unread",
	.wants = is_database,
	.finish = say_unread,
};
