"""The commands for editors' accounts. Whoever runs them is the operator."""

from __future__ import annotations

import sys

import click

from signatures.commands.frame import with_room
from signatures.editors import passwords
from signatures.editors.accounts import ROLES, Account
from signatures.editors.oidc import subject as subject_of
from signatures.errors import InvalidInput, Refused
from signatures.room import Room

OPERATOR = "editor:operator"


@click.group()
def user() -> None:
    """Keep the accounts of those who sign in at /editors: add, list, disable, enable, role, password, link."""


@user.command()
@click.argument("login")
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True)
@click.option("--name", help="The editor's name as colleagues see it; default: the login.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
@click.option("--no-password", is_flag=True, help="None: sign in through the identity provider only.")
@with_room
def add(room: Room, login: str, role: str, name: str | None, *, password_stdin: bool, no_password: bool) -> None:
    """Make an account and print its password, once."""
    made = None if password_stdin or no_password else passwords.generated()
    password = _read() if password_stdin else made
    account = room.accounts.create(login, name or login, role, password)
    _note(room, "add", account, role=role)
    _tell(f"{account.login} can sign in as {role}" + (" once it is linked." if password is None else "."), made)


@user.command(name="list")
@with_room
def list_(room: Room) -> None:
    """List all accounts."""
    found = room.accounts.list()
    for account in found:
        state = f"disabled {account.disabled_at[:10]}" if account.disabled_at else "enabled"
        linked = f"  {account.subject}" if account.subject else ""
        click.echo(f"{account.login}  {account.role:7}  {state}  {account.name}{linked}")
    if not found:
        click.echo("There is no account yet. `signatures user add LOGIN --role editor` makes one.")


@user.command()
@click.argument("login")
@with_room
def disable(room: Room, login: str) -> None:
    """Let nobody sign in with an account; its sessions end at once."""
    account = room.accounts.named(login)
    room.accounts.disable(account.id)
    _note(room, "disable", account)
    click.echo(f"{account.login} is disabled and signed out everywhere.")


@user.command()
@click.argument("login")
@with_room
def enable(room: Room, login: str) -> None:
    """Let an account sign in again."""
    account = room.accounts.named(login)
    room.accounts.enable(account.id)
    _note(room, "enable", account)
    click.echo(f"{account.login} can sign in again.")


@user.command()
@click.argument("login")
@click.argument("role", type=click.Choice(ROLES))
@with_room
def role(room: Room, login: str, role: str) -> None:
    """Give an account another role, at once."""
    account = room.accounts.named(login)
    room.accounts.change_role(account.id, role)
    _note(room, "role", account, role=role)
    click.echo(f"{account.login} is {role} now.")


@user.command()
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
@with_room
def password(room: Room, login: str, *, password_stdin: bool) -> None:
    """Give an account another password and print it, once; its sessions end."""
    account = room.accounts.named(login)
    fresh = _read() if password_stdin else passwords.generated()
    room.accounts.set_password(account.id, fresh)
    _note(room, "password", account)
    _tell(f"{account.login} has another password and is signed out everywhere.", None if password_stdin else fresh)


@user.command()
@click.argument("login")
@click.argument("subject", required=False)
@click.option("--remove", is_flag=True, help="Unlink the account instead.")
@with_room
def link(room: Room, login: str, subject: str | None, *, remove: bool) -> None:
    """Say which SUBJECT of the identity provider an account is; the provider's page says it to who signs in there."""
    account = room.accounts.named(login)
    if remove:
        room.accounts.link(account.id, None)
        _note(room, "unlink", account)
        click.echo(f"{account.login} is not linked any more.")
        return
    if not subject:
        raise InvalidInput("SUBJECT is missing. The identity provider's page names it to whoever signs in there.")
    if room.settings.oidc is None:
        raise Refused("No identity provider is set. Set SIGNATURES_OIDC_ISSUER and the others first.")
    room.accounts.link(account.id, subject_of(room.settings.oidc.issuer, subject))
    _note(room, "link", account)
    click.echo(f"{account.login} can sign in through {room.settings.oidc.name}.")


def _note(room: Room, act: str, account: Account, **detail: str) -> None:
    room.acts.note(OPERATOR, f"account-{act}", f"account:{account.id}", **detail)


def _tell(sentence: str, made: str | None) -> None:
    """Say what was done, and print a password that was made alone on its line."""
    click.echo(sentence, err=made is not None)
    if made is not None:
        click.echo(made)


def _read() -> str:
    """Read a password from the first line of standard input."""
    return sys.stdin.readline().rstrip("\r\n")
