"""What `derive` gives back: the derivative, its derivation, its check, ready to be shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import records
from .derivation.deriver import Style
from .derivation.record import Derivation, Step
from .errors import ProblemError
from .expr.node import Expr, Kind
from .intern import postorder
from .notation.layout import laid_out
from .parse.declare import refuse_sizes_among
from .parse.understand import Understood
from .printers.latex import latex
from .printers.mathml import mathml
from .printers.text import text
from .printers.unicode import unicode
from .referee.verify import Check
from .render.document import Author, Document, Level
from .solve import Problem, Solution, solve, solve_understood

if TYPE_CHECKING:
    from .operators import DerivativeOperator


@dataclass(frozen=True)
class Result:
    """One derivative. `str` is its text, which parses back; rich displays show the rest."""

    solution: Solution

    @property
    def expr(self) -> Expr:
        """The derivative in matrix notation, laid out as asked."""
        solution = self.solution
        layout = solution.problem.layout
        return laid_out(solution.presented.expr, solution.expr.shape, layout)

    @property
    def result(self) -> str:
        """The derivative in the text syntax."""
        return text(self.expr)

    @property
    def unicode(self) -> str:
        return unicode(self.expr)

    @property
    def shape(self) -> tuple[int | str, ...]:
        """Axes of the expression, then of the variable, once for each order."""
        return tuple(records.sizes(self.solution.shape))

    @property
    def notation(self) -> str:
        """matrix, kronecker or index."""
        return self.solution.presented.notation

    @property
    def derivations(self) -> tuple[Derivation, ...]:
        """One derivation for each order."""
        return self.solution.derivations

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all orders in turn."""
        return tuple(step for derivation in self.derivations for step in derivation.steps)

    @property
    def rule(self) -> str | None:
        """Which of the three chain rules was used."""
        return self.derivations[0].rule.value if self.derivations else None

    @property
    def graph(self) -> dict[str, Any]:
        """The data-flow graph as nodes and edges."""
        return records.graph_of(self.derivations[0])

    @property
    def check(self) -> Check:
        return self.solution.check

    def document(
        self,
        language: str = "en",
        level: Level = "normal",
        steps: bool = True,
        code: str | None = None,
    ) -> Document:
        """The derivation as sections of equations, before any format is chosen."""
        source = None if code is None else self.code(code)
        return Author(self.solution, language, level).document(steps, source)

    def text(self, **options: Any) -> str:
        """The derivation for a terminal. Options as for `document`."""
        from .render.terminal import to_text

        return to_text(self.document(**options))

    def markdown(self, **options: Any) -> str:
        """The derivation in Markdown with mathematics."""
        from .render.markdown import to_markdown

        return to_markdown(self.document(**options))

    def latex(self, steps: bool = False, **options: Any) -> str:
        """The derivative in LaTeX; with `steps`, the whole derivation."""
        if not steps:
            return latex(self.expr)
        from .render.latex import to_latex

        return to_latex(self.document(**options))

    def mathml(self) -> str:
        """The derivative in MathML, for web pages."""
        return mathml(self.expr, is_block=True)

    def html(self, **options: Any) -> str:
        """The derivation as a piece of HTML."""
        from .render.html import to_html

        return to_html(self.document(**options))

    def code(
        self,
        target: str = "numpy",
        sizes: Mapping[str, int] | None = None,
        orders: Sequence[int] = (),
        out: bool = False,
        fixed: Collection[str] = (),
    ) -> str:
        """Source that defines derivative(**variables), an array of `shape`.

        `target` is numpy, jax or torch. `sizes` are what dimensions usually are; products are
        computed in the order that is best there. `orders` asks for several derivatives as a
        tuple, 0 for the value; what they share is computed once. With `out` the function takes
        an array of that name, which an earlier call returned, and writes into it. With
        `fixed` variables it takes these and returns the function of the others: what rests on
        them alone is computed once.
        """
        from .codegen import derivative_code

        return derivative_code(self.solution, target, sizes, orders, out, fixed)

    def compile(
        self,
        target: str = "numpy",
        sizes: Mapping[str, int] | None = None,
        orders: Sequence[int] = (),
        out: bool = False,
        fixed: Mapping[str, Any] | None = None,
    ) -> Callable[..., Any]:
        """The function that `code` writes; its attribute `source` is the text.

        With the values of some variables in `fixed` it is a function of the others, for the
        sizes that these values have; the arrays must not be changed then.
        Its NumPy form is run beside dual numbers at random points. Raises CheckFailed where
        they differ.
        """
        from .codegen.hoist import sizes_in
        from .codegen.load import given, load
        from .codegen.trial import try_out

        values = dict(fixed or {})
        sizes = {**sizes_in(self.solution.understood.variables, values), **(sizes or {})}
        function = load(self.code("numpy", sizes, orders, out, tuple(values)))
        try_out(function, self.solution, orders or (self.solution.problem.order,), values)
        if target != "numpy":
            function = load(self.code(target, sizes, orders, out, tuple(values)))
        return given(function, values) if values else function

    def value_and_derivative(
        self, target: str = "numpy", sizes: Mapping[str, int] | None = None
    ) -> Callable[..., Any]:
        """A function of the variables that returns the value and the derivative."""
        return self.compile(target, sizes, (0, self.solution.problem.order))

    def operator(self, **variables: Any) -> DerivativeOperator:
        """The Jacobian or Hessian at a point, to be multiplied by vectors and never built."""
        from .operators import DerivativeOperator

        return DerivativeOperator(self.solution, variables)

    def svg(self) -> str:
        """The data-flow graph as a picture."""
        from .flow import draw

        return draw(self.derivations[0])

    def record(self, code: Sequence[str] = ("numpy",), language: str = "en") -> dict[str, Any]:
        """The JSON object of docs/interface: everything above as data."""
        sources = {target: self.code(target) for target in code}
        return records.result_of(self.solution, sources, language)

    def __str__(self) -> str:
        return self.result

    def __repr__(self) -> str:
        solution = self.solution
        return f"<d({text(solution.expr)})/d{solution.wrt} = {self.result}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """What Jupyter shows: the formula typeset, the steps as HTML, the text."""
        return {
            "text/plain": self.text(),
            "text/latex": f"$\\displaystyle {self.latex()}$",
            "text/markdown": self.markdown(),
            "text/html": self.html(),
        }


def derive(
    expr: str | Expr,
    wrt: str | Expr | None = None,
    order: int = 1,
    *,
    let: Mapping[str, Sequence[int | str] | str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
    layout: str = "numerator",
    symmetric: str = "free",
    style: Style = "chain",
    check: bool = True,
) -> Result:
    """The derivative of `expr` with respect to `wrt`, with steps and a check.

    `expr` is text (x'*A*x) or an expression built from Python objects. `let` gives shapes
    ({"A": ["n", "n"]}), `assume` properties ({"A": ["spd"]}); what they leave out is
    inferred; objects carry both themselves. `layout` is how a Jacobian is laid out,
    `symmetric` how a symmetric variable varies (conventions.py). Raises ProblemError, with the
    place in the text, where the input is at fault, a rule is missing, or the check failed.
    """
    source = "" if isinstance(expr, Expr) else expr
    problem = Problem(source, let or {}, assume or {}, _name_of(wrt), order, layout, symmetric)
    if not isinstance(expr, Expr):
        return Result(solve(problem, style, check))
    if let or assume:
        raise ProblemError(
            "name",
            "`let` and `assume` are for expressions that are text",
            hint='an object carries its properties: matrix("A", "n", "n", "spd")',
        )
    understood = Understood(expr, variables_in(expr, wrt), frozenset(), ())
    return Result(solve_understood(problem, understood, style, check))


def _name_of(wrt: str | Expr | None) -> str | None:
    """The name of the variable asked for."""
    if not isinstance(wrt, Expr):
        return wrt
    if wrt.kind is not Kind.VARIABLE:
        raise ProblemError(
            "name",
            f"wrt is a variable, found {text(wrt)}",
            hint="put a variable in place of that part of the expression",
        )
    name: str = wrt.data[0]
    return name


def variables_in(expr: Expr, wrt: str | Expr | None) -> dict[str, Expr]:
    """The variables of a built expression by name."""
    roots = [expr, wrt] if isinstance(wrt, Expr) else [expr]
    found: dict[str, Expr] = {}
    for node in postorder(roots):
        if node.kind is Kind.VARIABLE and found.setdefault(node.data[0], node) is not node:
            raise ProblemError(
                "name",
                f"two different variables are called {node.data[0]}",
                hint="a name has one shape and the same properties everywhere",
            )
    refuse_sizes_among({name: variable.shape for name, variable in found.items()})
    return dict(sorted(found.items()))
