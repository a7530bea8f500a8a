// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/finish_int.h"

#include "effects/account_files.h"

/* The accounts of base-passwd 3.6's passwd.master and group.master. */
static const char passwd[] = "root:*:0:0:root:/root:/bin/bash\n"
			     "daemon:*:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
			     "bin:*:2:2:bin:/bin:/usr/sbin/nologin\n"
			     "sys:*:3:3:sys:/dev:/usr/sbin/nologin\n"
			     "sync:*:4:65534:sync:/bin:/bin/sync\n"
			     "games:*:5:60:games:/usr/games:/usr/sbin/nologin\n"
			     "man:*:6:12:man:/var/cache/man:/usr/sbin/nologin\n"
			     "lp:*:7:7:lp:/var/spool/lpd:/usr/sbin/nologin\n"
			     "mail:*:8:8:mail:/var/mail:/usr/sbin/nologin\n"
			     "news:*:9:9:news:/var/spool/news:/usr/sbin/nologin\n"
			     "uucp:*:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin\n"
			     "proxy:*:13:13:proxy:/bin:/usr/sbin/nologin\n"
			     "www-data:*:33:33:www-data:/var/www:/usr/sbin/nologin\n"
			     "backup:*:34:34:backup:/var/backups:/usr/sbin/nologin\n"
			     "list:*:38:38:Mailing List Manager:/var/list:/usr/sbin/nologin\n"
			     "irc:*:39:39:ircd:/run/ircd:/usr/sbin/nologin\n"
			     "_apt:*:42:65534::/nonexistent:/usr/sbin/nologin\n"
			     "nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
static const char group[] = "root:*:0:\n"
			    "daemon:*:1:\n"
			    "bin:*:2:\n"
			    "sys:*:3:\n"
			    "adm:*:4:\n"
			    "tty:*:5:\n"
			    "disk:*:6:\n"
			    "lp:*:7:\n"
			    "mail:*:8:\n"
			    "news:*:9:\n"
			    "uucp:*:10:\n"
			    "man:*:12:\n"
			    "proxy:*:13:\n"
			    "kmem:*:15:\n"
			    "dialout:*:20:\n"
			    "fax:*:21:\n"
			    "voice:*:22:\n"
			    "cdrom:*:24:\n"
			    "floppy:*:25:\n"
			    "tape:*:26:\n"
			    "sudo:*:27:\n"
			    "audio:*:29:\n"
			    "dip:*:30:\n"
			    "www-data:*:33:\n"
			    "backup:*:34:\n"
			    "operator:*:37:\n"
			    "list:*:38:\n"
			    "irc:*:39:\n"
			    "src:*:40:\n"
			    "shadow:*:42:\n"
			    "utmp:*:43:\n"
			    "video:*:44:\n"
			    "sasl:*:45:\n"
			    "plugdev:*:46:\n"
			    "staff:*:50:\n"
			    "games:*:60:\n"
			    "users:*:100:\n"
			    "nogroup:*:65534:\n";

static int make_file(struct pl_debian_world *w, const char *path, const char *text,
		     struct pl_err *err)
{
	return pl_tree_file(w->tree, pl_str_of(path), pl_str_of(text), 0644, 0, 0, w->in->epoch,
			    NULL, err);
}

int pl_static_accounts_make(struct pl_debian_world *w, struct pl_err *err)
{
	int rc = make_file(w, "etc/passwd", passwd, err);
	return rc < 0 ? rc : make_file(w, "etc/group", group, err);
}

int pl_static_accounts_finish(struct pl_debian_world *w, struct pl_err *err)
{
	static const char *const shells[] = {"/bin/bash", "/bin/sh"};
	const char *shell = "/usr/sbin/nologin";
	struct pl_account_files f = {0};
	for (size_t i = PL_COUNT(shells); i > 0; i--)
		if (pl_tree_resolve(w->tree, pl_str_of(shells[i - 1]), true))
			shell = shells[i - 1];
	int rc = pl_account_files_load(&f, w->tree, w->in, err);
	struct pl_str *root = rc < 0 ? NULL : pl_account_find(&f.passwd, 0, PL_STR("root"));
	if (root && pl_str_is(pl_account_field(*root, 6), shells[0])) {
		*root = pl_account_with(&f, *root, 6, pl_str_of(shell));
		f.passwd.changed = true;
	}
	if (rc >= 0)
		rc = pl_account_files_save(&f, err);
	pl_account_files_done(&f);
	return rc;
}
