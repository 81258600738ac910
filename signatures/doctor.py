"""What would make the service unsafe to start, each with its own sentence; `serve` refuses on the same findings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from signatures.clock import Clock
from signatures.database import Database
from signatures.errors import Misconfigured, RegisterError, StorageUnavailable
from signatures.log.upgrade import SCHEMA_VERSION
from signatures.room import IDENTITY_FILE, Room, other_register
from signatures.settings import clock_findings


def diagnose(environ: Mapping[str, str], clock: Clock) -> list[str]:
    """Name every misconfiguration; an empty list means that `serve` would start. Creates nothing."""
    try:
        room = Room(environ, clock)
    except Misconfigured as refused:
        return refused.findings + clock_findings(clock)
    try:
        return clock_findings(clock) + _store_findings(room)
    finally:
        room.close()


def database_faults(room: Room) -> list[str]:
    """Name what makes the databases unfit, each fault once: on PostgreSQL all three share a server."""
    try:
        return list(dict.fromkeys(fault for database in room.databases.values() for fault in database.faults()))
    except OSError as error:
        return [f"SIGNATURES_DATABASE: {error.filename} cannot be reached ({error.strerror}). See whose it is."]


def schema_faults(room: Room) -> list[str]:
    """Name what keeps today's software from using the register's tables, if they can be read at all."""
    try:
        fault = _schema_fault(room.databases["register"])
    except RegisterError:
        return []
    return [fault] if fault else []


def _store_findings(room: Room) -> list[str]:
    findings = database_faults(room)
    if findings:
        return findings
    try:
        return _identity_findings(room)
    except RegisterError as error:
        return [error.sentence]


def _identity_findings(room: Room) -> list[str]:
    identity = room.store.identity()
    findings = [
        fault
        for fault in (
            _schema_fault(room.databases["register"]),
            room.contacts.identity_fault(identity),
        )
        if fault
    ]
    findings += _state_findings(room.state_dir, identity) + _standby_findings(room, identity)
    return findings or room.checkpoints.faults()


def _standby_findings(room: Room, identity: str) -> list[str]:
    """Refuse a standby of another register; one that does not answer is no fault, for the primary does."""
    if not room.standby:
        return []
    try:
        room.standby["register"].connect().close()
    except StorageUnavailable:
        return []
    with suppress(StorageUnavailable):  # it has no such table
        if room.standby["register"].glance("SELECT value FROM identity WHERE name = 'register'") == [(identity,)]:
            return []
    return ["SIGNATURES_READ_DATABASE names no standby of this register: another one lies there, or none."]


def _state_findings(folder: Path, identity: str) -> list[str]:
    path = folder / IDENTITY_FILE
    try:
        if path.read_text().strip() != identity:
            return [other_register(path, identity)]
    except FileNotFoundError:
        return [f"SIGNATURES_STATE_DIR: {path} does not exist. Run `signatures init` once; serving never creates."]
    except (OSError, UnicodeDecodeError) as error:
        return [f"SIGNATURES_STATE_DIR: {path} cannot be read ({error})."]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"SIGNATURES_STATE_DIR: {folder} cannot be written. Give it to the user who serves."]
    return []


def _schema_fault(database: Database) -> str | None:
    with database.reading() as transaction:
        found: dict[str, str] = dict(transaction.execute("SELECT name, value FROM identity"))
    if found.get("restoring"):
        return "A restore into this register was cut off. Run `signatures restore DIR` again."
    if found.get("schema") != SCHEMA_VERSION:
        return (
            f"The register's tables are of version {found.get('schema')}, this software's of {SCHEMA_VERSION}. "
            "Run `signatures init` once, which upgrades older ones; newer ones need newer software."
        )
    return None
