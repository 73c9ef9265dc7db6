// Classes, shapes, lookup results, argument binding: what can be seen without the interpreter.
#include <gtest/gtest.h>
#include <initializer_list>
#include <string>

#include "tests/unit/runtime_in_cpp.h"

namespace {

class Objects : public testing::Test {
protected:
  static void SetUpTestSuite() {
    static bool started = false;
    if (!started) runtime_start(false);
    started = true;
  }
  void TearDown() override {
    EXPECT_FALSE(exception_pending()) << pending();
    exception_clear();
  }
  // "TypeError: message" of the pending exception, which it clears.
  static std::string pending() {
    if (!exception_pending()) return "";
    Value exception = exception_take();
    return std::string(value_class_name(exception)) + ": " + text(value_str(exception));
  }
  static std::string text(Value value) { return value ? str_utf8(value, nullptr) : "(exception)"; }
  static std::string repr(Value value) { return value ? text(value_repr(value)) : "(exception)"; }
  static Value name(const char *ascii) { return str_intern_c(ascii); }
  static Value make_class(const char *class_name_text, std::initializer_list<Value> bases, Value members = nullptr,
                          Class *metaclass = nullptr) {
    if (!members) members = dict_new();
    return class_create(metaclass ? metaclass : BUILTIN(TYPE), name(class_name_text),
                        tuple_new(std::data(bases), bases.size()), members, nullptr, nullptr);
  }
  static Value instance(Value cls) { return value_call_0(cls); }
  static std::string mro(Value cls) {
    std::string result;
    Value order = value_as_class(cls)->mro;
    for (size_t i = 0; i < tuple_count(order); i++) result += text(value_as_class(tuple_item(order, i))->name) + " ";
    return result;
  }
  static Value number(int64_t n) { return value_from_small_int(n); }
};

TEST_F(Objects, LinearizesDiamonds) {
  Value a = make_class("A", {}), b = make_class("B", {a}), c = make_class("C", {a}), d = make_class("D", {b, c});
  EXPECT_EQ(mro(d), "D B C A object ");
  EXPECT_EQ(make_class("E", {a, b}), nullptr);
  EXPECT_EQ(pending(), "TypeError: Cannot create a consistent method resolution\norder (MRO) for bases A, B");
  EXPECT_EQ(make_class("E", {a, a}), nullptr);
  EXPECT_EQ(pending(), "TypeError: duplicate base class A");
}

TEST_F(Objects, RefusesImpossibleBases) {
  Value whole = value_from_cell(BUILTIN(INT)), str = value_from_cell(BUILTIN(STR));
  EXPECT_EQ(make_class("X", {whole, str}), nullptr);
  EXPECT_EQ(pending(), "TypeError: multiple bases have instance lay-out conflict");
  EXPECT_EQ(make_class("X", {value_from_cell(BUILTIN(BOOL))}), nullptr);
  EXPECT_EQ(pending(), "TypeError: type 'bool' is not an acceptable base type");
}

TEST_F(Objects, SharesShapesByOrderOfAttributes) {
  Value cls = make_class("Point", {});
  Value a = instance(cls), b = instance(cls), c = instance(cls);
  for (Value each : {a, b}) {
    ASSERT_TRUE(value_set_attribute(each, name("x"), number(1)));
    ASSERT_TRUE(value_set_attribute(each, name("y"), number(2)));
  }
  ASSERT_TRUE(value_set_attribute(c, name("y"), number(2)));
  EXPECT_EQ(cell_shape(value_cell(a)), cell_shape(value_cell(b)));
  EXPECT_NE(cell_shape(value_cell(a)), cell_shape(value_cell(c)));
  EXPECT_EQ(cell_size(value_cell(a)), 32u);
  EXPECT_EQ(value_get_attribute(a, name("y")), number(2));
}

TEST_F(Objects, KeepsManyAttributesAndDeletes) {
  Value object = instance(make_class("Many", {}));
  for (int i = 0; i < 300; i++) ASSERT_TRUE(value_set_attribute(object, str_intern(str_format_c("a%d", i)), number(i)));
  for (int i = 0; i < 300; i++)
    ASSERT_EQ(value_get_attribute(object, str_intern(str_format_c("a%d", i))), number(i)) << i;
  ASSERT_TRUE(value_set_attribute(object, name("a7"), nullptr));
  EXPECT_EQ(value_get_attribute(object, name("a7")), nullptr);
  EXPECT_EQ(pending(), "AttributeError: 'Many' object has no attribute 'a7'");
  EXPECT_EQ(dict_count(value_get_dict(object)), 299u);
}

TEST_F(Objects, DictIsALiveView) {
  Value object = instance(make_class("Live", {}));
  ASSERT_TRUE(value_set_attribute(object, name("x"), number(1)));
  Value dict = value_get_dict(object);
  EXPECT_EQ(dict, value_get_dict(object));
  ASSERT_TRUE(dict_set(dict, name("y"), number(2)));
  EXPECT_EQ(value_get_attribute(object, name("y")), number(2));
  ASSERT_TRUE(value_set_attribute(object, name("z"), number(3)));
  EXPECT_EQ(repr(dict), "{'x': 1, 'y': 2, 'z': 3}");
  ASSERT_TRUE(value_set_attribute(object, name("x"), nullptr));
  EXPECT_EQ(repr(dict), "{'y': 2, 'z': 3}");
  ASSERT_TRUE(dict_set(dict, number(1), number(2)));
  EXPECT_EQ(dict, value_get_dict(object));
  EXPECT_EQ(repr(dict), "{'y': 2, 'z': 3, 1: 2}");
  Value other = dict_new();
  ASSERT_TRUE(dict_set(other, name("q"), number(9)));
  ASSERT_TRUE(value_set_attribute(object, name("__dict__"), other));
  EXPECT_EQ(value_get_attribute(object, name("q")), number(9));
  EXPECT_EQ(value_get_dict(object), other);
}

TEST_F(Objects, WidensLaterInstances) {
  Value cls = make_class("Wide", {});
  Value first = instance(cls);
  for (const char *attribute : {"a", "b", "c", "d", "e"})
    ASSERT_TRUE(value_set_attribute(first, name(attribute), number(1)));
  Value second = instance(cls);
  EXPECT_GT(cell_shape(value_cell(second))->inline_capacity, cell_shape(value_cell(first))->inline_capacity);
  EXPECT_EQ(value_get_attribute(first, name("e")), number(1));
}

TEST_F(Objects, ResolvesAndInvalidates) {
  Value base = make_class("Base", {}), cls = make_class("Derived", {base});
  Value object = instance(cls);
  LookupResult *result = resolve_attribute(object, name("x"));
  EXPECT_EQ(result->kind, LOOKUP_MISSING);
  EXPECT_EQ(result, resolve_attribute(object, name("x")));
  ASSERT_TRUE(value_set_attribute(base, name("x"), number(5)));
  EXPECT_FALSE(lookup_is_valid(result));
  result = resolve_attribute(object, name("x"));
  EXPECT_EQ(result->kind, LOOKUP_PLAIN);
  EXPECT_EQ(result->value, number(5));
  EXPECT_EQ(result->owner, base);
  LookupResult *of_class = resolve_attribute(cls, name("x"));
  EXPECT_EQ(of_class->kind, LOOKUP_CLASS_PLAIN);
  EXPECT_EQ(of_class->receiver, cls);

  LookupResult *store = resolve_attribute_store(object, name("x"));
  ASSERT_EQ(store->kind, LOOKUP_ADD_SLOT);
  ASSERT_TRUE(attribute_add_slot(object, store, number(6)));
  EXPECT_FALSE(attribute_add_slot(object, store, number(7)));
  LookupResult *load = resolve_attribute(object, name("x"));
  ASSERT_EQ(load->kind, LOOKUP_SLOT);
  EXPECT_EQ(attribute_load_slot(object, load->shape, load->slot), number(6));
  ASSERT_TRUE(value_set_attribute(base, name("x"), nullptr));
  EXPECT_FALSE(lookup_is_valid(load));
  EXPECT_FALSE(lookup_is_valid(of_class));
}

TEST_F(Objects, UpdatesSpecialTablesOfSubclasses) {
  Value base = make_class("Base", {}), cls = make_class("Derived", {base});
  EXPECT_EQ(value_length(instance(cls)), -1);
  EXPECT_EQ(pending(), "TypeError: object of type 'Derived' has no len()");
  static const NativeMethod seven = NATIVE("seven", +[](Value) { return number(7); }, "($self, /)", nullptr);
  Value method = native_descriptor_new(&seven, value_as_class(base));
  ASSERT_TRUE(value_set_attribute(base, name("__len__"), method));
  EXPECT_EQ(value_length(instance(cls)), 7);
  ASSERT_TRUE(value_set_attribute(base, name("__len__"), nullptr));
  EXPECT_EQ(value_as_class(cls)->special[SPECIAL_LEN], nullptr);
}

TEST_F(Objects, ChecksReceiversOfBorrowedNativeMethods) {
  Value members = dict_new();
  Value list_len = class_lookup(BUILTIN(LIST), name("__len__"));
  ASSERT_TRUE(dict_set(members, name("__len__"), list_len));
  EXPECT_EQ(value_length(instance(make_class("Thief", {}, members))), -1);
  EXPECT_EQ(pending(), "TypeError: descriptor '__len__' requires a 'list' object but received a 'Thief'");
}

TEST_F(Objects, Slots) {
  Value members = dict_new();
  ASSERT_TRUE(dict_set(members, name("__slots__"), tuple_of(2, name("b"), name("a"))));
  Value cls = make_class("Slotted", {}, members);
  Value object = instance(cls);
  EXPECT_EQ(value_get_attribute(object, name("a")), nullptr);
  EXPECT_EQ(pending(), "AttributeError: 'Slotted' object has no attribute 'a'");
  ASSERT_TRUE(value_set_attribute(object, name("a"), number(1)));
  EXPECT_EQ(resolve_attribute(object, name("a"))->kind, LOOKUP_MEMBER);
  EXPECT_FALSE(value_set_attribute(object, name("c"), number(1)));
  EXPECT_EQ(pending(), "AttributeError: 'Slotted' object has no attribute 'c'");
  EXPECT_EQ(cell_size(value_cell(object)), 32u); // header and two fields, in steps of 16 bytes
  Value derived = instance(make_class("Derived", {cls}));
  ASSERT_TRUE(value_set_attribute(derived, name("c"), number(3)));
  ASSERT_TRUE(value_set_attribute(derived, name("a"), number(4)));
  EXPECT_EQ(repr(value_get_dict(derived)), "{'c': 3}");
}

TEST_F(Objects, SetsClassAndBases) {
  Value a = make_class("A", {}), b = make_class("B", {});
  Value object = instance(a);
  ASSERT_TRUE(value_set_attribute(object, name("x"), number(1)));
  ASSERT_TRUE(value_set_attribute(object, name("__class__"), b));
  EXPECT_EQ(value_class(object), value_as_class(b));
  EXPECT_EQ(value_get_attribute(object, name("x")), number(1));
  EXPECT_FALSE(value_set_attribute(object, name("__class__"), value_from_cell(BUILTIN(INT))));
  EXPECT_EQ(pending(), "TypeError: __class__ assignment only supported for mutable types or ModuleType subclasses");

  Value p = make_class("P", {}), q = make_class("Q", {}), c = make_class("C", {p}), d = make_class("D", {c});
  ASSERT_TRUE(value_set_attribute(q, name("y"), number(2)));
  ASSERT_TRUE(value_set_attribute(c, name("__bases__"), tuple_of(1, q)));
  EXPECT_EQ(mro(d), "D C Q object ");
  EXPECT_EQ(value_get_attribute(instance(d), name("y")), number(2));
}

TEST_F(Objects, BindsArguments) {
  struct Case {
    const char *signature;
    std::initializer_list<Value> positional;
    std::initializer_list<const char *> keywords;
    const char *expected;
  };
  const Case cases[] = {
      {"(a, b=None, /)", {number(1)}, {}, "1 -"},
      {"(a, b=None, /)", {}, {}, "TypeError: f expected at least 1 argument, got 0"},
      {"(a, /)", {}, {}, "TypeError: f() takes exactly one argument (0 given)"},
      {"()", {number(1)}, {}, "TypeError: f() takes no arguments (1 given)"},
      {"(a, /)", {}, {"a"}, "TypeError: f() takes no keyword arguments"},
      {"(a, b)", {number(1)}, {"b"}, "1 100"},
      {"(a, b)", {number(1)}, {"a"}, "TypeError: argument for f() given by name ('a') and position (1)"},
      {"(a, b)", {number(1)}, {}, "TypeError: f() missing required argument 'b' (pos 2)"},
      {"(a, b=', (')", {number(1)}, {"c"}, "TypeError: 'c' is an invalid keyword argument for f()"},
      {"(a, *, k=1)", {number(1), number(2)}, {}, "TypeError: f() takes exactly 1 positional argument (2 given)"},
      {"(*, k=1)", {number(1)}, {}, "TypeError: f() takes no positional arguments"},
      {"(a, *rest, k=None)", {number(1), number(2), number(3)}, {"k"}, "1 (2, 3) 100"},
      {"(**all)", {}, {"x", "y"}, "{'x': 100, 'y': 101}"},
      {"(a=1, b=2)", {number(1), number(2), number(3)}, {}, "TypeError: f() takes at most 2 arguments (3 given)"},
  };
  for (const Case &each : cases) {
    Value arguments[8], out[8] = {}, names[8];
    size_t count = 0, total = 0, keyword_count = 0;
    for (Value value : each.positional) arguments[total++] = value;
    count = total;
    for (const char *keyword : each.keywords) {
      names[keyword_count] = name(keyword);
      arguments[total++] = number(100 + (int64_t)keyword_count++);
    }
    const Signature *cache = nullptr;
    std::string result;
    if (arguments_parse("f", each.signature, &cache, arguments, count,
                        keyword_count ? tuple_new(names, keyword_count) : nullptr, out)) {
      for (size_t i = 0; i < cache->count; i++) result += (i ? " " : "") + (out[i] ? repr(out[i]) : std::string("-"));
    } else {
      result = pending();
    }
    EXPECT_EQ(result, each.expected) << each.signature;
  }
}

TEST_F(Objects, WeakReferencesAreShared) {
  Value object = instance(make_class("Target", {}));
  Value reference = weakref_new(object, nullptr);
  EXPECT_EQ(reference, weakref_new(object, nullptr));
  EXPECT_EQ(weakref_target(reference), object);
  EXPECT_EQ(weakref_new(number(1), nullptr), nullptr);
  EXPECT_EQ(pending(), "TypeError: cannot create weak reference to 'int' object");
  KEEP(object);
}

TEST_F(Objects, ReprsOfDescriptors) {
  EXPECT_EQ(repr(class_lookup(BUILTIN(LIST), name("append"))), "<method 'append' of 'list' objects>");
  EXPECT_EQ(repr(class_lookup(BUILTIN(LIST), name("__len__"))), "<slot wrapper '__len__' of 'list' objects>");
  EXPECT_EQ(repr(class_lookup(BUILTIN(TYPE), name("__name__"))), "<attribute '__name__' of 'type' objects>");
  EXPECT_EQ(repr(value_from_cell(BUILTIN(INT))), "<class 'int'>");
  EXPECT_EQ(repr(class_lookup(BUILTIN(OBJECT), name("__new__"))).substr(0, 38),
            "<built-in method __new__ of type objec");
}

} // namespace
