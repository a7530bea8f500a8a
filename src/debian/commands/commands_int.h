// SPDX-License-Identifier: Apache-2.0
/* What the models of Debian's commands share. */
#pragma once

#include "debian/commands/commands.h"

static inline struct pl_debian_world *pl_deb_world(const struct pl_shell_call *call)
{
	return call->world->own;
}
/* Notes what an image does not get. text lives as long as the world, or is NULL: the call itself.
 */
void pl_deb_find(struct pl_shell_call *call, enum pl_install_event_kind kind, const char *text);
/* A command of every Unix. */
int pl_deb_unix(struct pl_shell_call *call, const char *name, struct pl_err *err) PL_MUST_USE;
/* The model of that name, of Debian's or of every Unix; NULL. */
const struct pl_shell_command *pl_deb_model(const char *name);
/* Formatted text to standard output. */
int pl_deb_print(struct pl_shell_call *call, struct pl_err *err, const char *fmt, ...)
	PL_PRINTF(3, 4) PL_MUST_USE;
/* What stands for a secret, to standard output. */
int pl_deb_print_secret(struct pl_shell_call *call, struct pl_err *err) PL_MUST_USE;
/* The commands of left.c, which an image leaves out, into ret; NULL: how many they are. */
size_t pl_deb_left_commands(struct pl_shell_command *ret);

#define PL_COMMAND(name) int pl_deb_##name(struct pl_shell_call *call, struct pl_err *err)

/* left.c */
PL_COMMAND(left);
PL_COMMAND(paperconf);
PL_COMMAND(essential);
PL_COMMAND(perl);
PL_COMMAND(pg_updatedicts);
PL_COMMAND(python);
PL_COMMAND(setpriv);
PL_COMMAND(ss);
/* dpkg.c, query.c */
PL_COMMAND(dpkg);
PL_COMMAND(dpkg_query);
PL_COMMAND(dpkg_realpath);
PL_COMMAND(dpkg_trigger);
PL_COMMAND(dpkg_maintscript_helper);
PL_COMMAND(run_parts); /* run_parts.c */
PL_COMMAND(recipe);    /* recipe.c: a command that a recipe may answer for, and whether one does */
bool pl_deb_recipe_applies(const struct pl_shell_call *call);
/* divert.c */
PL_COMMAND(dpkg_divert);
PL_COMMAND(dpkg_statoverride);
PL_COMMAND(update_alternatives); /* alternatives.c */
/* services.c */
PL_COMMAND(deb_systemd_helper);
PL_COMMAND(init_script);
PL_COMMAND(invoke_rc_d);
PL_COMMAND(systemctl);
/* apache.c */
PL_COMMAND(a2enmod);
PL_COMMAND(a2query);
PL_COMMAND(lighty_enable_mod); /* lighttpd.c */
PL_COMMAND(update_inetd);      /* inetd.c */
PL_COMMAND(update_mime);       /* mime.c */
PL_COMMAND(update_catalog);    /* sgml.c */
PL_COMMAND(update_xmlcatalog); /* xmlcatalog.c */
PL_COMMAND(postconf);          /* postfix.c */
/* ucf.c */
PL_COMMAND(ucf);
/* debconf.c */
PL_COMMAND(debconf);
/* keys.c */
PL_COMMAND(modules_cache);
PL_COMMAND(certtool);
PL_COMMAND(dd);
PL_COMMAND(openssl);
PL_COMMAND(rndc_confgen);
PL_COMMAND(sqlite3);
PL_COMMAND(ssh_keygen);
PL_COMMAND(uuidgen);
/* locale.c */
PL_COMMAND(locale);
PL_COMMAND(update_locale);
/* generate.c */
PL_COMMAND(generate);
PL_COMMAND(java);
PL_COMMAND(update_ca_certificates);
PL_COMMAND(update_passwd);
