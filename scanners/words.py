"""The words of a station in the languages of the house: `locale/*.toml`, one table a language, keys alike.

One process speaks one language, which the command sets, or the service with its first answer. R-A12; decision 74.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = {"en": "en", "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant"}  # by their tag
_spoken = "en"


@lru_cache(maxsize=len(LANGUAGES))
def table(language: str) -> dict[str, str]:
    """Give the sentences of a language, by its tag."""
    path = Path(__file__).parent / "locale" / f"{LANGUAGES[language]}.toml"
    return dict(tomllib.loads(path.read_text(encoding="utf-8")))


def speak(language: str) -> None:
    """Speak this language from now on; one that is not known changes nothing."""
    global _spoken
    if language in LANGUAGES:
        _spoken = language


def spoken() -> str:
    """Give the tag of the language that is spoken."""
    return _spoken


def say(key: str, /, **facts: Any) -> str:
    """Give a sentence with its facts filled in. Raises KeyError for one that is none."""
    return table(_spoken)[key].format(**facts)


def word(group: str, name: object) -> str:
    """Give the word for one of a closed set, such as a status; a name without one stands for itself."""
    return table(_spoken).get(f"{group}-{name}", str(name))
