// SPDX-License-Identifier: Apache-2.0
/*
 * Faults in the system calls that change a disk: the program is linked with --wrap for each of
 * them (meson.build), so the code under test needs no seam. Calls are counted from fault_arm; the
 * Nth one fails. Thread rule: one thread.
 */
#pragma once

#include <stdbool.h>

enum fault_kind {
	FAULT_ERROR,       /* the call does nothing and fails with the errno */
	FAULT_HALF,        /* a write writes half; the next one fails. Other calls: as ERROR */
	FAULT_KILL_BEFORE, /* SIGKILL instead of the call */
	FAULT_KILL_AFTER,  /* SIGKILL right after it */
};

void fault_arm(unsigned nth, enum fault_kind kind, int error);
/* Ends counting. Did the fault happen? */
bool fault_disarm(void);
