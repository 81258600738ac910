"""Settings: read once from the environment, refused with a sentence each."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signatures.errors import Misconfigured
from signatures.settings import (
    BUILT_ON,
    DOCUMENTED,
    LIBRARY_SWITCHES,
    Provider,
    Settings,
    clock_findings,
    read_settings,
)

SECRET = "x7Qp-2mK9_vTz4LwRb8NcYd1HsGfJ6aE"
GOOD = {"SIGNATURES_DATABASE": "sqlite:////srv/register", "SIGNATURES_SECRET_KEY": SECRET}


def findings(**environ: str) -> list[str]:
    """Read settings that are good but for what is given; return what is wrong with them."""
    try:
        read_settings({**GOOD, **environ})
    except Misconfigured as refused:
        return refused.findings
    return []


def test_the_defaults() -> None:
    """Only the database and the secret have none."""
    assert Settings("sqlite:////srv/register", SECRET, None, None, 0, 2, 8) == read_settings(GOOD)


def test_every_setting_is_read(tmp_path: Path) -> None:
    """From its own variable."""
    environ = {
        "SIGNATURES_DATABASE": "postgresql://user@host/name",
        "SIGNATURES_SECRET_KEY": SECRET,
        "SIGNATURES_BASE_URL": "https://register.example.org/",
        "SIGNATURES_STATE_DIR": str(tmp_path),
        "SIGNATURES_TRUSTED_PROXIES": "1",
        "SIGNATURES_WORKERS": "4",
        "SIGNATURES_THREADS": "16",
    }
    expected = Settings("postgresql://user@host/name", SECRET, "https://register.example.org", tmp_path, 1, 4, 16)
    assert expected == read_settings(environ)
    assert set(environ) <= {name for name, _ in DOCUMENTED}


def test_every_setting_is_documented() -> None:
    """In the one table from which the README is checked."""
    documented = {name.removeprefix("SIGNATURES_").lower() for name, _ in DOCUMENTED}
    oidc = {f"oidc_{field.name}" for field in fields(Provider)}
    known = ({field.name for field in fields(Settings)} - {"oidc"}) | oidc
    assert known == {name for name in documented if name in known or not name.endswith("_file")}


def test_settings_do_not_change() -> None:
    """They are read once."""
    with pytest.raises(FrozenInstanceError):
        read_settings(GOOD).workers = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"SIGNATURES_DATABASE": ""}, "SIGNATURES_DATABASE is not set"),
        ({"SIGNATURES_DATABASE": "sqlite:///var"}, "relative path"),
        ({"SIGNATURES_DATABASE": "sqlite://"}, "relative path"),
        ({"SIGNATURES_DATABASE": "sqlite://var/register"}, "relative path"),
        ({"SIGNATURES_DATABASE": "var/register"}, "not known"),
        ({"SIGNATURES_DATABASE": "/srv/register"}, "not known"),
        ({"SIGNATURES_DATABASE": "mysql://host/name"}, "'mysql' is not known|mysql is not known"),
        ({"SIGNATURES_DATABASE": "sqlite:////:memory:"}, "store in memory"),
        ({"SIGNATURES_DATABASE": "sqlite:///:memory:"}, "store in memory"),
        ({"SIGNATURES_DATABASE": "sqlite:////srv/register?mode=memory"}, "store in memory"),
        ({"SIGNATURES_DATABASE": "mysql://[broken"}, "not known"),
        ({"SIGNATURES_SECRET_KEY": ""}, "has no default"),
        ({"SIGNATURES_SECRET_KEY": SECRET[:31]}, "too short"),
        ({"SIGNATURES_SECRET_KEY": "a" * 64}, "too short"),
        ({"SIGNATURES_SECRET_KEY": "please-change-me-0123456789-abcdefgh"}, "a word from an example"),
        ({"SIGNATURES_SECRET_KEY_FILE": "/nowhere/secret"}, "cannot be read"),
        ({"SIGNATURES_BASE_URL": "register.example.org"}, "no web address"),
        ({"SIGNATURES_BASE_URL": "ftp://register.example.org"}, "no web address"),
        ({"SIGNATURES_BASE_URL": "http://[broken"}, "no web address"),
        ({"SIGNATURES_BASE_URL": "https://"}, "no web address"),
        ({"SIGNATURES_STATE_DIR": "var/state"}, "relative path"),
        ({"SIGNATURES_WORKERS": "0"}, "SIGNATURES_WORKERS: '0' is not a number from 1"),
        ({"SIGNATURES_THREADS": "-1"}, "SIGNATURES_THREADS"),
        ({"SIGNATURES_WORKERS": "many"}, "SIGNATURES_WORKERS"),
        ({"SIGNATURES_TRUSTED_PROXIES": "１"}, "SIGNATURES_TRUSTED_PROXIES"),
        ({"SIGNATURES_TRUSTED_PROXIES": "9" * 5000}, "SIGNATURES_TRUSTED_PROXIES"),
        ({"SIGNATURES_SMPT_URL": "smtp://mail.example.org"}, "SIGNATURES_SMPT_URL is no setting.*SIGNATURES_SMTP_URL"),
        ({"SIGNATURES_WORKER": "4"}, "SIGNATURES_WORKER is no setting.*SIGNATURES_WORKERS"),
        ({"SIGNATURES_DATABASE_URL": "x"}, "SIGNATURES_DATABASE_URL is no setting.*SIGNATURES_DATABASE"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        *(({name: "x"}, f"{name} is set") for name in LIBRARY_SWITCHES),
        *(({f"REGISTER_{name}": "x"}, f"REGISTER_{name} is set") for name in LIBRARY_SWITCHES),
    ],
)  # fmt: skip
def test_wrong_settings(environ: dict[str, str], told: str) -> None:
    """One sentence for one mistake, naming the variable."""
    found = findings(**environ)
    assert 1 == len(found)
    assert re.search(told, found[0])
    assert next(iter(environ)).removesuffix("_FILE") in found[0]


def test_what_others_set_is_theirs() -> None:
    """A house of containers tells every one of them where the service of this name is."""
    assert [] == findings(
        SIGNATURES_PORT="tcp://10.0.0.1:8000",
        SIGNATURES_SERVICE_HOST="10.0.0.1",
        SIGNATURES_PORT_8000_TCP_ADDR="10.0.0.1",
    )


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody starts a service three times to learn of three."""
    assert 4 == len(
        findings(SIGNATURES_DATABASE="", SIGNATURES_SECRET_KEY="", PERSISTENCE_MODULE="x", FLASK_DEBUG="true")
    )


