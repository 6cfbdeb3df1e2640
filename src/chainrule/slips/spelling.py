"""Answers whose parts do not fit together: what they might have meant, one token changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..parse.latex import is_latex, latex_tokens
from ..parse.scan import Token, scan
from .slip import Slip, shortened, slip

MOST = 60


def other_spellings(answer: str, names: Collection[str]) -> Iterator[tuple[Slip, str]]:
    """The text with a transpose more or less, another product, or two names exchanged.

    `names` are those of vectors and matrices.
    """
    tokens = latex_tokens(answer, names) if is_latex(answer) else scan(answer)
    made = 0
    for at, token in enumerate(tokens):
        for kind, changed in _changes(answer, tokens, at, names):
            made += 1
            if made > MOST:
                return
            yield slip(kind, TEXT_KEYS[kind], meant=shortened(changed)), changed
        if token.kind == "end":
            return


TEXT_KEYS = {
    "missing-transpose": "text-transpose",
    "elementwise": "text-elementwise",
    "order": "text-order",
}


def _changes(
    answer: str, tokens: list[Token], at: int, names: Collection[str]
) -> Iterator[tuple[str, str]]:
    token = tokens[at]
    before, after = answer[: token.start], answer[token.end :]
    is_operand = token.text in names or token.text == ")"
    following = tokens[at + 1] if at + 1 < len(tokens) else token
    if is_operand and following.text == "'":
        yield "missing-transpose", answer[: following.start] + answer[following.end :]
    elif is_operand:
        yield "missing-transpose", answer[: token.end] + "'" + after
    if token.text in ("*", ".*"):
        yield "elementwise", before + (".*" if token.text == "*" else "*") + after
    if token.text == "*" and 0 < at < len(tokens) - 1:
        left, right = tokens[at - 1], tokens[at + 1]
        if left.text in names and right.text in names:
            middle = answer[left.end : right.start]
            swapped = right.text + middle + left.text
            yield "order", answer[: left.start] + swapped + answer[right.end :]
