"""add · import · list · export · remove."""

from __future__ import annotations

import difflib
import gc
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import click

from player.catalogue import records
from player.catalogue.arrivals import MANY
from player.catalogue.media import InvalidMedia, Kind, Media, from_json
from player.catalogue.store import Catalogue, DuplicateMedia
from player.cli.output import Failed, progress, table, write_whole
from player.database import open_engine
from player.settings import Settings

_KINDS = click.Choice([kind.value for kind in Kind])
_SOURCE_KEYS = ("type", "size", "bitrate", "width", "height")
_TRACK_KEYS = ("kind", "srclang", "label", "default")
TOLD = 500  # items from one step of the bar to the next


@click.command()
@click.argument("media_id", metavar="ID")
@click.option("--kind", type=_KINDS, required=True)
@click.option("--title", required=True)
@click.option(
    "--source", "sources", multiple=True, metavar="URL[,KEY=VALUE]…",
    help="An address to play from, the best first; repeatable. Keys: type, size (bytes), bitrate, width, height.",
)  # fmt: skip
@click.option(
    "--track", "tracks", multiple=True, metavar="URL[,KEY=VALUE]…",
    help="Captions and the like; repeatable. Keys: kind (captions, subtitles, …), srclang, label; a bare ,default.",
)  # fmt: skip
@click.option("--duration", metavar="TIME", help="Seconds, m:ss or h:mm:ss.")
@click.option("--lang", metavar="TAG", help="The item's language, as in pt-BR.")
@click.option("--description", metavar="TEXT")
@click.option("--poster", metavar="URL")
@click.option("--page", metavar="URL", help="The article that the item belongs to.")
@click.option("--transcript", metavar="URL")
@click.option("--published-at", metavar="TIME", help="Not before; ISO 8601 with an offset, 2026-05-31T18:00:00Z.")
@click.option("--starts-at", metavar="TIME", help="When a live item begins.")
@click.option("--expires-at", metavar="TIME", help="Not from then on.")
@click.option("--live", is_flag=True, help="A live stream.")
@click.option("--removed", is_flag=True, help="Withdrawn: readers are told that it is gone.")
@click.option("--replace", is_flag=True, help="Put it in the place of an item with the same id.")
@click.pass_obj
def add(
    settings: Settings,
    /,
    media_id: str,
    sources: tuple[str, ...],
    tracks: tuple[str, ...],
    duration: str | None,
    replace: bool,
    **plain: Any,
) -> None:
    """Put one item into the catalogue.

    \b
    steady-player add river-crossing --kind audio --title "The river crossing" \\
        --duration 3:48 --source https://cdn.example.org/river.mp3,type=audio/mpeg
    """
    described = {
        **plain,
        "id": media_id,
        "sources": [_parts("--source", value, _SOURCE_KEYS) for value in sources],
        "tracks": [_parts("--track", value, _TRACK_KEYS) for value in tracks],
        "duration": None if duration is None else seconds("--duration", duration),
    }
    try:
        item = from_json(described)
        _open(settings, create=True).add(item, replace=replace)
    except InvalidMedia as error:
        raise click.UsageError(_of_option(error)) from None
    except DuplicateMedia as error:
        raise click.ClickException(f"{error}; give --replace to put this in its place") from None
    click.echo(f"added {item.id} ({item.kind.value}, {_count(len(item.sources), 'source')})")


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option("--no-replace", is_flag=True, help="Refuse the file when an id is in the catalogue already.")
@click.pass_obj
def import_(settings: Settings, file: str, no_replace: bool) -> None:
    """Put a file's items into the catalogue: all of them, or none.

    FILE is a JSON array of items, an object with "items", or JSON Lines, which may be of any length;
    - is standard input.
    Items with known ids are replaced; addresses that stay keep what is known of them.
    """
    name = "<stdin>" if file == "-" else file
    with _seldom_tidied(), _reading(file) as (source, length), progress("Importing", length, least=1_000_000) as tell:
        found = records.Records(source)
        items = _told(found, tell)
        try:
            first = list(islice(items, MANY))  # what is wrong from the start makes no database
            catalogue = _open(settings, create=True)
            counts = catalogue.import_many(chain(first, items), replace=not no_replace, checked=True)
        except records.BadRecords:
            error = found.all_that_is_bad()
            lines = [f"{name}:{problem}" for problem in error.problems]
            if error.count > len(lines):
                lines.append(f"{name}: … and {error.count - len(lines)} more")
            raise Failed(lines, f"{_count(error.count, 'bad record')}; nothing was imported") from None
        except DuplicateMedia as error:
            where = f"{name}:{found.line_of(error.media_id)}: id: {error}"
            raise Failed([where], "nothing was imported; without --no-replace it would be replaced") from None
    total = counts.added + counts.replaced
    click.echo(f"imported {_count(total, 'item')}: {counts.added} added, {counts.replaced} replaced")


@click.command("list")
@click.option("--kind", type=_KINDS, help="Only these.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many; all otherwise.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, as import reads them.")
@click.pass_obj
def list_(settings: Settings, kind: str | None, limit: int | None, as_json: bool) -> None:
    """Show what the catalogue holds, by id.

    A table on a terminal; elsewhere values joined by tabs: id, kind, lifecycle, duration, sources, title.
    """
    only = None if kind is None else Kind(kind)
    catalogue = _open(settings)
    items = islice(catalogue.all(kind=only), limit)
    if as_json:
        for item in items:
            click.echo(records.one_line(item))
        return
    now = datetime.now(UTC)
    for line in table(("ID", "KIND", "LIFECYCLE", "LENGTH", "SOURCES", "TITLE"), (_row(item, now) for item in items)):
        click.echo(line)
    if limit is not None and sys.stderr.isatty() and (more := catalogue.count(kind=only) - limit) > 0:
        click.echo(f"… and {more} more", err=True)


