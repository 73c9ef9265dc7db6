// Hash functions over OpenSSL's libcrypto: the modules _hashlib, _md5, _sha1, _sha256, _sha512 and _sha3.
//
// libcrypto is loaded on the first use of any of them, so that programs that never hash do not pay for it.
//
// Threads: a hash object is locked for each update; large updates run in a blocking region, with the object marked busy
// by its own mutex, so that neither a collection nor another thread waits for them.
#include "runtime/module/_hashlib.h"
#include "runtime/heap/heap.h"
#include "runtime/module/library.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/names.h"
#include "runtime/object/native.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// ---- libcrypto ----

#define LIBRARY_FUNCTIONS(FUNCTION)                                                                                    \
  FUNCTION(EVP_DigestFinalXOF)                                                                                         \
  FUNCTION(EVP_DigestFinal_ex)                                                                                         \
  FUNCTION(EVP_DigestInit_ex)                                                                                          \
  FUNCTION(EVP_DigestUpdate)                                                                                           \
  FUNCTION(EVP_MD_CTX_copy_ex)                                                                                         \
  FUNCTION(EVP_MD_CTX_free)                                                                                            \
  FUNCTION(EVP_MD_CTX_new)                                                                                             \
  FUNCTION(EVP_MD_get_block_size)                                                                                      \
  FUNCTION(EVP_MD_get_size)                                                                                            \
  FUNCTION(ERR_get_error)                                                                                              \
  FUNCTION(ERR_lib_error_string)                                                                                       \
  FUNCTION(ERR_reason_error_string)                                                                                    \
  FUNCTION(EVP_PBE_scrypt)                                                                                             \
  FUNCTION(EVP_get_digestbyname)                                                                                       \
  FUNCTION(HMAC)                                                                                                       \
  FUNCTION(PKCS5_PBKDF2_HMAC)
LIBRARY_DEFINE(LIBRARY_FUNCTIONS)
static const char CRYPTO_FILE[] = "libcrypto.so.3";

static bool crypto_load(void) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static bool loaded;
  pthread_mutex_lock(&mutex);
  bool found = loaded = loaded || LIBRARY_FIND(CRYPTO_FILE);
  pthread_mutex_unlock(&mutex);
  return found || library_raise(CRYPTO_FILE);
}

// ---- Algorithms ----

typedef struct Algorithm {
  const char *name;    // as hash.name shows it
  const char *openssl; // as OpenSSL calls it
  bool extendable;     // digest(length)
} Algorithm;
static const Algorithm algorithms[] = {
    {"md5", "MD5", false},
    {"sha1", "SHA1", false},
    {"sha224", "SHA224", false},
    {"sha256", "SHA256", false},
    {"sha384", "SHA384", false},
    {"sha512", "SHA512", false},
    {"sha512_224", "SHA512-224", false},
    {"sha512_256", "SHA512-256", false},
    {"sha3_224", "SHA3-224", false},
    {"sha3_256", "SHA3-256", false},
    {"sha3_384", "SHA3-384", false},
    {"sha3_512", "SHA3-512", false},
    {"shake_128", "SHAKE128", true},
    {"shake_256", "SHAKE256", true},
    {"ripemd160", "RIPEMD160", false},
    {"sm3", "SM3", false},
};
enum : size_t { ALGORITHM_COUNT = sizeof algorithms / sizeof *algorithms };

static const Algorithm *find_algorithm(const char *name) {
  for (size_t i = 0; i < ALGORITHM_COUNT; i++)
    if (strcasecmp(name, algorithms[i].name) == 0 || strcasecmp(name, algorithms[i].openssl) == 0)
      return &algorithms[i];
  return NULL;
}
static const EVP_MD *find_digest(const Algorithm *algorithm) {
  return library.call.EVP_get_digestbyname(algorithm->openssl);
}

// ---- Hash objects ----

