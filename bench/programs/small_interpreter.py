# arguments: 25000
# short: 13000 50000
"""Two interpreters: a stack machine with an instruction loop, and a Lisp that walks its expressions in environments."""

import sys

SIZE = 300000

PUSH, LOAD, STORE, ADD, SUB, MUL, MOD, LESS, JUMP, JUMP_IF_NOT, PRINT, HALT = range(12)


def assemble(source):
    names = {"push": PUSH, "load": LOAD, "store": STORE, "add": ADD, "sub": SUB, "mul": MUL, "mod": MOD, "less": LESS}
    names.update({"jump": JUMP, "unless": JUMP_IF_NOT, "print": PRINT, "halt": HALT})
    code, labels = [], {}
    for line in source.strip().splitlines():
        word, _, operand = line.strip().partition(" ")
        if word.endswith(":"):
            labels[word[:-1]] = len(code)
        else:
            code.append((names[word], operand))
    slots = {}
    result = []
    for operation, operand in code:
        if operation in (LOAD, STORE):
            operand = slots.setdefault(operand, len(slots))
        elif operation in (JUMP, JUMP_IF_NOT):
            operand = labels[operand]
        elif operation == PUSH:
            operand = int(operand)
        result.append((operation, operand))
    return result, len(slots)


def execute(code, slots, output):
    memory = [0] * slots
    stack = []
    counter = 0
    steps = 0
    while True:
        operation, operand = code[counter]
        counter += 1
        steps += 1
        if operation == LOAD:
            stack.append(memory[operand])
        elif operation == PUSH:
            stack.append(operand)
        elif operation == STORE:
            memory[operand] = stack.pop()
        elif operation == ADD:
            right = stack.pop()
            stack[-1] += right
        elif operation == SUB:
            right = stack.pop()
            stack[-1] -= right
        elif operation == MUL:
            right = stack.pop()
            stack[-1] *= right
        elif operation == MOD:
            right = stack.pop()
            stack[-1] %= right
        elif operation == LESS:
            right = stack.pop()
            stack[-1] = stack[-1] < right
        elif operation == JUMP:
            counter = operand
        elif operation == JUMP_IF_NOT:
            if not stack.pop():
                counter = operand
        elif operation == PRINT:
            output.append(stack.pop())
        else:
            return steps


LOOP = """
push 0
store total
push 0
store i
again:
load i
push %d
less
unless done
load total
push 31
mul
load i
add
push 65521
mod
store total
load i
push 1
add
store i
jump again
done:
load total
print
halt
"""


def read(text):
    tokens = text.replace("(", " ( ").replace(")", " ) ").split()
    stack = [[]]
    for token in tokens:
        if token == "(":
            stack.append([])
        elif token == ")":
            finished = stack.pop()
            stack[-1].append(finished)
        else:
            stack[-1].append(int(token) if token.lstrip("-").isdigit() else token)
    return stack[0]


class Environment:
    def __init__(self, names, outer):
        self.names = names
        self.outer = outer

    def find(self, name):
        environment = self
        while name not in environment.names:
            environment = environment.outer
            if environment is None:
                raise NameError(name)
        return environment


class Closure:
    def __init__(self, parameters, body, environment):
        self.parameters = parameters
        self.body = body
        self.environment = environment

    def __call__(self, *arguments):
        return evaluate(self.body, Environment(dict(zip(self.parameters, arguments)), self.environment))


def evaluate(expression, environment):
    if isinstance(expression, str):
        return environment.find(expression).names[expression]
    if not isinstance(expression, list):
        return expression
    head = expression[0]
    if head == "if":
        _, condition, then, otherwise = expression
        return evaluate(then if evaluate(condition, environment) else otherwise, environment)
    if head == "define":
        environment.names[expression[1]] = evaluate(expression[2], environment)
        return None
    if head == "lambda":
        return Closure(expression[1], expression[2], environment)
    function, *arguments = [evaluate(part, environment) for part in expression]
    return function(*arguments)


LISP = """
(define fib (lambda (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))
(define range (lambda (a b) (if (< a b) (cons a (range (+ a 1) b)) nil)))
(define map (lambda (f l) (if (null l) nil (cons (f (car l)) (map f (cdr l))))))
(define sum (lambda (l) (if (null l) 0 (+ (car l) (sum (cdr l))))))
(define compose (lambda (f g) (lambda (x) (f (g x)))))
(define square (lambda (x) (* x x)))
(print (fib 17))
(print (sum (map (compose square (lambda (x) (+ x 1))) (range 0 80))))
"""


def main(size):
    output = []
    code, slots = assemble(LOOP % size)
    print(execute(code, slots, output), output)
    output = []
    builtins = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "<": lambda a, b: a < b,
        "cons": lambda a, b: (a, b),
        "car": lambda pair: pair[0],
        "cdr": lambda pair: pair[1],
        "null": lambda value: value is None,
        "nil": None,
        "print": output.append,
    }
    program = read(LISP)
    for _ in range(size // 25000):
        environment = Environment(dict(builtins), None)
        for expression in program:
            evaluate(expression, environment)
    print(len(output), output[-2:])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
