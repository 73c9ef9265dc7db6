# return, break and continue out of try statements: each finally body and each __exit__ runs once, outside of its own statement.
import sys


def describe(function):
    for _ in range(2):
        try:
            print(function.__name__, "gives", function())
        except Exception as error:
            print(function.__name__, "raises", repr(error), "in the context of", repr(error.__context__))


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        print("exit", kind, sys.exc_info()[0])
        raise AssertionError("of __exit__")


def outermost_finally():
    try:
        return 5
    finally:
        print("finally", sys.exc_info()[0])
        raise AssertionError("of finally")


def outermost_with():
    with Manager():
        return 5


def inner_return_swallows():
    try:
        try:
            undefined
        finally:
            return 5
    finally:
        print("finally", sys.exc_info()[0])
        raise AssertionError("of finally")


def return_in_handler():
    try:
        try:
            undefined
        except NameError:
            return 5
    finally:
        print("finally", sys.exc_info()[0])
        raise AssertionError("of finally")


def continue_in_inner_finally():
    for number in range(2):
        try:
            try:
                undefined
            finally:
                continue
        finally:
            print("finally", number, sys.exc_info()[0])
    return "the end"


def break_through_both():
    for number in range(3):
        try:
            with Manager():
                try:
                    if number == 1:
                        break
                finally:
                    print("finally", number, sys.exc_info()[0])
        except AssertionError as error:
            print("caught", error, error.__context__)
    return number


def handler_of_the_same_try():
    try:
        try:
            return 5
        finally:
            raise LookupError("of finally")
    except LookupError as error:
        return f"caught {error}"


def generator_that_ends():
    def generator():
        try:
            yield 1
            return
        finally:
            print("finally", sys.exc_info()[0])
            raise AssertionError("of finally")

    return list(generator())


for function in (
    outermost_finally,
    outermost_with,
    inner_return_swallows,
    return_in_handler,
    continue_in_inner_finally,
    break_through_both,
    handler_of_the_same_try,
    generator_that_ends,
):
    describe(function)
