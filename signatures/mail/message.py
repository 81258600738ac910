"""A mail in words: from a row of the outbox and what it is about to a message with a text and an HTML alternative."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from signatures.characters import NOT_IN_A_LINE
from signatures.mail.answers import Rejected
from signatures.mail.folding import CRLF
from signatures.mail.matter import base_url, facts_of
from signatures.mail.outbox import Mail
from signatures.web import words
from signatures.web.catalogues import catalogue

if TYPE_CHECKING:
    from signatures.room import Room

ROOT = Path(__file__).parents[1]
SUBJECT_LIMIT = 150  # characters; a title may have a thousand
NO_ADDRESS = "The address cannot be written in a mail."
DOMAIN = re.compile(r"[A-Za-z0-9._-]{1,255}\Z|\[[A-Za-z0-9.:]+\]\Z")
SPACES = re.compile(r"\s+")


def compose(room: Room, mail: Mail) -> EmailMessage:
    """Write a mail. The same row gives the same message, whenever it is sent; raises Gone or Unsent."""
    facts = facts_of(room, mail) | {"register_url": base_url(room)}
    subject, text = _rendered(mail, facts, html=False)
    _subject, html = _rendered(mail, facts, html=True)
    message = EmailMessage(policy=CRLF)
    message["From"] = room.settings.mail_from
    message["To"] = _receiver(mail.recipient)
    message["Subject"] = one_line(subject)
    message["Date"] = datetime.fromisoformat(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{host_of(room)}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{mail.id}")
    message["Content-Language"] = _known(mail.language)
    return message


def receiver_of(message: EmailMessage) -> str:
    """Tell the one address to which a mail goes, as a mail server wants it; Rejected if a header cannot hold it."""
    found = message["To"].addresses
    if len(found) != 1 or message["To"].defects:
        raise Rejected(NO_ADDRESS)
    return str(found[0].addr_spec)


def host_of(room: Room) -> str:
    """Tell the host under which the register is known, as message ids and greetings to mail servers write it."""
    host = urlsplit(base_url(room)).hostname or "localhost"
    try:
        number = ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{number}]" if number.version == 6 else f"[{number}]"


def one_line(text: str) -> str:
    """Fold a subject into one line of a bearable length, without what a header cannot hold or would read otherwise."""
    folded = SPACES.sub(" ", NOT_IN_A_LINE.sub(" ", text)).strip().replace("=?", "= ?")
    return folded if len(folded) <= SUBJECT_LIMIT else folded[: SUBJECT_LIMIT - 1].rstrip() + "…"


def _receiver(recipient: str) -> Address:
    """Make an address for a header, its domain in ASCII; never a second one, whatever somebody typed."""
    name, at, domain = recipient.rpartition("@")
    try:
        if not domain.isascii():
            domain = validate_email(recipient, check_deliverability=False).ascii_domain
        if not (name and at and DOMAIN.match(domain)):
            raise Rejected(NO_ADDRESS)
        return Address(username=name, domain=domain)
    except (EmailNotValidError, ValueError, IndexError):
        raise Rejected(NO_ADDRESS) from None


def _rendered(mail: Mail, facts: dict[str, Any], *, html: bool) -> tuple[str, str]:
    """Render subject and body; one template says both, in the marks of a text or of HTML."""
    environment = _environment(_known(mail.language), html=html)
    template = environment.get_template(f"mail/{mail.kind}.html")
    marks = environment.get_template(f"mail/marks.{'html' if html else 'txt'}").module
    given = {**facts, "m": marks, "lang": _known(mail.language), "dir": _direction(mail.language)}
    subject = "".join(template.blocks["subject"](template.new_context(given)))
    return subject, template.render(given)


@lru_cache(maxsize=32)
def _environment(language: str, *, html: bool) -> Environment:
    """Make what renders in one language; one for HTML, which escapes, and one for text, which does not."""
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=html,  # noqa: S701 - plain text has nothing to escape
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    words.equip(environment)
    return environment


def _known(language: str) -> str:
    """Return a language that CLDR knows, English for any other."""
    try:
        return "en" if language == "und" else str(Locale.parse(language, sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        return "en"


def _direction(language: str) -> str:
    return str(Locale.parse(_known(language), sep="-").text_direction)
