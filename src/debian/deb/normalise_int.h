// SPDX-License-Identifier: Apache-2.0
/* A maintainer script's identity: its text without what changes from one build to the next. Pure.
 */
#pragma once

#include "base/digest.h"

/* SHA-256 over the script with what does not matter taken out: debhelper's "Automatically added by
 * dh_x/VERSION" version, trailing blanks, the multiarch triplet (-> ${triplet}) and ":arch" of
 * architecture (-> ${arch}). */
struct pl_digest pl_script_normalise(struct pl_str text, struct pl_str architecture);
