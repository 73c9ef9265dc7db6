// The module pyexpat: the XML parser expat, which is loaded when the module is.
//
// A parser calls the handlers that its attributes hold while it parses. A handler that raises stops the parser; the
// exception then leaves Parse(). Text is gathered in a buffer first if `buffer_text` says so, and handed over before
// any other event is reported.
//
// Threads: expat's parser belongs to one call at a time; a second thread that would use it meanwhile gets a
// RuntimeError. (A handler may call the parser's other methods: they only ask.)
#include "runtime/heap/heap.h"
#include "runtime/module/library.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/module.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"
#include "runtime/runtime.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY_FUNCTIONS(FUNCTION)                                                                                    \
  FUNCTION(XML_ErrorString)                                                                                            \
  FUNCTION(XML_ExpatVersion)                                                                                           \
  FUNCTION(XML_ExpatVersionInfo)                                                                                       \
  FUNCTION(XML_ExternalEntityParserCreate)                                                                             \
  FUNCTION(XML_FreeContentModel)                                                                                       \
  FUNCTION(XML_GetBase)                                                                                                \
  FUNCTION(XML_GetCurrentByteIndex)                                                                                    \
  FUNCTION(XML_GetCurrentColumnNumber)                                                                                 \
  FUNCTION(XML_GetCurrentLineNumber)                                                                                   \
  FUNCTION(XML_GetErrorCode)                                                                                           \
  FUNCTION(XML_GetFeatureList)                                                                                         \
  FUNCTION(XML_GetInputContext)                                                                                        \
  FUNCTION(XML_GetSpecifiedAttributeCount)                                                                             \
  FUNCTION(XML_Parse)                                                                                                  \
  FUNCTION(XML_ParserCreate_MM)                                                                                        \
  FUNCTION(XML_ParserFree)                                                                                             \
  FUNCTION(XML_SetAttlistDeclHandler)                                                                                  \
  FUNCTION(XML_SetBase)                                                                                                \
  FUNCTION(XML_SetCharacterDataHandler)                                                                                \
  FUNCTION(XML_SetCommentHandler)                                                                                      \
  FUNCTION(XML_SetDefaultHandler)                                                                                      \
  FUNCTION(XML_SetDefaultHandlerExpand)                                                                                \
  FUNCTION(XML_SetElementDeclHandler)                                                                                  \
  FUNCTION(XML_SetEncoding)                                                                                            \
  FUNCTION(XML_SetEndCdataSectionHandler)                                                                              \
  FUNCTION(XML_SetEndDoctypeDeclHandler)                                                                               \
  FUNCTION(XML_SetEndElementHandler)                                                                                   \
  FUNCTION(XML_SetEndNamespaceDeclHandler)                                                                             \
  FUNCTION(XML_SetEntityDeclHandler)                                                                                   \
  FUNCTION(XML_SetExternalEntityRefHandler)                                                                            \
  FUNCTION(XML_SetHashSalt)                                                                                            \
  FUNCTION(XML_SetNotStandaloneHandler)                                                                                \
  FUNCTION(XML_SetNotationDeclHandler)                                                                                 \
  FUNCTION(XML_SetParamEntityParsing)                                                                                  \
  FUNCTION(XML_SetProcessingInstructionHandler)                                                                        \
  FUNCTION(XML_SetReturnNSTriplet)                                                                                     \
  FUNCTION(XML_SetSkippedEntityHandler)                                                                                \
  FUNCTION(XML_SetStartCdataSectionHandler)                                                                            \
  FUNCTION(XML_SetStartDoctypeDeclHandler)                                                                             \
  FUNCTION(XML_SetStartElementHandler)                                                                                 \
  FUNCTION(XML_SetStartNamespaceDeclHandler)                                                                           \
  FUNCTION(XML_SetUnknownEncodingHandler)                                                                              \
  FUNCTION(XML_SetUnparsedEntityDeclHandler)                                                                           \
  FUNCTION(XML_SetUserData)                                                                                            \
  FUNCTION(XML_SetXmlDeclHandler)                                                                                      \
  FUNCTION(XML_StopParser)                                                                                             \
  FUNCTION(XML_UseForeignDTD)
LIBRARY_DEFINE(LIBRARY_FUNCTIONS)

// HANDLER(attribute, expat's setter without prefix and suffix)
#define HANDLERS                                                                                                       \
  HANDLER(AttlistDeclHandler)                                                                                          \
  HANDLER(CharacterDataHandler)                                                                                        \
  HANDLER(CommentHandler)                                                                                              \
  HANDLER(DefaultHandler)                                                                                              \
  HANDLER(DefaultHandlerExpand)                                                                                        \
  HANDLER(ElementDeclHandler)                                                                                          \
  HANDLER(EndCdataSectionHandler)                                                                                      \
  HANDLER(EndDoctypeDeclHandler)                                                                                       \
  HANDLER(EndElementHandler)                                                                                           \
  HANDLER(EndNamespaceDeclHandler)                                                                                     \
  HANDLER(EntityDeclHandler)                                                                                           \
  HANDLER(ExternalEntityRefHandler)                                                                                    \
  HANDLER(NotStandaloneHandler)                                                                                        \
  HANDLER(NotationDeclHandler)                                                                                         \
  HANDLER(ProcessingInstructionHandler)                                                                                \
  HANDLER(SkippedEntityHandler)                                                                                        \
  HANDLER(StartCdataSectionHandler)                                                                                    \
  HANDLER(StartDoctypeDeclHandler)                                                                                     \
  HANDLER(StartElementHandler)                                                                                         \
  HANDLER(StartNamespaceDeclHandler)                                                                                   \
  HANDLER(UnparsedEntityDeclHandler)                                                                                   \
  HANDLER(XmlDeclHandler)
