"""Passwords: argon2id as its library recommends it, and the few rules that a password must keep."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from signatures.errors import InvalidInput

LEAST, MOST = 12, 1_000  # characters
DIFFERENT = 5  # characters that differ
OBVIOUS = frozenset(
    [
        "password1234",
        "passwordpassword",
        "password123!",
        "password2021",
        "password2026",
        "passw0rd1234",
        "p@ssw0rd1234",
        "123456789012",
        "1234567890123",
        "012345678901",
        "987654321098",
        "qwertyuiop12",
        "qwertyuiopas",
        "qwertzuiopas",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "letmeinletmein",
        "welcome12345",
        "administrator",
        "iloveyou1234",
    ]
)
HASHER = PasswordHasher()


def check(password: str, login: str) -> str:
    """Return a password as it is hashed, or refuse one that is short or easily guessed."""
    password = _normal(password)
    folded = password.casefold()
    if not LEAST <= len(password) <= MOST:
        raise InvalidInput(
            _("Use at least %(least)s characters; several words are fine.", least=LEAST), field="password"
        )
    if folded in OBVIOUS or len(set(folded)) < DIFFERENT:
        raise InvalidInput(_("Everybody would guess this password first. Choose another one."), field="password")
    if folded.replace(login, "").strip("0123456789 .!_-") == "" and login in folded:
        raise InvalidInput(_("A password must not be made of your login. Choose another one."), field="password")
    return password


def generated() -> str:
    """Make a password for somebody else: 120 random bits, in groups that can be read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _place in range(6)) for _group in range(4))


def hashed(password: str) -> str:
    """Hash a password that `check` has returned."""
    return HASHER.hash(_encoded(password))


def rehashed(password: str) -> str:
    """Hash a password that was just verified, also one that today's rules would refuse."""
    return hashed(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether this is the password of a hash; without one it takes as long and is not."""
    password, against_nobody = _normal(password), nobodys()
    try:
        HASHER.verify(stored or against_nobody, _encoded(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@cache
def nobodys() -> str:
    """Make the hash against which a password is verified where there is no account; no password fits it."""
    return HASHER.hash(secrets.token_bytes(32))


def _normal(password: str) -> str:
    """Write a password in one form, however the keyboard composed its accents."""
    return unicodedata.normalize("NFKC", password)


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
