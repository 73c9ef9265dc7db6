// The heap: allocation, survival, sweeping, the write barrier, weak references, finalizers, promptness.
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

extern "C" {
#include "tests/unit/heap/heap_probe.h"
}

namespace {

class HeapTest : public ::testing::Test {
protected:
  static void SetUpTestSuite() { probe_start(false); }
  void TearDown() override {
    probe_root_clear();
    probe_collect(2);
    probe_verify();
  }
};

TEST_F(HeapTest, FreshCellsAreZeroAndAligned) {
  for (size_t size = 8; size < 20000; size += 24) EXPECT_TRUE(probe_alloc_is_clean(size)) << size;
}

TEST_F(HeapTest, UsableSizeCoversRequestAndAgreesWithCell) {
  for (size_t size = 8; size < 200000; size += size / 3 + 8) EXPECT_TRUE(probe_size_is_consistent(size)) << size;
}

TEST_F(HeapTest, HugeRequestRaisesMemoryError) {
  EXPECT_TRUE(probe_huge_fails());
}

TEST_F(HeapTest, RootedListSurvivesCollections) {
  for (int generation = 0; generation <= 2; generation++) {
    probe_root_clear();
    probe_build_chain(0, 20000);
    probe_collect(generation);
    probe_verify();
    EXPECT_EQ(probe_chain_length(0), 20000);
    probe_collect(2);
    EXPECT_EQ(probe_chain_length(0), 20000);
  }
}

TEST_F(HeapTest, UnreachableChainIsFreed) {
  probe_build_chain(0, 10000);
  probe_collect(2);
  probe_root_clear();
  probe_scrub_stack();
  EXPECT_GE(probe_collect(2), 9900u);
}

TEST_F(HeapTest, YoungCollectionFreesYoungAndKeepsOld) {
  probe_build_chain(0, 5000);
  probe_collect(0);
  probe_build_chain(1, 5000);
  probe_root_set_empty(1);
  probe_scrub_stack();
  EXPECT_GE(probe_collect(0), 4900u);
  EXPECT_EQ(probe_chain_length(0), 5000);
}

TEST_F(HeapTest, OldToYoungStoresAreRemembered) {
  EXPECT_TRUE(probe_old_to_young(100));
}
TEST_F(HeapTest, LargeCellsRememberByCard) {
  EXPECT_TRUE(probe_old_to_young(200000));
}
TEST_F(HeapTest, BulkStoresAreRemembered) {
  EXPECT_TRUE(probe_bulk_stores(100));
}
TEST_F(HeapTest, BulkStoresIntoLargeCellsAreRemembered) {
  EXPECT_TRUE(probe_bulk_stores(50000));
}
TEST_F(HeapTest, CellUnderInitialisationSurvivesPromotion) {
  EXPECT_TRUE(probe_initialise_across_collections(50));
  EXPECT_TRUE(probe_initialise_across_collections(5000));
}

TEST_F(HeapTest, StackReferencesKeepCellsAlive) {
  for (size_t size : {16u, 48u, 4000u, 100000u}) {
    EXPECT_TRUE(probe_stack_keeps(false, size, 0)) << size;
    EXPECT_TRUE(probe_stack_keeps(false, size, size / 2)) << size;
    EXPECT_TRUE(probe_stack_keeps(true, size, size)) << size;
  }
}

// Where a fixed cell ends its neighbour begins: who refers to that one must not keep it.
TEST_F(HeapTest, EndOfFixedCellDoesNotKeepItAlive) {
  for (size_t size : {16u, 48u, 4000u}) EXPECT_FALSE(probe_stack_keeps(false, size, size)) << size;
}

TEST_F(HeapTest, WeakReferenceIsClearedWhenTargetDies) {
  for (int generation = 0; generation <= 2; generation++) EXPECT_TRUE(probe_weak_clears(generation)) << generation;
}
TEST_F(HeapTest, WeakReferencesAreFoundNewestFirst) {
  EXPECT_TRUE(probe_weak_order());
}
TEST_F(HeapTest, DeadWeakReferenceIsForgotten) {
  EXPECT_TRUE(probe_weak_reference_dies());
}

TEST_F(HeapTest, FinalizerRunsOnceAndMayResurrect) {
  EXPECT_TRUE(probe_finalizer_resurrects());
}
TEST_F(HeapTest, FinalizersRunOwnersFirst) {
  EXPECT_TRUE(probe_finalizer_order());
}

TEST_F(HeapTest, WeakReferencesAreClearedAfterFinalizers) {
  EXPECT_TRUE(probe_weak_after_finalizer(false));
  EXPECT_TRUE(probe_weak_after_finalizer(true));
}

TEST_F(HeapTest, PromptFlagSpreadsThroughStores) {
  EXPECT_TRUE(probe_prompt_spreads());
}
TEST_F(HeapTest, PromptCollectionFinalizesAndPromotesNothing) {
  EXPECT_TRUE(probe_prompt_collects());
}
TEST_F(HeapTest, PromptCellsAreFoundDeadAfterSurvivingCollections) {
  EXPECT_TRUE(probe_prompt_keeps_young(false));
  EXPECT_TRUE(probe_prompt_keeps_young(true));
}
TEST_F(HeapTest, TooManyPromptCellsGrowOld) {
  EXPECT_TRUE(probe_prompt_limit());
}
TEST_F(HeapTest, ManyPromptCollectionsReuseEpochs) {
  EXPECT_TRUE(probe_prompt_epochs(100));
}

TEST_F(HeapTest, AttributesDescribedByShapesAreTraced) {
  EXPECT_TRUE(probe_shape_attributes());
}
TEST_F(HeapTest, ReferencesAreListed) {
  EXPECT_TRUE(probe_each_reference());
}
TEST_F(HeapTest, ReleaseRunsWhenSwept) {
  EXPECT_TRUE(probe_release());
}
TEST_F(HeapTest, RandomGraphAgreesWithModel) {
  for (unsigned seed = 1; seed <= 20; seed++) EXPECT_TRUE(probe_random_graph(seed)) << seed;
}
TEST_F(HeapTest, VeryLargeCellsGrowInPlace) {
  EXPECT_TRUE(probe_grow());
}
TEST_F(HeapTest, SeveralThreadsMark) {
  EXPECT_TRUE(probe_parallel());
}
TEST_F(HeapTest, StressCollectsAtEveryAllocation) {
  EXPECT_TRUE(probe_stress());
}

} // namespace
