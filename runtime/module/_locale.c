// The _locale module: the C library's locale functions.
#include "runtime/heap/heap.h"
#include "runtime/module/_io.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"

#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static Class *error_class;

static const char *c_text(Value bytes) {
  return (const char *)value_as_bytes(bytes)->data;
}

static Value locale_setlocale(Value category_value, Value locale) {
  int category;
  if (!value_as_int(category_value, &category)) return NULL;
  Value bytes = NULL;
  if (locale && locale != VALUE_NONE) {
    if (!value_is_str(locale)) return raise_type_error("setlocale() argument 2 must be str or None, not %T", locale);
    if (!(bytes = path_as_bytes(locale))) return NULL;
  }
  const char *result = setlocale(category, bytes ? c_text(bytes) : NULL);
  KEEP(bytes);
  if (!result) return raise_in(error_class, bytes ? "unsupported locale setting" : "locale query failed");
  return path_decode_c(result);
}

static Value grouping_list(const char *grouping) {
  Value list = list_new(NULL, 0);
  size_t count = 0;
  for (; list && grouping[count] && grouping[count] != CHAR_MAX; count++)
    if (!list_append(list, value_from_small_int(grouping[count]))) return NULL;
  if (list && grouping[0] && !list_append(list, value_from_small_int(grouping[count]))) return NULL;
  return list;
}

static Value locale_localeconv(void) {
  const struct lconv *l = localeconv();
  const struct {
    const char *name, *text;
  } texts[] = {{"decimal_point", l->decimal_point},         {"thousands_sep", l->thousands_sep},
               {"int_curr_symbol", l->int_curr_symbol},     {"currency_symbol", l->currency_symbol},
               {"mon_decimal_point", l->mon_decimal_point}, {"mon_thousands_sep", l->mon_thousands_sep},
               {"positive_sign", l->positive_sign},         {"negative_sign", l->negative_sign}};
  const IntConstant numbers[] = {{"int_frac_digits", l->int_frac_digits}, {"frac_digits", l->frac_digits},
                                 {"p_cs_precedes", l->p_cs_precedes},     {"p_sep_by_space", l->p_sep_by_space},
                                 {"n_cs_precedes", l->n_cs_precedes},     {"n_sep_by_space", l->n_sep_by_space},
                                 {"p_sign_posn", l->p_sign_posn},         {"n_sign_posn", l->n_sign_posn}};
  Value dict = dict_new();
  for (size_t i = 0; dict && i < sizeof numbers / sizeof *numbers; i++)
    if (!dict_set_c(dict, numbers[i].name, value_from_small_int(numbers[i].number))) return NULL;
  for (size_t i = 0; dict && i < sizeof texts / sizeof *texts; i++) {
    Value text = path_decode_c(texts[i].text);
    if (!text || !dict_set_c(dict, texts[i].name, text)) return NULL;
  }
  Value grouping = grouping_list(l->grouping), monetary = grouping_list(l->mon_grouping);
  return dict && grouping && monetary && dict_set_c(dict, "grouping", grouping) &&
                 dict_set_c(dict, "mon_grouping", monetary)
             ? dict
             : NULL;
}

// Wide characters, malloc'ed. NULL: exception pending.
static wchar_t *wide_text(Value value) {
  Str *text = value_as_str(value);
  wchar_t *wide = malloc((text->length + 1) * sizeof *wide);
  if (!wide) {
    raise_memory_error();
    return NULL;
  }
  for (size_t i = 0; i < text->length; i++) {
    wide[i] = (wchar_t)str_character(text, i);
    if (wide[i]) continue;
    free(wide);
    raise_value_error("embedded null character");
    return NULL;
  }
  wide[text->length] = 0;
  return wide;
}

static Value locale_strcoll(Value a, Value b) {
  if (!value_is_str(a)) return raise_type_error("strcoll() argument 1 must be str, not %T", a);
  if (!value_is_str(b)) return raise_type_error("strcoll() argument 2 must be str, not %T", b);
  wchar_t *left = wide_text(a), *right = left ? wide_text(b) : NULL;
  Value result = right ? value_from_small_int(wcscoll(left, right)) : NULL;
  free(left);
  free(right);
  return result;
}

static Value locale_strxfrm(Value text) {
  if (!value_is_str(text)) return raise_type_error("strxfrm() argument must be str, not %T", text);
  wchar_t *wide = wide_text(text);
  if (!wide) return NULL;
  size_t size = wcsxfrm(NULL, wide, 0) + 1;
  wchar_t *key = malloc(size * sizeof *key);
  Value result = key ? (wcsxfrm(key, wide, size), str_from_ucs4((const uint32_t *)(const void *)key, wcslen(key)))
                     : raise_memory_error();
  free(key);
  free(wide);
  return result;
}

static const IntConstant items[] = {
#define C(name) {#name, name},
    C(DAY_1) C(DAY_2) C(DAY_3) C(DAY_4) C(DAY_5) C(DAY_6) C(DAY_7) C(ABDAY_1) C(ABDAY_2) C(ABDAY_3) C(ABDAY_4)
        C(ABDAY_5) C(ABDAY_6) C(ABDAY_7) C(MON_1) C(MON_2) C(MON_3) C(MON_4) C(MON_5) C(MON_6) C(MON_7) C(MON_8)
            C(MON_9) C(MON_10) C(MON_11) C(MON_12) C(ABMON_1) C(ABMON_2) C(ABMON_3) C(ABMON_4) C(ABMON_5) C(ABMON_6)
                C(ABMON_7) C(ABMON_8) C(ABMON_9) C(ABMON_10) C(ABMON_11) C(ABMON_12) C(RADIXCHAR) C(THOUSEP) C(CRNCYSTR)
                    C(D_T_FMT) C(D_FMT) C(T_FMT) C(AM_STR) C(PM_STR) C(CODESET) C(T_FMT_AMPM) C(ERA) C(ERA_D_FMT)
                        C(ERA_D_T_FMT) C(ERA_T_FMT) C(ALT_DIGITS) C(YESEXPR) C(NOEXPR) C(_DATE_FMT)
#undef C
                            {}};

