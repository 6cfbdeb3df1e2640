"""The command `chainrule`: read arguments, call the library, show. No logic.

Exit status: 0 done, 1 the answer is no, 2 the input is at fault, 3 not supported yet, 70 a bug
of ours, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ..errors import ProblemError
from .faults import as_problem
from .files import read_text, write_text
from .streams import as_json, drop_output, holds, prepare

if TYPE_CHECKING:
    from ..checking import Verdict
    from ..linewise import DerivationVerdict
    from ..result import Result

DONE, NO, BAD_INPUT, NOT_SUPPORTED, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130
FORMATS = ("unicode", "latex", "markdown", "html", "json", "text")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    prepare()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except BrokenPipeError:
        drop_output()  # the reader has gone
        return DONE
    except OSError as error:
        full = ProblemError("limit", f"cannot write standard output: {error.strerror}")
        status = _refused(full, "", _language(arguments))
        drop_output()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError as error:
        return _refused(as_problem(error), "", _language(arguments))
    except Exception as error:
        return _broken(as_problem(error), _language(arguments))


def _run(arguments: Sequence[str]) -> int:
    commands = {
        "batch": _batch, "check": _check, "demo": _demo, "mcp": _mcp, "minimize": _minimize,
        "serve": _serve, "site": _site,
    }  # fmt: skip
    try:
        if arguments and arguments[0] in commands:
            return commands[arguments[0]](arguments[1:])
        return _derive(arguments)
    finally:
        sys.stdout.flush()  # what goes wrong here is still said


def _language(arguments: Sequence[str]) -> str:
    """The language asked for, where options have not been read."""
    is_chinese = "--lang=zh" in arguments or ("--lang", "zh") in pairwise(arguments)
    return "zh" if is_chinese else "en"


def _parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """The options. An expression may start with a minus, which argparse takes for an option."""
    found = parser.parse_args([f" {word}" if _is_negative(word) else word for word in arguments])
    for name, value in vars(found).items():
        if isinstance(value, str) and value.startswith(" -"):
            setattr(found, name, value[1:])
    return found


def _is_negative(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and word not in ("-", "-h")


def _parser(name: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"chainrule{' ' + name if name else ''}",
        description=about,
        allow_abbrev=False,
    )
    return parser


def _add_problem(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wrt", help="the variable to differentiate by")
    parser.add_argument("--order", type=int, default=1, help="1 gradient, 2 Hessian, ...")
    _add_expression(parser)
    parser.add_argument(
        "--layout", choices=("numerator", "denominator", "mixed"), default="numerator"
    )
    parser.add_argument(
        "--symmetric", choices=("free", "projected", "unique"), default="free",
        help="how a symmetric variable varies",
    )  # fmt: skip


def _add_expression(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expr", help='the expression, as "x\'*A*x"')
    parser.add_argument(
        "--let", action="append", default=[], metavar="NAME=SHAPE",
        help="a shape: b= (scalar), x=n, A=m,n; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--assume", action="append", default=[], metavar="NAME=PROPERTY",
        help="a property: A=spd, y=labels; may be repeated",
    )  # fmt: skip


def _declared(pairs: Sequence[str], what: str) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ProblemError("syntax", f"--{what} {pair}", hint=f"write --{what} NAME=...")
        found[name.strip()] = value
    return found


def _properties(pairs: Sequence[str]) -> dict[str, list[str]]:
    return {
        name: [item.strip() for item in value.split(",") if item.strip()]
        for name, value in _declared(pairs, "assume").items()
    }


def _derive(arguments: Sequence[str]) -> int:
    parser = _parser("", "The derivative of a matrix expression, with steps and a check.")
    _add_problem(parser)
    parser.add_argument("--format", choices=FORMATS, default="unicode")
    parser.add_argument("--style", choices=("chain", "differential"), default="chain")
    parser.add_argument("--level", choices=("brief", "normal", "full"), default="normal")
    parser.add_argument("--code", choices=("numpy", "jax", "torch", "array-api"), help="source")
    parser.add_argument("--no-steps", action="store_true", help="the result alone")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--graph", metavar="FILE.svg", help="draw the data-flow graph")
    parser.epilog = (
        "Other commands: chainrule demo | batch FILE.jsonl | check EXPR --answer ... | serve | mcp"
        " | minimize EXPR --over x --data FILE.npz | site FOLDER"
    )
    options = _parsed(parser, arguments)
    from ..result import derive

    try:
        result = derive(
            options.expr,
            options.wrt,
            options.order,
            let=_declared(options.let, "let"),
            assume=_properties(options.assume),
            layout=options.layout,
            symmetric=options.symmetric,
            style=options.style,
        )
        shown = _formatted(result, options)
        if options.graph:
            write_text(options.graph, result.svg())
    except ProblemError as error:
        return _refused(error, options.expr, options.lang)
    sys.stdout.write(shown)
    return DONE


def _formatted(result: Result, options: argparse.Namespace) -> str:
    """The answer in the format asked for, or the next best that the output can show."""
    settings = {
        "language": options.lang,
        "level": options.level,
        "steps": not options.no_steps,
        "code": options.code,
    }
    match options.format:
        case "json":
            targets = [options.code] if options.code else ["numpy"]
            return as_json(result.record(targets, options.lang), indent=2) + "\n"
        case "text":
            return result.result + "\n"
        case "latex":
            return result.latex(**settings) + ("\n" if options.no_steps else "")
        case "markdown":
            return result.markdown(**settings)
        case "html":
            return result.html(**settings)
    shown = result.text(**settings)
    if holds(shown):
        return shown
    from ..words import say

    language = options.lang if holds(say(options.lang, "problem")) else "en"
    print(say(language, "narrow-output", encoding=sys.stdout.encoding), file=sys.stderr)
    return "\n".join([result.result, *([result.code(options.code)] if options.code else []), ""])


def _refused(error: ProblemError, source: str, language: str = "en") -> int:
    from ..solve import CheckFailed
    from ..words.errors import shown

    print(shown(error, source, language), file=sys.stderr)
    if isinstance(error, CheckFailed):
        return NO
    return NOT_SUPPORTED if error.kind == "unsupported" else BAD_INPUT


def _broken(error: ProblemError, language: str) -> int:
    """One line, without a kind: nothing is wrong with the input."""
    from ..words.errors import in_language

    print(in_language(error, language).message, file=sys.stderr)
    return BUG


def _batch(arguments: Sequence[str]) -> int:
    parser = _parser("batch", "A problem a line in, a result a line out (JSON).")
    parser.add_argument("problems", help="a .jsonl file, or - for standard input")
    parser.add_argument("--out", help="where results go; standard output without it")
    parser.add_argument("--resume", action="store_true", help="go on where --out stops")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    options = parser.parse_args(arguments)
    from .batch import run_batch

    try:
        bugs = run_batch(options.problems, options.out, options.lang, options.resume)
    except ProblemError as error:
        return _refused(error, "", options.lang)
    if bugs:
        met = f"{bugs} problem(s) met a bug in chainrule, please report those that say so"
        return _broken(ProblemError("unsupported", met), options.lang)
    return DONE


def _check(arguments: Sequence[str]) -> int:
    parser = _parser(
        "check", "Whether an answer is the derivative, and if not, what slip it shows."
    )
    _add_problem(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--answer", help="the derivative to be checked")
    what.add_argument(
        "--derivation",
        metavar="FILE",
        help="a derivation, an equation a line; - for standard input",
    )
    parser.add_argument(
        "--show", action="store_true", help="the derivative, if the answer is wrong"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    options = _parsed(parser, arguments)
    try:
        verdict = _judged(options)
    except ProblemError as error:
        in_answer = getattr(error, "in_answer", False)
        _, line = getattr(error, "in_line", (0, None))
        source = line or (options.answer if in_answer else options.expr)
        if options.format == "json":
            from ..records import error_of

            print(as_json(error_of(error, language=options.lang)))
            return NOT_SUPPORTED if error.kind == "unsupported" else BAD_INPUT
        return _refused(error, source, options.lang)
    print(as_json(verdict.record()) if options.format == "json" else verdict.sentence)
    return DONE if verdict else NO


def _judged(options: argparse.Namespace) -> Verdict | DerivationVerdict:
    """The verdict on an answer, or on a derivation line by line."""
    let, assume = _declared(options.let, "let"), _properties(options.assume)
    if options.derivation is None:
        from ..checking import check_answer

        return check_answer(
            options.expr,
            options.answer,
            options.wrt,
            options.order,
            let=let,
            assume=assume,
            layout=options.layout,
            symmetric=options.symmetric,
            language=options.lang,
            show=options.show,
        )
    from ..linewise import check_derivation
    from ..solve import Problem, check_settings

    check_settings(Problem(options.expr, order=options.order), "chain")
    if options.order != 1:
        raise ProblemError("unsupported", "a derivation is checked for the first order only")
    return check_derivation(
        options.expr,
        read_text(options.derivation),
        options.wrt,
        let=let,
        assume=assume,
        language=options.lang,
    )


def _minimize(arguments: Sequence[str]) -> int:
    parser = _parser("minimize", "The variables that make a scalar expression least (by SciPy).")
    _add_expression(parser)
    parser.add_argument("--over", required=True, help="the variables to find: w, or w,b")
    parser.add_argument("--data", metavar="FILE.npz", help="the other variables by name")
    parser.add_argument("--start", metavar="FILE.npz", help="where to begin; 0 without it")
    parser.add_argument(
        "--bounds", action="append", default=[], metavar="NAME=LOW,HIGH",
        help="either may be left out; may be repeated",
    )  # fmt: skip
    parser.add_argument("--method", help="trust-ncg, with bounds L-BFGS-B, or another of SciPy's")
    parser.add_argument("--tol", type=float, help="SciPy's tolerance")
    parser.add_argument("--out", metavar="FILE.npz", help="keep the variables found")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = _parsed(parser, arguments)
    from .minimize import run_minimize

    try:
        let, assume = _declared(options.let, "let"), _properties(options.assume)
        bounds = _declared(options.bounds, "bounds")
        return NO if not run_minimize(options, let, assume, bounds) else DONE
    except ProblemError as error:
        return _refused(error, options.expr)


def _demo(arguments: Sequence[str]) -> int:
    _parser("demo", "The worked derivations of the textbook chapter.").parse_args(arguments)
    from .demo import run_demo

    run_demo(sys.stdout)
    return DONE


def _serve(arguments: Sequence[str]) -> int:
    parser = _parser("serve", "The page and its JSON API.")
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="beyond loopback a token is needed")
    parser.add_argument("--token", help="letters and digits; or in CHAINRULE_TOKEN")
    parser.add_argument("--workers", type=int, choices=range(1, 65), metavar="N", help="processes")
    parser.add_argument("--no-open", action="store_true", help="do not open the browser")
    options = parser.parse_args(arguments)
    from .server.run import run_server

    token = options.token or os.environ.get("CHAINRULE_TOKEN") or None
    try:
        run_server(options.host, options.port, token, options.workers, not options.no_open)
    except ProblemError as error:
        return _refused(error, "")
    return DONE


def _mcp(arguments: Sequence[str]) -> int:
    _parser("mcp", "Tools for language models over standard input and output (MCP).").parse_args(
        arguments
    )
    from .server.mcp import run_mcp

    try:
        os.read(sys.stdin.fileno(), 0)  # so that a closed one is not taken for the output
    except OSError as error:
        return _refused(ProblemError("limit", f"cannot read standard input: {error.strerror}"), "")
    run_mcp()
    return DONE


def _site(arguments: Sequence[str]) -> int:
    parser = _parser("site", "The page as a folder of files that needs no server of its own.")
    parser.add_argument("folder", help="where to write it")
    parser.add_argument(
        "--pyodide", metavar="PATH",
        help="the npm package pyodide, unpacked or as .tgz; fetched by npm without it",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    from .site import write_site

    try:
        files = write_site(options.folder, options.pyodide)
    except ProblemError as error:
        return _refused(error, "")
    print(f"{len(files)} files in {options.folder}; any web server can serve them, as")
    print(f"  python -m http.server --directory {options.folder}")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
