// See front_end_modules.h.
#include "vm/front_end_modules.h"

#include "runtime/object/native.h"
#include "vm/compile_source.h"

#include "frontend/ast_objects.h"

static bool ast_initialize(Value module) {
  return module_add_int(module, "PyCF_ONLY_AST", COMPILE_ONLY_TREE) &&
         module_add_int(module, "PyCF_TYPE_COMMENTS", COMPILE_TYPE_COMMENTS) &&
         module_add_int(module, "PyCF_ALLOW_TOP_LEVEL_AWAIT", COMPILE_TOP_LEVEL_AWAIT) && ast_classes_add(module);
}
static const NativeModule ast_module = {
    .name = "_ast", .doc = "The classes of syntax trees.", .initialize = ast_initialize};

static const NativeModule *const modules[] = {&ast_module, &opcode_module, &symtable_module, NULL};

void front_end_modules_start(void) {
  native_modules_above = modules;
}
