"""Every sentence shown to people, in English and Chinese, by key.

`say(language, key, **slots)` is the only way to a sentence. The tables have the same keys
(a test sees to it); a slot is written {name}.
"""

from __future__ import annotations

from ..errors import ProblemError
from . import en, zh

LANGUAGES = {"en": en.WORDS, "zh": zh.WORDS}


def say(language: str, key: str, **slots: str) -> str:
    """The sentence `key` in `language` with its slots filled."""
    if language not in LANGUAGES:
        raise ProblemError(
            "name", f"no language {language!r}", hint="there are " + ", ".join(LANGUAGES)
        )
    return LANGUAGES[language][key].format(**slots)
