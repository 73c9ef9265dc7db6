// Threads, stopping the world, blocking regions, object locks.
#include <gtest/gtest.h>

extern "C" {
#include "tests/unit/thread/thread_probe.h"
}

namespace {

class ThreadTest : public ::testing::Test {
protected:
  static void SetUpTestSuite() { thread_probe_start(); }
};

// First, while there has been one thread only.
TEST_F(ThreadTest, HookRunsBeforeTheSecondThreadDoes) {
  EXPECT_TRUE(thread_probe_starting_hook());
}

TEST_F(ThreadTest, BoundsOfTheStackAreKnown) {
  EXPECT_TRUE(thread_probe_stack_bounds());
}
TEST_F(ThreadTest, LowStackIsNoticedInEveryThread) {
  EXPECT_TRUE(thread_probe_deep_recursion());
}
TEST_F(ThreadTest, ThreadsAllocateWhileOthersCollect) {
  EXPECT_TRUE(thread_probe_allocate(4, 30000));
}
TEST_F(ThreadTest, CollectionsThatSeveralThreadsHeldGoOnAfterwards) {
  EXPECT_TRUE(thread_probe_held_collections(4, 1000));
}
TEST_F(ThreadTest, LocksExcludeEachOther) {
  EXPECT_TRUE(thread_probe_locks(4, 50000));
}
TEST_F(ThreadTest, SharersAndHoldersOfALockExcludeEachOther) {
  EXPECT_TRUE(thread_probe_shared_locks(4, 50000));
}
TEST_F(ThreadTest, PairsOfLocksDoNotDeadlock) {
  EXPECT_TRUE(thread_probe_lock_pairs(4, 20000));
}
TEST_F(ThreadTest, BlockedThreadDoesNotDelayCollections) {
  EXPECT_TRUE(thread_probe_blocking());
}
TEST_F(ThreadTest, RegistersOfBlockedThreadsAreScanned) {
  EXPECT_TRUE(thread_probe_blocked_registers());
}
TEST_F(ThreadTest, StopsExcludeEachOther) {
  EXPECT_TRUE(thread_probe_stops(4, 2000));
}
TEST_F(ThreadTest, ThreadsComeAndGoDuringCollections) {
  EXPECT_TRUE(thread_probe_attach_detach(200));
}
TEST_F(ThreadTest, NobodyBelievesAClearedWordAfterTheHandshake) {
  EXPECT_TRUE(thread_probe_handshake(3, 30000));
}
TEST_F(ThreadTest, LoopsSeeTheStoresOfOthersAfterATick) {
  EXPECT_TRUE(thread_probe_ticks());
}

} // namespace
