// types.GenericAlias: what list[int] is. Types put generic_alias_new into their tables as __class_getitem__.
#pragma once

#include "runtime/object/class.h"

// `origin[item]`. Zero: exception pending. May collect; runs no Python code but for __parameters__ of the items.
Value generic_alias_new(Value origin, Value item);