enum HandlerIndex {
#define HANDLER(name) INDEX_##name,
  HANDLERS
#undef HANDLER
      HANDLER_COUNT
};

typedef struct Parser {
  Cell head;
  Value handlers[HANDLER_COUNT]; // zero: none
  Value intern;                  // dict, or zero
  Value parent;                  // an external entity's: the parser that it belongs to, which must live as long
  // ---- end of values
  XML_Parser expat;
  char *text; // gathered
  size_t text_length, text_size;
  bool buffers_text, ordered_attributes, specified_attributes, namespace_prefixes;
  bool in_callback;
  bool is_busy; // atomic: a call of Parse is in progress
} Parser;

enum : size_t { TEXT_SIZE = 8192, PART = 1u << 20 };

static struct {
  Class *parser, *error;
} state;

static void parser_release(Cell *cell) {
  Parser *parser = (Parser *)cell;
  if (parser->expat) library.call.XML_ParserFree(parser->expat);
  free(parser->text);
}
static const CellType parser_cell_type = {
    .name = "xmlparser", CELL_VALUES(Parser, handlers, parent), .release = parser_release};
static Parser *as_parser(Value value) {
  return (Parser *)value_cell(value);
}

// ---- Handing over events ----

static Value text_of(const XML_Char *text, size_t length) {
  return str_from_utf8(text, length);
}
static Value text_or_none(const XML_Char *text) {
  return text ? text_of(text, strlen(text)) : VALUE_NONE;
}
// Names occur again and again: one str each.
static Value name_of(Parser *parser, const XML_Char *text) {
  Value name = text_or_none(text);
  if (!name || !parser->intern || !text) return name;
  return dict_set_default(parser->intern, name, name);
}

static void stop(Parser *parser) {
  library.call.XML_StopParser(parser->expat, XML_FALSE);
}
// Calls the handler unless something has been raised; zero: it raises, or one of the arguments is zero.
static Value call(Parser *parser, enum HandlerIndex index, Value *arguments, size_t count) {
  Value handler = gc_load(&parser->handlers[index]);
  for (size_t i = 0; i < count; i++)
    if (!arguments[i]) handler = NULL;
  bool outer = parser->in_callback;
  parser->in_callback = true;
  Value result = handler && !exception_pending() ? value_call(handler, arguments, count, NULL) : NULL;
  parser->in_callback = outer;
  if (!result && exception_pending()) stop(parser);
  return result;
}
static bool flush_text(Parser *parser) {
  if (!parser->text_length) return true;
  Value text = text_of(parser->text, parser->text_length);
  parser->text_length = 0;
  if (!gc_load(&parser->handlers[INDEX_CharacterDataHandler])) return text != NULL;
  return call(parser, INDEX_CharacterDataHandler, &text, 1) != NULL;
}
// Is this event to be reported?
static bool reports(Parser *parser, enum HandlerIndex index) {
  return gc_load(&parser->handlers[index]) && !exception_pending() && flush_text(parser) && !exception_pending();
}
#define REPORT(index, ...)                                                                                             \
  ({                                                                                                                   \
    Value arguments_[] = {__VA_ARGS__};                                                                                \
    call(parser, index, arguments_, sizeof arguments_ / sizeof *arguments_);                                           \
  })
#define BEGIN(index)                                                                                                   \
  Parser *parser = data;                                                                                               \
  if (!reports(parser, index)) return

static void on_CharacterDataHandler(void *data, const XML_Char *text, int count) {
  Parser *parser = data;
  size_t length = (size_t)count;
  if (exception_pending()) return;
  if (parser->buffers_text) {
    if (parser->text_length + length > parser->text_size && !flush_text(parser)) return;
    if (length <= parser->text_size) {
      memcpy(parser->text + parser->text_length, text, length);
      parser->text_length += length;
      return;
    }
  }
  if (gc_load(&parser->handlers[INDEX_CharacterDataHandler])) REPORT(INDEX_CharacterDataHandler, text_of(text, length));
}

