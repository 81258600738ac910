"""Settings: read once from the environment, refused with a sentence each where they are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from signatures.clock import Clock
from signatures.errors import Misconfigured

SECRET_LENGTH = 32
WEAK_SECRETS = ("changeme", "change-me", "secret", "password", "development", "default", "insecure")
BUILT_ON = datetime(2026, 11, 22, tzinfo=UTC)  # a clock before this day is wrong
LIBRARY_SWITCHES = {
    "PERSISTENCE_MODULE": "it would choose another store (by default one in memory that forgets everything)",
    "POSTGRES_ENABLE_DB_FUNCTIONS": "it breaks the order of events",
    "AGGREGATE_CACHE_MAXSIZE": "it gives torn reads under threads",
    "IS_SNAPSHOTTING_ENABLED": "heads take the place of the library's snapshots",
    "COMPRESSOR_TOPIC": "stored events must be readable as they are",
    "CIPHER_TOPIC": "stored events must be readable as they are",
}
DOCUMENTED = (
    ("SIGNATURES_DATABASE", "sqlite:////folder (four slashes, an absolute folder) or postgresql://user@host/name"),
    ("SIGNATURES_SECRET_KEY", f"signs forms and sessions; at least {SECRET_LENGTH} random characters; no default"),
    ("SIGNATURES_SECRET_KEY_FILE", "a file that holds the secret, instead of the variable"),
    ("SIGNATURES_BASE_URL", "the public address, for links and citations; default: the address of the request"),
    (
        "SIGNATURES_STATE_DIR",
        "lock and identity of the register outside its database; default: beside an SQLite database, else var/state",
    ),
    ("SIGNATURES_TRUSTED_PROXIES", "how many proxies in front may set X-Forwarded-* headers; default 0"),
    ("SIGNATURES_WORKERS", "processes of `serve`; default 2"),
    ("SIGNATURES_THREADS", "threads of each process; default 8"),
)


@dataclass(frozen=True)
class Settings:
    """What the environment says, checked."""

    database: str
    secret_key: str = field(repr=False)
    base_url: str | None = None
    state_dir: Path | None = None
    trusted_proxies: int = 0
    workers: int = 2
    threads: int = 8


def read_settings(environ: Mapping[str, str], *, need_secret: bool = True) -> Settings:
    """Read the settings, or raise Misconfigured with every finding at once."""
    findings: list[str] = []
    database = environ.get("SIGNATURES_DATABASE", "")
    findings += _database_findings(database)
    secret = _secret(environ, findings) if need_secret else environ.get("SIGNATURES_SECRET_KEY", "")
    findings += _library_findings(environ)
    state_dir = environ.get("SIGNATURES_STATE_DIR")
    if state_dir and not Path(state_dir).is_absolute():
        findings.append(f"SIGNATURES_STATE_DIR: {state_dir!r} is a relative path. Write it from the root.")
    base_url = environ.get("SIGNATURES_BASE_URL") or None
    if base_url and not _is_web_address(base_url):
        findings.append(
            f"SIGNATURES_BASE_URL: {base_url!r} is no web address. Write for example https://register.example.org"
        )
    numbers = {
        name: _number(environ, f"SIGNATURES_{name.upper()}", default, least, findings)
        for name, default, least in (("trusted_proxies", 0, 0), ("workers", 2, 1), ("threads", 8, 1))
    }
    if findings:
        raise Misconfigured(findings)
    return Settings(
        database, secret, base_url and base_url.rstrip("/"), Path(state_dir) if state_dir else None, **numbers
    )


def clock_findings(clock: Clock) -> list[str]:
    """Refuse a clock that shows a day before this software was built."""
    now = clock()
    if now < BUILT_ON:
        return [f"The clock shows {now:%Y-%m-%d}, which is before this software was built. Set it right."]
    return []


def _database_findings(database: str) -> list[str]:
    name = "SIGNATURES_DATABASE"
    if not database:
        return [f"{name} is not set. Set it to sqlite:////folder (four slashes) or postgresql://user@host/name."]
    scheme = database.partition(":")[0]
    if scheme in ("postgresql", "postgres"):
        try:
            import psycopg  # noqa: F401, PLC0415 - an extra
        except ImportError:
            return [
                f"{name} names PostgreSQL, but psycopg is not installed. Install the extra: signatures[postgresql]."
            ]
        return _address_findings(name, database)
    if scheme != "sqlite":
        return [f"{name}: {scheme or database!r} is not known. Use sqlite:////folder or postgresql://user@host/name."]
    if ":memory:" in database or "mode=memory" in database:
        return [f"{name}: a store in memory forgets everything. Use a folder on a disk."]
    if not database.startswith("sqlite:////"):
        return [
            f"{name}: {database!r} is a relative path. Write four slashes and the folder from the root: sqlite:////srv/register"
        ]
    return []


def _address_findings(name: str, database: str) -> list[str]:
    """Refuse an address that cannot be read, without repeating it: it may hold a password."""
    try:
        port = urlsplit(database).port
    except ValueError:
        return [f"{name}: the address of the PostgreSQL server cannot be read. Write postgresql://user@host:port/name."]
    return [] if port is None or port > 0 else [f"{name}: port 0 is none. Write postgresql://user@host:port/name."]


def _secret(environ: Mapping[str, str], findings: list[str]) -> str:
    secret, path = environ.get("SIGNATURES_SECRET_KEY", ""), environ.get("SIGNATURES_SECRET_KEY_FILE")
    if path:
        try:
            secret = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            findings.append(f"SIGNATURES_SECRET_KEY_FILE: {path} cannot be read ({error}).")
            return ""
    if not secret:
        findings.append("SIGNATURES_SECRET_KEY is not set and has no default. Set it to at least 32 random characters.")
    elif len(secret) < SECRET_LENGTH or len(set(secret)) < 8 or any(word in secret.lower() for word in WEAK_SECRETS):
        findings.append(
            "SIGNATURES_SECRET_KEY is too short or a word from an example. Use at least 32 random characters."
        )
    return secret


def _library_findings(environ: Mapping[str, str]) -> list[str]:
    findings = [
        f"{name} is set in the environment: {why}. Remove it."
        for switch, why in LIBRARY_SWITCHES.items()
        for name in (switch, f"REGISTER_{switch}")
        if environ.get(name)
    ]
    if environ.get("FLASK_DEBUG", "").lower() not in ("", "0", "false", "no"):
        findings.append("FLASK_DEBUG is set: the debugger would give visitors the machine. Remove it.")
    return findings


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _number(environ: Mapping[str, str], name: str, default: int, least: int, findings: list[str]) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 4 and least <= int(text) <= 256:
        return int(text)
    findings.append(f"{name}: {text!r} is not a number from {least} to 256.")
    return default
