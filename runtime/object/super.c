// super: attributes as the classes behind one class in an MRO define them.
//
// Threads: immutable after __init__.
#include "runtime/object/super.h"

#include "runtime/heap/heap.h"
#include "runtime/object/code.h"
#include "runtime/object/descriptor.h"
#include "runtime/object/dict.h"
#include "runtime/object/frame.h"
#include "runtime/object/function.h"
#include "runtime/object/names.h"
#include "runtime/object/object.h"
#include "runtime/object/sequence.h"
#include "runtime/object/str.h"

typedef struct Super {
  Cell head;
  Value type;   // the class whose successors are searched
  Value object; // instance or class, or zero
  Value start;  // the class whose MRO is searched, or zero
} Super;

static Super *super_of(Value value) {
  return (Super *)value_cell(value);
}

// The class whose MRO super(type, object) searches. NULL: TypeError.
static Class *start_class(Class *type, Value object) {
  if (value_is_class(object) && class_is_subclass(value_as_class(object), type)) return value_as_class(object);
  if (value_is_instance(object, type)) return value_class(object);
  Value claimed;
  int found = value_find_attribute(object, NAME(__class__), &claimed);
  if (found < 0) return NULL;
  if (found && value_is_class(claimed) && class_is_subclass(value_as_class(claimed), type))
    return value_as_class(claimed);
  raise_type_error("super(type, obj): obj must be an instance or subtype of type");
  return NULL;
}

Value super_find(Class *type, Class *start, Value name) {
  Value mro = gc_load(&start->mro);
  if (!mro) return NULL;
  size_t i = 0, count = tuple_count(mro);
  while (i < count && tuple_item(mro, i) != value_from_cell(type)) i++;
  for (i++; i < count; i++) {
    Value value = dict_get_name(value_as_class(tuple_item(mro, i))->namespace_dict, name);
    if (value) return value;
  }
  return NULL;
}

static Value super_getattribute(Value self, Value name) {
  if (!value_is_str(name)) return raise_type_error("attribute name must be string, not '%.200T'", name);
  if (!str_is_interned(name) && !(name = str_intern(name))) return NULL;
  Super *super = super_of(self);
  if (super->start && name != NAME(__class__)) {
    Class *start = value_as_class(super->start);
    Value value = super_find(value_as_class(super->type), start, name);
    if (value) return descriptor_get(value, super->object == super->start ? NULL : super->object, start);
  }
  return object_get_attribute(self, name);
}

Value super_get_attribute(Value class, Value object, Value name) {
  if (!value_is_class(class)) return raise_type_error("super() argument 1 must be a type, not %T", class);
  Class *start = start_class(value_as_class(class), object);
  if (!start) return NULL;
  if (name != NAME(__class__)) {
    Value value = super_find(value_as_class(class), start, name);
    if (value) return descriptor_get(value, object == value_from_cell(start) ? NULL : object, start);
  }
  Value self = super_new(class, object);
  return self ? object_get_attribute(self, name) : NULL;
}

// super() without arguments: the class from the cell __class__, the object from the first argument of the caller.
static bool arguments_from_frame(Value *type, Value *object) {
  Frame *frame = frame_skip_entries(thread_current()->frame);
  if (!frame || !frame->code) return raise(CLASS_RUNTIME_ERROR, "super(): no current frame");
  Code *code = frame->code;
  if (!code->argument_count) return raise(CLASS_RUNTIME_ERROR, "super(): no arguments");
  *object = frame->registers[0];
  for (uint32_t i = 0; i < code->cell_count; i++) { // captured: the argument lives in a cell
    if (code->cell_arguments && code->cell_arguments[i] == 1) {
      Value cell = frame->registers[code->local_count + i];
      *object = cell ? ((ClosureCell *)value_cell(cell))->contents : NULL;
    }
  }
  if (!*object) return raise(CLASS_RUNTIME_ERROR, "super(): arg[0] deleted");
  for (uint32_t i = 0; i < code->free_count; i++) {
    if (tuple_item(code->free_names, i) != NAME(__class__)) continue;
    Value cell = frame->registers[code->local_count + code->cell_count + i];
    if (!cell || !VALUE_IS_EXACT(cell, CELL)) return raise(CLASS_RUNTIME_ERROR, "super(): bad __class__ cell");
    *type = gc_load(&((ClosureCell *)value_cell(cell))->contents);
    if (!*type) return raise(CLASS_RUNTIME_ERROR, "super(): empty __class__ cell");
    if (value_is_class(*type)) return true;
    return raise(CLASS_RUNTIME_ERROR, "super(): __class__ is not a type (%T)", *type);
  }
  return raise(CLASS_RUNTIME_ERROR, "super(): __class__ cell not found");
}

