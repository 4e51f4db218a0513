"""Settings: each from its variable, and every mistake by its name."""

from __future__ import annotations

from dataclasses import fields
from ipaddress import ip_network

import pytest

from player.settings import Settings, SettingsError


def test_defaults_stand_when_nothing_is_said() -> None:
    assert Settings.load({}) == Settings()
    assert Settings.load({"HOME": "/root", "PLAYER_PORT": ""}) == Settings()


def test_every_setting_can_be_set() -> None:
    environ = {
        "PLAYER_DATABASE_URL": "sqlite:////srv/player.db",
        "PLAYER_ALLOW_NETWORKS": "127.0.0.0/8, ::1/128",
        "PLAYER_HOST": "0.0.0.0",
        "PLAYER_PORT": "0",
        "PLAYER_WORKERS": "4",
        "PLAYER_PUBLIC_URL": "https://media.example.org/player/",
        "PLAYER_PROBE_INTERVAL": "2.5",
        "PLAYER_PROBE_TIMEOUT": "3",
        "PLAYER_PROBE_CONCURRENCY": "50",
        "PLAYER_PROBE_PER_HOST": "2",
        "PLAYER_PROBE_RATE": "300",
        "PLAYER_PROBE_HOST_RATE": "5",
        "PLAYER_PROBE_ORIGIN": "https://news.example.org/",
        "PLAYER_DEEP_HOURS": "24",
        "PLAYER_MAX_REDIRECTS": "0",
        "PLAYER_TLS_WARN_DAYS": "30",
        "PLAYER_MONITOR": "off",
        "PLAYER_VANTAGE": "eu-west",
        "PLAYER_PUBLIC_HEALTH": "off",
        "PLAYER_FAIL_BELOW": "0.95",
        "PLAYER_KEEP_DAYS": "1000",
        "PLAYER_WEBHOOKS": "https://hooks.example.org/a?key=1 https://hooks.example.org/b",
        "PLAYER_WEBHOOK_SECRET": "whsec_" + "QUJD" * 10,
        "PLAYER_NOTIFY": "json://localhost xml://localhost",
        "PLAYER_QUIET_HOURS": "22:00-07:00 Europe/Berlin",
    }
    settings = Settings.load(environ)
    for field in fields(Settings):
        assert getattr(settings, field.name) != field.default, field.name
        assert f"PLAYER_{field.name.upper()}" in environ
    assert settings.allow_networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert settings.public_url == "https://media.example.org/player"
    assert settings.probe_origin == "https://news.example.org"
    assert settings.port == 0


def test_config_wins_over_the_environment_and_may_hold_real_types() -> None:
    config = {
        "SECRET_KEY": "x",
        "PLAYER_PORT": 9000,
        "PLAYER_MONITOR": False,
        "PLAYER_PUBLIC_URL": None,
        "PLAYER_ALLOW_NETWORKS": [ip_network("10.0.0.0/8"), "192.0.2.0/24"],
    }
    settings = Settings.load(
        {"PLAYER_PORT": "1", "PLAYER_HOST": "::1", "PLAYER_PUBLIC_URL": "http://a.example"}, config
    )
    assert (settings.port, settings.host, settings.monitor, settings.public_url) == (9000, "::1", False, None)
    assert settings.allow_networks == (ip_network("10.0.0.0/8"), ip_network("192.0.2.0/24"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLAYER_PORT", "http"), ("PLAYER_PORT", "65536"), ("PLAYER_PORT", "-1"), ("PLAYER_PORT", "8e3"),
        ("PLAYER_ALLOW_NETWORKS", "localhost"), ("PLAYER_ALLOW_NETWORKS", "127.0.0.1/8"),
        ("PLAYER_PUBLIC_URL", "media.example.org"), ("PLAYER_PUBLIC_URL", "https://"), ("PLAYER_PUBLIC_URL", "https://[::1"),
        ("PLAYER_PROBE_TIMEOUT", "nan"), ("PLAYER_PROBE_TIMEOUT", "0"), ("PLAYER_PROBE_INTERVAL", "1e9"),
        ("PLAYER_PROBE_CONCURRENCY", "0"), ("PLAYER_MONITOR", "maybe"), ("PLAYER_VANTAGE", "EU west"),
        ("PLAYER_FAIL_BELOW", "1.1"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_what_is_expected(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({name: value})
    assert caught.value.name == name
    assert name in str(caught.value) and value in str(caught.value) and "expected" in str(caught.value)


@pytest.mark.parametrize("value", [True, 1.5, None, []])
def test_a_bad_type_from_config(value: object) -> None:
    with pytest.raises(SettingsError, match="PLAYER_PORT"):
        Settings.load({}, {"PLAYER_PORT": value})


def test_a_misspelt_name_is_told_the_right_one() -> None:
    with pytest.raises(SettingsError, match=r"PLAYER_PROBE_TIMOUT.*did you mean PLAYER_PROBE_TIMEOUT"):
        Settings.load({"PLAYER_PROBE_TIMOUT": "3"})
    with pytest.raises(SettingsError, match=r"PLAYER_XYZZY.*PLAYER_DATABASE_URL"):
        Settings.load({}, {"PLAYER_XYZZY": "3"})


def test_what_speaks_to_the_test_suite_is_no_setting() -> None:
    assert Settings.load({"PLAYER_TEST_BROWSERS": "chromium"}) == Settings()
