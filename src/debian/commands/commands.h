// SPDX-License-Identifier: Apache-2.0
/*
 * The commands of Debian that maintainer scripts call, as models on an image's tree: dpkg's and
 * debconf's, update-alternatives, ucf, those that concern services, caches and keys. Each does what
 * Debian's does in a fresh, non-interactive installation in a chroot where no init runs; what an
 * image leaves out on purpose is a finding, and a use that is not known is PL_SCRIPTS.
 *
 * Ownership: all is in the world's arena. Thread rule: as the shell.
 */
#pragma once

#include "base/map.h"
#include "commands/commands.h"
#include "debian/commands/recipe.h"
#include "debian/deb/deb.h"
#include "effects/alternatives.h"
#include "package/format.h"

enum pl_debian_state {
	PL_DEBIAN_ABSENT,
	PL_DEBIAN_HALF_INSTALLED, /* its preinst runs */
	PL_DEBIAN_UNPACKED,
	PL_DEBIAN_CONFIGURING, /* its postinst runs */
	PL_DEBIAN_INSTALLED,
};
/* A package of the set. */
struct pl_debian_package {
	struct pl_str name, version, architecture;
	const struct pl_control *control;
	enum pl_debian_state state;
	PL_VEC(const char *) paths;    /* what it ships, from the root, without leading slash */
	PL_VEC(const char *) triggers; /* pending ones, by name */
};

struct pl_debian_question;
struct pl_debian_diversion {
	const char *from, *to, *package; /* package NULL: local */
};
struct pl_debian_override {
	const char *path, *user, *group, *mode;
};

/* A trigger that makes a package's postinst run: a name, or a directory from the root. */
struct pl_debian_interest {
	struct pl_debian_package *package;
	const char *name;
};

/* What the models work on: a shell world's `own`. */
struct pl_debian_world {
	struct pl_command_world unix_world; /* first: the commands of every Unix get at it */
	struct pl_arena arena;
	struct pl_tree *tree;
	const struct pl_effect_input *in;
	struct pl_debian_package *packages;
	size_t n_packages;
	struct pl_debian_package *current;          /* whose script runs */
	struct pl_debian_package *unpacking;        /* whose files are put into the tree */
	const char *script;                         /* postinst ... */
	const struct pl_installation *installation; /* who hears what happens; NULL: nobody */

	PL_VEC(struct pl_debian_interest) interests;
	bool has_interests; /* they were read */
	PL_VEC(struct pl_debian_diversion) diversions;
	PL_VEC(struct pl_debian_override) overrides;
	PL_VEC(struct pl_alternative) alternatives;
	PL_VEC(const char *) absent; /* paths, as patterns, that stand in for what is deferred */
	struct pl_map templates, questions; /* debconf's */
	struct pl_map ucf;                  /* path -> the pl_digest of what ucf put there */
	struct pl_recipes recipes;
	bool secrets;        /* the current script has got some */
	unsigned generators; /* those that scripts called, PL_DEBIAN_... */
	/* All commands: those of every Unix and Debian's, sorted. */
	struct pl_shell_command *commands;
	size_t n_commands;
};

enum {
	PL_DEBIAN_PAM = 1 << 0,
	PL_DEBIAN_JAVA_KEYSTORE = 1 << 1,
	PL_DEBIAN_CA_CERTIFICATES = 1 << 2, /* again, with the fleet's own */
};

/* n packages, which the caller fills; borrows all it is given. from: whose recipes count and who
 * hears what happens; NULL: nobody. To be followed by _done, also after an error: PL_INPUT for a
 * recipe that is none. */
int pl_debian_world_init(struct pl_debian_world *w, struct pl_tree *tree,
			 const struct pl_effect_input *in, size_t n,
			 const struct pl_installation *from, struct pl_err *err) PL_MUST_USE;
/* Tells the installation what the current script does. */
void pl_debian_tell(const struct pl_debian_world *w, enum pl_install_event_kind kind,
		    const char *file, unsigned line, struct pl_str text);
void pl_debian_world_done(struct pl_debian_world *w);
struct pl_debian_package *pl_debian_find(const struct pl_debian_world *w, struct pl_str name);
/* Where a package's file goes, diversions considered; notes it as the package's. */
const char *pl_debian_place(struct pl_debian_world *w, struct pl_debian_package *p,
			    const char *path);
/* Owner and mode of those paths for which there are statoverrides. */
int pl_debian_overrides_apply(struct pl_debian_world *w, struct pl_err *err) PL_MUST_USE;
/* Tells which files the current script has written secrets into: they are deferred too. PL_SCRIPTS
 * where an image needs the file. */
int pl_debian_secrets_find(struct pl_debian_world *w, struct pl_err *err) PL_MUST_USE;
/* Takes out what stood in for deferred files, and what holds secrets. */
void pl_debian_absent_remove(struct pl_debian_world *w);
/* Activates a trigger: it becomes pending with all packages that are interested. */
void pl_debian_trigger(struct pl_debian_world *w, const char *name);
/* The same for a path that was put into the tree. */
void pl_debian_trigger_path(struct pl_debian_world *w, const struct pl_debian_package *of,
			    const char *path);
/* The questions of a package's templates. PL_INPUT for one without a name. */
int pl_debconf_load(struct pl_debian_world *w, const struct pl_debian_package *p,
		    struct pl_err *err) PL_MUST_USE;
void pl_debconf_done(struct pl_debian_world *w);
/* Its database of the questions so far, as its own programs have it: templates.dat, config.dat. */
void pl_debconf_write(const struct pl_debian_world *w, struct pl_buf *ret_templates,
		      struct pl_buf *ret_config);
/* Takes over the values of such a config.dat; for questions that are known. */
void pl_debconf_read(struct pl_debian_world *w, struct pl_str config);
/* What stands for a file that a script sources: debconf's confmodule. */
const char *pl_debconf_sourced(void *ctx, const char *path);
