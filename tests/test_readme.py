"""The README says what is so."""

import re
from configparser import ConfigParser
from dataclasses import fields
from pathlib import Path

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
