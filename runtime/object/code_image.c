// Writing and reading code images; see code_image.h.
//
// A block: header, offsets of all objects, objects. Everything is aligned to eight bytes, so that tables and words can
// be used in place. Numbers are the machine's own: a block belongs to the build that wrote it (`sys.implementation.
// cache_tag` names it).
#include "runtime/object/code_image.h"
#include "runtime/heap/heap.h"
#include "runtime/object/bytes.h"
#include "runtime/object/code_object.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/object.h"
#include "runtime/object/opcodes.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/thread/lock.h"

#include <string.h>

typedef struct BlockHeader {
  uint64_t checksum; // of everything behind it
  uint32_t size, object_count;
  uint32_t root, filename; // objects
} BlockHeader;

typedef enum ObjectKind : uint8_t {
  IMAGE_SINGLETON, // detail: which
  IMAGE_INT,       // count: bytes, signed
  IMAGE_FLOAT,
  IMAGE_COMPLEX,
  IMAGE_STR, // count: characters, detail: bytes a character, and STR_IS_INTERNED
  IMAGE_BYTES,
  IMAGE_TUPLE, // count: items, as object numbers
  IMAGE_FROZENSET,
  IMAGE_CODE,
} ObjectKind;
enum : uint8_t { STR_IS_INTERNED = 8 };

typedef struct ObjectHeader {
  ObjectKind kind;
  uint8_t detail;
  uint16_t unused;
  uint32_t count;
} ObjectHeader;

static const Value singletons[] = {VALUE_NONE, VALUE_FALSE, VALUE_TRUE, VALUE_ELLIPSIS};

// Behind it stand the words, then the tables: cell arguments last, each at a multiple of eight bytes.
typedef struct CodeRecord {
  ObjectHeader head;
  uint32_t name, qualified_name, filename, constants, names, variable_names, cell_names, free_names; // objects
  uint32_t flags, argument_count, positional_only_count, keyword_only_count, register_count, first_line;
  uint32_t local_count, cell_count, free_count;
  uint32_t word_count, exception_count, position_count, live_count, is_foreign;
} CodeRecord;

static size_t aligned(size_t size) {
  return (size + CODE_IMAGE_ALIGNMENT - 1) / CODE_IMAGE_ALIGNMENT * CODE_IMAGE_ALIGNMENT;
}

// Eight bytes at a time: damage is to be found, not an enemy kept out.
static uint64_t checksum(const void *data, size_t size) {
  uint64_t sum = size, word = 0;
  const char *at = data;
  for (; size >= sizeof word; at += sizeof word, size -= sizeof word) {
    memcpy(&word, at, sizeof word);
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 29;
  }
  return sum;
}

// ---- Writing ----

typedef struct ImageWriter {
  Value output; // bytearray: the objects
  size_t length;
  Value numbers; // dict: identity, or type and contents of what has no identity -> object number
  Value kept;    // list of what `numbers` knows by identity
  Value offsets; // list
  bool unfit, failed;
  int depth;
} ImageWriter;

static bool writer_fail(ImageWriter *writer) {
  writer->failed = true;
  return false;
}

static uint8_t *writer_reserve(ImageWriter *writer, size_t size) {
  size_t capacity = ((ByteArray *)value_cell(writer->output))->length, wanted = writer->length + aligned(size);
  if (wanted > UINT32_MAX / 2) {
    writer->unfit = true;
    return NULL;
  }
  if (wanted > capacity && !bytearray_resize(writer->output, wanted * 2 + 4096)) {
    writer_fail(writer);
    return NULL;
  }
  uint8_t *at = bytearray_data(writer->output) + writer->length;
  memset(at, 0, aligned(size));
  writer->length = wanted;
  return at;
}

// The next object's place; its number goes to *number.
static uint8_t *writer_begin(ImageWriter *writer, ObjectHeader head, const void *data, size_t size, uint32_t *number) {
  Value offset = int_from_size(writer->length);
  uint8_t *at = writer_reserve(writer, sizeof head + size);
  if (!at) return NULL;
  *number = (uint32_t)list_count(writer->offsets);
  if (!offset || !list_append(writer->offsets, offset)) {
    writer_fail(writer);
    return NULL;
  }
  memcpy(at, &head, sizeof head);
  if (data) memcpy(at + sizeof head, data, size);
  return at;
}

