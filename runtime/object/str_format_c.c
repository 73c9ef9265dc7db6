// The C-side formatter behind str_format_c() and raise(): printf's directives plus those for Values.
//
//   %s C string (UTF-8)  %c character  %d %i %u %x with l, ll, z  %p  %%
//   %U str  %R repr()  %S str()  %A ascii()  %T class name of the value  %N name of the Class *
// A width is not supported; a precision (".200", also "*") limits characters.
#include "runtime/object/object.h"
#include "runtime/object/str.h"

#include <stdio.h>
#include <string.h>

typedef struct Directive {
  ptrdiff_t precision; // -1: none
  int longness;        // 0 int, 1 long, 2 long long, 3 size
  char kind;
} Directive;

static const char *parse_directive(const char *format, Directive *directive, va_list *arguments) {
  *directive = (Directive){.precision = -1};
  if (*format == '.') {
    format++;
    if (*format == '*') {
      directive->precision = va_arg(*arguments, int);
      format++;
    } else {
      directive->precision = 0;
      while (*format >= '0' && *format <= '9') directive->precision = directive->precision * 10 + (*format++ - '0');
    }
  }
  for (;; format++) {
    if (*format == 'l')
      directive->longness++;
    else if (*format == 'z')
      directive->longness = 3;
    else
      break;
  }
  directive->kind = *format;
  return format + 1;
}

static void add_number(StrBuilder *builder, const Directive *directive, va_list *arguments) {
  char digits[32];
  if (directive->kind == 'd' || directive->kind == 'i') {
    long long number = directive->longness == 0   ? va_arg(*arguments, int)
                       : directive->longness == 3 ? (long long)va_arg(*arguments, ptrdiff_t)
                                                  : va_arg(*arguments, long long);
    snprintf(digits, sizeof digits, "%lld", number);
  } else {
    unsigned long long number = directive->longness == 0   ? va_arg(*arguments, unsigned)
                                : directive->longness == 3 ? va_arg(*arguments, size_t)
                                                           : va_arg(*arguments, unsigned long long);
    snprintf(digits, sizeof digits, directive->kind == 'x' ? "%llx" : "%llu", number);
  }
  str_builder_add_c(builder, digits);
}

static void add_limited(StrBuilder *builder, Value text, ptrdiff_t precision) {
  if (!text)
    builder->failed = true;
  else
    str_builder_add_part(builder, text, 0, precision < 0 ? SIZE_MAX : (size_t)precision);
}

static void add_c_text(StrBuilder *builder, const char *text, ptrdiff_t precision) {
  size_t length = precision < 0 ? strlen(text) : strnlen(text, (size_t)precision);
  // A precision may have cut a character in half.
  if (precision >= 0 && text[length])
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) length--;
  add_limited(builder, str_from_utf8(text, length), -1);
}

Value str_format_list(const char *format, va_list list) {
  va_list arguments;
  va_copy(arguments, list);
  StrBuilder builder;
  str_builder_start(&builder);
  while (*format && !builder.failed) {
    const char *percent = strchrnul(format, '%');
    if (percent > format) add_limited(&builder, str_from_utf8(format, (size_t)(percent - format)), -1);
    if (!*percent) break;
    Directive directive;
    format = parse_directive(percent + 1, &directive, &arguments);
    switch (directive.kind) {
    case 's':
      add_c_text(&builder, va_arg(arguments, const char *), directive.precision);
      break;
    case 'c':
      str_builder_add_character(&builder, (uint32_t)va_arg(arguments, int));
      break;
    case 'd':
    case 'i':
    case 'u':
    case 'x':
      add_number(&builder, &directive, &arguments);
      break;
    case 'p': {
      char digits[32];
      snprintf(digits, sizeof digits, "%p", va_arg(arguments, void *));
      str_builder_add_c(&builder, digits);
      break;
    }
    case 'U':
      add_limited(&builder, va_arg(arguments, Value), directive.precision);
      break;
    case 'R':
      add_limited(&builder, value_repr(va_arg(arguments, Value)), directive.precision);
      break;
    case 'S':
      add_limited(&builder, value_str(va_arg(arguments, Value)), directive.precision);
      break;
    case 'A':
      add_limited(&builder, value_ascii(va_arg(arguments, Value)), directive.precision);
      break;
    case 'T':
      add_c_text(&builder, value_class_name(va_arg(arguments, Value)), directive.precision);
      break;
    case 'N':
      add_c_text(&builder, class_name(va_arg(arguments, Class *)), directive.precision);
      break;
    default:
      str_builder_add_character(&builder, '%');
      break;
    }
  }
  va_end(arguments);
  return str_builder_finish(&builder);
}

Value str_format_c(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  Value text = str_format_list(format, arguments);
  va_end(arguments);
  return text;
}
