// SPDX-License-Identifier: Apache-2.0
/*
 * A scanner: one kind of facts in an image (dpkg's database, os-release), as an entry of a table.
 * The scan streams the layers, applies whiteouts, keeps the files that scanners want, and finds out
 * which layer added what; a scanner says which paths it wants and reads them.
 *
 * A new one is its file (`const struct pl_scanner pl_scanner_NAME`), its name in PL_SCANNERS, and
 * its test. A database that it reads goes from unread.c.
 *
 * Order of calls:
 *   for each layer, from the lowest up:
 *     wants   for the path of each file and link of the layer
 *     read    after the layer, if one of the scanner's paths changed in it
 *   read      after the last layer, with `final` set
 *   finish    once
 * Whiteouts and opaque directories are done before read sees anything: what a layer hides of lower
 * ones is gone, what the same layer adds stays, wherever in it the whiteout stands. A scanner keeps
 * nothing between two reads, so a package that went away and came back is not its trouble.
 */
#pragma once

#include "scan/places_int.h"
#include "scan/scan.h"

/* Those that there are, in the order in which they speak; at most 32. */
#define PL_SCANNERS(X) X(dpkg) X(os_release) X(unread)

enum pl_scan_want {
	PL_SCAN_IGNORE, /* not a path of this scanner */
	PL_SCAN_NOTICE, /* that it is there is enough */
	PL_SCAN_KEEP,   /* its content is to be read */
};

struct pl_scan_read;

struct pl_scanner {
	const char *name;
	/* What its packages are of, as everything after the scan names it ("debian"); NULL if it
	 * finds no packages. */
	const char *ecosystem;
	/* Where it looks, for the sentence that says that no package database was found; NULL if
	 * what it reads is none. */
	const char *looked_for;
	/* The paths that read or finish asks for with pl_scan_file, NULL-terminated, or NULL: links
	 * on the way to them are followed ("var/lib/dpkg -> ../../usr/lib/dpkg"). */
	const char *const *lookups;
	/* Is this path, without a leading '/', one of its own? Pure, and quick: it is asked for
	 * every file of the image. Where several scanners want one path, all get it. */
	enum pl_scan_want (*wants)(struct pl_str path);
	/* The packages of the image as it is now: adds each with pl_scan_add, in any order, twice
	 * the same is once. Sets r->database if a database is there (static text). Returns 0, or an
	 * error that ends the scan: PL_INPUT with the file and line where a database is damaged, so
	 * that an incomplete answer is never taken for a complete one. NULL: it finds no packages.
	 */
	int (*read)(struct pl_scan_read *r, struct pl_err *err);
	/* Fills what else of the result is its own, and says what could not be read (pl_scan_warn).
	 * Strings live in r->arena. Errors as read. NULL: nothing to say. */
	int (*finish)(struct pl_scan_read *r, struct pl_scan_result *ret, struct pl_err *err);
};
#define PL_SCANNER_DECLARE(name) extern const struct pl_scanner pl_scanner_##name;
PL_SCANNERS(PL_SCANNER_DECLARE)

/* What read and finish work on; theirs for the call. */
struct pl_scan_read {
	struct pl_arena *arena; /* for the strings of packages and results; outlives the call only
				   when final */
	bool final;             /* the image is complete: this is the answer */
	const char *database;   /* out, for people: which kinds of database are there */
	/* The scan's. */
	const struct pl_scanner *scanner;
	struct pl_places *places;
	uint32_t bit;              /* of pl_place.watchers */
	size_t next, max_packages; /* more than these is PL_LIMIT */
	PL_VEC(struct pl_found_package) packages;
	PL_VEC(const char *) warnings;
};
/* The file that path means in the image, links followed; NULL if there is none. */
struct pl_place *pl_scan_file(struct pl_scan_read *r, const char *path);
/* The scanner's own paths at which something is, a file or a link, one after the other in the order
 * in which the layers showed them first; NULL at the end, after which it begins again. */
struct pl_place *pl_scan_next(struct pl_scan_read *r);
/* A file's content; valid until the next call. */
int pl_scan_text(struct pl_scan_read *r, const struct pl_place *file, struct pl_str *ret,
		 struct pl_err *err) PL_MUST_USE;
/* Strings are borrowed and live in r->arena; layer and ecosystem are filled in by the scan. */
bool pl_scan_full(const struct pl_scan_read *r); /* more than max_packages: read may stop */
void pl_scan_add(struct pl_scan_read *r, const struct pl_found_package *p);
/* A statement about coverage, for people. Only the final read's are heard. */
void pl_scan_warn(struct pl_scan_read *r, const char *fmt, ...) PL_PRINTF(2, 3);
