"""Every translation has the messages of the English one, and looks like its own language.

A language file is `export default {JSON};`, so that it can be read here without a JavaScript engine.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest

from player.probe.reasons import REASONS, State

FOLDER = Path(__file__).parents[1] / "static" / "js" / "i18n"
LOADER = "messages.js"
MAX_BYTES = 6 * 1024  # fetched by readers on poor networks

# The languages, by the script that each is written in.
SCRIPTS = {
    "Latin": "az bs ca cs da de en es et fi fr ha hr hu id it lt lv ms nl no pl pt pt-br ro sk sq sv sw tr uz vi",
    "Cyrillic": "bg kk ky mk ru sr uk",
    "Greek": "el",
    "Armenian": "hy",
    "Georgian": "ka",
    "Hebrew": "he",
    "Arabic": "ar fa ps ur",
    "Devanagari": "hi",
    "Bengali": "bn",
    "Thai": "th",
    "Lao": "lo",
    "Khmer": "km",
    "Myanmar": "my",
    "Hangul": "ko",
    "Japanese": "ja",
    "CJK": "zh-hans zh-hant",
}
SCRIPT = {tag: script for script, tags in SCRIPTS.items() for tag in tags.split()}

# How a letter's Unicode name begins, for each script.
LETTERS = {script: (script.upper(),) for script in SCRIPTS} | {
    "Latin": ("LATIN", "MODIFIER LETTER TURNED COMMA", "MODIFIER LETTER APOSTROPHE"),  # Uzbek oʻ, maʼ
    "Japanese": ("CJK", "HIRAGANA", "KATAKANA"),
}

# What only the browser can find out.
BROWSER_REASONS = {"decode", "stalled", "deadline", "no-source", "unknown"}

PLACEHOLDER = re.compile(r"\{\w+\}")
# What the menu says is fetched with the menu: files of their own, `settings/<tag>`.
SETTINGS = "settings/"
FILES = {
    path.relative_to(FOLDER).as_posix().removesuffix(".js"): path
    for path in [*sorted(FOLDER.glob("*.js")), *sorted(FOLDER.glob(f"{SETTINGS}*.js"))]
    if path.name != LOADER
}
every_language = pytest.mark.parametrize("tag", FILES)


def language(tag: str) -> str:
    return tag.removeprefix(SETTINGS)


def english_of(tag: str) -> dict[str, str]:
    """The English messages of the same set."""
    return messages(tag.removesuffix(language(tag)) + "en")


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object whose keys are all different; by itself `json`, like JavaScript, lets the last one win."""
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
    return dict(pairs)


def messages(tag: str) -> dict[str, str]:
    """The messages of a language, flat: `reasons.dns` for the key `dns` within `reasons`."""
    text = FILES[tag].read_bytes().decode("utf-8", "strict")
    found = re.fullmatch(r"// [^\n]+\nexport default (\{\n.*\n\});\n", text, re.DOTALL)
    assert found, "not a comment with the language's name, then `export default {JSON};`"
    body = json.loads(found[1], object_pairs_hook=unique)
    reasons = body.pop("reasons", {})
    flat: dict[str, str] = body | {f"reasons.{code}": sentence for code, sentence in reasons.items()}
    assert all(isinstance(value, str) for value in flat.values())
    return flat


def letters(text: str) -> str:
    return "".join(c for c in PLACEHOLDER.sub("", text) if unicodedata.category(c)[0] == "L")


def test_the_languages_are_all_there_and_no_other() -> None:
    assert set(FILES) == set(SCRIPT) | {SETTINGS + tag for tag in SCRIPT}


def test_every_reason_that_a_reader_may_meet_has_a_sentence() -> None:
    told = {key.removeprefix("reasons.") for key in messages("en") if key.startswith("reasons.")}
    assert told == {reason.tells for reason in REASONS.values()} - {""} | BROWSER_REASONS
    for reason in REASONS.values():
        assert reason.tells or reason.state in (State.AVAILABLE, State.DEGRADED), reason.code


@every_language
def test_has_the_messages_of_english_in_their_order(tag: str) -> None:
    assert list(messages(tag)) == list(english_of(tag))


@every_language
def test_keeps_the_placeholders(tag: str) -> None:
    english = english_of(tag)
    for key, value in messages(tag).items():
        assert sorted(PLACEHOLDER.findall(value)) == sorted(PLACEHOLDER.findall(english[key])), key
        assert not set("{}") & set(PLACEHOLDER.sub("", value)), key


@every_language
def test_is_clean_text(tag: str) -> None:
    for key, value in messages(tag).items():
        assert value and value == value.strip(), key
        assert value == unicodedata.normalize("NFC", value), key
        # Direction is the page's business, so no marks for it. Of what cannot be seen only these belong to words: the
        # no-break space (before a French colon), and the joiner and the break that Persian and Khmer spell with.
        unseen = {c for c in value if unicodedata.category(c)[0] in "CZ"} - set(" \u00a0\u202f\u200b\u200c")
        assert not unseen, (key, unseen)
        assert not re.search(r"""['"]|\.\.\.|  | [:;?!]""", value), key


@every_language
def test_is_written_in_its_own_script(tag: str) -> None:
    for key, value in messages(tag).items():
        strangers = {c for c in letters(value) if not unicodedata.name(c).startswith(LETTERS[SCRIPT[language(tag)]])}
        assert not strangers, (key, strangers)
        # The position may be a bare pair of times; nothing else may lack words.
        assert letters(value) or key == "position", key


@every_language
def test_leaves_no_sentence_in_english(tag: str) -> None:
    english = english_of(tag)
    for key, value in messages(tag).items():
        words = len(PLACEHOLDER.sub("", english[key]).split())
        assert language(tag) == "en" or words < 2 or value != english[key], key  # a lone word may be the same: "Volume"


@every_language
def test_a_sentence_ends_as_one_and_a_label_does_not(tag: str) -> None:
    english = english_of(tag)
    for key, value in messages(tag).items():
        if SCRIPT[language(tag)] not in ("Thai", "Lao"):  # they know no full stop
            assert value.endswith(tuple(".。।۔։។။")) == english[key].endswith("."), key


@pytest.mark.parametrize("tag", ["bg", "el", "es", "sq"])
def test_a_time_that_ends_in_a_full_stop_does_not_end_the_sentence(tag: str) -> None:
    # "2:05 μ.μ." would make it two.
    assert "{time}." not in messages(tag)["scheduled"]


@every_language
def test_is_small(tag: str) -> None:
    assert FILES[tag].stat().st_size < MAX_BYTES
