// Micro-benchmarks of the runtime's C parts: allocation, attributes, dicts, lists, calls from C, young collections.
//
//   ./dev bench micro objects --benchmark_filter=dict
#include "bench/micro/objects_probe.h"

#include <benchmark/benchmark.h>

namespace {

enum { BATCH = 1000 };

// One operation a row: a batch is one call into C, so that the call does not count.
void run(benchmark::State &state, void (*operation)(size_t)) {
  micro_start();
  while (state.KeepRunningBatch(BATCH)) operation(BATCH);
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(run, allocate_list, micro_allocate_list);
BENCHMARK_CAPTURE(run, allocate_instance, micro_allocate_instance);
BENCHMARK_CAPTURE(run, list_append, micro_list_append);
BENCHMARK_CAPTURE(run, dict_get, micro_dict_get);
BENCHMARK_CAPTURE(run, dict_get_int, micro_dict_get_int);
BENCHMARK_CAPTURE(run, dict_set, micro_dict_set);
BENCHMARK_CAPTURE(run, dict_insert, micro_dict_insert);
BENCHMARK_CAPTURE(run, attribute_get, micro_attribute_get);
BENCHMARK_CAPTURE(run, attribute_set, micro_attribute_set);
BENCHMARK_CAPTURE(run, method_get, micro_method_get);
BENCHMARK_CAPTURE(run, attribute_resolve, micro_attribute_resolve);
BENCHMARK_CAPTURE(run, call_python, micro_call_python);
BENCHMARK_CAPTURE(run, call_native, micro_call_native);
BENCHMARK_CAPTURE(run, add_ints, micro_add_ints);
BENCHMARK_CAPTURE(run, add_floats, micro_add_floats);
BENCHMARK_CAPTURE(run, concatenate, micro_concatenate);

// Young collections: what is alive costs, what is dead should not.
void collect(benchmark::State &state, void (*prepare)(size_t)) {
  micro_start();
  for (auto _ : state) {
    state.PauseTiming();
    micro_collect_young();
    prepare(static_cast<size_t>(state.range(0)));
    state.ResumeTiming();
    micro_collect_young();
  }
}

BENCHMARK_CAPTURE(collect, young_alive, micro_prepare_survivors)->Arg(100)->Arg(10000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(collect, young_dead, micro_prepare_garbage)->Arg(100)->Arg(10000)->Unit(benchmark::kMicrosecond);

} // namespace
