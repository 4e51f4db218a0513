"""`steady-player token`: who may read what is not public."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import click

from player.database import open_engine
from player.settings import Settings
from player.tokens import ID, Scope, Token, Tokens


@click.group()
def token() -> None:
    """Access tokens, for where PLAYER_PUBLIC_HEALTH is off."""


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([str(scope) for scope in Scope]),
    multiple=True,
    required=True,
    help="What it opens; may be given several times.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="It ends after so many; without this, never.")
@click.pass_obj
def add(settings: Settings, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a token and print it. It is shown this once.

    NAME says whose it is, for `token list`.
    """
    if not 0 < len(name.strip()) <= 100:
        raise click.BadParameter("1 to 100 characters", param_hint="NAME")
    now = datetime.now(UTC)
    made = _tokens(settings).add(
        name.strip(), [Scope(word) for word in scopes], now, now + timedelta(days=days) if days else None
    )
    click.echo(made)
    click.echo("Keep it now: only its digest is stored, and nobody can show it again.", err=True)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """Show all tokens, without their secrets."""
    now = datetime.now(UTC)
    for one in _tokens(settings).list():
        told = {
            "id": one.id,
            "name": one.name,
            "scopes": sorted(one.scopes),
            "created_at": one.created_at.isoformat(),
            "expires_at": one.expires_at and one.expires_at.isoformat(),
            "revoked_at": one.revoked_at and one.revoked_at.isoformat(),
        }
        line = f"{one.id}  {_standing(one, now):<8} {','.join(sorted(one.scopes)):<24} {one.name}"
        click.echo(json.dumps(told) if as_json else line)


@token.command()
@click.argument("token_id", metavar="ID")
@click.pass_obj
def revoke(settings: Settings, token_id: str) -> None:
    """End a token at once. ID as `token list` has it."""
    if not ID.fullmatch(token_id) or not _tokens(settings).revoke(token_id, datetime.now(UTC)):
        raise click.ClickException(f"there is no token {token_id!r} that holds; `steady-player token list` has them")
    click.echo(f"{token_id} is revoked")


def _tokens(settings: Settings) -> Tokens:
    return Tokens(open_engine(settings.database_url))


def _standing(one: Token, now: datetime) -> str:
    if one.revoked_at is not None:
        return "revoked"
    return "holds" if one.holds(now) else "over"