static void on_StartElementHandler(void *data, const XML_Char *name, const XML_Char **attributes) {
  BEGIN(INDEX_StartElementHandler);
  int count = 0;
  if (parser->specified_attributes)
    count = library.call.XML_GetSpecifiedAttributeCount(parser->expat);
  else
    while (attributes[count]) count += 2;
  Value container = parser->ordered_attributes ? list_new_sized((size_t)count) : dict_new();
  bool done = container != NULL;
  for (int i = 0; done && i < count; i += 2) {
    Value key = name_of(parser, attributes[i]), value = text_or_none(attributes[i + 1]);
    done = key && value &&
           (parser->ordered_attributes ? list_append(container, key) && list_append(container, value)
                                       : dict_set(container, key, value));
  }
  REPORT(INDEX_StartElementHandler, name_of(parser, name), done ? container : NULL);
}
static void on_EndElementHandler(void *data, const XML_Char *name) {
  BEGIN(INDEX_EndElementHandler);
  REPORT(INDEX_EndElementHandler, name_of(parser, name));
}
static void on_ProcessingInstructionHandler(void *data, const XML_Char *target, const XML_Char *text) {
  BEGIN(INDEX_ProcessingInstructionHandler);
  REPORT(INDEX_ProcessingInstructionHandler, name_of(parser, target), text_or_none(text));
}
static void on_CommentHandler(void *data, const XML_Char *text) {
  BEGIN(INDEX_CommentHandler);
  REPORT(INDEX_CommentHandler, text_or_none(text));
}
static void on_StartCdataSectionHandler(void *data) {
  BEGIN(INDEX_StartCdataSectionHandler);
  call(parser, INDEX_StartCdataSectionHandler, NULL, 0);
}
static void on_EndCdataSectionHandler(void *data) {
  BEGIN(INDEX_EndCdataSectionHandler);
  call(parser, INDEX_EndCdataSectionHandler, NULL, 0);
}
static void on_EndDoctypeDeclHandler(void *data) {
  BEGIN(INDEX_EndDoctypeDeclHandler);
  call(parser, INDEX_EndDoctypeDeclHandler, NULL, 0);
}
static void on_DefaultHandler(void *data, const XML_Char *text, int length) {
  BEGIN(INDEX_DefaultHandler);
  REPORT(INDEX_DefaultHandler, text_of(text, (size_t)length));
}
static void on_DefaultHandlerExpand(void *data, const XML_Char *text, int length) {
  BEGIN(INDEX_DefaultHandlerExpand);
  REPORT(INDEX_DefaultHandlerExpand, text_of(text, (size_t)length));
}
static void on_StartNamespaceDeclHandler(void *data, const XML_Char *prefix, const XML_Char *uri) {
  BEGIN(INDEX_StartNamespaceDeclHandler);
  REPORT(INDEX_StartNamespaceDeclHandler, name_of(parser, prefix), name_of(parser, uri));
}
static void on_EndNamespaceDeclHandler(void *data, const XML_Char *prefix) {
  BEGIN(INDEX_EndNamespaceDeclHandler);
  REPORT(INDEX_EndNamespaceDeclHandler, name_of(parser, prefix));
}
static void on_UnparsedEntityDeclHandler(void *data, const XML_Char *name, const XML_Char *base, const XML_Char *system,
                                         const XML_Char *public, const XML_Char *notation) {
  BEGIN(INDEX_UnparsedEntityDeclHandler);
  REPORT(INDEX_UnparsedEntityDeclHandler, name_of(parser, name), name_of(parser, base), name_of(parser, system),
         name_of(parser, public), name_of(parser, notation));
}
static void on_NotationDeclHandler(void *data, const XML_Char *name, const XML_Char *base, const XML_Char *system,
                                   const XML_Char *public) {
  BEGIN(INDEX_NotationDeclHandler);
  REPORT(INDEX_NotationDeclHandler, name_of(parser, name), name_of(parser, base), name_of(parser, system),
         name_of(parser, public));
}
static void on_StartDoctypeDeclHandler(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                                       int has_subset) {
  BEGIN(INDEX_StartDoctypeDeclHandler);
  REPORT(INDEX_StartDoctypeDeclHandler, name_of(parser, name), name_of(parser, system), name_of(parser, public),
         value_from_small_int(has_subset));
}
static void on_EntityDeclHandler(void *data, const XML_Char *name, int is_parameter, const XML_Char *value, int length,
                                 const XML_Char *base, const XML_Char *system, const XML_Char *public,
                                 const XML_Char *notation) {
  BEGIN(INDEX_EntityDeclHandler);
  REPORT(INDEX_EntityDeclHandler, name_of(parser, name), value_from_small_int(is_parameter),
         value ? text_of(value, (size_t)length) : VALUE_NONE, name_of(parser, base), name_of(parser, system),
         name_of(parser, public), name_of(parser, notation));
}
static void on_XmlDeclHandler(void *data, const XML_Char *version, const XML_Char *encoding, int standalone) {
  BEGIN(INDEX_XmlDeclHandler);
  REPORT(INDEX_XmlDeclHandler, text_or_none(version), text_or_none(encoding), value_from_small_int(standalone));
}
static void on_AttlistDeclHandler(void *data, const XML_Char *element, const XML_Char *attribute, const XML_Char *type,
                                  const XML_Char *otherwise, int is_required) {
  BEGIN(INDEX_AttlistDeclHandler);
  REPORT(INDEX_AttlistDeclHandler, name_of(parser, element), name_of(parser, attribute), text_or_none(type),
         text_or_none(otherwise), value_from_small_int(is_required));
}
static void on_SkippedEntityHandler(void *data, const XML_Char *name, int is_parameter) {
  BEGIN(INDEX_SkippedEntityHandler);
  REPORT(INDEX_SkippedEntityHandler, name_of(parser, name), value_from_small_int(is_parameter));
}

