"""The words of a station: three tables alike, spoken as told or as the service answers. R-A12."""

import re
import string

import pytest

from scanners import sentences, view, words
from scanners.lines import Lines


@pytest.fixture(autouse=True)
def english():
    yield
    words.speak("en")


def names_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_given_a_language_when_its_table_is_read_then_every_sentence_with_the_same_facts_and_its_own_letters(language):
    """R-A12: nothing is told in English where another language is spoken"""
    english, table = words.table("en"), words.table(language)
    assert list(table) == list(english)
    assert {key: names_in(text) for key, text in table.items()} == {
        key: names_in(text) for key, text in english.items()
    }
    commands = re.compile(r"\*[a-z]+")
    assert {key: commands.findall(text) for key, text in table.items() if key.startswith("ask")} == {
        key: commands.findall(text) for key, text in english.items() if key.startswith("ask")
    }
    if language != "en":
        assert [key for key, text in table.items() if text == english[key] or not re.search("[一-鿿，；]", text)] == []


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_given_every_happening_when_told_in_a_language_then_a_sentence_of_it(language):
    """R-A12"""
    words.speak(language)
    facts = {
        "sequence": 7, "text": "EL-100/A", "quantity": "2", "about": "how-many", "word": "yes", "status": 409, "open": 1,
        "state": "refused", "detail": "…", "answer": {"kind": "batch", "status": "qualified", "next": None}, "waiting": 1,
        "next_quantity": "2", "next_location": "B-01", "with": ["L1"], "away": True, "task": "delivery:D-1",
    }  # fmt: skip
    said = "\n".join(sentences.sentence(kind, facts) for kind in sentences.LOOKS)
    assert bool(re.search("[一-鿿]", said)) == (language != "en")
    assert "*again 7" in said
    done = sentences.sentence("done", facts)
    assert words.word("status", "qualified") in done
    assert words.say("nothing-more") in done


def test_given_another_language_when_spoken_then_readers_and_screen_use_it_and_an_unknown_one_changes_nothing():
    """R-A12"""
    words.speak("zh-Hant")
    words.speak("tlh")
    assert words.spoken() == "zh-Hant"
    (refused,) = Lines().feed(b"\xff\n", seconds=0.0)
    assert "掃描槍" in refused.detail
    written: list[str] = []

    class Out:
        def write(self, text):
            written.append(text)

        def flush(self):
            pass

    view.Terminal(Out(), title="dock").tell("service", {"state": "away", "detail": "?", "waiting": 2, "open": 0})
    assert "無法使用" in written[-1]
    assert "等待 2" in written[-1]
    words.speak("en")
    screen = view.Terminal(Out(), title="dock")
    screen.tell("source", {"state": "open", "detail": "-"})
    words.speak("zh-Hans")
    screen.tell("service", {"state": "back", "detail": ""})
    assert "已打开 -" in written[-1], "what was told before is drawn in the language of now"


def test_given_a_bin_scanned_for_a_batch_when_it_is_refused_then_how_to_work_at_that_place_is_told():
    """S17: a keeper scans the bin first; the station cannot know it for one before the service has said so"""
    refused = {
        "sequence": 3,
        "text": "F-01",
        "state": "refused",
        "answer": {"detail": "A bin.", "reason": "is-a-location"},
    }
    assert "*at F-01" in sentences.sentence("refused", refused)


def test_given_a_stranger_s_text_when_told_then_its_braces_are_text():
    """S3: format syntax in a code or an answer is never evaluated"""
    hostile = "{0.__class__}{waiting}%s"
    assert hostile in sentences.sentence("not-kept", {"text": hostile, "detail": hostile})
    assert hostile in sentences.sentence("done", {"answer": {"balance": hostile}})
