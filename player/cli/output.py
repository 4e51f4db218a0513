"""How commands write: tables, progress, files that are whole or not there."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click


class Failed(click.ClickException):
    """Exit status 1 with several lines on standard error, each as it is; the last one begins with "Error:"."""

    def __init__(self, lines: Sequence[str], error: str) -> None:
        super().__init__(error)
        self.lines = lines

    def show(self, file: object = None) -> None:
        for line in self.lines:
            click.echo(line, err=True)
        super().show()


@contextmanager
def progress(label: str, length: int, *, least: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal and there is enough to do; told how much is done."""
    if length < least or not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(done - bar.pos)
        bar.update(length - bar.pos)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines: aligned and cut to the terminal's width on one, otherwise values joined by tabs, without the head."""
    if not sys.stdout.isatty():
        yield from ("\t".join(row) for row in rows)
        return
    cells = [head, *rows]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(head))]
    room = shutil.get_terminal_size().columns
    for row in cells:
        line = "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield _cut(line.rstrip(), room)


def _width(text: str) -> int:
    """Terminal columns: https://www.unicode.org/reports/tr11/ for wide letters, none for combining marks."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _cut(text: str, room: int) -> str:
    if _width(text) <= room:
        return text
    while text and _width(text) > room - 1:
        text = text[:-1]
    return f"{text}…"


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Replace the file in one step: a reader sees the old one or the new one, and an error leaves the old one.

    A device or a pipe is written to as it is. Raises `OSError`.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
        return
    draft = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            if path.exists():
                draft.chmod(path.stat().st_mode & 0o7777)
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