// (type, quantifier, name, children)
static Value model_of(Parser *parser, const XML_Content *model) {
  if (!recursion_enter(" while a content model is made")) return NULL;
  Value children = list_new_sized(model->numchildren);
  for (unsigned i = 0; children && i < model->numchildren; i++) {
    Value child = model_of(parser, &model->children[i]);
    if (!child || !list_append(children, child)) children = NULL;
  }
  recursion_leave();
  Value tuple = children ? list_to_tuple(children) : NULL;
  return tuple ? tuple_of(4, value_from_small_int(model->type), value_from_small_int(model->quant),
                          name_of(parser, model->name), tuple)
               : NULL;
}
static void on_ElementDeclHandler(void *data, const XML_Char *name, XML_Content *model) {
  Parser *parser = data;
  if (reports(parser, INDEX_ElementDeclHandler)) {
    Value shown = model_of(parser, model);
    if (!shown) stop(parser);
    REPORT(INDEX_ElementDeclHandler, name_of(parser, name), shown);
  }
  library.call.XML_FreeContentModel(parser->expat, model);
}

// Handlers whose result counts.
static int answer(Parser *parser, Value result) {
  int number = 0;
  if (result && !value_as_int(result, &number)) stop(parser);
  return exception_pending() ? 0 : number;
}
static int on_NotStandaloneHandler(void *data) {
  Parser *parser = data;
  if (!reports(parser, INDEX_NotStandaloneHandler)) return !exception_pending();
  return answer(parser, call(parser, INDEX_NotStandaloneHandler, NULL, 0));
}
// Expat passes its own parser, whose user data is ours.
static int on_ExternalEntityRefHandler(XML_Parser expat, const XML_Char *context, const XML_Char *base,
                                       const XML_Char *system, const XML_Char *public) {
  Parser *parser = *(void **)expat;
  if (!reports(parser, INDEX_ExternalEntityRefHandler)) return !exception_pending();
  return answer(parser, REPORT(INDEX_ExternalEntityRefHandler, text_or_none(context), name_of(parser, base),
                               name_of(parser, system), name_of(parser, public)));
}

// Encodings that expat does not know: any that Python has with one byte a character.
static int on_unknown_encoding(void *, const XML_Char *name, XML_Encoding *encoding) {
  uint8_t all[256];
  if (exception_pending()) return XML_STATUS_ERROR;
  for (int i = 0; i < 256; i++) all[i] = (uint8_t)i;
  Value bytes = bytes_new(all, sizeof all), encoding_name = text_or_none(name), mode = str_from_c("replace");
  Value text = bytes && encoding_name && mode ? value_call_method_2(bytes, "decode", encoding_name, mode) : NULL;
  if (!text || !value_is_str(text)) return XML_STATUS_ERROR;
  if (str_length(text) != 256) {
    raise_value_error("multi-byte encodings are not supported");
    return XML_STATUS_ERROR;
  }
  for (size_t i = 0; i < 256; i++) {
    uint32_t character = str_character(value_as_str(text), i);
    encoding->map[i] = character == 0xfffd ? -1 : (int)character;
  }
  encoding->data = NULL;
  encoding->convert = NULL;
  encoding->release = NULL;
  return XML_STATUS_OK;
}

static void connect(Parser *parser, enum HandlerIndex index) {
  bool wanted = gc_load(&parser->handlers[index]) != NULL;
  switch (index) {
#define HANDLER(name)                                                                                                  \
  case INDEX_##name:                                                                                                   \
    library.call.XML_Set##name(parser->expat, wanted ? on_##name : NULL);                                              \
    break;
    HANDLERS
#undef HANDLER
  default:
    break;
  }
}

// ---- Parsing ----

static Value raise_expat(Parser *parser, enum XML_Error code) {
  const char *message = library.call.XML_ErrorString(code);
  size_t line = library.call.XML_GetCurrentLineNumber(parser->expat);
  size_t column = library.call.XML_GetCurrentColumnNumber(parser->expat);
  Value text = str_format_c("%s: line %zu, column %zu", message ? message : "unknown error", line, column);
  Value error = text ? value_call_1(value_from_cell(state.error), text) : NULL;
  if (!error || !value_set_attribute_c(error, "code", value_from_small_int((int)code)) ||
      !value_set_attribute_c(error, "offset", int_from_size(column)) ||
      !value_set_attribute_c(error, "lineno", int_from_size(line)))
    return NULL;
  return raise_object(error);
}
static Value parse_result(Parser *parser, enum XML_Status status) {
  if (exception_pending()) return NULL;
  if (status == XML_STATUS_ERROR) return raise_expat(parser, library.call.XML_GetErrorCode(parser->expat));
  if (!flush_text(parser)) return NULL;
  return value_from_small_int((int)status);
}
static bool parser_take(Parser *parser) {
  if (!__atomic_exchange_n(&parser->is_busy, true, __ATOMIC_ACQUIRE)) return true;
  return raise(CLASS_RUNTIME_ERROR, "the parser is parsing already");
}
static void parser_give_back(Parser *parser) {
  __atomic_store_n(&parser->is_busy, false, __ATOMIC_RELEASE);
}

