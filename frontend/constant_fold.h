// Arithmetic on constants, as far as the compiler does it ahead of time.
//
// Each function returns the result, or NULL when the operation is left to run time: because it would raise an
// exception, because the result would be too large (CPython's limits), or because memory is exhausted.
#pragma once

#include "frontend/ast.h"

const Constant *constant_fold_unary(Arena *arena, AstUnaryOperator operator, const Constant * operand);
const Constant *constant_fold_binary(Arena *arena, AstOperator operator, const Constant * left, const Constant *right);
// left[index]
const Constant *constant_fold_item(Arena *arena, const Constant *object, const Constant *index);
// bool(constant)
bool constant_is_true(const Constant *constant);
