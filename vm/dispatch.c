// The tables of handlers: opcode to function.
#include "vm/handler.h"
#include "vm/interpreter_internal.h"
#include "vm/trace.h"

// An opcode that does not exist; the verifier lets none through.
SLOW_HANDLER(invalid) {
  SAVE();
  raise(CLASS_SYSTEM_ERROR, "unknown opcode");
  FAIL();
}

// [0] is in use as a rule, [1] while allocations are observed.
static const Handler untraced_tables[2][256] = {[0 ... 1] = {
#define OPCODE(NAME, a, b, c, caches, flags) [OP_##NAME] = handle_##NAME,
#include "runtime/object/opcodes.def"
#define QUICK(NAME, BASE) [OP_##NAME] = handle_##NAME,
#include "runtime/object/opcodes_quick.def"
                                                    [OPCODE_ALL_COUNT... OP_EXIT_YIELDED - 1] = handle_invalid,
                                                    [OP_EXIT_YIELDED] = handle_exit_yielded,
                                                    [OP_EXIT_RETURNED] = handle_exit_returned,
                                                }};
static const Handler tracing_table[256] = {
    [0 ... OPCODE_ALL_COUNT - 1] = handle_trace,
    [OPCODE_ALL_COUNT... OP_EXIT_YIELDED - 1] = handle_invalid,
    [OP_EXIT_YIELDED] = handle_exit_yielded,
    [OP_EXIT_RETURNED] = handle_exit_returned,
};
const void *const plain_handlers = untraced_tables[0];
const void *const observed_handlers = untraced_tables[1];
const void *const tracing_handlers = tracing_table;