typedef struct Hash {
  Cell head;
  const Algorithm *algorithm;
  EVP_MD_CTX *context;
  pthread_mutex_t mutex;
} Hash;
static void hash_release(Cell *cell) {
  Hash *hash = (Hash *)cell;
  if (hash->context) library.call.EVP_MD_CTX_free(hash->context);
}
static const CellType hash_cell_type = {.name = "HASH", .release = hash_release};
static struct {
  Class *hash, *extendable, *hmac, *unsupported;
} state;
enum : size_t { LARGE = 16384 }; // bytes: beyond this an update does not hold up the world

static Hash *as_hash(Value value) {
  return (Hash *)value_cell(value);
}

static bool update_bytes(Hash *hash, const uint8_t *data, size_t length) {
  int done;
  if (length >= LARGE)
    BLOCKING(pthread_mutex_lock(&hash->mutex); done = library.call.EVP_DigestUpdate(hash->context, data, length);
             pthread_mutex_unlock(&hash->mutex));
  else {
    if (pthread_mutex_trylock(&hash->mutex) != 0) BLOCKING(pthread_mutex_lock(&hash->mutex));
    done = library.call.EVP_DigestUpdate(hash->context, data, length);
    pthread_mutex_unlock(&hash->mutex);
  }
  if (!done) raise_value_error("the hash function failed");
  return done;
}

bool hash_acquire(Value data, Buffer *buffer) {
  if (value_is_str(data)) return raise_type_error("Strings must be encoded before hashing");
  if (!value_has_buffer(data)) return raise_type_error("object supporting the buffer API required");
  return buffer_acquire(data, buffer, BUFFER_SIMPLE);
}
static bool update_value(Hash *hash, Value data) {
  Buffer buffer;
  if (!hash_acquire(data, &buffer)) return false;
  bool updated = update_bytes(hash, buffer.data, buffer.length);
  buffer_release(&buffer);
  return updated;
}

static Value hash_new_object(const Algorithm *algorithm, Value data) {
  if (!crypto_load()) return NULL;
  const EVP_MD *digest = find_digest(algorithm);
  if (!digest) return raise_value_error("unsupported hash type %s", algorithm->name);
  Hash *hash = class_allocate(algorithm->extendable ? state.extendable : state.hash, 0);
  if (!hash) return NULL;
  pthread_mutex_init(&hash->mutex, NULL);
  hash->algorithm = algorithm;
  hash->context = library.call.EVP_MD_CTX_new();
  if (!hash->context) return raise_memory_error();
  if (!library.call.EVP_DigestInit_ex(hash->context, digest, NULL))
    return raise_value_error("unsupported hash type %s", algorithm->name);
  Value self = value_from_cell(hash);
  return !data || update_value(hash, data) ? self : NULL;
}

static Value hash_update(Value self, Value data) {
  return update_value(as_hash(self), data) ? VALUE_NONE : NULL;
}

static EVP_MD_CTX *context_copy(Hash *hash) {
  EVP_MD_CTX *copy = library.call.EVP_MD_CTX_new();
  if (copy) {
    if (pthread_mutex_trylock(&hash->mutex) != 0) BLOCKING(pthread_mutex_lock(&hash->mutex));
    int copied = library.call.EVP_MD_CTX_copy_ex(copy, hash->context);
    pthread_mutex_unlock(&hash->mutex);
    if (copied) return copy;
    library.call.EVP_MD_CTX_free(copy);
  }
  raise_memory_error();
  return NULL;
}

static Value hash_copy(Value self) {
  Hash *from = as_hash(self), *copy = class_allocate(value_class(self), 0);
  if (!copy) return NULL;
  pthread_mutex_init(&copy->mutex, NULL);
  copy->algorithm = from->algorithm;
  copy->context = context_copy(from);
  return copy->context ? value_from_cell(copy) : NULL;
}

static Value hash_digest(Value self) {
  Hash *hash = as_hash(self);
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_MD_CTX *context = context_copy(hash);
  if (!context) return NULL;
  int done = library.call.EVP_DigestFinal_ex(context, digest, &length);
  library.call.EVP_MD_CTX_free(context);
  return done ? bytes_new(digest, length) : raise_value_error("the hash function failed");
}
static Value hexadecimal(Value bytes) {
  return bytes ? value_call_method_0(bytes, "hex") : NULL;
}
static Value hash_hexdigest(Value self) {
  return hexadecimal(hash_digest(self));
}