static Value parse_bytes(Parser *parser, const uint8_t *data, size_t length, bool is_final) {
  enum XML_Status status = XML_STATUS_OK;
  for (; length > PART && status != XML_STATUS_ERROR && !exception_pending(); data += PART, length -= PART)
    status = library.call.XML_Parse(parser->expat, (const char *)data, PART, false);
  if (status != XML_STATUS_ERROR && !exception_pending())
    status = library.call.XML_Parse(parser->expat, (const char *)data, (int)length, is_final);
  return parse_result(parser, status);
}
static Value parser_parse(Value self, Value data, Value final_value) {
  Parser *parser = as_parser(self);
  int is_final = final_value ? value_truth(final_value) : 0;
  if (is_final < 0) return NULL;
  Value result;
  if (value_is_str(data)) {
    size_t length;
    const char *text = str_utf8(data, &length);
    if (!text || !parser_take(parser)) return NULL;
    library.call.XML_SetEncoding(parser->expat, "utf-8");
    result = parse_bytes(parser, (const uint8_t *)text, length, is_final);
    KEEP(data);
  } else {
    Buffer buffer;
    if (!buffer_acquire(data, &buffer, BUFFER_SIMPLE)) return NULL;
    if (!parser_take(parser)) {
      buffer_release(&buffer);
      return NULL;
    }
    result = parse_bytes(parser, buffer.data, buffer.length, is_final);
    buffer_release(&buffer);
  }
  parser_give_back(parser);
  KEEP(parser);
  return result;
}
static Value parser_parse_file(Value self, Value file) {
  enum { AT_ONCE = 2048 };
  Parser *parser = as_parser(self);
  Value read;
  int found = value_find_attribute(file, str_intern_c("read"), &read);
  if (found < 0) return NULL;
  if (!found) return raise_type_error("argument must have 'read' attribute");
  if (!parser_take(parser)) return NULL;
  Value result = NULL;
  for (bool more = true; more;) {
    Value bytes = value_call_1(read, value_from_small_int(AT_ONCE));
    if (!bytes) break;
    if (!value_is_bytes(bytes) && !value_is_bytearray(bytes)) {
      raise_type_error("read() did not return a bytes object (type=%.400T)", bytes);
      break;
    }
    Buffer buffer;
    if (!buffer_acquire(bytes, &buffer, BUFFER_SIMPLE)) break;
    size_t length = buffer.length;
    more = length > 0;
    if (length > AT_ONCE)
      raise_value_error("read() returned too much data: %d bytes requested, %zu returned", AT_ONCE, length);
    else
      result = parse_bytes(parser, buffer.data, length, !more);
    buffer_release(&buffer);
    if (exception_pending()) break;
  }
  parser_give_back(parser);
  KEEP(parser);
  return exception_pending() ? NULL : result;
}

// ---- Other methods ----

static Value parser_set_base(Value self, Value base) {
  if (!value_is_str(base)) return raise_type_error("SetBase() argument must be str, not %T", base);
  const char *text = str_utf8(base, NULL);
  if (!text) return NULL;
  return library.call.XML_SetBase(as_parser(self)->expat, text) ? VALUE_NONE : raise_memory_error();
}
static Value parser_get_base(Value self) {
  return text_or_none(library.call.XML_GetBase(as_parser(self)->expat));
}
static Value parser_get_context(Value self) {
  Parser *parser = as_parser(self);
  int offset, size;
  const char *buffer = parser->in_callback ? library.call.XML_GetInputContext(parser->expat, &offset, &size) : NULL;
  return buffer ? bytes_new(buffer + offset, (size_t)(size - offset)) : VALUE_NONE;
}
static Value parser_set_parameter_parsing(Value self, Value flag_value) {
  int flag;
  if (!value_as_int(flag_value, &flag)) return NULL;
  return value_from_small_int(
      library.call.XML_SetParamEntityParsing(as_parser(self)->expat, (enum XML_ParamEntityParsing)flag));
}
static Value parser_use_foreign_dtd(Value self, Value flag_value) {
  Parser *parser = as_parser(self);
  int flag = flag_value ? value_truth(flag_value) : 1;
  if (flag < 0) return NULL;
  enum XML_Error code = library.call.XML_UseForeignDTD(parser->expat, flag ? XML_TRUE : XML_FALSE);
  return code == XML_ERROR_NONE ? VALUE_NONE : raise_expat(parser, code);
}

// A parser around expat's, which it owns from now on.
static Parser *parser_wrap(XML_Parser expat, Value intern) {
  Parser *parser = expat ? class_allocate(state.parser, 0) : NULL;
  char *text = parser ? malloc(TEXT_SIZE) : NULL;
  if (!text) {
    if (expat) library.call.XML_ParserFree(expat);
    if (!exception_pending()) raise_memory_error();
    return NULL;
  }
  parser->expat = expat;
  parser->text = text;
  parser->text_size = TEXT_SIZE;
  gc_store(parser, &parser->intern, intern);
  library.call.XML_SetUserData(expat, parser);
  library.call.XML_SetUnknownEncodingHandler(expat, on_unknown_encoding, NULL);
  return parser;
}
static bool text_argument(const char *function, const char *name, Value value, const char **text) {
  *text = NULL;
  if (!value || value == VALUE_NONE) return true;
  if (!value_is_str(value)) {
    raise_type_error("%s() argument %s must be str or None, not %T", function, name, value);
    return false;
  }
  return (*text = str_utf8(value, NULL)) != NULL;
}

