// HIR passes, text in, text out: each file passes/PASS/CASE.hir has the input, a line `---` and what the pass makes of
// it. With KRAIT_UPDATE_HIR=1 in the environment the expected parts are written anew (then read the difference).
#include "tests/unit/jit/passes_probe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

const std::string SEPARATOR = "---\n";

std::string read_file(const std::filesystem::path &path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> find_cases() {
  std::vector<std::filesystem::path> cases;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(KRAIT_TEST_FOLDER "/jit/passes"))
    if (entry.path().extension() == ".hir") cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  return cases;
}

std::string run_pass(const std::string &pass, const std::string &input) {
  char *text = probe_pass(pass.c_str(), input.c_str());
  std::string result(text);
  free(text);
  return result;
}

class Passes : public testing::TestWithParam<std::filesystem::path> {
protected:
  static void SetUpTestSuite() {
    static bool started = false;
    if (!started) probe_start();
    started = true;
  }
};

TEST_P(Passes, MakesOfItsInputWhatIsExpected) {
  std::string text = read_file(GetParam()), pass = GetParam().parent_path().filename();
  size_t separator = text.find(SEPARATOR);
  std::string input = text.substr(0, separator);
  std::string expected = separator == std::string::npos ? "" : text.substr(separator + SEPARATOR.size());
  std::string result = run_pass(pass, input);
  if (getenv("KRAIT_UPDATE_HIR") && result != expected) std::ofstream(GetParam()) << input << SEPARATOR << result;
  EXPECT_EQ(result, expected);
  // What is printed parses back to the same.
  if (result.find("ERROR: ") == std::string::npos) EXPECT_EQ(run_pass("parse", result), result);
}

INSTANTIATE_TEST_SUITE_P(Files, Passes, testing::ValuesIn(find_cases()), [](const auto &info) {
  return info.param.parent_path().filename().string() + "_" + info.param.stem().string();
});

} // namespace
