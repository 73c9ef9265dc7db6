// Writes code as text; see disassembler.h.
#include "frontend/disassembler.h"

#include "runtime/object/opcodes.h"
#include "runtime/support/number_text.h"

static void write_text(const char *data, size_t length, char quote, FILE *output) {
  fputc(quote, output);
  for (size_t i = 0; i < length && i < 60; i++) {
    unsigned char byte = (unsigned char)data[i];
    if (byte == '\n')
      fputs("\\n", output);
    else if (byte == '\\' || byte == quote)
      fprintf(output, "\\%c", byte);
    else if (byte < 0x20 || byte >= 0x7f)
      fprintf(output, "\\x%02x", byte);
    else
      fputc(byte, output);
  }
  if (length > 60) fputs("...", output);
  fputc(quote, output);
}

static void write_float(double value, FILE *output) {
  char buffer[FLOAT_REPR_MAX];
  float_repr(value, buffer);
  fputs(buffer, output);
}

static void write_constant(const Constant *constant, FILE *output) {
  static const char *const words[] = {"None", "True", "False", "Ellipsis"};
  switch (constant->kind) {
  case CONSTANT_INT:
    fprintf(output, "%lld", (long long)constant->integer);
    break;
  case CONSTANT_BIG_INT:
    fprintf(output, "%s%s(base %u)", constant->big.negative ? "-" : "", constant->big.digits, constant->big.base);
    break;
  case CONSTANT_FLOAT:
    write_float(constant->floating, output);
    break;
  case CONSTANT_COMPLEX:
    write_float(constant->complex.real, output);
    fputc('+', output);
    write_float(constant->complex.imaginary, output);
    fputc('j', output);
    break;
  case CONSTANT_STR:
    write_text(constant->text.data, constant->text.length, '\'', output);
    break;
  case CONSTANT_BYTES:
    fputc('b', output);
    write_text(constant->text.data, constant->text.length, '\'', output);
    break;
  case CONSTANT_TUPLE:
  case CONSTANT_FROZENSET:
    fputs(constant->kind == CONSTANT_TUPLE ? "(" : "frozenset{", output);
    for (size_t i = 0; i < constant->items.count; i++) {
      if (i) fputs(", ", output);
      if (i == 8) {
        fputs("...", output);
        break;
      }
      write_constant(constant->items.items[i], output);
    }
    if (constant->kind == CONSTANT_TUPLE && constant->items.count == 1) fputc(',', output);
    fputc(constant->kind == CONSTANT_TUPLE ? ')' : '}', output);
    break;
  default:
    fputs(words[constant->kind], output);
  }
}

static void write_register(const CodeUnit *unit, unsigned number, FILE *output) {
  unsigned cells = unit->variable_count + unit->cell_count;
  if (number < unit->variable_count)
    fputs(unit->variable_names[number]->text, output);
  else if (number < cells)
    fprintf(output, "cell:%s", unit->cell_names[number - unit->variable_count]->text);
  else if (number < cells + unit->free_count)
    fprintf(output, "free:%s", unit->free_names[number - cells]->text);
  else
    fprintf(output, "t%u", number - cells - unit->free_count);
}

static void write_operand(const CodeUnit *unit, OperandKind kind, uint32_t value, int32_t wide, uint32_t at,
                          FILE *output) {
  switch (kind) {
  case OPERAND_NONE:
    return;
  case OPERAND_CONST:
  case OPERAND_CONST32: {
    uint32_t index = kind == OPERAND_CONST ? value : (uint32_t)wide;
    fputc(' ', output);
    if (index >= unit->constant_count)
      fprintf(output, "const %u?", index);
    else if (unit->constants[index].code)
      fprintf(output, "<code %s>", unit->constants[index].code->name->text);
    else
      write_constant(unit->constants[index].constant, output);
    return;
  }
  case OPERAND_NAME:
  case OPERAND_NAME32: {
    uint32_t index = kind == OPERAND_NAME ? value : (uint32_t)wide;
    fprintf(output, " %s", index < unit->name_count ? unit->names[index]->text : "name?");
    return;
  }
  case OPERAND_COUNT:
    fprintf(output, " #%u", value);
    return;
  case OPERAND_JUMP:
    fprintf(output, " ->%d", (int)at + wide);
    return;
  case OPERAND_JUMP16:
    fprintf(output, " ->%u", at + value);
    return;
  default:
    break;
  }
  fputc(' ', output);
  write_register(unit, value, output);
  if (kind == OPERAND_BASE || kind == OPERAND_DESTS) fputs("..", output);
}

static void write_header(const CodeUnit *unit, FILE *output) {
  fprintf(output, "code %s, line %u, flags 0x%x, registers %u", unit->qualified_name, unit->first_line, unit->flags,
          unit->register_count);
  if (unit->argument_count || unit->keyword_only_count)
    fprintf(output, ", arguments %u/%u/%u", unit->argument_count, unit->positional_only_count,
            unit->keyword_only_count);
  fputc('\n', output);
}

void code_unit_disassemble(const CodeUnit *unit, unsigned flags, FILE *output) {
  write_header(unit, output);
  uint32_t position = 0, live = 0;
  int32_t line = -1;
  for (uint32_t at = 0; at < unit->word_count;) {
    while (position + 1 < unit->position_count && unit->positions[position + 1].start <= at) position++;
    while (live + 1 < unit->live_count && unit->live_ranges[live + 1].start <= at) live++;
    const PositionRange *range = &unit->positions[position];
    if (flags & DISASSEMBLY_POSITIONS)
      fprintf(output, "%4d:%d-%d:%d", range->line, range->column, range->end_line, range->end_column);
    else if (range->line != line)
      fprintf(output, "%4d", range->line);
    else
      fputs("    ", output);
    line = range->line;
    Instruction word = unit->words[at];
    const OpcodeInformation *information = &opcode_information[instruction_opcode(word)];
    if (flags & DISASSEMBLY_LIVE) fprintf(output, " [%u]", unit->live_ranges[live].live);
    fprintf(output, " %5u %s", at, information->name);
    if (instruction_auxiliary(word)) fprintf(output, "/%u", instruction_auxiliary(word));
    int32_t wide = instruction_bc(word);
    write_operand(unit, information->a, instruction_a(word), wide, at, output);
    write_operand(unit, information->b, instruction_b(word), wide, at, output);
    write_operand(unit, information->c, instruction_c(word), wide, at, output);
    fputc('\n', output);
    at += 1 + information->caches;
  }
  for (uint32_t i = 0; i < unit->exception_count; i++) {
    const ExceptionRange *range = &unit->exceptions[i];
    fprintf(output, "except %u-%u -> %u ", range->start, range->end, range->handler);
    write_register(unit, range->target, output);
    fputc('\n', output);
  }
  if (!(flags & DISASSEMBLY_NESTED)) return;
  for (uint32_t i = 0; i < unit->constant_count; i++) {
    if (!unit->constants[i].code) continue;
    fputc('\n', output);
    code_unit_disassemble(unit->constants[i].code, flags, output);
  }
}
