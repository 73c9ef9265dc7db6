// Code images: a code object with all code in it as one block of bytes, from which functions are read when they are
// first needed.
//
// Most functions of a module that is imported are never called. So a block is a table of objects that refer to each
// other by number: opening it makes one code object, which knows its block and its place there, and reading that one
// makes the codes in its constants in the same way. What is read once is remembered in the image's cell, so that names
// and constants that were one object are one again. Tables that nobody changes (positions, exception ranges) are used
// where they stand; instruction words, which hold inline caches, are copied.
//
// Reading never trusts a block: numbers are checked against what they count. Code from an image that is not `trusted`
// is verified before it runs, as all code that was not compiled here.
#pragma once

#include "runtime/heap/heap.h"
#include "runtime/object/code.h"

enum : size_t { CODE_IMAGE_ALIGNMENT = 8 };

// A block for `code` and everything in it, as bytes. VALUE_NONE: a constant is of a type that no compiler makes; such
// code has no image. Zero: exception.
Value code_image_write(Value code);
// The code object of a block. `owner` keeps `data` (aligned) alive; zero: it stays for ever. Zero, with ValueError or
// MemoryError pending: the block is damaged.
Value code_image_open(Value owner, const void *data, size_t length, bool trusted);
// Reads what is still missing of `code`; true if nothing is. False: ValueError or MemoryError. May collect, runs no
// Python code. Two threads may do it at once.
bool code_image_complete(Code *code);
// The first constant, where the docstring stands, without completing `code`. Zero: there is none, or an exception.
Value code_image_first_constant(Code *code);
// The code that is still to be read from the image of `code` says `filename` instead of what the block says.
void code_image_rename(Code *code, Value filename);

static inline bool code_is_complete(const Code *code) {
  return !gc_load(&code->image);
}
// Before anything else of a code object is used than names, counts and flags; running code is complete.
static inline bool code_complete(Code *code) {
  return code_is_complete(code) || code_image_complete(code);
}
