// SPDX-License-Identifier: Apache-2.0
#include "debian/debian_int.h"

#include "debian/commands/recipe.h"
#include "debian/scripts/interpret.h"

static const char *const directories[] = {"var", "var/lib", "var/lib/dpkg", PL_STATUS_D, NULL};

const struct pl_package_format pl_debian_format = {
	.ecosystem = "debian",
	.directories = directories,
	.archive_open = pl_debian_archive_open,
	.archive_free = pl_debian_archive_free,
	.missing = pl_debian_missing,
	.resolve = pl_debian_resolve,
	.granted = pl_debian_granted,
	.entry = pl_debian_entry,
	.vouch = pl_debian_vouch,
	.judge = pl_debian_judge,
	.identify = pl_debian_identify,
	.fetch = pl_debian_fetch,
	.open = pl_debian_open,
	.next = pl_debian_next,
	.read = pl_debian_read,
	.close = pl_debian_close,
	.complete = pl_debian_complete,
	.describe = pl_debian_describe,
	.facts_format = pl_debian_facts_format,
	.facts_parse = pl_debian_facts_parse,
	.replaces = pl_debian_replaces,
	.install = pl_debian_install,
	.install_real = pl_debian_install_real,
	.scripts = pl_debian_scripts,
	.recipes = pl_recipes_of,
	.ships = pl_debian_ships,
	.rules = pl_recipes_digest,
};
