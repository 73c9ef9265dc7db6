// The engine: from an LLVM module to code that runs and can be freed, with a name for gdb and perf.
#include "tests/unit/jit/engine_probe.h"

#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

TEST(EngineTest, CompilesAtEitherLevel) {
  ProbeFunction *quick = probe_compile("py::quick:1#1", 5, false), *full = probe_compile("py::full:1#2", -5, true);
  ASSERT_TRUE(quick && full);
  EXPECT_EQ(probe_call(quick, 37), 42);
  EXPECT_EQ(probe_call(full, 47), 42);
  EXPECT_GT(probe_size(full), 0u);
  EXPECT_LT(probe_size(full), 64u);
  probe_free(quick);
  EXPECT_EQ(probe_call(full, 5), 0);
  probe_free(full);
}

long resident_pages() {
  long total = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
  fclose(file);
  return resident;
}

TEST(EngineTest, GivesMemoryBack) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer keeps what was freed for a while";
#endif
  auto compile_many = [](int from, int count) {
    for (int i = from; i < from + count; i++) {
      ProbeFunction *function = probe_compile(("py::f:1#" + std::to_string(i)).c_str(), i, false);
      ASSERT_TRUE(function);
      ASSERT_EQ(probe_call(function, 1), i + 1);
      probe_free(function);
    }
  };
  compile_many(100, 100);
  long before = resident_pages();
  compile_many(200, 400);
  // A page of code and one of data each, were they kept, would be 800.
  EXPECT_LT(resident_pages() - before, 400);
}

TEST(EngineTest, TellsGdbWhatThereIs) {
  size_t before = probe_gdb_count();
  ProbeFunction *first = probe_compile("py::Outer.first:3#7", 1, false);
  ProbeFunction *second = probe_compile("py::second:9:loop#8", 2, false);
  EXPECT_EQ(probe_gdb_count(), before + 2);
  EXPECT_TRUE(probe_gdb_knows("py::Outer.first:3#7", first));
  EXPECT_TRUE(probe_gdb_knows("py::second:9:loop#8", second));
  probe_free(first);
  EXPECT_EQ(probe_gdb_count(), before + 1);
  EXPECT_FALSE(probe_gdb_knows("py::Outer.first:3#7", first));
  EXPECT_TRUE(probe_gdb_knows("py::second:9:loop#8", second));
  probe_free(second);
  EXPECT_EQ(probe_gdb_count(), before);
}

TEST(EngineTest, WritesTheMapOfPerf) {
  free(probe_perf_map());
  ProbeFunction *function = probe_compile("py::mapped:3#9", 1, false);
  char *text = probe_perf_map();
  EXPECT_NE(std::string(text).find(" py::mapped:3#9\n"), std::string::npos) << text;
  free(text);
  probe_free(function);
}

} // namespace