static bool super_fill(Super *super, Value type, Value object) {
  Class *start = object ? start_class(value_as_class(type), object) : NULL;
  if (object && !start) return false;
  gc_store(super, &super->type, type);
  gc_store(super, &super->object, object);
  gc_store(super, &super->start, value_from_cell(start));
  return true;
}

Value super_new(Value class, Value object) {
  if (!value_is_class(class)) return raise_type_error("super() argument 1 must be a type, not %T", class);
  Super *super = class_allocate(BUILTIN(SUPER), 0);
  return super && super_fill(super, class, object) ? value_from_cell(super) : NULL;
}

static Value super_init(Value self, Value *arguments, size_t count, Value keyword_names) {
  if (!arguments_check_none_by_keyword("super", keyword_names)) return NULL;
  if (count > 2) return raise_type_error("super() expected at most 2 arguments, got %zu", count);
  Value type = count ? arguments[0] : NULL, object = count > 1 ? arguments[1] : NULL;
  if (count && !value_is_class(type)) return raise_type_error("super() argument 1 must be a type, not %T", type);
  if (!count && !arguments_from_frame(&type, &object)) return NULL;
  if (object == VALUE_NONE) object = NULL;
  return super_fill(super_of(self), type, object) ? VALUE_NONE : NULL;
}

static Value super_get(Value self, Value instance, Value) {
  Super *super = super_of(self);
  if (!instance || instance == VALUE_NONE || super->object) return self;
  if (!VALUE_IS_EXACT(self, SUPER))
    return super->type ? value_call_2(value_from_cell(value_class(self)), super->type, instance)
                       : value_call_0(value_from_cell(value_class(self)));
  return super->type ? super_new(super->type, instance) : self;
}

static Value super_repr(Value self) {
  Super *super = super_of(self);
  const char *type = super->type ? class_name(value_as_class(super->type)) : "NULL";
  if (!super->start) return str_format_c("<super: <class '%s'>, NULL>", type);
  return str_format_c("<super: <class '%s'>, <%N object>>", type, value_as_class(super->start));
}

static const NativeMethod super_methods[] = {
    NATIVE("__init__", super_init, NULL, "Initialize self."),
    NATIVE("__get__", super_get, "($self, instance, owner=None, /)", "Bind an unbound super object to instance."),
    NATIVE("__getattribute__", super_getattribute, "($self, name, /)", "Return getattr(self, name)."),
    NATIVE("__repr__", super_repr, "($self, /)", "Return repr(self)."),
    {}};
static const NativeMember super_members[] = {
    {"__thisclass__", MEMBER_VALUE_OR_NONE, false, offsetof(Super, type), "the class invoking super()"},
    {"__self__", MEMBER_VALUE_OR_NONE, false, offsetof(Super, object), "the instance invoking super(); may be None"},
    {"__self_class__", MEMBER_VALUE_OR_NONE, false, offsetof(Super, start), "the type of the instance; may be None"},
    {}};
static const CellType super_cell_type = {.name = "super", CELL_VALUES(Super, type, start)};

const ClassDef super_class = {
    .name = "super",
    .doc = "Attributes as the next classes in method resolution order define them.",
    .cell_type = &super_cell_type,
    .instance_size = sizeof(Super),
    .flags = CLASS_BASE_TYPE,
    .methods = super_methods,
    .members = super_members,
};
