// list, dict and set against models from the C++ library, and the guarantees that only C code can see.
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/runtime_in_cpp.h"
extern "C" {
#include "runtime/object/set.h"
}

namespace {

class Containers : public testing::Test {
protected:
  static void SetUpTestSuite() {
    static bool started = false;
    if (!started) runtime_start(false);
    started = true;
  }
  void TearDown() override {
    EXPECT_FALSE(exception_pending());
    exception_clear();
  }
  static Value number(int64_t n) { return value_from_small_int(n); }
  static std::string repr(Value value) { return str_utf8(value_repr(value), nullptr); }
};

TEST_F(Containers, ListBehavesAsAVector) {
  std::mt19937 random(1);
  std::vector<int64_t> model;
  Value list = list_new_sized(0);
  for (int step = 0; step < 20000; step++) {
    size_t at = model.empty() ? 0 : random() % model.size();
    switch (random() % 8) {
    case 0:
    case 1:
    case 2:
      ASSERT_TRUE(list_append(list, number(step)));
      model.push_back(step);
      break;
    case 3:
      ASSERT_TRUE(list_insert(list, (ptrdiff_t)at, number(step)));
      model.insert(model.begin() + (ptrdiff_t)at, step);
      break;
    case 4:
      EXPECT_EQ(list_pop(list), model.empty() ? nullptr : number(model.back()));
      if (!model.empty()) model.pop_back();
      break;
    case 5:
      EXPECT_EQ(list_set_item(list, at, number(-step)), !model.empty());
      if (!model.empty()) model[at] = -step;
      break;
    case 6: {
      size_t end = std::min(model.size(), at + random() % 4);
      ASSERT_TRUE(list_delete_range(list, at, end));
      model.erase(model.begin() + (ptrdiff_t)at, model.begin() + (ptrdiff_t)end);
      break;
    }
    default:
      if (random() % 20 == 0) {
        ASSERT_TRUE(list_sort(list, nullptr, false));
        std::sort(model.begin(), model.end());
      } else {
        list_reverse(list);
        std::reverse(model.begin(), model.end());
      }
    }
    ASSERT_EQ(list_count(list), model.size());
    EXPECT_EQ(list_item(list, model.size()), nullptr);
  }
  for (size_t i = 0; i < model.size(); i++) ASSERT_EQ(list_item(list, i), number(model[i]));
  EXPECT_FALSE(model.empty());
}

TEST_F(Containers, DictKeepsTheOrderOfInsertion) {
  std::mt19937 random(2);
  std::vector<std::pair<int64_t, int64_t>> model; // in order
  Value dict = dict_new();
  auto find = [&](int64_t key) {
    return std::find_if(model.begin(), model.end(), [&](auto &p) { return p.first == key; });
  };
  for (int step = 0; step < 30000; step++) {
    int64_t key = (int64_t)(random() % 300) * ((step / 3000) % 2 ? 1 << 20 : 1); // also keys with equal low bits
    auto place = find(key);
    switch (random() % 5) {
    case 0:
    case 1:
    case 2:
      ASSERT_TRUE(dict_set(dict, number(key), number(step)));
      if (place == model.end())
        model.emplace_back(key, step);
      else
        place->second = step;
      break;
    case 3:
      EXPECT_EQ(dict_delete(dict, number(key)), place != model.end());
      if (place != model.end()) model.erase(place);
      break;
    default:
      EXPECT_EQ(dict_get(dict, number(key)), place == model.end() ? nullptr : number(place->second));
    }
    ASSERT_EQ(dict_count(dict), model.size());
  }
  size_t position = 0, at = 0;
  Value key, value;
  for (; dict_next(dict, &position, &key, &value); at++) {
    ASSERT_LT(at, model.size());
    ASSERT_EQ(key, number(model[at].first));
    ASSERT_EQ(value, number(model[at].second));
  }
  EXPECT_EQ(at, model.size());
}

TEST_F(Containers, SmallDictsAreSmall) {
  Value dict = dict_new_sized(3);
  for (const char *name : {"a", "b", "c"}) ASSERT_TRUE(dict_set_c(dict, name, VALUE_NONE));
  EXPECT_LE(cell_size(value_cell(dict)) + cell_size(value_cell(value_as_dict(dict)->table)), 144u);
  Value pair = tuple_of(2, VALUE_NONE, VALUE_NONE);
  EXPECT_EQ(cell_size(value_cell(pair)), 32u);
}

TEST_F(Containers, AGlobalKeepsItsCell) {
  Value globals = dict_new_globals(), name = str_intern_c("answer");
  GlobalCell *cell = dict_global_cell(globals, name, true);
  ASSERT_NE(cell, nullptr);
  EXPECT_EQ(cell->value, nullptr);
  EXPECT_EQ(dict_count(globals), 0u);
  EXPECT_EQ(dict_get_name(globals, name), nullptr);
  ASSERT_TRUE(dict_set_name(globals, str_intern_c("before"), number(1)));
  ASSERT_TRUE(dict_set_name(globals, name, number(42)));
  EXPECT_EQ(cell->value, number(42));
  EXPECT_EQ(repr(globals), "{'before': 1, 'answer': 42}"); // in the order of definition, not of the first mention
  EXPECT_EQ(dict_delete(globals, name), 1);
  EXPECT_EQ(cell->value, nullptr);
  for (int i = 0; i < 100; i++) ASSERT_TRUE(dict_set(globals, number(i), number(i))); // grows the table
  ASSERT_TRUE(dict_set_name(globals, name, number(43)));
  EXPECT_EQ(dict_global_cell(globals, name, false), cell);
  EXPECT_EQ(cell->value, number(43));
  dict_clear(globals);
  EXPECT_EQ(cell->value, nullptr);
  EXPECT_EQ(dict_count(globals), 0u);
}

TEST_F(Containers, QueuesAndStacksOfADictStayFast) {
  // Quadratic behaviour would make this run for minutes.
  Value dict = dict_new(), key, value;
  for (int i = 0; i < 100000; i++) ASSERT_TRUE(dict_set(dict, number(i), VALUE_NONE));
  for (int i = 0; i < 100000; i++) {
    size_t position = 0;
    ASSERT_TRUE(dict_next(dict, &position, &key, &value));
    ASSERT_EQ(key, number(i));
    ASSERT_EQ(dict_delete(dict, key), 1);
  }
  EXPECT_EQ(dict_count(dict), 0u);
}

TEST_F(Containers, SetBehavesAsASet) {
  std::mt19937 random(3);
  std::set<int64_t> model;
  Value set = set_new(nullptr);
  for (int step = 0; step < 30000; step++) {
    int64_t item = (int64_t)(random() % 500);
    if (random() % 2) {
      ASSERT_TRUE(set_add(set, number(item)));
      model.insert(item);
    } else {
      EXPECT_EQ(set_discard(set, number(item)), (int)model.erase(item));
    }
    ASSERT_EQ(set_contains(set, number(item)), (int)model.count(item));
    ASSERT_EQ(set_count(set), model.size());
  }
  std::set<int64_t> found;
  Value item;
  int64_t hash;
  for (size_t position = 0; set_next(set, &position, &item, &hash);) {
    found.insert(value_small_int(item));
    EXPECT_EQ(hash, value_small_int(item));
  }
  EXPECT_EQ(found, model);
}

TEST_F(Containers, SortingHandlesRuns) {
  std::mt19937 random(4);
  for (size_t count : {0u, 1u, 2u, 63u, 64u, 65u, 1000u, 5000u}) {
    std::vector<std::pair<int64_t, int64_t>> model;
    Value list = list_new_sized(0);
    for (size_t i = 0; i < count; i++) {
      // runs upwards, runs downwards, noise
      int64_t key = i % 300 < 100 ? (int64_t)i : i % 300 < 200 ? -(int64_t)i : (int64_t)(random() % 50);
      model.emplace_back(key, (int64_t)i);
      ASSERT_TRUE(list_append(list, tuple_of(2, number(key), number((int64_t)i))));
    }
    std::sort(model.begin(), model.end());
    ASSERT_TRUE(list_sort(list, nullptr, false));
    for (size_t i = 0; i < count; i++) {
      ASSERT_EQ(tuple_item(list_item(list, i), 0), number(model[i].first));
      ASSERT_EQ(tuple_item(list_item(list, i), 1), number(model[i].second));
    }
  }
}

} // namespace
