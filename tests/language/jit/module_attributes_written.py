# A module's attribute that compiled code takes for a constant is written from outside the module: by an assignment, setattr(), the
# module's dict, del, exec() and from another thread; rarely, then often; and by code that is compiled itself.
import threading
import time
import types

READ = """
def read():
    return module.value

def read_here():
    return value
"""


def warm_up(function):
    for _ in range(3):
        for _ in range(5000):
            function()
        time.sleep(0.05)  # compiled code is installed by the next call


def assign(module, value):
    module.value = value


def set_by_name(module, value):
    setattr(module, "value", value)


def set_in_dict(module, value):
    vars(module)["value"] = value


def update_dict(module, value):
    vars(module).update(value=value)


def delete_first(module, value):
    del module.value
    module.value = value


def execute(module, value):
    exec(f"value = {value!r}", vars(module))


def execute_global(module, value):
    exec(f"def set():\n    global value\n    value = {value!r}\nset()", vars(module))


def assign_in_thread(module, value):
    thread = threading.Thread(target=assign, args=(module, value))
    thread.start()
    thread.join()


def outcome(function):
    try:
        return function()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


for write in assign, set_by_name, set_in_dict, update_dict, delete_first, execute, execute_global, assign_in_thread:
    module = types.ModuleType("module")
    module.value = 1
    names = {"module": module}
    exec(READ, names)
    exec(READ, vars(module))
    reading, here = names["read"], module.read_here
    warm_up(reading)
    warm_up(here)
    seen = []
    for value in (2, 2.5, "three", None, 2, 2, [4]):
        write(module, value)
        seen += [reading(), here()]
    print(write.__name__, seen)
    warm_up(reading)
    warm_up(here)
    write(module, "again")
    print(outcome(reading), outcome(here))
    del module.value
    print(outcome(reading), outcome(here))

# Who writes is compiled before anything is written often.
module = types.ModuleType("module")
module.value = 0
others = [types.ModuleType("other") for _ in range(400)]
for other in others:
    other.value = 0


def write_all(modules, value):
    for each in modules:
        each.value = value


def read_value():
    return module.value


write_all(others, 1)
warm_up(read_value)
for value in range(1, 6):
    write_all(others, value)
    write_all([module], value)
    print(read_value(), {other.value for other in others})
