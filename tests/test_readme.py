"""The README says what is so."""

import json
import re
from configparser import ConfigParser
from dataclasses import fields
from pathlib import Path

import click

from player import create_app
from player.catalogue.media import from_json
from player.cli import main
from player.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_every_setting_is_in_the_readme() -> None:
    names = {f"PLAYER_{field.name.upper()}" for field in fields(Settings)}
    table = set(re.findall(r"^\| (`PLAYER_.*?) \|", README, re.MULTILINE))
    assert {name for row in table for name in re.findall(r"PLAYER_\w+", row)} == names


def test_every_dependency_is_given_a_reason() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    wanted = re.findall(r"^([\w-]+)", config["options"]["install_requires"], re.MULTILINE)
    reasons = README.partition("## What it depends on")[2].lower()
    assert wanted
    assert [name for name in wanted if name.lower() not in reasons] == []


def test_every_address_is_in_the_readme(tmp_path: Path) -> None:
    app = create_app({"PLAYER_DATABASE_URL": f"sqlite:///{tmp_path / 'player.db'}"})
    addresses = {rule.rule.replace("<path:path>", "…") for rule in app.url_map.iter_rules()}
    assert {address for address in addresses if f"`{address}`" not in README} == set()


def test_every_command_is_in_the_readme() -> None:
    run = README.partition("## Run it")[2].partition("## Endpoints")[0] + README.partition("## Try it")[2][:800]
    assert isinstance(main, click.Group)
    assert [name for name in main.commands if not re.search(rf"\b{name}\b", run)] == []


def test_the_picture_is_there() -> None:
    for path in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (ROOT / path).is_file()


def test_the_item_is_one() -> None:
    (item,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    assert len(from_json(json.loads(item)).sources) == 2
