// Constants as the source text gives them, before any Python object exists.
//
// The compiler turns a Constant into a Value when it fills a code object's constant table. Tuples and frozensets occur
// in hand-made trees and as results of constant folding; the parser itself makes none.
#pragma once

#include "frontend/arena.h"

typedef enum ConstantKind : uint8_t {
  CONSTANT_NONE,
  CONSTANT_TRUE,
  CONSTANT_FALSE,
  CONSTANT_ELLIPSIS,
  CONSTANT_INT,     // fits in 64 bits: `integer`
  CONSTANT_BIG_INT, // any other int: `big`
  CONSTANT_FLOAT,
  CONSTANT_COMPLEX,
  CONSTANT_STR,
  CONSTANT_BYTES,
  CONSTANT_TUPLE,
  CONSTANT_FROZENSET,
} ConstantKind;

typedef struct Constant Constant;
struct Constant {
  ConstantKind kind;
  bool is_ascii; // of a str: all bytes below 0x80
  union {
    int64_t integer;
    struct {
      const char *digits; // NUL-terminated, without sign, prefix and underscores; value >= 2^63 (or < -2^63)
      uint32_t length;
      uint8_t base; // 2, 8, 10 or 16
      bool negative;
    } big;
    double floating;
    struct {
      double real;
      double imaginary;
    } complex;
    struct {
      const char *data; // str: UTF-8, surrogates in their generalized three-byte form; a NUL follows the last byte
      size_t length;    // in bytes
    } text;             // str and bytes
    struct {
      const Constant *const *items;
      size_t count;
    } items; // tuple and frozenset
  };
};

// Each returns a new constant in `arena`, or NULL when memory is exhausted.
Constant *constant_new(Arena *arena, ConstantKind kind);
Constant *constant_new_int(Arena *arena, int64_t value);
Constant *constant_new_float(Arena *arena, double value);
Constant *constant_new_complex(Arena *arena, double real, double imaginary);
// `data` is taken over, not copied; it must live as long as the arena and end in NUL.
Constant *constant_new_str(Arena *arena, const char *data, size_t length);
Constant *constant_new_bytes(Arena *arena, const char *data, size_t length);
