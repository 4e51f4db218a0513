"""One ingest from beginning to end: what is asked for, what is made, and the item that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from player.catalogue.media import Kind, Media, Source, check
from player.ingest.ladder import Tell
from player.ingest.parts import Busy, Parts, fingerprint
from player.ingest.plan import DERIVED, Options, finish, plan
from player.ingest.source import BadInput, Input
from player.ingest.source import look as look_at

__all__ = ["BadInput", "Busy", "Description", "Input", "Options", "expected", "look", "make"]

# Shows how far a part is: given its name and its length in seconds, told the seconds that are done.
Bar = Callable[[str, float], AbstractContextManager[Tell]]


@dataclass(frozen=True, slots=True)
class Description:
    """What no file says of itself. `base`: the address of the folder that items lie in."""

    media_id: str
    title: str
    lang: str | None
    base: str


def look(path: Path, kind: Kind | None) -> Input:
    """What is in the file, as far as `kind` wants it. Raises `BadInput`."""
    given = look_at(path)
    if kind is Kind.AUDIO and given.kind is Kind.VIDEO:
        if not given.sound:
            raise BadInput(f"{path} has no sound to make an audio item of")
        return replace(given, kind=Kind.AUDIO, width=0, height=0, cover=False)
    if kind is Kind.VIDEO and given.kind is Kind.AUDIO:
        raise BadInput(f"{path} has no picture to make a video item of")
    return given


def expected(given: Input, said: Description) -> Media:
    """The item as far as it is known before anything is made; `InvalidMedia` where the catalogue would refuse it."""
    source = Source(f"{said.base.rstrip('/')}/{said.media_id}/")
    return check(Media(said.media_id, given.kind, said.title, (source,), lang=said.lang))


def make(given: Input, options: Options, folder: Path, said: Description, bar: Bar) -> Media:
    """Makes the parts that are missing in the folder, and returns the whole item.

    Raises `BadInput`, `Busy`, `OSError`; whatever is raised, finished parts stay and are not made again.
    """
    parts = Parts(folder, {**fingerprint(given.path), **asdict(options), "kind": given.kind.value})
    with parts.open():
        wanted = plan(given, options, folder)
        anew = False
        for part in wanted:
            if anew and part.name in DERIVED:
                parts.forget(part.name)
            if not parts.has(part.name):
                with bar(part.name.rstrip("/"), given.duration) as tell:
                    parts.make(part.name, lambda to, write=part.write, tell=tell: write(to, tell))  # type: ignore[misc]
                anew = True
        if anew:
            parts.forget("hls/master.m3u8")
        names = [part.name for part in wanted]
        return finish(given, parts, names, media_id=said.media_id, title=said.title, base=said.base, lang=said.lang)
