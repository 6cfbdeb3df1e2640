"""Errors in the language that was asked for.

They are raised in English, by code that knows of no language. Here the sentence is recognised
by its template and said in Chinese; what was formatted into it, mostly the user's own text, is
carried over as it is. Slots marked {*} hold words of ours and are translated too.
"""

from __future__ import annotations

import re
from functools import cache

from ..errors import LINE, ProblemError, marked, one_line

SLOT = "{}"
ENOUGH = 5  # characters of a template by which a line that was cut is recognised
CHINESE_SLOT = re.compile(r"\{([0-9]?)(\*?)\}")
TITLES = {
    "syntax": "语法错误",
    "name": "名称错误",
    "shape": "形状错误",
    "domain": "定义域错误",
    "limit": "超出限制",
    "unsupported": "不支持",
}
# What else of ours stands in slots.
PHRASES = {
    "a size": "维数",
    "a size of {}": "{} 的维数",
    "a subscript": "下标",
    "an exponent": "指数",
    "the exponent of a matrix": "矩阵的指数",
    "heights": "高度",
    "widths": "宽度",
    " after `{}`": "（在 `{}` 之后）",
    "no variable": "无",
    "a number > 0": "大于 0 的数",
    "a number >= 0": "不小于 0 的数",
    "a number from -1 to 1": "介于 -1 与 1 之间的数",
    "0 or 1": "0 或 1",
    "x^2 or x.^2": "x^2 或 x.^2",
    "x' for the transpose": "x'，表示转置",
    "a huge one": "绝对值极大的数",
    "the data": "数据",
    "the start": "初值",
    "0, where it starts": "初值 0 ",
    "start": "初值",
    "bounds": "界",
    "a bound of {}": "{} 的界",
    "the start of {}": "{} 的初值",
    "found the shape {}": "这里的形状是 {}",
    "the array has the shape {}": "数组的形状是 {}",
    "it holds one array without a name": "其中只有一个没有名称的数组",
    "it is no archive of arrays": "它不是数组的归档文件",
    "{} is an array of Python objects, not numbers": "{} 是 Python 对象的数组，而不是数的数组",
}
KINDS = {
    "scalar": "标量",
    "vector": "向量",
    "matrix": "矩阵",
    "tensor": "张量",
    "row": "行向量",
    "none": "没有参数",
    " or ": "或",
    " and ": "与",
    ", ": "、",
}
# Sizes in brackets are left as they are.
KIND = re.compile(
    r"\([^()]*\)|\ba (scalar|vector|matrix|tensor|row)\b|\b(scalar|none)\b"
    r"|\b(vector|matrix|tensor|row)(?=\()|( or | and |, )"
)


def in_language(error: ProblemError, language: str) -> ProblemError:
    """The same error with message and hint in `language`."""
    if language == "en":
        return error
    hint = None if error.hint is None else translated(error.hint)
    return ProblemError(
        error.kind, translated(error.message), error.start, error.end, hint, error.also
    )


def shown(error: ProblemError, source: str, language: str) -> str:
    """The error as a terminal shows it, with the place in `source` marked."""
    if language == "en":
        return marked(error, source)
    title = TITLES[error.kind] + "："
    return marked(in_language(error, language), source, title, "提示：")


def translated(text: str) -> str:
    """A message or hint in Chinese; a text that has no template is left as it is."""
    if len(text) == LINE and text.endswith("…"):
        return _of_cut(text)
    for parts, chinese in _templates():
        slots = _slots(parts, text)
        if slots is not None:
            return one_line(_filled(chinese, slots))
    return text


@cache
def _templates() -> list[tuple[tuple[str, ...], str]]:
    """What stands around the slots, and the Chinese; what says most comes first."""
    from .zh_asking import ASKING
    from .zh_reading import READING

    return _by_length({**READING, **ASKING})


@cache
def _phrases() -> list[tuple[tuple[str, ...], str]]:
    return _by_length(PHRASES)


def _by_length(table: dict[str, str]) -> list[tuple[tuple[str, ...], str]]:
    found = [(tuple(english.split(SLOT)), chinese) for english, chinese in table.items()]
    return sorted(found, key=lambda entry: (-sum(map(len, entry[0])), -len(entry[0])))


def _slots(parts: tuple[str, ...], text: str) -> list[str] | None:
    """What stands in the slots between `parts`, found from left to right without a way back."""
    first, *middle = parts
    if not middle:
        return [] if text == first else None
    last = middle.pop()
    if not text.startswith(first) or not text.endswith(last):
        return None
    place, end = len(first), len(text) - len(last)
    found = []
    for part in middle:
        behind = text.find(part, place, max(place, end))
        if behind < 0:
            return None
        found.append(text[place:behind])
        place = behind + len(part)
    return [*found, text[place:end]] if place <= end else None


def _of_cut(text: str) -> str:
    """As `translated`, of a line that was too long: by the beginning of a template."""
    best, most = text, ENOUGH
    for parts, chinese in _templates():
        slots: list[str] = []
        place = known = len(parts[0]) if text.startswith(parts[0]) else 0
        if parts[0] and not known:
            continue
        for part in parts[1:]:
            behind = text.find(part, place) if part else -1
            slots.append(text[place:] if behind < 0 else text[place:behind])
            if behind < 0:
                break
            place, known = behind + len(part), known + len(part)
        if known > most and slots:
            missing = ["…"] * (len(parts) - 1 - len(slots))
            best, most = _filled(chinese, slots + missing), known
    return one_line(best)


def _filled(chinese: str, slots: list[str]) -> str:
    order = iter(slots)

    def content(found: re.Match[str]) -> str:
        number, is_ours = found.groups()
        if not slots or (number and int(number) >= len(slots)):
            return found[0]  # mathematics: x^{2}
        slot = slots[int(number)] if number else next(order)
        return _words(slot) if is_ours else slot

    return CHINESE_SLOT.sub(content, chinese)


def _words(text: str) -> str:
    """Words of ours in Chinese: a phrase, or kinds such as `a vector(n) and a row(n)`."""
    for parts, chinese in _phrases():
        slots = _slots(parts, text)
        if slots is not None:
            return _filled(chinese, slots)
    return KIND.sub(lambda found: KINDS.get(next(filter(None, found.groups()), ""), found[0]), text)