@pytest.mark.parametrize("off", ["", "0", "false", "No"])
def test_what_is_switched_off_is_fine(off: str) -> None:
    """Empty variables and a debugger that is off."""
    assert [] == findings(FLASK_DEBUG=off, PERSISTENCE_MODULE="", SIGNATURES_BASE_URL="", SIGNATURES_WORKERS="")


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    """Instead of the variable; the line's end does not count; what is no text is refused."""
    path = tmp_path / "secret"
    path.write_text(SECRET[::-1] + "\n")
    assert SECRET[::-1] == read_settings({**GOOD, "SIGNATURES_SECRET_KEY_FILE": str(path)}).secret_key
    path.write_bytes(b"\xff" * 40)
    assert 1 == len(findings(SIGNATURES_SECRET_KEY_FILE=str(path)))


def test_a_secret_is_never_told() -> None:
    """Not even a wrong one, nor by a traceback that shows the settings."""
    assert SECRET not in repr(read_settings(GOOD))
    assert "changeme" not in " ".join(findings(SIGNATURES_SECRET_KEY="changeme-changeme-changeme-changeme"))


def test_commands_that_need_no_secret() -> None:
    """Ask for none."""
    assert "" == read_settings({"SIGNATURES_DATABASE": "sqlite:////srv/register"}, need_secret=False).secret_key


def test_a_clock_before_the_build_is_wrong() -> None:
    """One that shows the day of the build or later may be right."""
    assert [] == clock_findings(lambda: BUILT_ON)
    assert ["The clock shows 1970-01-01, which is before this software was built. Set it right."] == clock_findings(
        lambda: datetime(1970, 1, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "address", ["postgresql://user:open-sesame@[::1/name", "postgresql://user:open-sesame@host:port/name"]
)
def test_an_unreadable_address_is_refused_without_its_password(address: str) -> None:
    """The sentence names the setting and never repeats what may hold a password."""
    with pytest.raises(Misconfigured) as refused:
        read_settings({"SIGNATURES_DATABASE": address, "SIGNATURES_SECRET_KEY": "k3" * 8 + "abcdefghijklmnopqrst"})
    assert "SIGNATURES_DATABASE" in refused.value.sentence
    assert "open-sesame" not in refused.value.sentence
