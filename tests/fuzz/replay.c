// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a fuzz target over every file of its corpus directory, and over each file's prefixes and a
 * few deterministic mutations, so that a plain test run exercises the parser's error paths too.
 * Fails if the corpus is empty: a replay of nothing proves nothing.
 */
#include "base/file.h"

#include <dirent.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly n bytes on the heap, so that ASan sees every read past the end. */
static void run(const char *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	if (!copy)
		abort();
	if (n)
		memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void replay(const char *p, size_t n)
{
	run(p, n);
	size_t step = n / 16 + 1;
	for (size_t cut = 0; cut < n; cut += step)
		run(p, cut);
	char *m = malloc(n ? n : 1);
	if (!m)
		abort();
	uint32_t seed = 2463534242u;
	for (int round = 0; n && round < 32; round++) {
		memcpy(m, p, n);
		for (int k = 0; k <= round % 4; k++) {
			seed ^= seed << 13;
			seed ^= seed >> 17;
			seed ^= seed << 5;
			m[seed % n] = (char)(seed >> 8);
		}
		run(m, n);
	}
	free(m);
}

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	if (argc != 2)
		return 2;
	DIR *d = opendir(argv[1]);
	if (!d) {
		fprintf(stderr, "%s: cannot read the corpus\n", argv[1]);
		return 1;
	}
	unsigned count = 0;
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		PL_AUTOFREE char *path = pl_path_join(argv[1], e->d_name);
		PL_AUTO(buf) b = {0};
		if (pl_file_read(path, 64 << 20, &b, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			closedir(d);
			return 1;
		}
		replay(b.p ? b.p : "", b.n);
		count++;
	}
	closedir(d);
	printf("%u inputs\n", count);
	return count ? 0 : 1;
}
