"""Delivers what the outbox holds: webhooks to machines, notifications to people.

A webhook is a CloudEvent (1.0, structured mode) signed by Standard Webhooks: `webhook-id`, `webhook-timestamp`, and
`webhook-signature: v1,` with the Base64 of HMAC-SHA256 over `id.timestamp.body`. Its id stays the same over every
try, so that a receiver can drop what comes twice. Notifications go through Apprise; several that are due together
are one message, the digest.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from player.monitor.outbox import BATCH, NOTIFY, Channel, Letter, Outbox, channels
from player.settings import Settings, secret_key

LOOK_SECONDS = 1.0
KEEP_SECONDS = 1.5
TIDY_SECONDS = 3600.0
POST_SECONDS = 15.0
ACCEPTED = range(200, 300)
TYPE = "io.steady-player."
SHOWN = 20  # lines of a digest

log = logging.getLogger("player.monitor")


class Courier:
    """Lives in one event loop. `run` until `stop`."""

    def __init__(self, outbox: Outbox, settings: Settings) -> None:
        self._outbox = outbox
        self._settings = settings
        self._channels = channels(settings)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Returns at once where nothing is configured. A channel that hangs holds up no other one."""
        if not self._channels:
            return
        timeout = aiohttp.ClientTimeout(total=POST_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            await asyncio.gather(self._tidy(), *(self._serve(session, channel) for channel in self._channels))

    async def _tidy(self) -> None:
        """Drops what is too old, now and then: it takes the database's write lock."""
        while not self._stopping.is_set():
            try:
                await asyncio.to_thread(self._outbox.expire, _now())
            except Exception:  # the database, mostly; the next time will do
                log.exception("Could not drop what is too old to be delivered; trying again later")
            await self._rest(TIDY_SECONDS)

    async def _serve(self, session: aiohttp.ClientSession, channel: Channel) -> None:
        while not self._stopping.is_set():
            try:
                await self._turn(session, channel)
            except Exception:  # the database, mostly: what is in it stays there
                log.exception("Could not deliver what is due; trying again")
                await self._rest(10 * LOOK_SECONDS)
            await self._rest(LOOK_SECONDS)

    async def _turn(self, session: aiohttp.ClientSession, channel: Channel) -> None:
        # Together for people, one by one for machines.
        limit = BATCH if channel.kind == NOTIFY else 1
        while letters := await asyncio.to_thread(self._outbox.take, _now(), channel.name, limit):
            keeping = asyncio.create_task(self._keep(letters))
            try:
                problem = await self._deliver(session, channel, letters)
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)
            if problem is None:
                await asyncio.to_thread(self._outbox.delivered, letters)
            else:
                log.warning("%s was not delivered, and will be tried again: %s", channel.name, problem)
                await asyncio.to_thread(self._outbox.failed, letters, _now())
            if self._stopping.is_set():
                return

    async def _keep(self, letters: Sequence[Letter]) -> None:
        """While they are under way no other worker is to take them; should the database be away, one may."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            with contextlib.suppress(SQLAlchemyError):
                await asyncio.to_thread(self._outbox.keep, letters, _now())

    async def _deliver(self, session: aiohttp.ClientSession, channel: Channel, letters: Sequence[Letter]) -> str | None:
        """What went wrong; None when it arrived."""
        if channel.kind == NOTIFY:
            return await asyncio.wait_for(asyncio.to_thread(_notify, channel.address, letters), 4 * POST_SECONDS)
        (letter,) = letters
        body = cloud_event(letter, self._settings.public_url)
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            **sign(f"msg_{letter.id}", body, self._settings.webhook_secret, _now()),
        }
        try:
            async with session.post(channel.address, data=body, headers=headers, allow_redirects=False) as answer:
                return None if answer.status in ACCEPTED else f"HTTP {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return type(error).__name__

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def cloud_event(letter: Letter, public_url: str | None) -> bytes:
    """The event as JSON (CloudEvents 1.0, JSON format)."""
    body = letter.body
    event = {
        "specversion": "1.0",
        "id": f"msg_{letter.id}",
        "source": public_url or "urn:steady-player",
        "type": TYPE + letter.event,
        "subject": body.get("host") or body.get("media"),
        "time": body.get("ended_at") or body["started_at"],
        "datacontenttype": "application/json",
        "data": body,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def sign(message: str, body: bytes, secret: str | None, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks; without a secret no signature."""
    stamp = str(int(now.timestamp()))
    headers = {"webhook-id": message, "webhook-timestamp": stamp}
    if secret:
        signed = hmac.new(secret_key(secret), f"{message}.{stamp}.".encode() + body, hashlib.sha256).digest()
        headers["webhook-signature"] = "v1," + base64.b64encode(signed).decode()
    return headers


def message(letters: Sequence[Letter]) -> tuple[str, str]:
    """Title and text for people: one incident, or a digest of several."""
    lines = [_line(letter) for letter in letters]
    if len(lines) == 1:
        return lines[0], "\n".join(letters[0].body["examples"])
    opened = sum(letter.event == "incident.opened" for letter in letters)
    more = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return f"{opened} incidents began, {len(lines) - opened} ended", "\n".join(lines[:SHOWN] + more)


def _line(letter: Letter) -> str:
    body = letter.body
    what = f"host {body['host']} ({body['items']} items)" if "host" in body else body["media"]
    if letter.event == "incident.closed":
        return f"Mended: {what}, since {body['ended_at']}"
    return f"Broken: {what}: {body['reason']}, since {body['started_at']}"


def _notify(address: str, letters: Sequence[Letter]) -> str | None:
    try:
        import apprise
    except ModuleNotFoundError:
        return "PLAYER_NOTIFY needs the Python package apprise: pip install 'steady-player[notify]'"
    title, text = message(letters)
    told = apprise.Apprise()
    if not told.add(address):
        return "PLAYER_NOTIFY names an address that Apprise does not know"
    return None if told.notify(title=title, body=text or title) else "Apprise could not deliver it"


def _now() -> datetime:
    return datetime.now(UTC)