static Value parser_create_external(Value self, Value context_value, Value encoding_value) {
  Parser *parent = as_parser(self);
  const char *context, *encoding;
  if (!text_argument("ExternalEntityParserCreate", "1", context_value, &context) ||
      !text_argument("ExternalEntityParserCreate", "2", encoding_value, &encoding))
    return NULL;
  Parser *parser =
      parser_wrap(library.call.XML_ExternalEntityParserCreate(parent->expat, context, encoding), parent->intern);
  if (!parser) return NULL;
  gc_store(parser, &parser->parent, self);
  parser->buffers_text = parent->buffers_text;
  parser->ordered_attributes = parent->ordered_attributes;
  parser->specified_attributes = parent->specified_attributes;
  parser->namespace_prefixes = parent->namespace_prefixes;
  for (int i = 0; i < HANDLER_COUNT; i++) {
    gc_store(parser, &parser->handlers[i], gc_load(&parent->handlers[i]));
    connect(parser, (enum HandlerIndex)i);
  }
  return value_from_cell(parser);
}

static Value parser_create(Value encoding_value, Value separator_value, Value intern) {
  const char *encoding, *separator;
  if (!text_argument("ParserCreate", "'encoding'", encoding_value, &encoding) ||
      !text_argument("ParserCreate", "'namespace_separator'", separator_value, &separator))
    return NULL;
  if (separator && strlen(separator) > 1)
    return raise_value_error("namespace_separator must be at most one character, omitted, or None");
  if (!intern) {
    if (!(intern = dict_new())) return NULL;
  } else if (intern == VALUE_NONE) {
    intern = NULL;
  } else if (!value_is_dict(intern)) {
    return raise_type_error("intern must be a dictionary");
  }
  XML_Parser expat = library.call.XML_ParserCreate_MM(encoding, NULL, separator);
  if (expat) library.call.XML_SetHashSalt(expat, (unsigned long)runtime.hash_key.low);
  return value_from_cell(parser_wrap(expat, intern));
}
static Value error_string(Value code_value) {
  int64_t code;
  if (!value_as_int64(code_value, &code)) return NULL;
  return text_or_none(library.call.XML_ErrorString((enum XML_Error)code));
}

// ---- Attributes ----

static Value get_handler(Value self, enum HandlerIndex index) {
  Value handler = gc_load(&as_parser(self)->handlers[index]);
  return handler ? handler : VALUE_NONE;
}
static bool set_handler(Value self, enum HandlerIndex index, Value value) {
  Parser *parser = as_parser(self);
  if (!value) return raise(CLASS_RUNTIME_ERROR, "Cannot delete attribute");
  // What has been gathered is the former handler's.
  if (index == INDEX_CharacterDataHandler && !flush_text(parser)) return false;
  // While the parser runs, expat's own function stays, so that it goes on gathering text.
  gc_store(parser, &parser->handlers[index], value == VALUE_NONE ? NULL : value);
  if (value != VALUE_NONE || !parser->in_callback || index != INDEX_CharacterDataHandler) connect(parser, index);
  return true;
}
#define HANDLER(name)                                                                                                  \
  static Value get_##name(Value self) {                                                                                \
    return get_handler(self, INDEX_##name);                                                                            \
  }                                                                                                                    \
  static bool set_##name(Value self, Value value) {                                                                    \
    return set_handler(self, INDEX_##name, value);                                                                     \
  }
HANDLERS
#undef HANDLER

#define SWITCH(name)                                                                                                   \
  static Value get_##name(Value self) {                                                                                \
    return value_from_bool(as_parser(self)->name);                                                                     \
  }                                                                                                                    \
  static bool set_##name(Value self, Value value) {                                                                    \
    int truth = value ? value_truth(value) : -1;                                                                       \
    if (!value) raise(CLASS_RUNTIME_ERROR, "Cannot delete attribute");                                                 \
    if (truth >= 0) as_parser(self)->name = truth;                                                                     \
    return truth >= 0;                                                                                                 \
  }
SWITCH(ordered_attributes)
SWITCH(specified_attributes)

static Value get_namespace_prefixes(Value self) {
  return value_from_bool(as_parser(self)->namespace_prefixes);
}
static bool set_namespace_prefixes(Value self, Value value) {
  Parser *parser = as_parser(self);
  int truth = value ? value_truth(value) : -1;
  if (!value) raise(CLASS_RUNTIME_ERROR, "Cannot delete attribute");
  if (truth < 0) return false;
  parser->namespace_prefixes = truth;
  library.call.XML_SetReturnNSTriplet(parser->expat, truth);
  return true;
}
static Value get_buffer_text(Value self) {
  return value_from_bool(as_parser(self)->buffers_text);
}
static bool set_buffer_text(Value self, Value value) {
  Parser *parser = as_parser(self);
  int truth = value ? value_truth(value) : -1;
  if (!value) raise(CLASS_RUNTIME_ERROR, "Cannot delete attribute");
  if (truth < 0 || (!truth && !flush_text(parser))) return false;
  parser->buffers_text = truth;
  return true;
}
static Value get_buffer_size(Value self) {
  return int_from_size(as_parser(self)->text_size);
}
static bool set_buffer_size(Value self, Value value) {
  Parser *parser = as_parser(self);
  int64_t size;
  if (!value) return raise(CLASS_RUNTIME_ERROR, "Cannot delete attribute");
  if (!value_is_int(value)) return raise_type_error("buffer_size must be an integer");
  if (!value_as_int64(value, &size)) return false;
  if (size <= 0) return raise_value_error("buffer_size must be greater than zero");
  if (size > INT32_MAX) return raise_value_error("buffer_size must not be greater than %d", INT32_MAX);
  if (!flush_text(parser)) return false;
  char *text = malloc((size_t)size);
  if (!text) return raise_memory_error();
  free(parser->text);
  parser->text = text;
  parser->text_size = (size_t)size;
  return true;
}
static Value get_buffer_used(Value self) {
  return int_from_size(as_parser(self)->text_length);
}
static Value get_intern(Value self) {
  Value intern = as_parser(self)->intern;
  return intern ? intern : VALUE_NONE;
}
static Value get_line(Value self) {
  return int_from_size(library.call.XML_GetCurrentLineNumber(as_parser(self)->expat));
}
static Value get_column(Value self) {
  return int_from_size(library.call.XML_GetCurrentColumnNumber(as_parser(self)->expat));
}
static Value get_index(Value self) {
  return int_from_int64(library.call.XML_GetCurrentByteIndex(as_parser(self)->expat));
}
static Value get_code(Value self) {
  return value_from_small_int((int)library.call.XML_GetErrorCode(as_parser(self)->expat));
}

