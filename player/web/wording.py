"""The words of the newsroom's page, in the language of who looks at it.

The page's own stand in `player/i18n/dashboard.<language>.json`, by stable keys. What a reason means is told in the
widget's words, by the widget's keys, or, where readers have none for it, in the page's (`reason.<code>`); in English,
and where there is neither, in the editors' own (`player/i18n/reasons.en.json`), which say what to do besides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from werkzeug.datastructures import LanguageAccept

from player.files import static
from player.probe.reasons import REASONS

LANGUAGES = ("en", "fr", "fa", "ar")
FROM_RIGHT = frozenset({"fa", "ar"})
FOLDER = Path(__file__).parent.parent / "i18n"

DIGITS = {"fa": str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫"), "ar": str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")}
POINT = {"fr": str.maketrans(".", ",")}
PERCENT = {"fa": "٪", "ar": "٪"}

UNITS = ((86_400, "days"), (3_600, "h"), (60, "min"))


def choose(asked: str | None, accepted: LanguageAccept) -> str:
    """One of `LANGUAGES`: the one asked for, else the one that the browser likes best, else English."""
    for tag in (asked, *(tag for tag, quality in accepted if quality > 0)):
        language = (tag or "").lower().partition("-")[0]
        if language in LANGUAGES:
            return language
    return "en"


def sentences() -> Mapping[str, Mapping[str, str]]:
    """What each reason means and what to do, for editors, in English: `means` and `do` by code."""
    return _json("reasons.en.json")


@cache
def _json(name: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return told


@cache
def _widget(language: str) -> Mapping[str, Any]:
    """The widget's words. Its files are modules whose one export is JSON."""
    text = (static() / "js" / "i18n" / f"{language}.js").read_text("utf-8")
    told: Mapping[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return told


@dataclass(frozen=True, slots=True)
class Says:
    """A sentence and the language that it is in."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Words:
    """`lang`: one of `LANGUAGES`."""

    lang: str

    @property
    def dir(self) -> str:
        return "rtl" if self.lang in FROM_RIGHT else "ltr"

    @property
    def live(self) -> str:
        return str(_widget(self.lang)["live"])

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key. A number among the values is written with the language's digits; with `n` and two forms,
        `key.one` and `key.other`, the right one is taken."""
        words = _json(f"dashboard.{self.lang}.json")
        if f"{key}.one" in words and "n" in values:
            key = f"{key}.one" if values["n"] == 1 else f"{key}.other"
        told = {name: self.number(value) if isinstance(value, int) else value for name, value in values.items()}
        return str(words[key]).format(**told)

    def number(self, value: int | str) -> str:
        return str(value).translate(DIGITS.get(self.lang, POINT.get(self.lang, {})))

    def percent(self, value: str) -> str:
        return self.number(value) + PERCENT.get(self.lang, " %")

    def span(self, length: timedelta) -> str:
        """How long, in the largest unit that says it: "12 min", "3 h", "5 days"."""
        seconds = max(0, int(length.total_seconds()))
        for size, unit in UNITS:
            if seconds >= 2 * size or (seconds >= size and unit != "days"):
                return self(f"span.{unit}", n=seconds // size)
        return self("span.s", n=seconds)

    def means(self, code: str) -> Says:
        known = REASONS.get(code)
        widget = _widget(self.lang)["reasons"].get(known.tells if known else code)
        told = _json(f"dashboard.{self.lang}.json").get(f"reason.{code}") or widget
        if self.lang != "en" and told:
            return Says(str(told), self.lang)
        return Says(sentences().get(code, {}).get("means", code), "en")

    def do(self, code: str) -> Says | None:
        text = sentences().get(code, {}).get("do")
        return Says(text, "en") if text and self.lang == "en" else None
