// Module _string: what string.Formatter needs of str.format()'s parser.
//
// Threads: no shared state.
#include "runtime/object/native.h"
#include "runtime/object/str_internal.h"

static const NativeMethod string_functions[] = {
    NATIVE("formatter_parser", str_formatter_parser, NULL, "The literals and fields of a template."),
    NATIVE("formatter_field_name_split", str_formatter_field_name_split, NULL, "The parts of a field's name."),
    {}};

const NativeModule string_module = {
    .name = "_string", .doc = "The parser of str.format().", .functions = string_functions};