static const NativeProperty parser_properties[] = {
#define HANDLER(name) {#name, get_##name, set_##name, NULL},
    HANDLERS
#undef HANDLER
    {"CurrentByteIndex", get_index, NULL, NULL},
    {"CurrentColumnNumber", get_column, NULL, NULL},
    {"CurrentLineNumber", get_line, NULL, NULL},
    {"ErrorByteIndex", get_index, NULL, NULL},
    {"ErrorCode", get_code, NULL, NULL},
    {"ErrorColumnNumber", get_column, NULL, NULL},
    {"ErrorLineNumber", get_line, NULL, NULL},
    {"buffer_size", get_buffer_size, set_buffer_size, NULL},
    {"buffer_text", get_buffer_text, set_buffer_text, NULL},
    {"buffer_used", get_buffer_used, NULL, NULL},
    {"intern", get_intern, NULL, NULL},
    {"namespace_prefixes", get_namespace_prefixes, set_namespace_prefixes, NULL},
    {"ordered_attributes", get_ordered_attributes, set_ordered_attributes, NULL},
    {"specified_attributes", get_specified_attributes, set_specified_attributes, NULL},
    {}};
static const NativeMethod parser_methods[] = {
    NATIVE("ExternalEntityParserCreate", parser_create_external, "($self, context, encoding=<unrepresentable>, /)",
           "A parser for an external entity."),
    NATIVE("GetBase", parser_get_base, "($self, /)", "The base URL."),
    NATIVE("GetInputContext", parser_get_context, "($self, /)", "The input that the current event is made from."),
    NATIVE("Parse", parser_parse, "($self, data, isfinal=False, /)", "Parse a piece of XML."),
    NATIVE("ParseFile", parser_parse_file, "($self, file, /)", "Parse what a file object reads."),
    NATIVE("SetBase", parser_set_base, "($self, base, /)", "Set the base URL."),
    NATIVE("SetParamEntityParsing", parser_set_parameter_parsing, "($self, flag, /)",
           "When parameter entities are parsed."),
    NATIVE("UseForeignDTD", parser_use_foreign_dtd, "($self, flag=True, /)", "Let the application provide a DTD."),
    {}};
static const ClassDef parser_class = {.name = "pyexpat.xmlparser",
                                      .doc = "A parser of XML.",
                                      .cell_type = &parser_cell_type,
                                      .instance_size = sizeof(Parser),
                                      .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                      .methods = parser_methods,
                                      .properties = parser_properties};
static const NativeMethod pyexpat_functions[] = {
    NATIVE("ErrorString", error_string, "(code, /)", "The message of an error."),
    NATIVE("ParserCreate", parser_create, "(encoding=None, namespace_separator=None, intern=<unrepresentable>)",
           "A new parser."),
    {}};

// ---- Constants ----

static const char *const error_names[] = {NULL,
                                          "NO_MEMORY",
                                          "SYNTAX",
                                          "NO_ELEMENTS",
                                          "INVALID_TOKEN",
                                          "UNCLOSED_TOKEN",
                                          "PARTIAL_CHAR",
                                          "TAG_MISMATCH",
                                          "DUPLICATE_ATTRIBUTE",
                                          "JUNK_AFTER_DOC_ELEMENT",
                                          "PARAM_ENTITY_REF",
                                          "UNDEFINED_ENTITY",
                                          "RECURSIVE_ENTITY_REF",
                                          "ASYNC_ENTITY",
                                          "BAD_CHAR_REF",
                                          "BINARY_ENTITY_REF",
                                          "ATTRIBUTE_EXTERNAL_ENTITY_REF",
                                          "MISPLACED_XML_PI",
                                          "UNKNOWN_ENCODING",
                                          "INCORRECT_ENCODING",
                                          "UNCLOSED_CDATA_SECTION",
                                          "EXTERNAL_ENTITY_HANDLING",
                                          "NOT_STANDALONE",
                                          "UNEXPECTED_STATE",
                                          "ENTITY_DECLARED_IN_PE",
                                          "FEATURE_REQUIRES_XML_DTD",
                                          "CANT_CHANGE_FEATURE_ONCE_PARSING",
                                          "UNBOUND_PREFIX",
                                          "UNDECLARING_PREFIX",
                                          "INCOMPLETE_PE",
                                          "XML_DECL",
                                          "TEXT_DECL",
                                          "PUBLICID",
                                          "SUSPENDED",
                                          "NOT_SUSPENDED",
                                          "ABORTED",
                                          "FINISHED",
                                          "SUSPEND_PE",
                                          "RESERVED_PREFIX_XML",
                                          "RESERVED_PREFIX_XMLNS",
                                          "RESERVED_NAMESPACE_URI",
                                          "INVALID_ARGUMENT",
                                          "NO_BUFFER",
                                          "AMPLIFICATION_LIMIT_BREACH"};