static Value locale_nl_langinfo(Value key_value) {
  int key;
  if (!value_as_int(key_value, &key)) return NULL;
  for (const IntConstant *item = items; item->name; item++)
    if (item->number == key) return path_decode_c(nl_langinfo(key));
  return raise_value_error("unsupported langinfo constant");
}

static Value locale_getencoding(void) {
  return str_from_c(locale_encoding());
}

// ---- gettext ----

static Value locale_gettext(Value message) {
  Value bytes = path_as_bytes(message);
  return bytes ? path_decode_c(gettext(c_text(bytes))) : NULL;
}
static bool parse_domain(Value value, const char **text, Value *bytes) {
  *text = NULL;
  *bytes = NULL;
  if (value == VALUE_NONE) return true;
  if (!(*bytes = path_as_bytes(value))) return false;
  *text = c_text(*bytes);
  return true;
}
static Value locale_dcgettext(Value domain_value, Value message, Value category_value) {
  const char *domain;
  Value domain_bytes, bytes = path_as_bytes(message);
  int category = LC_MESSAGES;
  if (!bytes || !parse_domain(domain_value, &domain, &domain_bytes) ||
      (category_value && !value_as_int(category_value, &category)))
    return NULL;
  return path_decode_c(dcgettext(domain, c_text(bytes), category));
}
static Value locale_dgettext(Value domain, Value message) {
  return locale_dcgettext(domain, message, NULL);
}
static Value locale_textdomain(Value domain_value) {
  const char *domain;
  Value bytes;
  if (!parse_domain(domain_value, &domain, &bytes)) return NULL;
  const char *result = textdomain(domain);
  KEEP(bytes);
  return result ? path_decode_c(result) : system_error();
}
static Value bind_domain(Value domain_value, Value target, char *(*bind)(const char *, const char *)) {
  Value domain = path_as_bytes(domain_value), bytes;
  const char *text;
  if (!domain) return NULL;
  if (!*c_text(domain)) return raise_in(error_class, "domain must be a non-empty string");
  if (!parse_domain(target, &text, &bytes)) return NULL;
  const char *result = bind(c_text(domain), text);
  KEEP(bytes);
  KEEP(domain);
  return result ? path_decode_c(result) : bind == bind_textdomain_codeset ? VALUE_NONE : system_error();
}
static Value locale_bindtextdomain(Value domain, Value directory) {
  return bind_domain(domain, directory, bindtextdomain);
}
static Value locale_bind_textdomain_codeset(Value domain, Value codeset) {
  return bind_domain(domain, codeset, bind_textdomain_codeset);
}

static const NativeMethod locale_functions[] = {
    NATIVE("setlocale", locale_setlocale, "(category, locale=<unrepresentable>, /)", "Set or query the locale."),
    NATIVE("localeconv", locale_localeconv, "()", "How the locale writes numbers and amounts."),
    NATIVE("strcoll", locale_strcoll, "(os1, os2, /)", "Compare by the locale's order."),
    NATIVE("strxfrm", locale_strxfrm, "(string, /)", "A key for the locale's order."),
    NATIVE("nl_langinfo", locale_nl_langinfo, "(key, /)", "An item of the locale."),
    NATIVE("getencoding", locale_getencoding, "()", "The locale's encoding."),
    NATIVE("gettext", locale_gettext, "(msg, /)", "Translate a message."),
    NATIVE("dgettext", locale_dgettext, "(domain, msg, /)", "Translate a message of a domain."),
    NATIVE("dcgettext", locale_dcgettext, "(domain, msg, category, /)", "Translate for a category."),
    NATIVE("textdomain", locale_textdomain, "(domain, /)", "Set the domain of messages."),
    NATIVE("bindtextdomain", locale_bindtextdomain, "(domain, dir, /)", "Say where a domain's translations are."),
    NATIVE("bind_textdomain_codeset", locale_bind_textdomain_codeset, "(domain, codeset, /)",
           "Say how a domain's translations are encoded."),
    {}};

static bool locale_initialize(Value module) {
  static const IntConstant numbers[] = {
#define C(name) {#name, name},
      C(LC_CTYPE) C(LC_TIME) C(LC_COLLATE) C(LC_MONETARY) C(LC_MESSAGES) C(LC_NUMERIC) C(LC_ALL) C(CHAR_MAX)
#undef C
          {}};
  heap_add_root_range((Value *)(void *)&error_class, 1);
  Value bases = tuple_of(1, value_from_cell(BUILTIN(EXCEPTION))), names = dict_new(), name = str_intern_c("Error");
  if (!bases || !names || !name || !dict_set_c(names, "__module__", str_from_c("locale"))) return false;
  Value class = class_create(BUILTIN(TYPE), name, bases, names, NULL, NULL);
  if (!class) return false;
  error_class = value_as_class(class);
  return module_add(module, "Error", class) && module_add_constants(module, numbers) &&
         module_add_constants(module, items);
}

const NativeModule locale_module = {"_locale", "The C library's locale functions.", locale_functions,
                                    locale_initialize};
