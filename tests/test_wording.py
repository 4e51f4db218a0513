"""The words of the newsroom's page in every language that it speaks."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from werkzeug.datastructures import LanguageAccept

from player.probe.reasons import REASONS
from player.web.wording import FOLDER, LANGUAGES, Words, choose

WORDS = {lang: json.loads((FOLDER / f"dashboard.{lang}.json").read_text("utf-8")) for lang in LANGUAGES}
PAGE = (FOLDER.parent / "templates" / "steady-player-dashboard.html").read_text("utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_every_word_with_the_same_blanks(lang: str) -> None:
    english = {key: set(re.findall(r"{\w+}", text)) for key, text in WORDS["en"].items()}
    mine = {key: text for key, text in WORDS[lang].items() if not key.startswith("reason.")}
    assert mine.keys() == english.keys()
    for key, text in mine.items():
        assert text.strip(), key
        blanks = set(re.findall(r"{\w+}", text))
        # "an item" may do without its number.
        assert blanks == english[key] or (key.endswith(".one") and blanks <= english[key]), key


def test_the_page_asks_for_no_word_that_there_is_not_and_leaves_none_unused() -> None:
    asked = set(re.findall(r'w\("([a-z.]+)"', PAGE))
    keys = {key.removesuffix(".one").removesuffix(".other") for key in WORDS["en"]}
    assert asked <= keys
    told_in_python = {"certificate.left", "certificate.over", *(f"span.{unit}" for unit in ("s", "min", "h", "days"))}
    told_in_python |= {"vantage.dead", "vantage.heard", "vantage.missing"}
    by_value = {"available", "degraded", "unavailable", "unknown", "audio", "video"}
    assert keys - asked - told_in_python - by_value == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_that_is_told_of_the_dead_has_a_sentence_in_the_readers_language(lang: str) -> None:
    words = Words(lang)
    dead = [code for code, reason in REASONS.items() if reason.state == "unavailable"]
    assert {words.means(code).lang for code in dead} == {lang}
    assert all(words.means(code).text for code in REASONS)
    assert words.means("no-such-reason").text == "no-such-reason"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86400, "24 h"), (172800, "2 days")],
)
def test_spans(seconds: int, told: str) -> None:
    assert Words("en").span(timedelta(seconds=seconds)) == told


def test_digits_and_percent_follow_the_language() -> None:
    assert [Words(lang).percent("99.95") for lang in LANGUAGES] == ["99.95 %", "99,95 %", "۹۹٫۹۵٪", "٩٩٫٩٥٪"]
    assert Words("fa").span(timedelta(minutes=12)) == "۱۲ دقیقه"
    assert [Words("en")("items", n=n) for n in (0, 1, 2)] == ["0 items", "1 item", "2 items"]


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("fa", [("en", 1)], "fa"),
        ("fr-CA", [], "fr"),
        ("xx", [("ar", 1)], "ar"),
        (None, [("de", 1), ("fr", 0.5)], "fr"),
        (None, [], "en"),
    ],
)
def test_a_language_is_chosen(asked: str | None, accepted: list[tuple[str, float]], chosen: str) -> None:
    assert choose(asked, LanguageAccept(accepted)) == chosen