// pyexpat.NAME, as a module of its own.
static Value submodule(Value module, const char *name, const char *doc) {
  Value full = str_format_c("pyexpat.%s", name), text = str_from_c(doc);
  Value made = full && text ? module_new(str_intern(full), text) : NULL;
  return made && module_add(module, name, made) && dict_set(runtime.modules, full, made) ? made : NULL;
}
static bool add_errors(Value module) {
  Value errors = submodule(module, "errors", "Constants used to describe error conditions.");
  Value codes = dict_new(), messages = dict_new();
  if (!errors || !codes || !messages) return false;
  for (int i = 1; i < (int)(sizeof error_names / sizeof *error_names); i++) {
    const char *text = library.call.XML_ErrorString((enum XML_Error)i);
    char name[64] = "XML_ERROR_";
    strncat(name, error_names[i], sizeof name - 12);
    Value message = text ? str_from_c(text) : VALUE_NONE, code = value_from_small_int(i);
    if (!message || !module_add(errors, name, message) || !dict_set(codes, message, code) ||
        !dict_set(messages, code, message))
      return false;
  }
  return module_add(errors, "codes", codes) && module_add(errors, "messages", messages);
}
static bool add_model(Value module) {
  Value model = submodule(module, "model", "Constants used to interpret content model information.");
  static const struct {
    const char *name;
    int value;
  } constants[] = {{"XML_CTYPE_EMPTY", XML_CTYPE_EMPTY},   {"XML_CTYPE_ANY", XML_CTYPE_ANY},
                   {"XML_CTYPE_MIXED", XML_CTYPE_MIXED},   {"XML_CTYPE_NAME", XML_CTYPE_NAME},
                   {"XML_CTYPE_CHOICE", XML_CTYPE_CHOICE}, {"XML_CTYPE_SEQ", XML_CTYPE_SEQ},
                   {"XML_CQUANT_NONE", XML_CQUANT_NONE},   {"XML_CQUANT_OPT", XML_CQUANT_OPT},
                   {"XML_CQUANT_REP", XML_CQUANT_REP},     {"XML_CQUANT_PLUS", XML_CQUANT_PLUS}};
  for (size_t i = 0; model && i < sizeof constants / sizeof *constants; i++)
    if (!module_add_int(model, constants[i].name, constants[i].value)) return false;
  return model != NULL;
}
static bool add_features(Value module) {
  Value features = list_new(NULL, 0);
  for (const XML_Feature *feature = library.call.XML_GetFeatureList(); features && feature->feature; feature++) {
    Value entry = tuple_of(2, str_from_c(feature->name), int_from_int64(feature->value));
    if (!entry || !list_append(features, entry)) return false;
  }
  return module_add(module, "features", features);
}

static bool pyexpat_initialize(Value module) {
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  if (!LIBRARY_LOAD("libexpat.so.1")) return false;
  Value namespace_dict = dict_new(), bases = tuple_of(1, value_from_cell(BUILTIN(EXCEPTION)));
  if (!namespace_dict || !bases || !dict_set_c(namespace_dict, "__module__", str_intern_c("xml.parsers.expat")))
    return false;
  Value error = class_create(BUILTIN(TYPE), str_intern_c("ExpatError"), bases, namespace_dict, NULL, NULL);
  if (!error || !module_add(module, "error", error) || !module_add(module, "ExpatError", error)) return false;
  state.error = value_as_class(error);
  state.parser = class_from_definition(&parser_class, NULL);
  XML_Expat_Version version = library.call.XML_ExpatVersionInfo();
  return state.parser && module_add(module, "XMLParserType", value_from_cell(state.parser)) &&
         module_add_str(module, "EXPAT_VERSION", library.call.XML_ExpatVersion()) &&
         module_add(module, "version_info",
                    tuple_of(3, value_from_small_int(version.major), value_from_small_int(version.minor),
                             value_from_small_int(version.micro))) &&
         module_add_str(module, "native_encoding", "UTF-8") && add_errors(module) && add_model(module) &&
         add_features(module) &&
         module_add_int(module, "XML_PARAM_ENTITY_PARSING_NEVER", XML_PARAM_ENTITY_PARSING_NEVER) &&
         module_add_int(module, "XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE",
                        XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE) &&
         module_add_int(module, "XML_PARAM_ENTITY_PARSING_ALWAYS", XML_PARAM_ENTITY_PARSING_ALWAYS);
}
const NativeModule pyexpat_module = {.name = "pyexpat",
                                     .doc = "Python wrapper for Expat parser.",
                                     .functions = pyexpat_functions,
                                     .initialize = pyexpat_initialize};
