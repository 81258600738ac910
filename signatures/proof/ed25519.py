"""Ed25519 (RFC 8032): by the cryptography package, or by the openssl command where an auditor has only that.

Keys are files as `openssl genpkey -algorithm ed25519` writes them.
"""

from __future__ import annotations

import base64
import binascii
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from signatures.errors import RegisterError

KEY_BYTES = 32
SIGNATURE_BYTES = 64
PUBLIC_PREFIX = bytes.fromhex("302a300506032b6570032100")  # a SubjectPublicKeyInfo up to the key itself (RFC 8410)
PRIVATE_PREFIX = bytes.fromhex("302e020100300506032b657004220420")  # a PKCS #8 PrivateKeyInfo likewise
OPENSSL_SECONDS = 10


class Unchecked(RegisterError):
    """Nothing on this machine can check an Ed25519 signature."""

    code, title, exit_status = "signature-unchecked", "The signature was not checked", 3

    def __init__(self) -> None:
        """Say what it takes."""
        super().__init__(
            "The signature was NOT checked: that takes openssl 3 on the PATH or Python's cryptography package. "
            "Install one of them, then verify again."
        )


class NotAKey(RegisterError):
    """A key file that holds no Ed25519 key."""

    code, title, exit_status = "not-a-key", "Not a key", 3


def generate() -> bytes:
    """Make a private key: 32 random bytes."""
    return os.urandom(KEY_BYTES)


def public_of(private: bytes) -> bytes:
    """Derive the public key."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - a witness may lack it
    except ImportError:
        return public_by_openssl(private)
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sign(private: bytes, message: bytes) -> bytes:
    """Sign a message."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - a witness may lack it
    except ImportError:
        return sign_by_openssl(private, message)
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature is one of this message by this key; raise Unchecked where nothing here can tell."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an auditor may not have it
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:
        return verify_by_openssl(public, signature, message)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_by_openssl(public: bytes, signature: bytes, message: bytes) -> bool:
    """Ask the openssl command; what it does not clearly say is not taken for a yes or a no."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise Unchecked
    with tempfile.TemporaryDirectory(prefix="signatures-openssl-") as folder:
        key, signed, text = (Path(folder) / name for name in ("key.pem", "signature", "text"))
        key.write_bytes(public_pem(public))
        signed.write_bytes(signature)
        text.write_bytes(message)
        command: list[str | Path] = [
            openssl,
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            key,
            "-rawin",
            "-in",
            text,
            "-sigfile",
            signed,
        ]
        try:
            told = subprocess.run(command, capture_output=True, check=False, timeout=OPENSSL_SECONDS)  # noqa: S603 - our own words
        except (OSError, subprocess.SubprocessError) as error:
            raise Unchecked from error
    if told.returncode == 0 and b"Verified Successfully" in told.stdout:
        return True
    if b"Verification Failure" in told.stdout + told.stderr:
        return False
    raise Unchecked


def public_by_openssl(private: bytes) -> bytes:
    """Let the openssl command derive a public key."""
    return _made(private, b"", "pkey", "-pubout", "-outform", "DER")[-KEY_BYTES:]


def sign_by_openssl(private: bytes, message: bytes) -> bytes:
    """Let the openssl command sign a message."""
    return _made(private, message, "pkeyutl", "-sign", "-rawin")


def _made(private: bytes, message: bytes, command: str, *words: str) -> bytes:
    """Let openssl make something with a private key, which lies in a folder of ours for that moment."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise Unchecked
    with tempfile.TemporaryDirectory(prefix="signatures-openssl-") as folder:
        key, text, out = (Path(folder) / name for name in ("key.pem", "text", "out"))
        key.write_bytes(private_pem(private))
        text.write_bytes(message)
        read: list[str | Path] = ["-inkey", key, "-in", text] if command == "pkeyutl" else ["-in", key]
        try:
            subprocess.run(  # noqa: S603 - our own words
                [openssl, command, *words, *read, "-out", out], capture_output=True, check=True, timeout=OPENSSL_SECONDS
            )
            return out.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise Unchecked from error


def public_pem(public: bytes) -> bytes:
    """Write a public key as openssl reads it."""
    return _pem("PUBLIC KEY", PUBLIC_PREFIX + public)


def private_pem(private: bytes) -> bytes:
    """Write a private key as openssl reads it."""
    return _pem("PRIVATE KEY", PRIVATE_PREFIX + private)


def read_private_pem(content: bytes, name: object) -> bytes:
    """Read a private key, or raise NotAKey with the file's name and never with its content."""
    begin, _, rest = content.strip().partition(b"\n")
    body, _, end = rest.rpartition(b"\n")
    if (begin.strip(), end.strip()) == (b"-----BEGIN PRIVATE KEY-----", b"-----END PRIVATE KEY-----"):
        try:
            der = base64.b64decode(b"".join(body.split()), validate=True)
        except binascii.Error:
            der = b""
        if der.startswith(PRIVATE_PREFIX) and len(der) == len(PRIVATE_PREFIX) + KEY_BYTES:
            return der[len(PRIVATE_PREFIX) :]
    raise NotAKey(f"{name} holds no Ed25519 key as `signatures init` or `openssl genpkey -algorithm ed25519` makes it.")


def _pem(kind: str, der: bytes) -> bytes:
    return f"-----BEGIN {kind}-----\n{base64.b64encode(der).decode()}\n-----END {kind}-----\n".encode()