static Value extendable_digest(Value self, Value length_value) {
  ptrdiff_t length;
  if (!value_as_size(length_value, &length, CLASS_OVERFLOW_ERROR)) return NULL;
  if (length < 0) return raise_value_error("value must be positive");
  if (length >= 1 << 29) return raise_value_error("length is too large");
  Bytes *bytes = bytes_allocate((size_t)length);
  EVP_MD_CTX *context = bytes ? context_copy(as_hash(self)) : NULL;
  if (!context) return NULL;
  int done = length == 0 || library.call.EVP_DigestFinalXOF(context, bytes->data, (size_t)length);
  library.call.EVP_MD_CTX_free(context);
  return done ? value_from_cell(bytes) : raise_value_error("the hash function failed");
}
static Value extendable_hexdigest(Value self, Value length) {
  return hexadecimal(extendable_digest(self, length));
}

static Value get_name(Value self) {
  return str_from_c(as_hash(self)->algorithm->name);
}
static Value get_digest_size(Value self) {
  const Algorithm *algorithm = as_hash(self)->algorithm;
  return value_from_small_int(algorithm->extendable ? 0 : library.call.EVP_MD_get_size(find_digest(algorithm)));
}
static Value get_block_size(Value self) {
  return value_from_small_int(library.call.EVP_MD_get_block_size(find_digest(as_hash(self)->algorithm)));
}
static Value hash_repr(Value self) {
  return str_format_c("<%s %T object @ %p>", as_hash(self)->algorithm->name, self, value_cell(self));
}

#define HASH_COMMON                                                                                                    \
  NATIVE("update", hash_update, "($self, obj, /)", "Hash more bytes."),                                                \
      NATIVE("copy", hash_copy, "($self, /)", "A copy."),                                                              \
      NATIVE("__repr__", hash_repr, "($self, /)", "Name and address.")
static const NativeMethod hash_methods[] = {
    HASH_COMMON,
    NATIVE("digest", hash_digest, "($self, /)", "The digest as bytes."),
    NATIVE("hexdigest", hash_hexdigest, "($self, /)", "The digest as hexadecimal digits."),
    {}};
static const NativeMethod extendable_methods[] = {
    HASH_COMMON,
    NATIVE("digest", extendable_digest, "($self, /, length)", "A digest of any length."),
    NATIVE("hexdigest", extendable_hexdigest, "($self, /, length)", "A digest of any length as hexadecimal digits."),
    {}};
static const NativeProperty hash_properties[] = {{"name", get_name, NULL, "algorithm name"},
                                                 {"digest_size", get_digest_size, NULL, "digest size in bytes"},
                                                 {"block_size", get_block_size, NULL, "block size in bytes"},
                                                 {}};
static const ClassDef hash_class = {.name = "_hashlib.HASH",
                                    .doc = "A hash under computation.",
                                    .cell_type = &hash_cell_type,
                                    .instance_size = sizeof(Hash),
                                    .flags = CLASS_IMMUTABLE | CLASS_NO_NEW | CLASS_BASE_TYPE,
                                    .methods = hash_methods,
                                    .properties = hash_properties};
static const ClassDef extendable_class = {.name = "_hashlib.HASHXOF",
                                          .doc = "A hash with digests of any length.",
                                          .cell_type = &hash_cell_type,
                                          .instance_size = sizeof(Hash),
                                          .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                          .methods = extendable_methods,
                                          .properties = hash_properties};

// ---- Constructors ----

// new(name, string=b'') by the algorithm's name.
static Value hash_new(Value name, Value string, [[maybe_unused]] Value used_for_security) {
  if (!value_is_str(name)) return raise_type_error("new() argument 'name' must be str, not %T", name);
  const char *text = str_utf8(name, NULL);
  const Algorithm *algorithm = text ? find_algorithm(text) : NULL;
  if (!algorithm)
    return exception_pending() ? NULL
                               : raise_in(state.unsupported ? state.unsupported : BUILTIN(VALUE_ERROR),
                                          "unsupported hash type %U", name);
  return hash_new_object(algorithm, string);
}

