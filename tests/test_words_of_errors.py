"""Errors in Chinese: every message and hint has a translation, and user text survives it."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest

from chainrule.errors import LINE, ProblemError, one_line
from chainrule.faces.api import answer
from chainrule.faces.cli import main
from chainrule.words.errors import CHINESE_SLOT, PHRASES, TITLES, in_language, translated
from chainrule.words.zh_asking import ASKING
from chainrule.words.zh_reading import READING
from error_templates import SLOT, Sources

TABLE = {**READING, **ASKING}
# Hints that are examples and commands alone.
SAME = {
    "\\operatorname{argmax}(x)",
    'as {"X": X, "y": y}',
    'derive("x\'*A*x", ...)',
    "order=1",
    'pip install "chainrule[notebook]"',
    "pip install 'chainrule[scipy]'",
    "pip install 'chainrule[web]'",
    '{"A": ["spd"]}',
    '{"x": ["n"]}',
    '{"{}": ...}',
}
BAD = Path(__file__).parent / "data" / "bad_inputs.jsonl"
HOSTILE = [
    "{}", "{0}", "{x!r}", "{*}", "%s", "(a+)+$", ".*", "\\", "\\1", "[", "`", "``", "…", "\x00",
    "\u202e", "\ud800", "a\nb", "变量", " " * 40, "'", '"', "<b>", "🙂",
]  # fmt: skip


@pytest.fixture(scope="module")
def templates() -> dict[str, str]:
    return Sources().templates()


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def used(chinese: str, count: int) -> list[int]:
    """The numbers of the slots of a translation, in its own order."""
    found = [f for f in CHINESE_SLOT.findall(chinese) if count and (not f[0] or int(f[0]) < count)]
    return [int(number) if number else place for place, (number, _) in enumerate(found)]


# -- the table


def test_all_that_is_said_is_found(templates: dict[str, str]) -> None:
    """The reading of the source itself: plain, through a helper, a table, a choice, a name."""
    assert len(templates) > 400
    for one in (
        "unknown function {}",
        "`{}` is not closed",
        "division by zero",
        "there are no integrals here",
        "write \\arccos",
        "`*` between two rows",
        "{} takes {} arguments, found {}",
        "`{}` needs {} and {} to be the same size, found a {}",
        "the check of the answer failed, so it is withheld (relative error {}); "
        "please report the expression",
    ):
        assert one in templates, one


def test_every_template_has_a_translation(templates: dict[str, str]) -> None:
    missing = {t: place for t, place in templates.items() if t not in TABLE and t not in SAME}
    assert not missing


def test_no_message_is_overlooked() -> None:
    """What cannot be read from the source: errors passed on, lists of names, other words."""
    passed_on = {"placed: error.message", "at: self.message", "at: self.hint"}
    listed = {
        "check_settings: ', '.join(LAYOUTS)",
        "check_settings: styles",
        "convention_of: ', '.join(CONVENTIONS)",
        "method_of: ', '.join(METHODS)",
    }
    in_words = {
        "by: say(self.language, 'line-name', name=name)",
        "meaning: say(self.language, 'line-name', name=name)",
        "in_language: translated(error.message)",
        "in_language: hint",
    }
    assert Sources().unread() == passed_on | listed | in_words


def test_no_translation_is_stale(templates: dict[str, str]) -> None:
    assert not [t for t in [*TABLE, *SAME] if t not in templates]
    assert not READING.keys() & ASKING.keys()
    assert not TABLE.keys() & SAME


@pytest.mark.parametrize("table", [READING, ASKING, PHRASES])
def test_a_translation_is_chinese_and_uses_each_slot_once(table: dict[str, str]) -> None:
    for english, chinese in table.items():
        count = english.count(SLOT)
        assert is_chinese(chinese), english
        assert sorted(used(chinese, count)) == list(range(count)), english
        assert "  " not in chinese and not is_chinese(english)


def test_phrases_stand_in_the_source() -> None:
    source = "\n".join(
        path.read_text("utf-8")
        for path in sorted((Path(__file__).parent.parent / "src").rglob("*.py"))
        if path.parent.name != "words"
    )
    for phrase in PHRASES:
        first = phrase.split(SLOT)[0] or phrase.split(SLOT)[1]
        assert first.strip() in source, phrase


def test_each_template_is_recognised_as_itself() -> None:
    for english, chinese in TABLE.items():
        values = [f"v{i}" for i in range(english.count(SLOT))]
        pieces = english.split(SLOT)
        said = pieces[0] + "".join(v + p for v, p in zip(values, pieces[1:], strict=True))
        expected = CHINESE_SLOT.split(chinese)[0]
        found = translated(said)
        assert is_chinese(found), english
        assert all(value in found for value in values), english
        assert found.startswith(expected) or not values, english


# -- what users wrote


def test_text_of_the_user_is_carried_over() -> None:
    for english in TABLE:
        pieces = english.split(SLOT)
        for hostile in HOSTILE:
            said = one_line(hostile.join(pieces))
            if len(said) == LINE:
                continue
            found = translated(said)
            assert one_line(found) == found and len(found) <= LINE
            if len(pieces) > 1:
                assert one_line(hostile).strip() in found, (english, hostile)


def test_the_time_is_bounded() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    literals = [piece for english in TABLE for piece in english.split(SLOT) if piece]
    texts = ["`" * LINE, "a" * LINE, " is " * 45, "(" * LINE, "a row and a " * 15]
    texts += ["".join(chance.choices(literals, k=12))[:LINE] for _ in range(200)]
    for text in texts:
        start = time.process_time()
        assert len(translated(one_line(text))) <= LINE
        assert time.process_time() - start < 0.2, text


def test_a_line_that_was_cut_is_translated_as_far_as_it_goes() -> None:
    error = ProblemError("name", f"unknown function {'f' * 300}")
    found = in_language(error, "zh").message
    assert found.startswith("没有函数 fff") and found.endswith("f…") and len(found) <= LINE
    long = ProblemError(
        "shape", f"`+` needs operands of one shape, found a vector({'n' * 300}) and"
    )
    assert in_language(long, "zh").message.startswith(
        "`+` 要求各运算对象形状相同，而这里是向量(nnn"
    )


def test_a_text_that_is_not_ours_is_left_as_it_is() -> None:
    for text in ("", "…", "Permission denied", "没有名称", "numerator, denominator", *SAME - {""}):
        assert translated(text) == text


def test_kinds_are_translated_and_sizes_are_not() -> None:
    said = "`+` needs operands of one shape, found a vector(row) and a matrix(scalar, vector)"
    expected = "`+` 要求各运算对象形状相同，而这里是向量(row)与矩阵(scalar, vector)"
    assert translated(said) == expected


# -- the faces

WRONG = [
    "x*y +* z", "(x + y", "x + y)", "f(", "sin x", "foo(x)", "sin(x, y)", "x'*", "[1, 2", "1/0",
    "log(-1)", "sqrt(-2)", "x**", "a ? b", "x[0]", "a^b^c", "a < b < c", "u = 1", "x := 2",
    "\\frac{x}{y", "\\int x", "\\sin^{-2", "x_{ab}^*", "\\begin{foo} a \\end{foo}", "\\foo x",
    "∑x", "x.sum()", "np.exp(x)", "x # y", "{x}", "x!", "", " ", "2x", "x y z w (",
    "einsum(x)", "x; y", "sin = 2; x", "u = x; u = 2; u", "sum(x, 3)", "\"a\"",
    "A*b*(b*A)", "[1, 2; 3]", "1e99999", "x\x00y",
    "((((", "x' * [",
]  # fmt: skip


@pytest.mark.parametrize("expr", WRONG)
def test_the_record_differs_in_its_words_alone(expr: str) -> None:
    problem = {"expr": expr, "wrt": "x", "id": 7}
    english, chinese = answer("derive", problem), answer("derive", {**problem, "lang": "zh"})
    if english["ok"]:
        pytest.fail(f"{expr!r} is fine")
    ours, theirs = english["error"], chinese["error"]
    assert not is_chinese(ours["message"]) and is_chinese(theirs["message"])
    assert (theirs["hint"] is None) == (ours["hint"] is None)
    for name in ("kind", "start", "end"):
        assert ours[name] == theirs[name]
    assert list(ours) == list(theirs)
    assert {**english, "error": 0} == {**chinese, "error": 0}


def test_the_bad_inputs_of_the_corpus_are_answered_in_chinese() -> None:
    for line in BAD.read_text("utf-8").splitlines():
        record = json.loads(line)
        found = answer("derive", {**record, "lang": "zh"})
        if not found["ok"]:
            assert is_chinese(found["error"]["message"]), found


def test_an_unknown_language_is_refused_in_english() -> None:
    found = answer("derive", {"expr": "x^2", "lang": "fr"})
    assert found["error"]["message"] == "lang is en or zh"


def test_the_command_speaks_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["foo(x)", "--lang", "zh"]) != 0
    shown = capsys.readouterr().err
    assert shown.startswith("名称错误：没有函数 foo\n") and "\n  提示：" in shown
    assert "^^^^^^" in shown
    assert main(["foo(x)"]) != 0
    assert capsys.readouterr().err.startswith("name error: unknown function foo\n")


@pytest.mark.parametrize("kind", TITLES)
def test_every_kind_has_a_title(kind: str) -> None:
    assert is_chinese(TITLES[kind])


def test_a_wrong_shape_in_an_answer_is_explained_in_chinese() -> None:
    asked = {"expr": "x'*A*x", "wrt": "x", "answer": "A*x + x'", "lang": "zh"}
    found = answer("check", asked)
    assert "要求各运算对象形状相同" in json.dumps(found, ensure_ascii=False)


def test_what_the_page_translates_itself_is_still_said() -> None:
    """Refusals of the pool and of the page, which know of no language."""
    parts = Path(__file__).parent.parent / "src" / "chainrule"
    words = (parts / "web" / "assets" / "words.js").read_text("utf-8")
    table = words.partition("REFUSALS = {")[2].partition("};")[0]
    said = "".join(
        (parts / name).read_text("utf-8")
        for name in ("faces/server/pool.py", "faces/server/app.py", "web/assets/engine_pyodide.js")
    )
    english = re.findall(r'"([^"]+)":', table)
    assert len(english) == 7
    assert all(f'"{sentence}"' in said for sentence in english)
