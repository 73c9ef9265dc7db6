// What heap_test.cc asks of the heap, in C because the runtime's headers are not C++.
#pragma once
#include <stdbool.h>
#include <stddef.h>

void probe_start(bool stress);
void probe_root_clear(void);
void probe_root_set_empty(int index);
size_t probe_collect(int generation);
void probe_verify(void);
void probe_scrub_stack(void);

bool probe_alloc_is_clean(size_t size);
bool probe_size_is_consistent(size_t size);
bool probe_huge_fails(void);
// Chains of nodes that hang on root number `root`.
void probe_build_chain(int root, int length);
int probe_chain_length(int root);
bool probe_old_to_young(size_t count);
bool probe_bulk_stores(size_t count);
bool probe_initialise_across_collections(size_t count);
bool probe_stack_keeps(bool has_tail, size_t size, size_t offset);
bool probe_weak_clears(int generation);
bool probe_weak_order(void);
bool probe_weak_reference_dies(void);
bool probe_finalizer_resurrects(void);
bool probe_finalizer_order(void);
bool probe_prompt_spreads(void);
bool probe_prompt_collects(void);
bool probe_prompt_keeps_young(bool full);
bool probe_prompt_limit(void);
bool probe_prompt_epochs(int rounds);
bool probe_shape_attributes(void);
bool probe_each_reference(void);
bool probe_release(void);
bool probe_random_graph(unsigned seed);
bool probe_stress(void);
bool probe_weak_after_finalizer(bool prompt);
bool probe_parallel(void);
bool probe_grow(void);
