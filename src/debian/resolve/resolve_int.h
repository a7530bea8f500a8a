// SPDX-License-Identifier: Apache-2.0
/*
 * The resolver's state, shared by the search (resolve.c), the rules of what meets and what refuses
 * (resolve_match.c) and the explanation (resolve_explain.c).
 */
#pragma once

#include "debian/resolve/resolve.h"

#define PL_NO_CHOICE SIZE_MAX

struct pl_chosen {
	struct pl_package *pkg;
	size_t owner;                    /* the choice that needed it, or PL_NO_CHOICE */
	const struct pl_depgroup *group; /* its relation; NULL: a root or preselected */
	size_t level;                    /* number of the decision; 0: preselected */
};
/* A name that choice provides, or refuses (Conflicts, Breaks). */
struct pl_link {
	size_t choice;
	const struct pl_dep *dep;
	bool breaks;
};
struct pl_links {
	struct pl_link *v;
	size_t n, cap;
};

/* Work to do: the groups of one choice, then the rest. Never changed, so a decision keeps one. */
struct pl_agenda {
	size_t choice; /* PL_NO_CHOICE: the roots */
	const struct pl_agenda *next;
	size_t next_group;
};

/* One choice among options; decision i is level i + 1. */
struct pl_decision {
	const struct pl_agenda *agenda; /* where it stands */
	size_t group;
	struct pl_package **options;
	size_t n_options, tried;
	size_t chosen;      /* length of resolver.chosen before it */
	uint64_t *culprits; /* bit per level that a change here cannot do without */
	bool was_chosen;    /* an option was taken and failed later */
};

/* Why an option was passed over. */
enum pl_refusal_kind { PL_REFUSED_NOT, PL_REFUSED_VERSION, PL_REFUSED_CONFLICT };
struct pl_refusal {
	enum pl_refusal_kind kind;
	size_t choice; /* the chosen package that stands in the way */
	bool breaks, by_choice;
};

struct pl_resolver {
	struct pl_index *ix;
	const struct pl_resolve_options *o;
	const struct pl_root *roots;
	size_t n_roots;
	struct pl_arena scratch;
	PL_VEC(struct pl_chosen) chosen;
	struct pl_map by_name;  /* name -> choice index + 1 */
	struct pl_map provided; /* name -> struct pl_links */
	struct pl_map refused;  /* name -> struct pl_links */
	PL_VEC(struct pl_decision) decisions;
	size_t n_decisions;    /* in use; those behind keep their memory */
	struct pl_map nogoods; /* name -> list, resolve_nogood.c */
	size_t n_nogoods;
	size_t steps, dead_ends;
	size_t *work; /* comparisons made, by those too who only read the rest */
	char *first_dead_end, *last_dead_end; /* their texts, heap */
	struct pl_err *err;
};

/* Choices made, taken-back ones included; images need hundreds. */
#define PL_RESOLVE_STEPS ((size_t)300000)
/* Comparisons: some seconds. What a step costs is in the hands of the archive: how many provide a
 * name, how much is refused, how much was learnt. Images need some 100,000. */
#define PL_RESOLVE_WORK ((size_t)100000000)
static inline bool pl_resolver_is_spent(const struct pl_resolver *r)
{
	return r->steps > PL_RESOLVE_STEPS || *r->work > PL_RESOLVE_WORK;
}

/* resolve_match.c */
/* The chosen package of that name, or PL_NO_CHOICE. */
size_t pl_resolver_chosen(const struct pl_resolver *r, struct pl_str name);
bool pl_group_met(const struct pl_resolver *r, const struct pl_depgroup *g);
/* Packages that would meet the group, in the order to try; in scratch. */
void pl_group_options(struct pl_resolver *r, const struct pl_depgroup *g, struct pl_package ***ret,
		      size_t *ret_n);
/* By the package of that name, or, where the archive has none, by one that provides it. */
bool pl_root_met(const struct pl_resolver *r, const struct pl_root *root);
int pl_root_options(struct pl_resolver *r, const struct pl_root *root, struct pl_package ***ret,
		    size_t *ret_n);
struct pl_refusal pl_refusal_of(const struct pl_resolver *r, const struct pl_package *p);

/* resolve_nogood.c */
#define PL_NOGOOD_LEVELS 16 /* packages of one nogood: longer ones hardly ever apply again */
/* p failed beside the packages chosen at these levels (bits, 1 to below - 1). Before taking back.
 */
void pl_nogood_learn(struct pl_resolver *r, const struct pl_package *p, const uint64_t *culprits,
		     size_t below);
/* Is p known to fail beside what is chosen? Then the levels to blame. */
bool pl_nogood_applies(const struct pl_resolver *r, const struct pl_package *p,
		       size_t ret_levels[PL_NOGOOD_LEVELS], size_t *ret_n);

/* resolve_explain.c */
void pl_group_text(struct pl_buf *b, const struct pl_depgroup *g);
/* Notes the text of this dead end. g NULL: the root. */
void pl_explain_dead_end(struct pl_resolver *r, const struct pl_decision *d, size_t owner,
			 const struct pl_depgroup *g, const struct pl_root *root);
int pl_explain_failure(struct pl_resolver *r, bool gave_up);
int pl_explain_no_root(struct pl_resolver *r, const struct pl_root *root);
