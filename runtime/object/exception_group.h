// BaseExceptionGroup and ExceptionGroup: tables for their classes, and the operations that except* needs.
#pragma once

#include "runtime/object/exception.h"

extern const NativeMethod ExceptionGroup_methods[];
extern const NativeProperty ExceptionGroup_properties[];
extern const NativeMember ExceptionGroup_members[];

// Makes the class ExceptionGroup(BaseExceptionGroup, Exception), which has two bases and so is in no table. False:
// exception pending. The class is builtins.ExceptionGroup.
bool exception_group_prepare(void);
extern Class *exception_group_class;

// except* TYPE: splits `exception` (a group, or a naked exception) into what matches and the rest; zero-free: None
// where there is nothing. A naked exception that matches is wrapped into a group. False: exception pending.
bool exception_group_match(Value exception, Value type, Value *match, Value *rest);
// At the end of a try with except* clauses: from the original and the list of what was raised or left over, the
// exception that goes on, or None. Zero: exception pending.
Value exception_group_reraise(Value original, Value list);
