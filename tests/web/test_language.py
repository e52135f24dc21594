"""Every refusal and every word of a screen is there in three languages, with the same facts in it."""

import ast
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest

from warehouse.rules import refusals
from warehouse.rules.refusals import Refusal
from warehouse.tables.quality import Task
from warehouse.transaction import DatabaseUnavailable
from warehouse.web import language

WEB = Path(language.__file__).parent
CODES = sorted({kind.code for _, kind in inspect.getmembers(refusals, inspect.isclass) if hasattr(kind, "code")})


def _keys() -> set[str]:
    """Find every key that a template or a screen says."""
    found = set()
    for template in (WEB / "templates").rglob("*.html"):
        pattern = r"""_\((?:"([^"]+)"|'([^']+)')(?=[,)])"""
        found |= {first or second for first, second in re.findall(pattern, template.read_text(encoding="utf-8"))}
    for module in WEB.rglob("*.py"):
        found |= set(re.findall(r'\bsay\(\s*"([^"]+)"', module.read_text(encoding="utf-8")))
    return found


def _reasons(tree: ast.AST) -> set[str]:
    """Find `code.reason` of every refusal that is raised with a reason written down; f-strings say themselves."""
    found = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        code = getattr(getattr(refusals, getattr(call.func, "id", ""), None), "code", None)
        for keyword in call.keywords:
            if code and keyword.arg == "reason" and isinstance(keyword.value, ast.Constant):
                found.add(f"{code}.{keyword.value.value}")
    return found


def _facts(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


@pytest.mark.parametrize("code", CODES)
def test_given_a_refusal_code_when_said_then_title_and_detail_in_three_languages(code):
    """R-U2: who is refused is told why, in his language"""
    for name in language.LANGUAGES:
        assert language.catalogue(name).get(f"{code}.title"), (name, code)
        assert language.catalogue(name).get(f"{code}.detail"), (name, code)


def test_given_the_screens_when_their_words_are_looked_up_then_all_are_translated():
    """The three languages of every screen"""
    keys = _keys()
    assert len(keys) > 150
    for name in ("zh_Hans", "zh_Hant"):
        assert sorted(keys - set(language.catalogue(name))) == []
    spelled = {key for key in keys if re.fullmatch(r"[a-z-]+(\.[a-z-]+)*", key) and key in language.catalogue("en")}
    assert spelled


@pytest.mark.parametrize("name", language.LANGUAGES)
def test_given_a_catalogue_when_read_then_no_sentence_stands_in_it_twice(name):
    """W3: of two the reader would take one unseen"""
    keys = re.findall(
        r'^msgid "(.+)"$', (WEB.parent / "locale" / f"{name}.po").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_given_a_sentence_when_translated_then_it_names_the_same_facts():
    """A fact left out in one language is a place the keeper does not walk to"""
    english = language.catalogue("en")
    for name in ("zh_Hans", "zh_Hant"):
        for key, text in language.catalogue(name).items():
            assert _facts(text) == _facts(english.get(key, key)), (name, key)


def test_given_a_reason_in_the_code_when_said_then_it_has_its_sentence():
    """A reason without a sentence would be shown as a word of the program"""
    for path in WEB.parent.rglob("*.py"):
        for key in _reasons(ast.parse(path.read_text(encoding="utf-8"))):
            assert key in language.catalogue("zh_Hant"), (path.name, key)


def test_given_a_fault_of_the_store_when_told_then_each_reason_has_its_sentence():
    """P7"""
    for reason in ("disk-full", "database-busy", "database-down", "storage-error"):
        assert DatabaseUnavailable(reason, again=False).reason == reason
        for name in language.LANGUAGES:
            assert f"unavailable.{reason}" in language.catalogue(name)


def test_given_a_field_of_a_refusal_when_a_sentence_names_a_fact_then_the_class_has_it():
    """A fact that no class carries would be shown as a dash"""
    for _, kind in inspect.getmembers(refusals, inspect.isclass):
        if not (issubclass(kind, Refusal) and hasattr(kind, "code")) or kind is refusals.NeedsConfirmation:
            continue
        fields = set(inspect.signature(kind).parameters)
        for part in ("title", "detail"):
            assert _facts(language.catalogue("en")[f"{kind.code}.{part}"]) <= fields, kind.code


def test_given_a_word_outside_the_closed_set_when_asked_for_then_it_stands_for_itself(open_tables):
    """A new kind of task is shown by its name, not as a key"""
    assert Task.select().count() == 0
    assert language.word("task", "something-new") == "something-new"
    assert language.word("task", "move") == "Move"
