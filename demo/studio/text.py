"""What was said, as text: WebVTT captions and a transcript page. Part of `make_media`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import Template
from typing import Any

from .speech import Sentence

WIDEST = 42  # characters in a line of captions


def captions(said: Sequence[Sentence]) -> str:
    """WebVTT (https://www.w3.org/TR/webvtt1/): a cue a sentence, or several where it is a long one."""
    blocks = ["WEBVTT"]
    for sentence in said:
        parts = _split(sentence.text, 2 * WIDEST - 6)
        length = sum(len(part) for part in parts)
        start = sentence.start
        for part in parts:
            end = start + (sentence.end - sentence.start) * len(part) / length
            lines = "\n".join(_split(part, WIDEST))
            blocks.append(f"{clock(start)} --> {clock(end)}\n{lines}")
            start = end
    return "\n\n".join(blocks) + "\n"


def transcript(story: dict[str, Any], said: Sequence[Sentence]) -> str:
    """A page of its own, readable anywhere: one paragraph a paragraph, each with the time it begins."""
    rest = list(said)
    paragraphs = []
    for texts in story["paragraphs"]:
        first, rest = rest[0], rest[len(texts) :]
        seconds = int(first.start)
        stamp = f'<time datetime="PT{seconds}S">{seconds // 60}:{seconds % 60:02}</time>'
        paragraphs.append(f"<p>{stamp} {escape(' '.join(texts), quote=False)}</p>")
    return _PAGE.substitute(
        lang=story["lang"],
        dir="rtl" if story["lang"] == "fa" else "ltr",
        title=escape(story["title"]),
        body="\n".join(paragraphs),
    )


def _split(text: str, widest: int) -> list[str]:
    """As few pieces as will do, about equally long: nothing ends in a line of one word."""
    count = -(-len(text) // widest)
    pieces: list[str] = []
    words = text.split()
    while words:
        aim = len(" ".join(words)) / max(1, count - len(pieces))
        piece = words.pop(0)
        while words and abs(len(piece) + 1 + len(words[0]) - aim) <= abs(len(piece) - aim):
            piece += " " + words.pop(0)
        pieces.append(piece)
    return pieces


def clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, thousandths = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{thousandths / 1000:06.3f}"


_PAGE = Template("""\
<!doctype html>
<html lang="$lang" dir="$dir">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
:root { color-scheme: light dark }
body { max-width: 38em; margin: 3em auto; padding: 0 1.25em; font: 18px/1.6 Georgia, "Noto Naskh Arabic", serif }
h1 { font-size: 1.7em; line-height: 1.2 }
time { font: .75em/1 system-ui, sans-serif; font-variant-numeric: tabular-nums; opacity: .6; margin-inline-end: .5em }
</style>
<h1>$title</h1>
$body
</html>
""")
