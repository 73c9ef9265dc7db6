# asyncio's futures and tasks: states, errors, cancellation, what is told to the loop.
import asyncio
import contextvars
import gc

variable = contextvars.ContextVar("variable", default=0)


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


async def futures():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    print(future.done(), future.cancelled(), future._state, future._loop is loop, future.get_loop() is loop)
    print(attempt(future.result), attempt(future.exception))
    calls = []
    future.add_done_callback(calls.append)
    future.add_done_callback(calls.append)
    future.add_done_callback(print)
    print(future.remove_done_callback(print), len(future._callbacks))
    future.set_result(5)
    print(attempt(future.set_result, 6).split(":")[0], future.result(), future.exception(), calls)
    await asyncio.sleep(0)
    print(calls == [future, future], await future)
    failed = loop.create_future()
    print(attempt(failed.set_exception, StopIteration), attempt(failed.set_exception, 5))
    failed.set_exception(ValueError("x"))
    print(failed._log_traceback, attempt(failed.result), failed._log_traceback, repr(failed.exception()))
    print(attempt(setattr, failed, "_log_traceback", True))
    cancelled = loop.create_future()
    print(cancelled.cancel("why"), cancelled.cancel(), attempt(cancelled.result), cancelled.cancelled())
    print(repr(loop.create_future()).split(" at ")[0], repr(future), repr(cancelled))
    iterator = loop.create_future().__await__()
    print(next(iterator) is not None, attempt(next, iterator), attempt(iterator.throw, KeyError("k")), attempt(next, iterator))
    print(attempt(iterator.throw, 5), attempt(iterator.throw, ValueError("v"), 3), iterator.close())
    print(asyncio.isfuture(future), asyncio.Future[int])


async def tasks():
    loop = asyncio.get_running_loop()

    async def add(a, b):
        await asyncio.sleep(0)
        return a + b

    task = asyncio.create_task(add(1, 2), name="adds")
    print(task.get_name(), asyncio.current_task() is not task, task in asyncio.all_tasks(), task.get_coro().__name__)
    print(await task, task not in asyncio.all_tasks(), attempt(task.set_result, 1), attempt(task.set_exception, 1))
    print(await asyncio.gather(*(add(i, i) for i in range(5))))

    async def stubborn():
        for _ in range(2):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError as error:
                print("cancelled", error.args, asyncio.current_task().cancelling())
                asyncio.current_task().uncancel()
        return "done"

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    print(task.cancel("one"), task.cancelling())
    await asyncio.sleep(0)
    print(task.cancel())
    print(await task, task.cancelled(), task.uncancel())

    task = asyncio.create_task(add(1, 1))
    task.cancel("early")
    try:
        await task
    except asyncio.CancelledError as error:
        print(error.args, task.cancelled())

    @asyncio.coroutines.types.coroutine
    def bad(value):
        yield value

    for value in (5, loop.create_future(), (i for i in ())):
        print(type(value).__name__, type(await asyncio.gather(bad(value), return_exceptions=True)).__name__)

    async def itself():
        await asyncio.current_task()

    try:
        await asyncio.create_task(itself())
    except RuntimeError as error:
        print(str(error).split(":")[0])
    print(attempt(asyncio.Task, 5))

    async def change():
        variable.set(variable.get() + 1)
        return variable.get()

    print([await asyncio.create_task(change()) for _ in range(3)], variable.get())
    context = contextvars.copy_context()
    print(await asyncio.create_task(change(), context=context), context[variable])
    async with asyncio.timeout(10):
        print(await asyncio.wait_for(add(3, 4), 5))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(add(1, "x"))
            group.create_task(asyncio.sleep(10))
    except* TypeError as errors:
        print(len(errors.exceptions))
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except TimeoutError:
        print("timeout")


async def told():
    loop = asyncio.get_running_loop()
    messages = []
    loop.set_exception_handler(lambda loop, context: messages.append(context["message"]))
    future = loop.create_future()
    future.set_exception(ValueError("never retrieved"))
    del future
    gc.collect()

    class Special(asyncio.Future):
        def __del__(self):
            messages.append("special")
            super().__del__()

    special = Special()
    special.set_result(1)
    del special
    gc.collect()
    print(messages)


asyncio.run(futures())
asyncio.run(tasks())
asyncio.run(told())
print(attempt(asyncio.get_running_loop), asyncio._get_running_loop())
