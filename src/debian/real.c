// SPDX-License-Identifier: Apache-2.0
/* An installation by mmdebstrap, apt and dpkg: of the packages that are given and no others, from a
 * flat archive that is made of them (sources.list(5)). */
#include "debian/debian_int.h"

#include "base/file.h"
#include "debian/deb/deb.h"
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define TIMEOUT_S 3600
#define CHUNK ((size_t)1 << 18)

/* What mmdebstrap calls essential is that of its suite, so the archive has one. Where a package
 * says that the root is merged into /usr (bookworm's usr-is-merged), it is so from the beginning.
 * Who writes as if each file could be lost is told that none can. */
static const char script[] =
	"needs mmdebstrap mmdebstrap\n"
	"archive=$1 arch=$2 names=$3 tar=$4 merged=$5\n"
	"export ANSWERS=\"$archive/answers\"\n"
	"set --\n"
	"if [ -e \"$ANSWERS\" ]; then\n"
	"  set -- --essential-hook='chroot \"$1\" debconf-set-selections <\"$ANSWERS\"'\n"
	"fi\n"
	"[ -z \"$merged\" ] || set -- \"$@\" --hook-dir=\"$merged\"\n"
	"mmdebstrap --mode=root --variant=essential --format=tar --architectures=\"$arch\" \\\n"
	"  --aptopt='APT::Install-Recommends false' --aptopt='APT::Sandbox::User \"root\"' \\\n"
	"  --dpkgopt=force-unsafe-io --include=\"$names\" \"$@\" \\\n"
	"  plimsoll - \"deb [trusted=yes] copy:$archive ./\" >\"$tar\"\n";

static int copy_package(struct pl_store *store, const struct pl_lock_package *p, const char *path,
			struct pl_err *err)
{
	PL_AUTO_FREE(source) in = NULL;
	PL_AUTOFREE char *chunk = pl_xcalloc(1, CHUNK);
	int rc = pl_store_read(store, PL_STORE_INPUTS, &p->sha256, true, &in, err);
	if (rc < 0)
		return pl_ctx(err, "package %s %s", p->name, p->version);
	PL_AUTOFD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return pl_fail_sys(err, errno, "%s", path);
	for (;;) {
		int64_t n = pl_source_read(in, chunk, CHUNK, err);
		if (n <= 0)
			return (int)n;
		rc = pl_write_all(fd, chunk, (size_t)n, path, err);
		if (rc < 0)
			return rc;
	}
}

/* A paragraph of Packages: the package's control data, and where it is. */
static int describe_package(const struct pl_env *env, struct pl_store *store,
			    const struct pl_lock_package *p, size_t i, struct pl_buf *out,
			    struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	const void *facts;
	struct pl_package_reader *reader;
	char hex[PL_DIGEST_TEXT];
	int rc = pl_debian_open(env, store, p, &a, &facts, &reader, err);
	if (rc < 0)
		return rc;
	pl_debian_close(reader);
	pl_buf_addstr(out, ((const struct pl_control *)facts)->control);
	pl_buf_addf(out, "Filename: ./%zu.deb\nSize: %llu\nSHA256: %s\n\n", i,
		    (unsigned long long)p->size, pl_digest_hex(&p->sha256, hex));
	return 0;
}

static int write_file(const char *directory, const char *name, const struct pl_buf *text,
		      struct pl_err *err)
{
	PL_AUTOFREE char *path = pl_path_join(directory, name);
	return pl_file_write(path, pl_buf_str(text), 0644, err);
}

static int write_archive(const struct pl_env *env, struct pl_store *store,
			 const struct pl_real_request *rq, struct pl_err *err)
{
	PL_AUTO(buf) packages = {0};
	PL_AUTO(buf) release = {0};
	char hex[PL_DIGEST_TEXT];
	for (size_t i = 0; i < rq->n_packages; i++) {
		PL_AUTOFREE char *path = pl_xprintf("%s/%zu.deb", rq->directory, i);
		int rc = copy_package(store, rq->packages[i], path, err);
		if (rc == 0)
			rc = describe_package(env, store, rq->packages[i], i, &packages, err);
		if (rc < 0)
			return rc;
	}
	const struct pl_digest d = pl_sha256_of(pl_buf_str(&packages));
	pl_buf_addf(&release, "Suite: plimsoll\nCodename: plimsoll\nSHA256:\n %s %zu Packages\n",
		    pl_digest_hex(&d, hex), packages.n);
	int rc = write_file(rq->directory, "Packages", &packages, err);
	return rc < 0 ? rc : write_file(rq->directory, "Release", &release, err);
}

/* Whose question it is, and of which type, debconf knows once its template is loaded. */
static int write_answers(const struct pl_real_request *rq, struct pl_err *err)
{
	PL_AUTO(buf) text = {0};
	for (size_t i = 0; rq->questions && rq->questions[i]; i++)
		pl_buf_addf(&text, "plimsoll %s string %s\n", rq->questions[i], rq->answers[i]);
	return text.n ? write_file(rq->directory, "answers", &text, err) : 0;
}

int pl_debian_install_real(const struct pl_env *env, struct pl_store *store,
			   const struct pl_real_request *rq, struct pl_err *err)
{
	PL_AUTO(buf) names = {0};
	PL_AUTOFREE char *scratch = pl_path_join(rq->directory, "root");
	bool says_merged = false;
	for (size_t i = 0; i < rq->n_packages; i++) {
		pl_buf_addf(&names, "%s%s", i ? "," : "", rq->packages[i]->name);
		says_merged = says_merged || strcmp(rq->packages[i]->name, "usr-is-merged") == 0;
	}
	const char *const args[] = {rq->directory,
				    rq->platform->debian,
				    names.p,
				    rq->tar,
				    says_merged ? "/usr/share/mmdebstrap/hooks/merged-usr" : "",
				    NULL};
	const struct pl_sandbox s = {.hostname = rq->hostname,
				     .directory = scratch,
				     .script = script,
				     .args = args,
				     .timeout_s = TIMEOUT_S};
	int rc = write_archive(env, store, rq, err);
	if (rc == 0)
		rc = write_answers(rq, err);
	if (rc == 0)
		rc = pl_mkdirs(scratch, err);
	if (rc < 0)
		return rc;
	rc = pl_sandbox_run(env, &s, err);
	return rc < 0 ? pl_ctx(err, "a real installation by mmdebstrap") : 0;
}