static bool write_object(ImageWriter *writer, Value value, uint32_t *number);

static bool write_items(ImageWriter *writer, ObjectKind kind, Value items, uint32_t *number) {
  size_t count = tuple_count(items);
  Bytes *numbers = bytes_allocate(count * sizeof(uint32_t)); // items first: references point backwards
  if (!numbers) return writer_fail(writer);
  for (size_t i = 0; i < count; i++) {
    uint32_t item;
    if (!write_object(writer, tuple_item(items, i), &item)) return false;
    memcpy(numbers->data + i * sizeof item, &item, sizeof item);
  }
  ObjectHeader head = {.kind = kind, .count = (uint32_t)count};
  bool done = writer_begin(writer, head, numbers->data, count * sizeof(uint32_t), number) != NULL;
  KEEP(numbers);
  return done;
}

static uint8_t *put_table(uint8_t *at, const void *table, size_t size) {
  if (size) memcpy(at, table, size);
  return at + aligned(size);
}

static bool write_code(ImageWriter *writer, Value value, uint32_t *number) {
  Code *code = value_as_code(value);
  if (!code_complete(code)) return writer_fail(writer);
  CodeRecord record = {
      .head = {.kind = IMAGE_CODE},
      .flags = code->flags,
      .argument_count = code->argument_count,
      .positional_only_count = code->positional_only_count,
      .keyword_only_count = code->keyword_only_count,
      .register_count = code->register_count,
      .first_line = code->first_line,
      .local_count = code->local_count,
      .cell_count = code->cell_count,
      .free_count = code->free_count,
      .word_count = code->word_count,
      .exception_count = code->exception_count,
      .position_count = code->position_count,
      .live_count = code->live_count,
      .is_foreign = code->is_foreign,
  };
  const struct {
    Value value;
    uint32_t *number;
  } parts[] = {{code->name, &record.name},
               {code->qualified_name, &record.qualified_name},
               {code->filename, &record.filename},
               {code->constants, &record.constants},
               {code->names, &record.names},
               {code->variable_names, &record.variable_names},
               {code->cell_names, &record.cell_names},
               {code->free_names, &record.free_names}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (!write_object(writer, parts[i].value, parts[i].number)) return false;
  size_t words = code->word_count * sizeof(Instruction), exceptions = code->exception_count * sizeof(ExceptionRange),
         positions = code->position_count * sizeof(PositionRange), live = code->live_count * sizeof(LiveRange),
         cells = code->cell_count * sizeof(uint16_t);
  size_t size = aligned(sizeof record) + words + aligned(exceptions) + aligned(positions) + aligned(live) + cells;
  uint8_t *at = writer_begin(writer, record.head, NULL, size - sizeof record.head, number);
  if (!at) return false;
  memcpy(at, &record, sizeof record);
  at += aligned(sizeof record);
  for (uint32_t i = 0; i < code->word_count;) { // as the compiler wrote them, caches empty
    Instruction word = code_plain_word(code, i);
    memcpy(at + i * sizeof word, &word, sizeof word);
    unsigned opcode = instruction_opcode(word);
    i += 1 + (opcode < OPCODE_COUNT ? opcode_information[opcode].caches : 0u);
  }
  at = put_table(at + words, code->exceptions, exceptions);
  at = put_table(at, code->positions, positions);
  at = put_table(at, code->live_ranges, live);
  if (code->cell_arguments) memcpy(at, code->cell_arguments, cells);
  return true;
}

static bool write_new_object(ImageWriter *writer, Value value, uint32_t *number) {
  for (size_t i = 0; i < sizeof singletons / sizeof *singletons; i++)
    if (value == singletons[i])
      return writer_begin(writer, (ObjectHeader){.kind = IMAGE_SINGLETON, .detail = (uint8_t)i}, NULL, 0, number);
  Class *class = value_class(value);
  if (class == BUILTIN(STR)) {
    const Str *text = value_as_str(value);
    uint8_t detail = (uint8_t)(str_width(text) | (str_is_interned(value) ? STR_IS_INTERNED : 0));
    ObjectHeader head = {.kind = IMAGE_STR, .detail = detail, .count = (uint32_t)text->length};
    return writer_begin(writer, head, text->data, text->length * (size_t)str_width(text), number);
  }
  if (class == BUILTIN(INT)) {
    size_t size = int_bit_length(value) / 8 + 1;
    Bytes *bytes = bytes_allocate(size);
    if (!bytes || !int_to_bytes(value, bytes->data, size, true, true)) return writer_fail(writer);
    bool done = writer_begin(writer, (ObjectHeader){.kind = IMAGE_INT, .count = (uint32_t)size}, bytes->data, size,
                             number) != NULL;
    KEEP(bytes);
    return done;
  }
  if (class == BUILTIN(FLOAT)) {
    double part = float_as_double(value);
    return writer_begin(writer, (ObjectHeader){.kind = IMAGE_FLOAT}, &part, sizeof part, number);
  }
  if (class == BUILTIN(COMPLEX)) {
    double parts[2] = {((const Complex *)value_cell(value))->real, ((const Complex *)value_cell(value))->imaginary};
    return writer_begin(writer, (ObjectHeader){.kind = IMAGE_COMPLEX}, parts, sizeof parts, number);
  }
  if (class == BUILTIN(BYTES)) {
    const Bytes *bytes = value_as_bytes(value);
    ObjectHeader head = {.kind = IMAGE_BYTES, .count = (uint32_t)bytes->length};
    return writer_begin(writer, head, bytes->data, bytes->length, number);
  }
  if (class == BUILTIN(TUPLE)) return write_items(writer, IMAGE_TUPLE, value, number);
  if (class == BUILTIN(FROZENSET)) {
    Value items = value_to_tuple(value);
    return items ? write_items(writer, IMAGE_FROZENSET, items, number) : writer_fail(writer);
  }
  if (class == BUILTIN(CODE)) return write_code(writer, value, number);
  writer->unfit = true;
  return false;
}

// Writes `value` unless it has been written; its number goes to *number. False: `unfit`, or `failed` with an exception.
static bool write_object(ImageWriter *writer, Value value, uint32_t *number) {
  enum : int { DEPTH_MAX = 1000 };
  Value identity = value_id(value);
  Value known = identity ? dict_get(writer->numbers, identity) : NULL;
  int64_t known_number;
  if (known && int_fits_int64(known, &known_number)) {
    *number = (uint32_t)known_number;
    return true;
  }
  if (!identity || exception_pending()) return writer_fail(writer);
  if (writer->depth >= DEPTH_MAX || c_stack_is_low()) {
    writer->unfit = true;
    return false;
  }
  writer->depth++;
  bool done = write_new_object(writer, value, number);
  writer->depth--;
  if (!done) return false;
  if (!list_append(writer->kept, value) || !dict_set(writer->numbers, identity, value_from_small_int(*number)))
    return writer_fail(writer);
  return true;
}

Value code_image_write(Value code) {
  ImageWriter writer = {
      .output = bytearray_new(NULL, 0), .numbers = dict_new(), .kept = list_new(NULL, 0), .offsets = list_new(NULL, 0)};
  if (!writer.output || !writer.numbers || !writer.kept || !writer.offsets) return NULL;
  BlockHeader header = {};
  if (!write_object(&writer, code, &header.root) ||
      !write_object(&writer, value_as_code(code)->filename, &header.filename))
    return writer.failed ? NULL : VALUE_NONE;
  size_t count = list_count(writer.offsets), start = sizeof header + aligned(count * sizeof(uint32_t));
  if (start + writer.length > UINT32_MAX) return VALUE_NONE;
  header.size = (uint32_t)(start + writer.length);
  header.object_count = (uint32_t)count;
  Bytes *bytes = bytes_allocate(header.size);
  if (!bytes) return NULL;
  memset(bytes->data, 0, start);
  for (size_t i = 0; i < count; i++) {
    uint32_t offset = (uint32_t)(start + (size_t)value_small_int(list_item(writer.offsets, i)));
    memcpy(bytes->data + sizeof header + i * sizeof offset, &offset, sizeof offset);
  }
  memcpy(bytes->data + start, bytearray_data(writer.output), writer.length);
  memcpy(bytes->data, &header, sizeof header);
  header.checksum = checksum(bytes->data + sizeof header.checksum, header.size - sizeof header.checksum);
  memcpy(bytes->data, &header.checksum, sizeof header.checksum);
  return value_from_cell(bytes);
}

// ---- Reading ----

typedef struct CodeImage {
  Cell head;
  Value owner;    // of `data`, or zero
  Value filename; // str
  // ---- end of the fixed values
  const uint8_t *data;
  uint32_t size, count;
  bool trusted;
  Value objects[]; // zero: not yet read
} CodeImage;

static void image_trace(Cell *cell, Tracer *tracer) {
  CodeImage *image = (CodeImage *)cell;
  trace_range(tracer, image->objects, image->objects + image->count);
}
static const CellType image_type = {
    .name = "code image", CELL_VALUES(CodeImage, owner, filename), .trace = image_trace, .has_tail = true};
static Shape *image_shape;

static Value raise_damaged(void) {
  return raise_value_error("bad marshal data (damaged code)");
}

// The object `number` with `size` bytes behind its header at least; NULL: ValueError.
static const ObjectHeader *find_object(const CodeImage *image, uint32_t number) {
  if (number >= image->count) return (void *)raise_damaged();
  uint32_t offset = ((const uint32_t *)(const void *)(image->data + sizeof(BlockHeader)))[number];
  if (offset % CODE_IMAGE_ALIGNMENT || offset > image->size || image->size - offset < sizeof(ObjectHeader))
    return (void *)raise_damaged();
  return (const ObjectHeader *)(const void *)(image->data + offset);
}
static bool holds(const CodeImage *image, const ObjectHeader *object, size_t size) {
  size_t left = image->size - (size_t)((const uint8_t *)object - image->data) - sizeof *object;
  if (size <= left) return true;
  raise_damaged();
  return false;
}

static Value read_object(CodeImage *image, uint32_t number);

static Value read_items(CodeImage *image, const ObjectHeader *object) {
  const uint32_t *numbers = (const uint32_t *)(object + 1);
  if (!holds(image, object, object->count * sizeof *numbers)) return NULL;
  if (c_stack_is_low()) return raise_damaged(); // only a tuple within itself is so deep
  if (object->count == 0 && object->kind == IMAGE_TUPLE) return tuple_empty;
  Tuple *items = tuple_allocate(object->count);
  if (!items) return NULL;
  for (uint32_t i = 0; i < object->count; i++) {
    Value item = read_object(image, numbers[i]);
    if (!item) return NULL;
    gc_store(items, &items->items[i], item);
  }
  return object->kind == IMAGE_TUPLE ? value_from_cell(items) : frozenset_new(value_from_cell(items));
}

static Value read_str(const CodeImage *image, const ObjectHeader *object) {
  int width = object->detail & (STR_IS_INTERNED - 1);
  if ((width != 1 && width != 2 && width != 4) || !holds(image, object, object->count * (size_t)width))
    return raise_damaged();
  if (width == 1 && object->detail & STR_IS_INTERNED)
    return str_intern_latin1((const uint8_t *)(object + 1), object->count);
  if (width == 4)
    for (uint32_t i = 0; i < object->count; i++)
      if (((const uint32_t *)(object + 1))[i] > 0x10ffff) return raise_damaged();
  Value text = str_from_units(object + 1, width, object->count);
  return text && object->detail & STR_IS_INTERNED ? str_intern(text) : text;
}

static bool as_str(CodeImage *image, uint32_t number, Value *text) {
  *text = read_object(image, number);
  if (*text && !VALUE_IS_EXACT(*text, STR)) *text = raise_damaged();
  return *text != NULL;
}

// Only what making a function needs; code_image_complete does the rest.
static Value read_code(CodeImage *image, const ObjectHeader *object) {
  const CodeRecord *record = (const CodeRecord *)object;
  Value name, qualified_name, filename;
  if (!holds(image, object, sizeof *record - sizeof *object) || !as_str(image, record->name, &name) ||
      !as_str(image, record->qualified_name, &qualified_name) || !as_str(image, record->filename, &filename))
    return NULL;
  const BlockHeader *header = (const BlockHeader *)(const void *)image->data;
  if (record->filename == header->filename) filename = image->filename;
  uint64_t named = (uint64_t)record->local_count + record->cell_count + record->free_count;
  uint64_t parameters = (uint64_t)record->argument_count + record->keyword_only_count +
                        ((record->flags & CODE_VARARGS) != 0) + ((record->flags & CODE_VARKEYWORDS) != 0);
  if (named > record->register_count || record->register_count > UINT16_MAX || parameters > record->local_count ||
      record->positional_only_count > record->argument_count || record->argument_count > record->local_count)
    return raise_damaged();
  Code *code = cell_alloc(SHAPE(CODE), sizeof *code);
  if (!code) return NULL;
  gc_init(code, &code->name, name);
  gc_init(code, &code->qualified_name, qualified_name);
  gc_init(code, &code->filename, filename);
  gc_init(code, &code->image, value_from_cell(image));
  code->record = record;
  code->flags = record->flags;
  code->argument_count = record->argument_count;
  code->positional_only_count = record->positional_only_count;
  code->keyword_only_count = record->keyword_only_count;
  code->local_count = record->local_count;
  code->cell_count = record->cell_count;
  code->free_count = record->free_count;
  code->register_count = record->register_count;
  code->first_line = record->first_line;
  code->untrusted = true; // whoever runs it completes it first
  code->exact_count = UINT32_MAX;
  return value_from_cell(code);
}

static Value read_new_object(CodeImage *image, const ObjectHeader *object) {
  const void *data = object + 1;
  switch (object->kind) {
  case IMAGE_SINGLETON:
    return object->detail < sizeof singletons / sizeof *singletons ? singletons[object->detail] : raise_damaged();
  case IMAGE_INT:
    return holds(image, object, object->count) ? int_from_bytes(data, object->count, true, true) : NULL;
  case IMAGE_FLOAT:
    return holds(image, object, sizeof(double)) ? float_from_double(*(const double *)data) : NULL;
  case IMAGE_COMPLEX:
    return holds(image, object, 2 * sizeof(double))
               ? complex_from_doubles(((const double *)data)[0], ((const double *)data)[1])
               : NULL;
  case IMAGE_STR:
    return read_str(image, object);
  case IMAGE_BYTES:
    return holds(image, object, object->count) ? bytes_new(data, object->count) : NULL;
  case IMAGE_TUPLE:
  case IMAGE_FROZENSET:
    return read_items(image, object);
  case IMAGE_CODE:
    return read_code(image, object);
  }
  return raise_damaged();
}

static Value read_object(CodeImage *image, uint32_t number) {
  const ObjectHeader *object = find_object(image, number);
  if (!object) return NULL;
  Value known = gc_load(&image->objects[number]);
  if (known) return known;
  Value value = read_new_object(image, object);
  if (value) gc_store(image, &image->objects[number], value);
  return value;
}

Value code_image_open(Value owner, const void *data, size_t length, bool trusted) {
  const BlockHeader *header = data;
  if (length < sizeof *header || header->size > length || header->size < sizeof *header ||
      header->size % CODE_IMAGE_ALIGNMENT || (header->size - sizeof *header) / sizeof(uint32_t) < header->object_count)
    return raise_damaged();
  size_t summed = header->size - sizeof header->checksum;
  if (!trusted && checksum((const uint8_t *)data + sizeof header->checksum, summed) != header->checksum)
    return raise_damaged();
  Shape *shape = shape_internal(&image_shape, &image_type);
  CodeImage *image = shape ? cell_alloc(shape, sizeof *image + header->object_count * sizeof(Value)) : NULL;
  if (!image) return NULL;
  image->data = data;
  image->size = header->size;
  image->count = header->object_count;
  image->trusted = trusted;
  gc_init(image, &image->owner, owner);
  Value filename = read_object(image, header->filename), code = NULL;
  if (filename && VALUE_IS_EXACT(filename, STR)) {
    gc_store(image, &image->filename, filename);
    code = read_object(image, header->root);
  }
  if (code && value_is_code(code)) return code;
  return exception_pending() ? NULL : raise_damaged();
}

// ---- Completing ----

// A tuple of `count` names (any number if it is negative), interned.
static bool as_names(CodeImage *image, uint32_t number, int64_t count, Value *names) {
  Value tuple = read_object(image, number);
  if (!tuple) return false;
  bool fits = VALUE_IS_EXACT(tuple, TUPLE) && (count < 0 || tuple_count(tuple) == (size_t)count);
  for (size_t i = 0; fits && i < tuple_count(tuple); i++)
    fits = VALUE_IS_EXACT(tuple_item(tuple, i), STR) && str_is_interned(tuple_item(tuple, i));
  *names = tuple;
  if (!fits) raise_damaged();
  return fits;
}

typedef struct Completion {
  Value constants, names, variable_names, cell_names, free_names, instructions;
  const ExceptionRange *exceptions;
  const PositionRange *positions;
  const LiveRange *live_ranges;
  const uint16_t *cell_arguments;
} Completion;

static bool completion_read(CodeImage *image, const CodeRecord *record, Completion *completion) {
  completion->constants = read_object(image, record->constants);
  if (!completion->constants) return false;
  if (!VALUE_IS_EXACT(completion->constants, TUPLE)) {
    raise_damaged();
    return false;
  }
  if (!as_names(image, record->names, -1, &completion->names) ||
      !as_names(image, record->variable_names, record->local_count, &completion->variable_names) ||
      !as_names(image, record->cell_names, record->cell_count, &completion->cell_names) ||
      !as_names(image, record->free_names, record->free_count, &completion->free_names))
    return false;
  size_t words = record->word_count * sizeof(Instruction),
         exceptions = record->exception_count * sizeof(ExceptionRange),
         positions = record->position_count * sizeof(PositionRange), live = record->live_count * sizeof(LiveRange),
         cells = record->cell_count * sizeof(uint16_t), start = aligned(sizeof *record);
  if (!holds(image, &record->head,
             start + words + aligned(exceptions) + aligned(positions) + aligned(live) + cells - sizeof record->head))
    return false;
  const uint8_t *at = (const uint8_t *)record + start;
  completion->instructions = code_words_new((const Instruction *)(const void *)at, record->word_count);
  if (!completion->instructions) return false;
  completion->exceptions = (const void *)(at += words);
  completion->positions = (const void *)(at += aligned(exceptions));
  completion->live_ranges = (const void *)(at += aligned(positions));
  completion->cell_arguments = (const void *)(at += aligned(live));
  for (uint32_t i = 0; i < record->cell_count; i++)
    if (completion->cell_arguments[i] > record->local_count) return raise_damaged();
  return true;
}

bool code_image_complete(Code *code) {
  Value image_value = gc_load(&code->image);
  if (!image_value) return true;
  CodeImage *image = (CodeImage *)value_cell(image_value);
  const CodeRecord *record = code->record;
  Completion completion;
  if (!completion_read(image, record, &completion)) return false;
  cell_lock(code);
  bool first = gc_load(&code->image) != NULL;
  if (first) {
    gc_store(code, &code->constants, completion.constants);
    gc_store(code, &code->names, completion.names);
    gc_store(code, &code->variable_names, completion.variable_names);
    gc_store(code, &code->cell_names, completion.cell_names);
    gc_store(code, &code->free_names, completion.free_names);
    gc_store(code, &code->instructions, completion.instructions);
    if (image->owner) gc_store(code, &code->tables, image->owner);
    code->words = code_words(completion.instructions);
    code->word_count = record->word_count;
    code->exceptions = completion.exceptions;
    code->positions = completion.positions;
    code->live_ranges = completion.live_ranges;
    code->cell_arguments = record->cell_count ? completion.cell_arguments : NULL;
    code->exception_count = record->exception_count;
    code->position_count = record->position_count;
    code->live_count = record->live_count;
    code->clear_count = code_named_count(code);
    if (image->trusted && !record->is_foreign)
      code_trust(code, true);
    else
      code_distrust(code);
    gc_store(code, &code->image, NULL); // last: from here on others use the rest
  }
  cell_unlock(code);
  KEEP(image);
  return true;
}

Value code_image_first_constant(Code *code) {
  Value image_value = gc_load(&code->image);
  if (!image_value) return tuple_count(code->constants) ? tuple_item(code->constants, 0) : NULL;
  CodeImage *image = (CodeImage *)value_cell(image_value);
  const ObjectHeader *constants = find_object(image, ((const CodeRecord *)code->record)->constants);
  if (!constants || !holds(image, constants, constants->count * sizeof(uint32_t))) return NULL;
  if (constants->kind != IMAGE_TUPLE || constants->count == 0) return NULL;
  return read_object(image, *(const uint32_t *)(const void *)(constants + 1));
}

void code_image_rename(Code *code, Value filename) {
  Value image = gc_load(&code->image);
  if (image) gc_store(value_cell(image), &((CodeImage *)value_cell(image))->filename, filename);
}
