// SPDX-License-Identifier: Apache-2.0
/*
 * Faults below SQLite, through its own two seams: the file system (a default VFS that wraps the
 * system's) and the allocator. Counted from faulty_arm; the Nth call of the kind fails. Thread
 * rule: one thread.
 */
#pragma once

#include <stdbool.h>

enum faulty_kind {
	FAULTY_IO,     /* read, write, truncate, sync, open, delete, shared memory: EIO */
	FAULTY_FULL,   /* write: no space left */
	FAULTY_MEMORY, /* allocations */
};

/* Once, before anything of SQLite is used. */
void faulty_install(void);
/* for_good: every later call of the kind fails too. */
void faulty_arm(enum faulty_kind kind, unsigned nth, bool for_good);
/* Ends it. Did the fault happen? */
bool faulty_disarm(void);
