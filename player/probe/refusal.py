"""What the status of an answer argues for: why a server does not hand the file out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from player.probe.findings import Finding
from player.probe.signature import expiry

if TYPE_CHECKING:
    from player.probe.observation import Observation

_STATUSES = {
    400: "rejected", 401: "forbidden", 403: "forbidden", 404: "not-found", 405: "rejected", 408: "timeout",
    409: "rejected", 410: "gone", 414: "rejected", 423: "rejected", 424: "rejected", 429: "rate-limited", 451: "legal",
}  # fmt: skip
_SIGNED = (400, 401, 403, 410)  # what stores answer where the time is over
_EXPIRED = re.compile(
    r"\b(?:request|url|link|token|signature|policy)\b[^.<]{0,40}\bexpired|\bexpired\s?(?:token|link|url|signature)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\bgeo[- _]?(?:block|restrict|fenc)"
    r"|\b(?:your|this) (?:country|region|territory)\b"
    r"|\byour (?:geographic |current )?location\b",
    re.IGNORECASE,
)


_WITHHELD = re.compile(
    r"\bgeo[- _]?(?:block|restrict|fenc)"
    r"|\b(?:not|un|isn.t|cannot|can.t|no longer|blocked|restricted|withheld)[^.]{0,60}"
    r"\b(?:your|this|outside|in your) (?:country|region|territory|location)\b",
    re.IGNORECASE,
)


# What stands before a site against robots, in the words of those who sell it.
_WALL = re.compile(
    r"just a moment\.\.\.|cf-chl|challenge-platform|attention required! \| cloudflare|_incapsula_resource"
    r"|incapsula incident|captcha-delivery|px-captcha|awswafintegration|pardon our interruption",
    re.IGNORECASE,
)


def walled(text: str) -> bool:
    """Whether a page is there to keep robots out: nothing is known of the file behind it."""
    return bool(_WALL.search(text))


def withheld(text: str) -> bool:
    """Whether a page says that the file is not for this country. Stricter than where a status refuses: home pages
    let their visitors choose a country too."""
    return bool(_WITHHELD.search(text))


def refusal(seen: Observation) -> Finding | None:
    """None where the status promises a file."""
    status = seen.status or 0
    if status in (200, 206):
        return None
    facts: dict[str, object] = {"status": seen.status_line}
    if status in (204, 205) or (status == 416 and seen.headers.get("content-range", "").strip() == "bytes */0"):
        return Finding("empty", facts)
    if status in _SIGNED:
        over = _over(seen)
        if over is not None:
            return Finding("expired-signature", {**facts, "expired": over})
    if status in (401, 403) and _ELSEWHERE.search(seen.text):
        return Finding("geo-blocked", {**facts, "says": seen.text[:200]})
    if walled(seen.text):
        return Finding("forbidden", {**facts, "says": seen.text[:200]})
    if 300 <= status < 400:
        return Finding("rejected", {**facts, "location": seen.headers.get("location")})
    reason = _STATUSES.get(status) or ("server-error" if status >= 500 else "http-status")
    return Finding(reason, facts | ({"says": seen.text[:200]} if seen.text else {}))


def _over(seen: Observation) -> str | None:
    """When the address stopped being good, or the words in which the server says that it has."""
    for url in (seen.url, seen.final_url):
        moment = expiry(url) if url else None
        if moment is not None and moment < seen.checked_at:
            return moment.isoformat()
    found = _EXPIRED.search(seen.text)
    return found[0] if found else None
