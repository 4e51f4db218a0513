"""Hypothesis strategies that several tests share."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from player.catalogue.media import Kind, Media, Source, Track

_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40)
_LINES = _TEXT.filter(str.strip)
_LANGS = st.sampled_from(["en", "fa", "pt-BR", "zh-Hant-TW", "x-klingon", None])
_ADDRESSES = st.builds(
    "{}://{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["cdn.example.org", "a.example:8443", "[2001:db8::1]", "bücher.example"]),
    st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="\\"), max_size=30),
)
_TIMES = st.integers(0, 2**32).map(lambda n: datetime.fromtimestamp(n / 2, UTC))
_WHOLE = st.none() | st.integers(1, 65_536)
_SOURCES = st.builds(
    Source,
    _ADDRESSES,
    type=st.sampled_from(["audio/mpeg", 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"', None]),
    size=st.none() | st.integers(1, 2**63 - 1),
    bitrate=_WHOLE,
    width=_WHOLE,
    height=_WHOLE,
)
_TRACKS = st.builds(
    Track,
    _ADDRESSES,
    kind=st.sampled_from(["captions", "descriptions", "chapters", "metadata"]),
    srclang=_LANGS,
    label=st.none() | _LINES,
)
IDS = st.from_regex(r"[a-z0-9](?:[a-z0-9._-]{0,14}[a-z0-9])?", fullmatch=True)


@st.composite
def media(draw: st.DrawFn, ids: st.SearchStrategy[str] = IDS) -> Media:
    starts, published, expires = (draw(st.none() | _TIMES) for _ in range(3))
    if expires is not None and any(t is not None and t >= expires for t in (starts, published)):
        expires = None
    return Media(
        id=draw(ids),
        kind=draw(st.sampled_from(Kind)),
        title=draw(_LINES),
        sources=tuple(draw(st.lists(_SOURCES, min_size=1, max_size=4, unique_by=lambda s: s.src))),
        tracks=tuple(draw(st.lists(_TRACKS, max_size=3, unique_by=lambda t: (t.kind, t.srclang, t.label)))),
        duration=draw(st.none() | st.floats(0.001, 1e7)),
        lang=draw(_LANGS),
        description=draw(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))),
        poster=draw(st.none() | _ADDRESSES),
        page=draw(st.none() | _ADDRESSES),
        transcript=draw(st.none() | _ADDRESSES),
        published_at=published,
        starts_at=starts,
        expires_at=expires,
        live=draw(st.booleans()),
        removed=draw(st.booleans()),
    )
