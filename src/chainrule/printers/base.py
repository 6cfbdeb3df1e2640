"""What all notations share: which operation a node is, where parentheses go, one pass.

A notation (text, Unicode, LaTeX) is a Notation with its own signs, names and fractions.
Nothing here recurses, and nothing here decides what to name: that is sharing.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ..expr.node import Expr, Kind, Place
from ..intern import postorder
from ..op import Op, find
from ..shapes import Dim
from .precedence import LEVELS, Level, Printed, fits_after_scalars, fits_first

HALF = Fraction(1, 2)
DECIMAL_FROM = 100  # denominators above this print as decimals where those end
DIGITS = 60  # integers longer than this print as mantissa and exponent where that is exact


class Notation:
    """The rules of one notation; the methods a notation overrides come first."""

    name = "text"
    minus = "-"
    times = "*"
    dot_times = ".*"
    dot_over = "./"

    def variable(self, name: str) -> Printed:
        return Printed(name)

    def function(self, name: str) -> str:
        """The name of a function that has no form of its own in this notation."""
        return name

    def fraction(self, above: str, below: str) -> Printed:
        """p/q of integers."""
        return Printed(f"{above}/{below}", Level.PRODUCT, "1/")

    def scientific(self, mantissa: str, exponent: int) -> Printed:
        return Printed(f"{mantissa}e{exponent}")

    def brackets(self, part: Printed) -> str:
        return f"({part.text})"

    def product(self, node: Expr, factors: Sequence[str]) -> str:
        """Factors, already in parentheses where needed, side by side."""
        return self.times.join(factors)

    def quotient(self, node: Expr, above: Printed, below: Printed) -> Printed:
        """a/b by a scalar, a./b element by element."""
        is_scalar = node.args[1].is_scalar
        operation = "/" if is_scalar else "./"
        top = self.first(above, operation)
        bottom = self.at_least(below, Level.ATOM if below.sign else Level.POWER)
        over = "/" if is_scalar else self.dot_over
        is_one = node.args[0].kind is Kind.NUMBER and node.args[0].data[0] == 1
        sign = "1" + operation if is_one else operation
        return Printed(top + over + bottom, self.product_level(above), sign)

    def raised(self, base: str, exponent: Expr, printed: Printed, is_scalar: bool) -> Printed:
        sign = "^" if is_scalar else ".^"
        return Printed(base + sign + self.at_least(printed, Level.ATOM), Level.POWER)

    def superscript(self, exponent: int) -> str:
        """An integer exponent with whatever lifts it."""
        return f"^{exponent}" if exponent >= 0 else f"^({exponent})"

    def symbolic_superscript(self, exponent: Dim) -> str:
        return "^" + self.at_least(self.size(exponent), Level.ATOM)

    def root(self, part: Printed) -> Printed:
        return Printed(f"sqrt({part.text})")

    def transpose(self, base: str) -> str:
        return base + "'"

    def index(self, base: Expr, part: Printed, places: str) -> Printed:
        return Printed(f"{self.at_least(part, Level.ATOM)}[{places}]")

    def vector(self, entries: Sequence[Printed]) -> Printed:
        return Printed("[" + ", ".join(entry.text for entry in entries) + "]")

    def blocks(self, rows: Sequence[Sequence[Printed]]) -> Printed:
        text = "; ".join(", ".join(block.text for block in row) for row in rows)
        return Printed(f"[{text}]")

    def place(self, place: Place) -> str:
        """A subscript: 2, i, 1:k or `:`."""
        if isinstance(place, tuple):
            return ":".join(self.size(end).text for end in place)
        return ":" if place is None else self.size(place).text

    def derivative(self, of: str, wrt: str, is_total: bool, order: int) -> Printed:
        power = f"^{order}" if order > 1 else ""
        return Printed(f"d{power}({of})/d({wrt}){power}", Level.POWER, "/")

    # -- the same in every notation

    def write(self, expr: Expr) -> str:
        """`expr` in this notation, as a tree. Parts are dropped once they are used."""
        order = postorder([expr])
        waiting = Counter(arg for node in order for arg in node.args)
        printed: dict[Expr, Printed] = {}
        for node in order:
            printed[node] = self.node(node, [printed[arg] for arg in node.args])
            for arg in node.args:
                waiting[arg] -= 1
                if not waiting[arg]:
                    del printed[arg]
        return printed[expr].text

    def node(self, node: Expr, args: list[Printed]) -> Printed:
        """One node from its printed arguments."""
        result = self._of_kind(node, args)
        if result.is_tall or not any(arg.is_tall for arg in args):
            return result
        return replace(result, is_tall=True)

    def _of_kind(self, node: Expr, args: list[Printed]) -> Printed:
        match node.kind:
            case Kind.VARIABLE:
                return self.variable(node.data[0])
            case Kind.NUMBER:
                return self.number(node.data[0])
            case Kind.SIZE:
                return self.size(node.data[0])
            case Kind.DERIVATIVE:
                of, wrt, is_total, order = node.data
                names = self.variable(of).text, self.variable(wrt).text
                return self.derivative(*names, is_total, order)
            case Kind.ADD:
                return self.sum(args)
            case Kind.NEGATE:
                inner = self.at_least(args[0], Level.PRODUCT)
                return Printed(self.minus + inner, Level.NEGATIVE, args[0].sign)
            case Kind.MULTIPLY:
                return self.chain(node, args)
            case Kind.HADAMARD:
                return self.elementwise(args)
            case Kind.DIVIDE:
                return self.quotient(node, *args)
            case Kind.POWER:
                return self.power(node, *args)
            case Kind.TRANSPOSE:
                text = args[0].transposed or self.transpose(self.at_least(args[0], Level.ATOM))
                return Printed(text, Level.POWER)
            case Kind.INDEX:
                places = ",".join(self.place(place) for place in node.data[0])
                return self.index(node.args[0], args[0], places)
            case Kind.VECTOR:
                return self.vector(args)
            case Kind.STACK:
                (width,) = node.data
                return self.blocks([args[k : k + width] for k in range(0, len(args), width)])
            case Kind.APPLY:
                return self.apply(node, args)
        raise AssertionError(f"{node.kind} cannot be printed")

    def at_least(self, part: Printed, level: Level) -> str:
        """The text of `part`, in parentheses unless it binds as tightly as `level`."""
        return part.text if part.level >= level else self.brackets(part)

    def sum(self, terms: Sequence[Printed]) -> Printed:
        """a + b - c: a term that starts with a minus is subtracted."""
        text = self.at_least(terms[0], Level.SUM)
        for term in terms[1:]:
            part = self.at_least(term, Level.SUM)
            if part.startswith(self.minus):
                text += f" {self.minus} {part[len(self.minus) :]}"
            else:
                text += f" + {part}"
        return Printed(text, Level.SUM)

    def first(self, part: Printed, operation: str) -> str:
        """What opens a chain; a minus stays in front of parentheses: -(A*x).*y."""
        if fits_first(part, operation):
            return part.text
        if part.level == Level.NEGATIVE:
            return self.minus + self.brackets(replace(part, text=part.text[len(self.minus) :]))
        return self.brackets(part)

    def product_level(self, first: Printed) -> Level:
        return Level.NEGATIVE if first.level == Level.NEGATIVE else Level.PRODUCT

    def chain(self, node: Expr, args: Sequence[Printed]) -> Printed:
        """Matrix products and scalings."""
        first, *others = args
        factors = [self.first(first, "*")]
        factors += [self.at_least(other, Level.POWER) for other in others]
        is_scaling = all(arg.is_scalar for arg in node.args[:-1])
        sign = "scale" if is_scaling else "*"
        if is_scaling and fits_after_scalars(args[-1]):
            factors[-1] = args[-1].text
            sign = args[-1].sign
        return Printed(self.product(node, factors), self.product_level(first), sign)

    def elementwise(self, args: Sequence[Printed]) -> Printed:
        first, *others = args
        factors = [self.first(first, ".*")]
        factors += [self.at_least(other, Level.POWER) for other in others]
        return Printed(self.dot_times.join(factors), self.product_level(first), ".*")

    def power(self, node: Expr, base: Printed, exponent: Printed) -> Printed:
        """Roots and reciprocals of numbers have forms of their own."""
        value = value_of(node.args[1])
        if value == HALF:
            return self.root(base)
        if node.is_scalar and value in (-1, -HALF):
            below = base if value == -1 else self.root(base)
            return self.reciprocal(below)
        text = self.at_least(base, Level.ATOM)
        return self.raised(text, node.args[1], exponent, node.is_scalar)

    def reciprocal(self, below: Printed) -> Printed:
        """1/x of a scalar."""
        bottom = self.at_least(below, Level.ATOM if below.sign else Level.POWER)
        return Printed(f"1/{bottom}", Level.PRODUCT, "1/")

    def number(self, value: Fraction) -> Printed:
        if value.denominator == 1:
            return self.integer(value.numerator)
        shift = _places(value.denominator)
        if value.denominator > DECIMAL_FROM and shift is not None:
            digits = str(value * 10**shift).rjust(shift + 1, "0")
            if len(digits) <= DIGITS:
                return Printed(f"{digits[:-shift]}.{digits[-shift:]}")
            return self._long(digits, -shift)
        above, below = self.integer(value.numerator), self.integer(value.denominator)
        return self.fraction(above.text, below.text)

    def integer(self, value: int) -> Printed:
        return self._long(str(value), 0)

    def _long(self, digits: str, exponent: int) -> Printed:
        digits = digits.lstrip("0") or "0"
        if len(digits) <= DIGITS and not exponent:
            return Printed(digits)
        mantissa = digits.rstrip("0")
        exponent += len(digits) - len(mantissa)
        return self.scientific(mantissa, exponent) if exponent else Printed(digits)

    def size(self, dim: Dim) -> Printed:
        """A polynomial in named sizes."""
        terms = []
        for monomial, coefficient in dim.terms:
            factors = [self.variable(name).text for name in monomial]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            level = Level.ATOM if len(factors) == 1 else Level.PRODUCT
            part = Printed(self.times.join(factors), level, "" if len(factors) == 1 else "scale")
            if coefficient < 0:
                part = Printed(self.minus + part.text, Level.NEGATIVE, part.sign)
            terms.append(part)
        if not terms:
            return Printed("0")
        return terms[0] if len(terms) == 1 else self.sum(terms)

    def apply(self, node: Expr, args: Sequence[Printed]) -> Printed:
        """A function, by the form its table entry has for this notation (see op.Form)."""
        name, parameter, sizes = node.data
        op = find(name)
        form = op.forms.get(self.name)
        if callable(form):
            form = form(node)
        elif form is None or "{" not in form:
            return self._call(node, self.function(name) if form is None else form, args)
        fields: dict[str, str] = {
            letter: self.size(dim).text for letter, dim in zip(op.sizes, sizes, strict=True)
        }
        if parameter is not None:
            fields["parameter"] = self.parameter(parameter)
            if isinstance(parameter, int):
                fields["raised"] = self.superscript(parameter)
            elif isinstance(parameter, Dim):
                fields["raised"] = self.symbolic_superscript(parameter)
        if form.startswith("{0}") or form.endswith("{0}"):
            return self._operator(op, form, args, fields)
        text = form.format(*(arg.text for arg in args), **fields)
        return Printed(text, is_tall=r"\begin" in form)

    def parameter(self, parameter: int | str | Dim) -> str:
        """An axis, an exponent or the name of an unknown function with its primes."""
        if isinstance(parameter, Dim):
            return self.size(parameter).text
        if isinstance(parameter, str):
            name = parameter.rstrip("'")
            return self.variable(name).text + parameter[len(name) :]
        return str(parameter)

    def _operator(
        self, op: Op, form: str, args: Sequence[Printed], fields: dict[str, str]
    ) -> Printed:
        """A function written as an operator: looser arguments come in parentheses."""
        level = LEVELS[op.binds]
        parts = [self.at_least(arg, Level(level + 1)) for arg in args]
        transposed = op.forms.get(self.name + " transposed")
        flipped = transposed.format(*parts) if isinstance(transposed, str) else ""
        sign = "op" if level == Level.PRODUCT else ""
        return Printed(form.format(*parts, **fields), level, sign, transposed=flipped)

    def _call(self, node: Expr, function: str, args: Sequence[Printed]) -> Printed:
        """name(args, parameter, sizes); a symbol of its own keeps its sizes to itself."""
        op = find(node.data[0])
        _, parameter, sizes = node.data
        if not args and op.forms.get(self.name):
            return Printed(function)
        inside = [arg.text for arg in args]
        if parameter is not None:
            inside.append(self.parameter(parameter))
        inside += [self.size(dim).text for dim in sizes]
        if not inside:
            return Printed(function)
        tall = any(arg.is_tall for arg in args)
        return Printed(function + self.brackets(Printed(", ".join(inside), is_tall=tall)))


def value_of(expr: Expr) -> Fraction | None:
    """The number `expr` is, if it is one."""
    if expr.kind is Kind.NEGATE and expr.args[0].kind is Kind.NUMBER:
        return -Fraction(expr.args[0].data[0])
    return Fraction(expr.data[0]) if expr.kind is Kind.NUMBER else None


def _places(denominator: int) -> int | None:
    """How many decimals 1/denominator has, None where they never end."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
