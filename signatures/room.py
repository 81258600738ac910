"""The writing room: settings and stores opened when first needed, and what each command works with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from signatures.clock import Clock
from signatures.database import Database, open_database
from signatures.editors.accounts import Accounts
from signatures.editors.acts import Acts
from signatures.editors.arrangements import Arrangements
from signatures.editors.proposals import Proposals
from signatures.editors.schedule import Schedule
from signatures.editors.sessions import Sessions
from signatures.errors import Misconfigured
from signatures.folders import make_folder, write_once
from signatures.imports.staged import StagedImports
from signatures.intake.acceptance import Acceptance
from signatures.intake.contacts import Contacts
from signatures.intake.entries import Entries
from signatures.intake.identity import Identities
from signatures.intake.intake import Intake
from signatures.intake.invitations import Invitations
from signatures.intake.limits import Limits
from signatures.intake.links import Links
from signatures.intake.terms import TermsBook
from signatures.intake.tokens import Tokens
from signatures.log.store import Store
from signatures.mail.courier import Courier
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.guard import Guard
from signatures.proof.keyfile import KEY_FILE
from signatures.register import Register
from signatures.settings import Settings, read_settings
from signatures.sqlite import sqlite_folder
from signatures.webhooks.announcing import Announcer
from signatures.webhooks.hooks import Hooks
from signatures.webhooks.signing import KEY_FILE as WEBHOOK_KEY_FILE
from signatures.webhooks.signing import Signer

IDENTITY_FILE = "register-id"
NO_KEY = "SIGNATURES_SECRET_KEY is not set. This makes or reads links of mails, which need the secret that `serve` has."


class Room:
    """What writes, made from the environment; one for each process."""

    def __init__(self, environ: Mapping[str, str], clock: Clock, *, need_secret: bool = True) -> None:
        """Read the settings; raises Misconfigured with every finding."""
        self.clock = clock
        self.settings: Settings = read_settings(environ, need_secret=need_secret)
        self.databases: dict[str, Database] = {
            name: open_database(self.settings.database, name) for name in ("register", "views", "contacts")
        }
        # How much came from where is counted with every post: no commit of its own has to reach the disk.
        self.tallies: Database = open_database(self.settings.database, "contacts", durable=False)
        near = self.settings.read_database
        self.standby: dict[str, Database] = (
            {name: open_database(near, name) for name in ("register", "views")} if near else {}
        )

    @cached_property
    def store(self) -> Store:
        """The event store; what is behind the checkpoint outside the database is never appended to."""
        return Store(self.databases["register"], self.clock, Guard(lambda: self.state_dir))

    @cached_property
    def register(self) -> Register:
        """The commands."""
        return Register(self.store, self.checkpoints.make_due)

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """What is signed of the log."""
        return Checkpoints(self.store, self.state_dir, self.settings.log_key_file or self.state_dir / KEY_FILE)

    @cached_property
    def contacts(self) -> Contacts:
        """The only place for personal data."""
        return Contacts(self.databases["contacts"], self.clock)

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens of programs and editors."""
        return Tokens(self.databases["contacts"], self.clock)

    @cached_property
    def links(self) -> Links:
        """The links that mails carry; they need the installation's secret."""
        if not self.settings.secret_key:
            raise Misconfigured([NO_KEY])
        return Links(self.settings.secret_key, self.clock)

    @cached_property
    def terms(self) -> TermsBook:
        """How each statement takes signatures."""
        return TermsBook(self.databases["contacts"], self.clock)

    @cached_property
    def invitations(self) -> Invitations:
        """Who was invited to sign what."""
        return Invitations(self.contacts, self.links, self.register, self.terms)

    @cached_property
    def intake(self) -> Intake:
        """Submissions on their way to signatures."""
        acceptance = Acceptance(self.contacts, self.register, self.links, self.terms)
        identities = Identities(self.contacts, self.register)
        return Intake(self.contacts, self.register, self.links, self.terms, self.invitations, identities, acceptance)

    @cached_property
    def entries(self) -> Entries:
        """What contacts do with their own entries."""
        return Entries(self.contacts, self.register, self.links, self.proposals, self.acts)

    @cached_property
    def courier(self) -> Courier:
        """What carries mails out."""
        return Courier(self)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return Accounts(self.databases["contacts"], self.clock)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.databases["contacts"], self.clock)

    @cached_property
    def acts(self) -> Acts:
        """Who did what."""
        return Acts(self.databases["contacts"], self.clock)

    @cached_property
    def proposals(self) -> Proposals:
        """What needs a second editor."""
        return Proposals(self.databases["contacts"], self.clock, self.register, self.acts)

    @cached_property
    def schedule(self) -> Schedule:
        """Which editions are published at an hour to come."""
        return Schedule(self.databases["contacts"], self.clock)

    @cached_property
    def hooks(self) -> Hooks:
        """Who is told what is recorded."""
        return Hooks(self.databases["contacts"], self.clock, self.settings.webhook_networks)

    @cached_property
    def signer(self) -> Signer:
        """What signs the messages to webhooks."""
        return Signer(self.state_dir / WEBHOOK_KEY_FILE)

    @cached_property
    def announcer(self) -> Announcer:
        """What tells webhooks."""
        return Announcer(self)

    @cached_property
    def staged_imports(self) -> StagedImports:
        """Which files editors are looking at before they are imported."""
        return StagedImports(self.databases["contacts"], self.clock)

    @cached_property
    def arrangements(self) -> Arrangements:
        """The orders that editors arrange for the next edition."""
        return Arrangements(self.databases["contacts"], self.clock, self.register)

    @cached_property
    def limits(self) -> Limits:
        """How much of anything is too much."""
        return Limits(self.tallies, self.settings.secret_key, self.clock)

    @property
    def state_dir(self) -> Path:
        """The folder for what must lie outside the database."""
        if self.settings.state_dir is not None:
            return self.settings.state_dir
        if self.settings.database.startswith("sqlite:"):
            return sqlite_folder(self.settings.database) / "state"
        return Path.cwd() / "var" / "state" / self.store.identity()

    def create(self) -> str:
        """Make stores and identity where they are missing; return the register's id."""
        identity = self.store.create()
        self.contacts.create(identity)
        self._remember(identity)
        self.checkpoints.prepare(self.settings.base_url)
        return identity

    def adopt(self) -> str:
        """Make contacts and state, if they hold nothing yet, those of the register that was restored beside them."""
        identity = self.store.identity()
        path = self.state_dir / IDENTITY_FILE
        self.contacts.release()
        self.contacts.create(identity)
        path.unlink(missing_ok=True)
        self._remember(identity)
        self.checkpoints.outside.forget_empty()
        return identity

    def _remember(self, identity: str) -> None:
        make_folder(self.state_dir)
        path = self.state_dir / IDENTITY_FILE
        if not path.exists():
            write_once(path, f"{identity}\n".encode())
        if path.read_text().strip() != identity:
            raise Misconfigured([other_register(path, identity)])

    def close(self) -> None:
        """Close every connection."""
        for database in (*self.databases.values(), *self.standby.values(), self.tallies):
            database.close()


def other_register(path: Path, identity: str) -> str:
    """Say that a folder or store belongs to another register."""
    return (
        f"{path} belongs to register {path.read_text().strip()}, the database holds register {identity}. "
        "Point SIGNATURES_DATABASE and SIGNATURES_STATE_DIR at the same register."
    )