@click.command()
@click.argument("file", metavar="[FILE]", default="-")
@click.option("--lines", is_flag=True, help="JSON Lines; also chosen by a FILE that ends in .jsonl or .ndjson.")
@click.pass_obj
def export(settings: Settings, file: str, lines: bool) -> None:
    """Write the whole catalogue to FILE, or to standard output, as import reads it."""
    catalogue = _open(settings)
    pieces = records.write(catalogue.all(), lines=lines or file.endswith((".jsonl", ".ndjson")))
    if file == "-":
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    try:
        write_whole(Path(file), pieces)
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror or error}") from None


@click.command()
@click.argument("media_ids", metavar="ID…", nargs=-1, required=True)
@click.pass_obj
def remove(settings: Settings, media_ids: tuple[str, ...]) -> None:
    """Take items out of the catalogue; the history of their verdicts stays."""
    catalogue = _open(settings)
    missing = []
    for media_id in dict.fromkeys(media_ids):
        if catalogue.remove(media_id):
            click.echo(f"removed {media_id}")
        else:
            missing.append(media_id)
    if missing:
        raise Failed(
            [f"{media_id!r} is not in the catalogue" for media_id in missing[:-1]],
            f"{missing[-1]!r} is not in the catalogue",
        )


def _open(settings: Settings, *, create: bool = False) -> Catalogue:
    return Catalogue(open_engine(settings.database_url, create=create))


@contextmanager
def _seldom_tidied() -> Iterator[None]:
    """Millions of small things come and go, none in a circle: to look for circles took a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _reading(file: str) -> Iterator[tuple[BinaryIO, int]]:
    """The file, and its length in bytes: 0 where nobody knows."""
    try:
        with ExitStack() as stack:
            source = sys.stdin.buffer if file == "-" else stack.enter_context(Path(file).open("rb"))
            yield source, _length(source)
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {error.strerror or error}") from None


def _length(source: BinaryIO) -> int:
    try:
        told = os.fstat(source.fileno())
    except (OSError, ValueError):
        return 0
    return told.st_size if stat.S_ISREG(told.st_mode) else 0


def _told(found: records.Records, tell: Callable[[int], None]) -> Iterator[Media]:
    for number, item in enumerate(found):
        yield item
        if number % TOLD == 0:
            tell(found.done)


def _parts(option: str, value: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """An address and what follows it: a comma belongs to the address, or to a value, unless a known key comes next."""
    value, bare = (
        (value.removesuffix(",default"), True) if "default" in keys and value.endswith(",default") else (value, False)
    )
    src, *rest = re.split(rf",(?=(?:{'|'.join(keys)})=)", value)
    for word in re.findall(r",([a-z_]+)=", src):
        if near := difflib.get_close_matches(word, keys, 1, 0.7):
            raise click.UsageError(
                f"{option}: did you mean {near[0]}=? If {word}= is in the address, write its comma as %2C."
            )
    found: dict[str, Any] = {"src": src, **({"default": True} if bare else {})}
    for pair in rest:
        key, _equals, text = pair.partition("=")
        if key in found:
            raise click.UsageError(f"{option}: {key} is there twice")
        found[key] = _typed(key, text)
    return found


def _of_option(error: InvalidMedia) -> str:
    """The error by what the person typed: `--source 2: size: …` for `sources[1].size`."""
    if part := re.fullmatch(r"(source|track)s\[(\d+)\](?:\.(\w+))?", error.field):
        field = f"{part[3]}: " if part[3] else ""
        return f"--{part[1]} {int(part[2]) + 1}: {field}{error.problem}"
    names = {"id": "ID", "sources": "--source", "tracks": "--track"}
    return f"{names.get(error.field) or '--' + error.field.replace('_', '-')}: {error.problem}"


def _typed(key: str, text: str) -> object:
    if key in ("size", "bitrate", "width", "height") and re.fullmatch(r"[0-9]{1,20}", text):
        return int(text)
    if key == "default" and text in ("true", "false"):
        return text == "true"
    return text


def seconds(option: str, text: str) -> float:
    """A time as people write it: seconds, m:ss or h:mm:ss. Raises `UsageError`."""
    if not (match := re.fullmatch(r"(?:(?:(\d{1,6}):)?(\d{1,6}):)?(\d{1,9}(?:\.\d{1,9})?)", text)):
        raise click.UsageError(f"{option}: expected seconds, m:ss or h:mm:ss, not {text!r}")
    hours, minutes, rest = match.groups(default="0")
    if (match[2] and float(rest) >= 60) or (match[1] and int(minutes) >= 60):
        raise click.UsageError(f"{option}: there is no such time as {text!r}")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _row(item: Media, now: datetime) -> tuple[str, ...]:
    length = "" if item.duration is None else _clock(item.duration)
    return (item.id, item.kind.value, item.lifecycle(now).value, length, str(len(item.sources)), item.title)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
