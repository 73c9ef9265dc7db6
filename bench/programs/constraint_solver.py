# arguments: 2
# short: 1 18
"""Finite-domain constraints with propagation and backtracking, on Sudoku and on a map to colour: objects, sets, virtual methods."""

import random
import sys

SIZE = 110


class Variable:
    def __init__(self, name, domain):
        self.name = name
        self.domain = frozenset(domain)
        self.constraints = []

    def __repr__(self):
        return "%s in %s" % (self.name, sorted(self.domain))

    @property
    def fixed(self):
        return len(self.domain) == 1

    @property
    def value(self):
        (value,) = self.domain
        return value


class Contradiction(Exception):
    pass


class Constraint:
    def __init__(self, variables):
        self.variables = variables
        for variable in variables:
            variable.constraints.append(self)

    def propagate(self, solver):
        raise NotImplementedError


class Different(Constraint):
    """All variables take different values; a value that fits in one place only goes there."""

    def propagate(self, solver):
        for variable in self.variables:
            if variable.fixed:
                for other in self.variables:
                    if other is not variable and not variable.domain.isdisjoint(other.domain):
                        solver.narrow(other, other.domain - variable.domain)


class Everywhere(Different):
    """Different, and every value of the domain must be taken."""

    def propagate(self, solver):
        super().propagate(solver)
        for value in range(1, len(self.variables) + 1):
            places = [variable for variable in self.variables if value in variable.domain]
            if not places:
                raise Contradiction(value)
            if len(places) == 1 and not places[0].fixed:
                solver.narrow(places[0], frozenset([value]))


class Solver:
    def __init__(self, variables, constraints):
        self.variables = variables
        self.constraints = constraints
        self.agenda = []
        self.trail = []
        self.narrowings = 0
        self.guesses = 0

    def narrow(self, variable, domain):
        if not domain:
            raise Contradiction(variable.name)
        if domain != variable.domain:
            self.narrowings += 1
            self.trail.append((variable, variable.domain))
            variable.domain = domain
            for constraint in variable.constraints:
                if constraint not in self.agenda:
                    self.agenda.append(constraint)

    def settle(self):
        try:
            while self.agenda:
                self.agenda.pop().propagate(self)
        except Contradiction:
            self.agenda.clear()
            return False
        return True

    def undo(self, mark):
        while len(self.trail) > mark:
            variable, domain = self.trail.pop()
            variable.domain = domain

    def solve(self):
        self.agenda = list(self.constraints)
        return self.settle() and self.search()

    def search(self):
        open_variables = [variable for variable in self.variables if not variable.fixed]
        if not open_variables:
            return True
        chosen = min(open_variables, key=lambda variable: (len(variable.domain), variable.name))
        for value in sorted(chosen.domain):
            self.guesses += 1
            mark = len(self.trail)
            self.narrow(chosen, frozenset([value]))
            if self.settle() and self.search():
                return True
            self.undo(mark)
        return False


def sudoku(text):
    cells = [Variable("r%dc%d" % divmod(i, 9), [int(c)] if c != "." else range(1, 10)) for i, c in enumerate(text)]
    groups = [cells[row * 9 : row * 9 + 9] for row in range(9)]
    groups += [cells[column::9] for column in range(9)]
    groups += [[cells[(r + i) * 9 + c + j] for i in range(3) for j in range(3)] for r in (0, 3, 6) for c in (0, 3, 6)]
    solver = Solver(cells, [Everywhere(group) for group in groups])
    solved = solver.solve()
    digits = "".join(str(cell.value) for cell in cells) if solved else "none"
    return digits, solver.narrowings, solver.guesses


def colour_grid(width, height, colours):
    """Colours a grid in which knights' moves connect."""
    cells = {(x, y): Variable("x%02dy%02d" % (x, y), range(colours)) for x in range(width) for y in range(height)}
    constraints = []
    for (x, y), cell in cells.items():
        for dx, dy in ((1, 0), (0, 1), (1, 2), (2, 1)):
            other = cells.get((x + dx, y + dy))
            if other is not None:
                constraints.append(Different([cell, other]))
    solver = Solver(list(cells.values()), constraints)
    solved = solver.solve()
    return solved, solver.narrowings, solver.guesses


def puzzle(seed, clues):
    """A solved grid, shuffled within its bands, with only some of its digits left."""
    source = random.Random(seed)
    lines = [band * 3 + line for band in source.sample(range(3), 3) for line in source.sample(range(3), 3)]
    columns = [band * 3 + line for band in source.sample(range(3), 3) for line in source.sample(range(3), 3)]
    digits = source.sample("123456789", 9)
    grid = [digits[(line * 3 + line // 3 + column) % 9] for line in lines for column in columns]
    kept = set(source.sample(range(81), clues))
    return "".join(digit if place in kept else "." for place, digit in enumerate(grid))


def main(count):
    for seed in range(count):
        print(*sudoku(puzzle(seed, 22 + seed % 5)))
    print(*colour_grid(9, 9, 4))
    print(*colour_grid(14, 14, 5))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