#define CONSTRUCTOR(name)                                                                                              \
  static Value construct_##name(Value string, [[maybe_unused]] Value used_for_security) {                              \
    return hash_new_object(find_algorithm(#name), string);                                                             \
  }
CONSTRUCTOR(md5)
CONSTRUCTOR(sha1)
CONSTRUCTOR(sha224)
CONSTRUCTOR(sha256)
CONSTRUCTOR(sha384)
CONSTRUCTOR(sha512)
CONSTRUCTOR(sha3_224)
CONSTRUCTOR(sha3_256)
CONSTRUCTOR(sha3_384)
CONSTRUCTOR(sha3_512)
CONSTRUCTOR(shake_128)
CONSTRUCTOR(shake_256)

// ---- Digests by name, HMAC in one step ----

static Value digest_name(Value digest) {
  if (value_is_str(digest)) return digest;
  if (VALUE_IS_EXACT(digest, BUILTIN_FUNCTION)) { // hashlib.sha256 and the like
    const char *name = ((NativeObject *)value_cell(digest))->method->name;
    if (strncmp(name, "openssl_", 8) == 0) name += 8;
    if (find_algorithm(name)) return str_from_c(name);
  }
  return raise_in(state.unsupported, "Unsupported digestmod %R", digest);
}

static const EVP_MD *digest_of(Value digest) {
  Value name = crypto_load() ? digest_name(digest) : NULL;
  const char *text = name ? str_utf8(name, NULL) : NULL;
  const Algorithm *algorithm = text ? find_algorithm(text) : NULL;
  const EVP_MD *found = algorithm ? find_digest(algorithm) : NULL;
  if (!found && text) raise_in(state.unsupported, "unsupported hash type %s", text);
  return found;
}

static Value hmac_digest(Value key, Value message, Value digest) {
  const EVP_MD *method = digest_of(digest);
  Buffer key_buffer, message_buffer;
  if (!method || !buffer_acquire(key, &key_buffer, BUFFER_SIMPLE)) return NULL;
  if (!buffer_acquire(message, &message_buffer, BUFFER_SIMPLE)) {
    buffer_release(&key_buffer);
    return NULL;
  }
  uint8_t result[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  unsigned char *done;
  BLOCKING(done = library.call.HMAC(method, key_buffer.data, (int)key_buffer.length, message_buffer.data,
                                    message_buffer.length, result, &length));
  buffer_release(&key_buffer);
  buffer_release(&message_buffer);
  return done ? bytes_new(result, length) : raise_value_error("the hash function failed");
}

// ---- HMAC objects ----

// H((key ^ opad) || H((key ^ ipad) || message)): `hash` is the inner one under computation.
typedef struct Hmac {
  Cell head;
  Value inner; // Hash
  // ---- end of values
  const Algorithm *algorithm;
  uint8_t outer_key[256];
  int block_size;
} Hmac;
static const CellType hmac_cell_type = {.name = "HMAC", CELL_VALUES(Hmac, inner, inner)};
static Hmac *as_hmac(Value value) {
  return (Hmac *)value_cell(value);
}

static Value hmac_new(Value key, Value message, Value digest) {
  if (!digest || digest == VALUE_NONE) return raise_type_error("Missing required parameter 'digestmod'.");
  if (!digest_of(digest)) return NULL;
  const Algorithm *algorithm = find_algorithm(str_utf8(digest_name(digest), NULL));
  if (algorithm->extendable) return raise_in(state.unsupported, "unsupported hash type %s", algorithm->name);
  int block = library.call.EVP_MD_get_block_size(find_digest(algorithm));
  Buffer buffer;
  if (!buffer_acquire(key, &buffer, BUFFER_SIMPLE)) return NULL;
  uint8_t block_key[256] = {}, inner_key[256];
  bool prepared = true;
  if (buffer.length <= (size_t)block) {
    memcpy(block_key, buffer.data, buffer.length);
  } else { // long keys are hashed first
    Value hash = hash_new_object(algorithm, NULL);
    prepared = hash && update_bytes(as_hash(hash), buffer.data, buffer.length);
    Value short_key = prepared ? hash_digest(hash) : NULL;
    prepared = short_key != NULL;
    if (prepared) memcpy(block_key, value_as_bytes(short_key)->data, value_as_bytes(short_key)->length);
    KEEP(short_key);
  }
  buffer_release(&buffer);
  Value inner = prepared ? hash_new_object(algorithm, NULL) : NULL;
  Hmac *hmac = inner ? class_allocate(state.hmac, 0) : NULL;
  if (!hmac) return NULL;
  gc_init(hmac, &hmac->inner, inner);
  hmac->algorithm = algorithm;
  hmac->block_size = block;
  for (int i = 0; i < block; i++) {
    inner_key[i] = block_key[i] ^ 0x36;
    hmac->outer_key[i] = block_key[i] ^ 0x5c;
  }
  if (!update_bytes(as_hash(inner), inner_key, (size_t)block)) return NULL;
  if (message && message != VALUE_NONE && !update_value(as_hash(inner), message)) return NULL;
  return value_from_cell(hmac);
}
static Value hmac_update(Value self, Value message) {
  return hash_update(as_hmac(self)->inner, message);
}
static Value hmac_copy(Value self) {
  Value inner = hash_copy(as_hmac(self)->inner);
  Hmac *copy = inner ? class_allocate(state.hmac, 0) : NULL;
  if (!copy) return NULL;
  gc_init(copy, &copy->inner, inner);
  copy->algorithm = as_hmac(self)->algorithm;
  copy->block_size = as_hmac(self)->block_size;
  memcpy(copy->outer_key, as_hmac(self)->outer_key, sizeof copy->outer_key);
  return value_from_cell(copy);
}
static Value hmac_finish(Value self) {
  const Hmac *hmac = as_hmac(self);
  Value inner = hash_digest(hmac->inner), outer = inner ? hash_new_object(hmac->algorithm, NULL) : NULL;
  if (!outer || !update_bytes(as_hash(outer), hmac->outer_key, (size_t)hmac->block_size)) return NULL;
  return update_value(as_hash(outer), inner) ? hash_digest(outer) : NULL;
}
static Value hmac_hexdigest(Value self) {
  return hexadecimal(hmac_finish(self));
}
static Value get_hmac_name(Value self) {
  return str_format_c("hmac-%s", as_hmac(self)->algorithm->name);
}
static Value get_hmac_digest_size(Value self) {
  return get_digest_size(as_hmac(self)->inner);
}
static Value get_hmac_block_size(Value self) {
  return value_from_small_int(as_hmac(self)->block_size);
}
static Value hmac_repr(Value self) {
  return str_format_c("<%s HMAC object @ %p>", as_hmac(self)->algorithm->name, value_cell(self));
}
static const NativeMethod hmac_methods[] = {
    NATIVE("update", hmac_update, "($self, /, msg)", "Hash more bytes."),
    NATIVE("copy", hmac_copy, "($self, /)", "A copy."),
    NATIVE("digest", hmac_finish, "($self, /)", "The digest as bytes."),
    NATIVE("hexdigest", hmac_hexdigest, "($self, /)", "The digest as hexadecimal digits."),
    NATIVE("__repr__", hmac_repr, "($self, /)", "Name and address."),
    {}};
static const NativeProperty hmac_properties[] = {{"name", get_hmac_name, NULL, "algorithm name"},
                                                 {"digest_size", get_hmac_digest_size, NULL, "digest size in bytes"},
                                                 {"block_size", get_hmac_block_size, NULL, "block size in bytes"},
                                                 {}};
static const ClassDef hmac_class = {.name = "_hashlib.HMAC",
                                    .doc = "A keyed hash under computation.",
                                    .cell_type = &hmac_cell_type,
                                    .instance_size = sizeof(Hmac),
                                    .flags = CLASS_IMMUTABLE | CLASS_NO_NEW,
                                    .methods = hmac_methods,
                                    .properties = hmac_properties};

// ---- Keys and comparison ----

static Value pbkdf2_hmac(Value hash_name, Value password, Value salt, Value iterations, Value length_value) {
  if (!value_is_str(hash_name))
    return raise_type_error("pbkdf2_hmac() argument 'hash_name' must be str, not %.50T", hash_name);
  const EVP_MD *method = digest_of(hash_name);
  ptrdiff_t rounds, length = method ? library.call.EVP_MD_get_size(method) : 0;
  if (!method || !value_as_size(iterations, &rounds, CLASS_OVERFLOW_ERROR)) return NULL;
  if (length_value && length_value != VALUE_NONE && !value_as_size(length_value, &length, CLASS_OVERFLOW_ERROR))
    return NULL;
  if (rounds < 1) return raise_value_error("iteration value must be greater than 0.");
  if (rounds > INT32_MAX) return raise(CLASS_OVERFLOW_ERROR, "iteration value is too great.");
  if (length < 1) return raise_value_error("key length must be greater than 0.");
  if (length > INT32_MAX) return raise(CLASS_OVERFLOW_ERROR, "key length is too great.");
  Buffer password_buffer, salt_buffer;
  if (!buffer_acquire(password, &password_buffer, BUFFER_SIMPLE)) return NULL;
  if (!buffer_acquire(salt, &salt_buffer, BUFFER_SIMPLE)) {
    buffer_release(&password_buffer);
    return NULL;
  }
  Bytes *key = bytes_allocate((size_t)length);
  int done = 0;
  if (key)
    BLOCKING(done = library.call.PKCS5_PBKDF2_HMAC((const char *)password_buffer.data, (int)password_buffer.length,
                                                   salt_buffer.data, (int)salt_buffer.length, (int)rounds, method,
                                                   (int)length, key->data));
  buffer_release(&password_buffer);
  buffer_release(&salt_buffer);
  if (!key) return NULL;
  return done ? value_from_cell(key) : raise_value_error("key derivation failed");
}

// What OpenSSL says of the call that has just failed on this thread; `otherwise` if it says nothing.
static Value raise_library_error(const char *otherwise) {
  unsigned long code = 0;
  for (unsigned long next; (next = library.call.ERR_get_error());) code = next;
  if (!code) return raise_value_error("%s", otherwise);
  const char *part = library.call.ERR_lib_error_string(code), *reason = library.call.ERR_reason_error_string(code);
  return raise_value_error("[%s] %s", part ? part : "unknown library", reason ? reason : "unknown reason");
}

// The numbers of scrypt() must be given, though its signature has defaults for them; their types are looked at first.
static bool scrypt_checks(const char *name, Value argument) {
  return !argument || value_is_int(argument) || raise_bad_argument("scrypt", name, "int", argument);
}
static bool scrypt_number(const char *name, Value argument, uint64_t *result) {
  return (argument && int_fits_uint64(argument, result)) ||
         raise_type_error("%s is required and must be an unsigned int", name);
}

typedef struct ScryptCost {
  uint64_t n, r, p, memory;
} ScryptCost;
static Value scrypt_derive(const Buffer *password, const Buffer *salt, ScryptCost cost, size_t length) {
  if (!library.call.EVP_PBE_scrypt(NULL, 0, NULL, 0, cost.n, cost.r, cost.p, cost.memory, NULL, 0))
    return raise_library_error("Invalid parameter combination for n, r, p, maxmem.");
  Bytes *key = bytes_allocate(length);
  if (!key) return NULL;
  int done;
  BLOCKING(done = library.call.EVP_PBE_scrypt((const char *)password->data, (size_t)password->length, salt->data,
                                              (size_t)salt->length, cost.n, cost.r, cost.p, cost.memory, key->data,
                                              length));
  return done ? value_from_cell(key) : raise_library_error("key derivation failed");
}

// `salt`: NULL if there is none.
static Value scrypt_check(const Buffer *password, const Buffer *salt, Value *numbers) {
  ScryptCost cost = {};
  int64_t memory = 0, length = 64;
  if (!scrypt_checks("n", numbers[0]) || !scrypt_checks("r", numbers[1]) || !scrypt_checks("p", numbers[2]))
    return NULL;
  if (numbers[3] && !value_as_int64(numbers[3], &memory)) return NULL;
  if (numbers[4] && !value_as_int64(numbers[4], &length)) return NULL;
  if (!salt) return raise_type_error("salt is required");
  if (!scrypt_number("n", numbers[0], &cost.n)) return NULL;
  if (cost.n < 2 || (cost.n & (cost.n - 1))) return raise_value_error("n must be a power of 2.");
  if (!scrypt_number("r", numbers[1], &cost.r) || !scrypt_number("p", numbers[2], &cost.p)) return NULL;
  if (memory < 0 || memory > INT32_MAX)
    return raise_value_error("maxmem must be positive and smaller than %d", INT32_MAX);
  if (length < 1 || length > INT32_MAX)
    return raise_value_error("dklen must be greater than 0 and smaller than %d", INT32_MAX);
  cost.memory = (uint64_t)memory;
  return scrypt_derive(password, salt, cost, (size_t)length);
}

static Value scrypt(Value *arguments) {
  Buffer password, salt;
  if (!buffer_acquire(arguments[0], &password, BUFFER_SIMPLE)) return NULL;
  Value key = NULL;
  if (!arguments[1]) {
    key = scrypt_check(&password, NULL, arguments + 2);
  } else if (buffer_acquire(arguments[1], &salt, BUFFER_SIMPLE)) {
    key = scrypt_check(&password, &salt, arguments + 2);
    buffer_release(&salt);
  }
  buffer_release(&password);
  return key;
}

// Takes the same time whether and wherever the operands differ.
static Value compare_digest(Value a, Value b) {
  Buffer left, right;
  if (value_is_str(a) && value_is_str(b)) {
    if (!str_is_ascii(value_as_str(a)) || !str_is_ascii(value_as_str(b)))
      return raise_type_error("comparing strings with non-ASCII characters is not supported");
    left = (Buffer){.data = value_as_str(a)->data, .length = str_length(a)};
    right = (Buffer){.data = value_as_str(b)->data, .length = str_length(b)};
  } else {
    if (!value_has_buffer(a) || !value_has_buffer(b))
      return raise_type_error("unsupported operand types(s) or combination of types: '%.100T' and '%.100T'", a, b);
    if (!buffer_acquire(a, &left, BUFFER_SIMPLE)) return NULL;
    if (!buffer_acquire(b, &right, BUFFER_SIMPLE)) {
      buffer_release(&left);
      return NULL;
    }
  }
  volatile uint8_t difference = left.length != right.length;
  const uint8_t *other = left.length == right.length ? left.data : right.data;
  for (size_t i = 0; i < right.length; i++) difference |= other[i] ^ right.data[i];
  buffer_release(&left);
  buffer_release(&right);
  return value_from_bool(difference == 0);
}

static Value get_fips_mode(void) {
  return value_from_small_int(0);
}

#define OPENSSL_ENTRY(name)                                                                                            \
  NATIVE("openssl_" #name, construct_##name, "(string=b'', *, usedforsecurity=True)", "A " #name " hash.")
#define PLAIN_ENTRY(name) NATIVE(#name, construct_##name, "(string=b'', *, usedforsecurity=True)", "A " #name " hash.")
static const NativeMethod hashlib_functions[] = {
    NATIVE("new", hash_new, "(name, string=b'', *, usedforsecurity=True)", "A hash by the name of its algorithm."),
    OPENSSL_ENTRY(md5),
    OPENSSL_ENTRY(sha1),
    OPENSSL_ENTRY(sha224),
    OPENSSL_ENTRY(sha256),
    OPENSSL_ENTRY(sha384),
    OPENSSL_ENTRY(sha512),
    OPENSSL_ENTRY(sha3_224),
    OPENSSL_ENTRY(sha3_256),
    OPENSSL_ENTRY(sha3_384),
    OPENSSL_ENTRY(sha3_512),
    OPENSSL_ENTRY(shake_128),
    OPENSSL_ENTRY(shake_256),
    NATIVE("hmac_new", hmac_new, "(key, msg=b'', digestmod=None)", "A keyed hash."),
    NATIVE("hmac_digest", hmac_digest, "(key, msg, digest)", "The HMAC of a message in one step."),
    NATIVE("pbkdf2_hmac", pbkdf2_hmac, "(hash_name, password, salt, iterations, dklen=None)",
           "A key derived from a password."),
    NATIVE("scrypt", scrypt, "(password, *, salt=None, n=None, r=None, p=None, maxmem=0, dklen=64)",
           "A key derived from a password, at a cost of memory."),
    NATIVE("compare_digest", compare_digest, "(a, b, /)", "a == b, in constant time."),
    NATIVE("get_fips_mode", get_fips_mode, "()", "Is OpenSSL in FIPS mode?"),
    {}};

static bool prepare_classes(void) {
  if (state.hash) return true;
  heap_add_root_range((Value *)&state, sizeof state / sizeof(Value));
  state.hash = class_from_definition(&hash_class, NULL);
  state.extendable = state.hash ? class_from_definition(&extendable_class, state.hash) : NULL;
  state.hmac = state.extendable ? class_from_definition(&hmac_class, NULL) : NULL;
  return state.hmac != NULL;
}

static bool hashlib_initialize(Value module) {
  if (!crypto_load() || !prepare_classes()) return false;
  Value names = list_new(NULL, 0), bases = tuple_of(1, value_from_cell(BUILTIN(VALUE_ERROR))),
        namespace_dict = dict_new();
  for (size_t i = 0; names && i < ALGORITHM_COUNT; i++)
    if (find_digest(&algorithms[i]) && !list_append(names, str_from_c(algorithms[i].name))) return false;
  if (!names || !bases || !namespace_dict || !dict_set_c(namespace_dict, "__module__", str_intern_c("_hashlib")))
    return false;
  Value unsupported =
      class_create(BUILTIN(TYPE), str_intern_c("UnsupportedDigestmodError"), bases, namespace_dict, NULL, NULL);
  if (!unsupported) return false;
  state.unsupported = value_as_class(unsupported);
  return module_add(module, "UnsupportedDigestmodError", unsupported) &&
         module_add(module, "HASH", value_from_cell(state.hash)) &&
         module_add(module, "HASHXOF", value_from_cell(state.extendable)) &&
         module_add(module, "HMAC", value_from_cell(state.hmac)) &&
         module_add(module, "openssl_md_meth_names", frozenset_new(names)) &&
         module_add_int(module, "_GIL_MINSIZE", 2048);
}
const NativeModule hashlib_module = {.name = "_hashlib",
                                     .doc = "Hash functions of OpenSSL.",
                                     .functions = hashlib_functions,
                                     .initialize = hashlib_initialize};

static bool plain_initialize([[maybe_unused]] Value module) {
  return prepare_classes();
}
static const NativeMethod md5_functions[] = {PLAIN_ENTRY(md5), {}};
static const NativeMethod sha1_functions[] = {PLAIN_ENTRY(sha1), {}};
static const NativeMethod sha256_functions[] = {PLAIN_ENTRY(sha224), PLAIN_ENTRY(sha256), {}};
static const NativeMethod sha512_functions[] = {PLAIN_ENTRY(sha384), PLAIN_ENTRY(sha512), {}};
static const NativeMethod sha3_functions[] = {PLAIN_ENTRY(sha3_224),
                                              PLAIN_ENTRY(sha3_256),
                                              PLAIN_ENTRY(sha3_384),
                                              PLAIN_ENTRY(sha3_512),
                                              PLAIN_ENTRY(shake_128),
                                              PLAIN_ENTRY(shake_256),
                                              {}};
#define PLAIN_MODULE(variable, module_name, table)                                                                     \
  const NativeModule variable = {.name = module_name,                                                                  \
                                 .doc = "Hash functions of one family.",                                               \
                                 .functions = table,                                                                   \
                                 .initialize = plain_initialize};
PLAIN_MODULE(md5_module, "_md5", md5_functions)
PLAIN_MODULE(sha1_module, "_sha1", sha1_functions)
PLAIN_MODULE(sha256_module, "_sha256", sha256_functions)
PLAIN_MODULE(sha512_module, "_sha512", sha512_functions)
PLAIN_MODULE(sha3_module, "_sha3", sha3_functions)
