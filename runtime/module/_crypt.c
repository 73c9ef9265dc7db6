// The module _crypt, over the system's libcrypt, which is loaded when the module is imported.
#include "runtime/heap/heap.h"
#include "runtime/module/system.h"
#include "runtime/object/native.h"
#include "runtime/object/str.h"

#include <crypt.h>
#include <dlfcn.h>
#include <stdlib.h>

static char *(*crypt_reentrant)(const char *word, const char *salt, struct crypt_data *data);

static Value crypt_crypt(Value word, Value salt) {
  if (!value_is_str(word)) return raise_bad_argument("crypt", "word", "str", word);
  if (!value_is_str(salt)) return raise_bad_argument("crypt", "salt", "str", salt);
  Value word_bytes = path_as_bytes(word), salt_bytes = word_bytes ? path_as_bytes(salt) : NULL;
  if (!salt_bytes) return NULL;
  struct crypt_data *data = calloc(1, sizeof *data); // too large for a stack
  if (!data) return raise_memory_error();
  char *result;
  BLOCKING(result = crypt_reentrant((const char *)value_as_bytes(word_bytes)->data,
                                    (const char *)value_as_bytes(salt_bytes)->data, data));
  KEEP(word_bytes);
  KEEP(salt_bytes);
  Value text = result ? path_decode_c(result) : raise_os_error(errno, NULL);
  free(data);
  return text;
}

static bool crypt_initialize([[maybe_unused]] Value module) {
  void *library = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL);
  void *function = library ? dlsym(library, "crypt_r") : NULL;
  if (!function) raise(CLASS_IMPORT_ERROR, "cannot load libcrypt");
  crypt_reentrant = (typeof(crypt_reentrant))function;
  return function != NULL;
}
static const NativeMethod crypt_functions[] = {NATIVE("crypt", crypt_crypt, "(word, salt, /)", "Hash a password."), {}};
const NativeModule crypt_module = {"_crypt", "Hashes of passwords.", crypt_functions, crypt_initialize};
