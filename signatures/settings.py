"""Settings: read once from the environment, refused with a sentence each where they are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from signatures.clock import Clock
from signatures.errors import InvalidInput, Misconfigured
from signatures.mail.transport import parse_smtp_url
from signatures.servers import address_findings, standby_findings
from signatures.webhooks.addresses import Network, parse_networks

PREFIX = "SIGNATURES_"
ALIKE = 0.75  # so much of a name has to be that of a setting
SECRET_LENGTH = 32
WEAK_SECRETS = ("changeme", "change-me", "secret", "password", "development", "default", "insecure")
BUILT_ON = datetime(2026, 11, 22, tzinfo=UTC)  # a clock before this day is wrong
LOGGED = ("requests", "faults")
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
    (
        "SIGNATURES_READ_DATABASE",
        "postgresql://user@host/name of a hot standby that lists are read from; default: they are read from the primary",
    ),
    ("SIGNATURES_SECRET_KEY", f"signs forms and sessions; at least {SECRET_LENGTH} random characters; no default"),
    ("SIGNATURES_SECRET_KEY_FILE", "a file that holds the secret, instead of the variable"),
    ("SIGNATURES_BASE_URL", "the public address, for links and citations; default: the address of the request"),
    (
        "SIGNATURES_STATE_DIR",
        "lock, identity and newest checkpoint of the register outside its database; default: beside an SQLite database, else var/state",
    ),
    (
        "SIGNATURES_LOG_KEY_FILE",
        "the private key that signs checkpoints of the log; default: log-key.pem in the state folder, which `init` makes",
    ),
    (
        "SIGNATURES_SMTP_URL",
        "smtp://user:password@host:port or smtps://…; unset: mails are written as .eml files into the state folder's outbox",
    ),
    ("SIGNATURES_MAIL_FROM", "the address that mails come from; needed with SIGNATURES_SMTP_URL"),
    ("SIGNATURES_RETENTION_DAYS", "how long contacts are kept after a statement has closed; default 365"),
    ("SIGNATURES_OIDC_ISSUER", "a provider of OpenID Connect, by which editors may sign in; its https address"),
    ("SIGNATURES_OIDC_CLIENT_ID", "the register's id at that provider"),
    ("SIGNATURES_OIDC_CLIENT_SECRET", "its secret there"),
    ("SIGNATURES_OIDC_CLIENT_SECRET_FILE", "a file that holds it, instead of the variable"),
    ("SIGNATURES_OIDC_NAME", "how the button names the provider; default: its host"),
    (
        "SIGNATURES_TSA_URL",
        "an authority that stamps checkpoints by RFC 3161, asked by `signatures timestamp`; default: none",
    ),
    (
        "SIGNATURES_WEBHOOK_NETWORKS",
        "networks that webhooks may reach though they are not public, over http too, for example 10.0.0.0/8; default: none",
    ),
    (
        "SIGNATURES_METRICS_TOKEN",
        "whoever brings it as a bearer token reads the figures at /metrics; at least 32 random characters; default: nobody",
    ),
    ("SIGNATURES_METRICS_TOKEN_FILE", "a file that holds it, instead of the variable"),
    ("SIGNATURES_LOG", "`requests`: a line for each request (default); `faults`: only for what went wrong"),
    ("SIGNATURES_TRUSTED_PROXIES", "how many proxies in front may set X-Forwarded-* headers; default 0"),
    ("SIGNATURES_WORKERS", "processes of `serve`; default 2"),
    ("SIGNATURES_THREADS", "threads of each process; default 8"),
)


@dataclass(frozen=True)
class Provider:
    """A provider of OpenID Connect."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str


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
    retention_days: int = 365
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "register@localhost"
    oidc: Provider | None = None
    log_key_file: Path | None = None
    tsa_url: str | None = field(default=None, repr=False)
    webhook_networks: tuple[Network, ...] = ()
    read_database: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    log: str = "requests"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the register over HTTPS alone."""
        return bool(self.base_url and self.base_url.startswith("https:"))


def read_settings(environ: Mapping[str, str], *, need_secret: bool = True) -> Settings:
    """Read the settings, or raise Misconfigured with every finding at once."""
    findings: list[str] = []
    database = environ.get("SIGNATURES_DATABASE", "")
    findings += _database_findings(database)
    secret = _secret(environ, "SIGNATURES_SECRET_KEY", findings)
    if secret is not None and (secret or need_secret):
        findings += _secret_findings(secret)
    findings += _misspelt(environ) + _library_findings(environ)
    state_dir = _absolute(environ, "SIGNATURES_STATE_DIR", findings)
    log_key_file = _absolute(environ, "SIGNATURES_LOG_KEY_FILE", findings)
    base_url = environ.get("SIGNATURES_BASE_URL") or None
    if base_url and not _is_web_address(base_url):
        findings.append(
            f"SIGNATURES_BASE_URL: {base_url!r} is no web address. Write for example https://register.example.org"
        )
    numbers = {
        name: _number(environ, f"SIGNATURES_{name.upper()}", default, least, most, findings)
        for name, default, least, most in (
            ("trusted_proxies", 0, 0, 256),
            ("workers", 2, 1, 256),
            ("threads", 8, 1, 256),
            ("retention_days", 365, 1, 36_500),
        )
    }
    tsa_url = environ.get("SIGNATURES_TSA_URL") or None
    if tsa_url and not _is_web_address(tsa_url):
        findings.append("SIGNATURES_TSA_URL is no web address. Write for example https://tsa.example.org/")
    webhook_networks = _networks(environ, findings)
    read_database = environ.get("SIGNATURES_READ_DATABASE") or None
    if read_database and not findings:
        findings += standby_findings("SIGNATURES_READ_DATABASE", read_database, database)
    smtp_url, mail_from = _mail(environ, base_url, findings)
    oidc = _provider(environ, findings)
    metrics_token = _secret(environ, "SIGNATURES_METRICS_TOKEN", findings) or None
    if metrics_token:
        findings += _secret_findings(metrics_token, "SIGNATURES_METRICS_TOKEN")
    log = environ.get("SIGNATURES_LOG") or LOGGED[0]
    if log not in LOGGED:
        findings.append(f"SIGNATURES_LOG: {log!r} is not known. Write {' or '.join(LOGGED)}.")
    if findings:
        raise Misconfigured(findings)
    return Settings(
        database,
        secret or "",
        base_url and base_url.rstrip("/"),
        state_dir,
        smtp_url=smtp_url,
        mail_from=mail_from,
        oidc=oidc,
        log_key_file=log_key_file,
        tsa_url=tsa_url,
        webhook_networks=webhook_networks,
        read_database=read_database,
        metrics_token=metrics_token,
        log=log,
        **numbers,
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
        return address_findings(name, database)
    if scheme != "sqlite":
        return [f"{name}: {scheme or database!r} is not known. Use sqlite:////folder or postgresql://user@host/name."]
    if ":memory:" in database or "mode=memory" in database:
        return [f"{name}: a store in memory forgets everything. Use a folder on a disk."]
    if not database.startswith("sqlite:////"):
        return [
            f"{name}: {database!r} is a relative path. Write four slashes and the folder from the root: sqlite:////srv/register"
        ]
    return []


def _secret(environ: Mapping[str, str], name: str, findings: list[str]) -> str | None:
    """Read a secret from its variable, or from the file that the variable with _FILE names; None if that cannot be read."""
    path = environ.get(f"{name}_FILE")
    if not path:
        return environ.get(name, "")
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        findings.append(f"{name}_FILE: {path} cannot be read ({error}).")
        return None


def _secret_findings(secret: str, name: str = "SIGNATURES_SECRET_KEY") -> list[str]:
    if not secret:
        return [f"{name} is not set and has no default. Set it to at least {SECRET_LENGTH} random characters."]
    if len(secret) < SECRET_LENGTH or len(set(secret)) < 8 or any(word in secret.lower() for word in WEAK_SECRETS):
        return [f"{name} is too short or a word from an example. Use at least {SECRET_LENGTH} random characters."]
    return []


def _mail(environ: Mapping[str, str], base_url: str | None, findings: list[str]) -> tuple[str | None, str]:
    """Read where mails go and whom they come from; what is refused is named without the password."""
    url, sender = environ.get("SIGNATURES_SMTP_URL") or None, environ.get("SIGNATURES_MAIL_FROM", "")
    if url is not None:
        try:
            parse_smtp_url(url)
        except InvalidInput as refused:
            findings.append(f"SIGNATURES_SMTP_URL: {refused.sentence}")
        if not base_url:
            findings.append("SIGNATURES_SMTP_URL needs SIGNATURES_BASE_URL: mails carry links.")
        if not sender:
            findings.append("SIGNATURES_SMTP_URL needs SIGNATURES_MAIL_FROM: the address that mails come from.")
    if sender and not _is_address(sender):
        findings.append(
            f"SIGNATURES_MAIL_FROM: {sender!r} is no e-mail address. Write for example register@example.org"
        )
    return url, sender or "register@localhost"


def _networks(environ: Mapping[str, str], findings: list[str]) -> tuple[Network, ...]:
    try:
        return parse_networks(environ.get("SIGNATURES_WEBHOOK_NETWORKS", ""))
    except ValueError as error:
        findings.append(f"SIGNATURES_WEBHOOK_NETWORKS: {error}. Write for example 10.0.0.0/8 fd00::/8")
        return ()


def _provider(environ: Mapping[str, str], findings: list[str]) -> Provider | None:
    """Read the provider by which editors may sign in, if there is one."""
    issuer, client = environ.get("SIGNATURES_OIDC_ISSUER", ""), environ.get("SIGNATURES_OIDC_CLIENT_ID", "")
    secret = _secret(environ, "SIGNATURES_OIDC_CLIENT_SECRET", findings) or ""
    if not (issuer or client or secret):
        return None
    if not (issuer and client and secret):
        findings.append(
            "SIGNATURES_OIDC_ISSUER, SIGNATURES_OIDC_CLIENT_ID and SIGNATURES_OIDC_CLIENT_SECRET belong together. "
            "Set all three or none."
        )
    elif not _is_safe_address(issuer):
        findings.append("SIGNATURES_OIDC_ISSUER: write an https address (http only on this machine itself).")
    name = environ.get("SIGNATURES_OIDC_NAME") or urlsplit(issuer).hostname or ""
    return Provider(issuer.rstrip("/"), client, secret, name)


def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def _is_safe_address(url: str) -> bool:
    if not _is_web_address(url):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def _absolute(environ: Mapping[str, str], name: str, findings: list[str]) -> Path | None:
    """Read a path, which must not depend on where the service was started."""
    path = environ.get(name)
    if path and not Path(path).is_absolute():
        findings.append(f"{name}: {path!r} is a relative path. Write it from the root.")
    return Path(path) if path else None


def _misspelt(environ: Mapping[str, str]) -> list[str]:
    """Name what looks like one of the settings and is none; what looks like none is somebody else's."""
    known = [name.removeprefix(PREFIX) for name, _ in DOCUMENTED]
    given = [name.removeprefix(PREFIX) for name in environ if name.startswith(PREFIX)]
    meant = {name: get_close_matches(name, known, 1, ALIKE) for name in given if name not in known}
    return [
        f"{PREFIX}{name} is no setting. Did you mean {PREFIX}{close[0]}? Remove or correct it."
        for name, close in meant.items()
        if close
    ]


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


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int, findings: list[str]) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most:
        return int(text)
    findings.append(f"{name}: {text!r} is not a number from {least} to {most}.")
    return default
