"""add · import · list · export · remove."""

import click


@click.command()
def add() -> None:
    """Put one item into the catalogue."""


@click.command("import")
def import_() -> None:
    """Put a file's items into the catalogue."""


@click.command("list")
def list_() -> None:
    """Show what the catalogue holds."""


@click.command()
def export() -> None:
    """Write the catalogue to a file."""


@click.command()
def remove() -> None:
    """Take items out of the catalogue."""
