"""Editors' accounts: their passwords, roles and links, and the commands by which an operator keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click.testing
import pytest
from argon2 import PasswordHasher

import wsgi
from signatures.editors import passwords
from signatures.editors.accounts import Accounts
from signatures.editors.sessions import Sessions
from signatures.errors import InvalidInput, NotFound, Refused
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import PASSWORD, quick_passwords
from tests.submitting import opened


@pytest.fixture
def room(environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Make an installation without accounts."""
    quick_passwords(monkeypatch)
    with opened(environ, clock) as made:
        yield made


@pytest.fixture
def accounts(room: Room) -> Accounts:
    """Get its accounts."""
    return room.accounts


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_found_by_login_and_password(accounts: Accounts) -> None:
    """It tells everything about itself but its password."""
    made = accounts.create("Ada.L", "Ada Lovelace", "editor", PASSWORD)
    assert ("ada.l", "Ada Lovelace", "editor", None, "2021-07-01T12:00:00.000000Z", None) == made[1:]
    assert made == accounts.verify("ADA.L", PASSWORD) == accounts.get(made.id) == accounts.named("ada.L")
    assert [made] == accounts.list()
    assert ("editor", made.id) == made.actor
    assert accounts.verify("ada.l", PASSWORD.upper()) is None


def test_a_password_may_be_composed_in_any_way(accounts: Accounts) -> None:
    """Keyboards write the same accents differently; that is one password, and it may have any letters."""
    accounts.create("ada", "Ada", "editor", "fu\u0308nf gru\u0308ne Flaschen ☂ \ud800")
    assert accounts.verify("ada", "f\u00fcnf gr\u00fcne Flaschen ☂ \ud800") is not None
    assert accounts.verify("ada", "funf grune Flaschen ☂ \ud800") is None


def test_a_login_is_taken_once(accounts: Accounts) -> None:
    """Capital letters make no other one; the first account stays as it was."""
    made = accounts.create("ada", "Ada", "editor", PASSWORD)
    with pytest.raises(Refused):
        accounts.create("ADA", "Another", "admin", PASSWORD)
    assert [made] == accounts.list()


@pytest.mark.parametrize("login", ["", " ", "a b", "-ada", "ädä", "ada\0", "a" * 65, "<ada>", "аda"])
def test_a_login_is_plain(sqlite_url: str, clock: FixedClock, login: str) -> None:
    """Nobody can make one that looks like another's; what is none names no account."""
    with opened(_environ(sqlite_url), clock) as room:
        with pytest.raises(InvalidInput) as refused:
            room.accounts.create(login, "Ada", "editor", PASSWORD)
        assert "login" == refused.value.details["field"]
        assert room.accounts.verify(login, PASSWORD) is None
        with pytest.raises(NotFound):
            room.accounts.named(login)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "eleven char",
        "x" * 1_001,
        "passwordpassword",
        "PASSWORD1234",
        "aaaaaaaaaaaaaaa",
        "ada.ada.ada.",
        "ADA-2026-11-22",
        "abababababab",
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(sqlite_url: str, clock: FixedClock, password: str) -> None:
    """A short one, an obvious one and one that is made of the login; nothing is stored."""
    with opened(_environ(sqlite_url), clock) as room:
        with pytest.raises(InvalidInput) as refused:
            room.accounts.create("ada", "Ada", "editor", password)
        assert "password" == refused.value.details["field"]
        assert password not in refused.value.sentence or not password
        assert [] == room.accounts.list()


def test_a_role_is_one_of_three(accounts: Accounts) -> None:
    """Any other is refused, and only two of them decide."""
    with pytest.raises(InvalidInput):
        accounts.create("ada", "Ada", "operator", PASSWORD)
    made = [accounts.create(role, role, role, PASSWORD) for role in ("editor", "auditor", "admin")]
    with pytest.raises(InvalidInput):
        accounts.change_role(made[0].id, "root")
    assert ["admin", "editor"] == [account.login for account in accounts.deciding()]
    accounts.disable(made[2].id)
    assert ["editor"] == [account.login for account in accounts.deciding()]


def test_a_password_is_kept_as_argon2id(environ: dict[str, str], clock: FixedClock) -> None:
    """With the parameters that its library recommends, and never in clear."""
    with opened(environ, clock) as room:
        room.accounts.create("ada", "Ada", "editor", PASSWORD)
        (stored,) = _hashes(room)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in stored


def test_an_unknown_login_takes_as_much_work_as_a_wrong_password(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One hash of the same parameters is computed each time, also for an account without a password."""
    accounts.create("ada", "Ada", "editor", PASSWORD)
    accounts.create("bea", "Bea", "editor")
    accounts.disable(accounts.create("cyd", "Cyd", "editor", PASSWORD).id)
    work: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hash_: str, password: str | bytes) -> bool:
        work.append(hash_.rpartition("$")[0].rpartition("$")[0])
        return verify(self, hash_, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    spent = []
    for login in ("ada", "bea", "cyd", "nobody", "", "no login at all"):
        work.clear()
        assert accounts.verify(login, "wrong wrong wrong") is None
        spent.append(list(work))
    assert [["$argon2id$v=19$m=8,t=1,p=1"]] * 6 == spent


def test_a_hash_of_older_parameters_is_made_anew(
    accounts: Accounts, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the next signing in, and only with the right password; the password stays the same."""
    accounts.create("ada", "Ada", "editor", PASSWORD)
    (old,) = _hashes(room)
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert accounts.verify("ada", "wrong wrong wrong") is None
    assert [old] == _hashes(room)
    assert accounts.verify("ada", PASSWORD) is not None
    (fresh,) = _hashes(room)
    assert "$m=16,t=2,p=1$" in fresh
    assert accounts.verify("ada", PASSWORD) is not None
    assert [fresh] == _hashes(room)


def test_disabling_and_another_password_end_every_session(accounts: Accounts, room: Room) -> None:
    """Of that account and of no other; enabling brings none back."""
    ada, bea = (accounts.create(login, login, "editor", PASSWORD) for login in ("ada", "bea"))
    sessions = Sessions(room.databases["contacts"], room.clock)
    tokens = [sessions.open(account.id) for account in (ada, ada, bea)]
    accounts.set_password(ada.id, "ten green bottles")
    assert [None, None, bea] == [sessions.account(token) for token in tokens]
    token = sessions.open(ada.id)
    accounts.disable(ada.id)
    accounts.enable(ada.id)
    assert sessions.account(token) is None
    assert accounts.verify("ada", PASSWORD) is None
    assert ada == accounts.verify("ada", "ten green bottles")


def test_a_session_that_begins_while_its_account_is_disabled_is_none(accounts: Accounts, room: Room) -> None:
    """Whichever of the two is quicker, nobody is in."""
    ada = accounts.create("ada", "Ada", "editor", PASSWORD)
    accounts.disable(ada.id)
    assert room.sessions.account(room.sessions.open(ada.id)) is None


def test_a_subject_is_one_account(accounts: Accounts) -> None:
    """Linking it with a second is refused; unlinked, it is nobody's."""
    ada, bea = (accounts.create(login, login, "editor") for login in ("ada", "bea"))
    accounts.link(ada.id, "https://id.example#1")
    assert ada.id == getattr(accounts.by_subject("https://id.example#1"), "id", None)
    with pytest.raises(Refused):
        accounts.link(bea.id, "https://id.example#1")
    accounts.link(ada.id, None)
    assert accounts.by_subject("https://id.example#1") is None
    assert accounts.by_subject("\0") is None
    accounts.link(bea.id, "https://id.example#1")


def test_acts_are_listed_by_what_they_are_about(room: Room) -> None:
    """Newest first, a page at a time, each with who did it."""
    for number in range(1, 6):
        room.acts.note("editor:1", "accept", f"submission:{number % 2}", position=number)
    assert [5, 4, 3, 2, 1] == [act.number for act in room.acts.list()]
    assert [5, 3, 1] == [act.detail["position"] for act in room.acts.list("submission:1")]
    assert [5, 3] == [act.number for act in room.acts.list("submission:1", limit=2)]
    assert [1] == [act.number for act in room.acts.list("submission:1", before=3)]


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def operator(room: Room, runner: click.testing.CliRunner) -> click.testing.CliRunner:
    """Run commands beside the room."""
    return runner


def run(operator: click.testing.CliRunner, *arguments: str, status: int = 0, given: str | None = None) -> Sequence[str]:
    """Run `signatures user …` and return its lines."""
    result = operator.invoke(wsgi.main, ["user", *arguments], input=given)
    assert status == result.exit_code, result.output
    return result.stdout.splitlines() if status == 0 else result.stderr.splitlines()


def test_the_first_account_is_made_by_a_command(operator: click.testing.CliRunner, accounts: Accounts) -> None:
    """It prints a password once, alone on standard output; with it one can sign in."""
    (password,) = run(operator, "add", "ada", "--role", "admin", "--name", "Ada Lovelace")
    made = accounts.verify("ada", password)
    assert made is not None
    assert ("Ada Lovelace", "admin") == (made.name, made.role)
    assert 27 == len(password)


def test_a_password_may_be_given_on_standard_input(operator: click.testing.CliRunner, accounts: Accounts) -> None:
    """Then it is printed nowhere."""
    lines = run(operator, "add", "ada", "--password-stdin", given=f"{PASSWORD}\nmore")
    assert ["ada can sign in as editor."] == lines
    assert accounts.verify("ada", PASSWORD) is not None
    assert ["cyd can sign in as auditor once it is linked."] == run(
        operator, "add", "cyd", "--role", "auditor", "--no-password"
    )
    (sentence,) = run(operator, "add", "bea", "--password-stdin", given="short", status=1)
    assert "at least 12 characters" in sentence


def test_accounts_are_kept_by_commands(operator: click.testing.CliRunner, room: Room) -> None:
    """Listing, disabling, enabling, roles and passwords; each is noted as the operator's act."""
    assert ["There is no account yet. `signatures user add LOGIN --role editor` makes one."] == run(operator, "list")
    run(operator, "add", "ada", "--name", "Ada L", "--password-stdin", given=PASSWORD)
    assert ["ada is disabled and signed out everywhere."] == run(operator, "disable", "ADA")
    (line,) = run(operator, "list")
    assert line.startswith("ada  editor   disabled 20")
    assert ["ada can sign in again."] == run(operator, "enable", "ada")
    assert ["ada is auditor now."] == run(operator, "role", "ada", "auditor")
    (password,) = run(operator, "password", "ada")
    assert room.accounts.verify("ada", password) is not None
    assert ["ada  auditor  enabled  Ada L"] == run(operator, "list")
    acts = [(act.actor, act.act) for act in reversed(room.acts.list())]
    steps = ("add", "disable", "enable", "role", "password")
    assert [("editor:operator", f"account-{step}") for step in steps] == acts


def test_an_account_is_linked_with_the_providers_subject(operator: click.testing.CliRunner, accounts: Accounts) -> None:
    """With its issuer, because another provider's equal subject is another person; without a provider it is refused."""
    accounts.create("ada", "Ada", "editor")
    (sentence,) = run(operator, "link", "ada", "subject-1", status=1)
    assert "No identity provider is set" in sentence
    assert operator.env is not None
    names = {"ISSUER": "https://id.example/", "CLIENT_ID": "register", "CLIENT_SECRET": "s" * 40}
    operator.env = {**operator.env, **{f"SIGNATURES_OIDC_{name}": value for name, value in names.items()}}
    assert ["ada can sign in through id.example."] == run(operator, "link", "ada", "subject-1")
    assert accounts.by_subject("https://id.example#subject-1") is not None
    assert accounts.by_subject("subject-1") is None
    assert ["ada is not linked any more."] == run(operator, "link", "ada", "--remove")
    assert accounts.by_subject("https://id.example#subject-1") is None


@pytest.mark.parametrize("command", [("disable",), ("enable",), ("role", "admin"), ("password",), ("link", "1")])
def test_a_command_on_nobody_says_so(operator: click.testing.CliRunner, command: tuple[str, ...]) -> None:
    """And names the command that lists those there are."""
    name, *more = command
    (sentence,) = run(operator, name, "nobody", *more, status=1)
    assert "There is no account 'nobody'. `signatures user list` names those there are." == sentence


def _hashes(room: Room) -> list[str]:
    with room.databases["contacts"].reading() as transaction:
        return [hash_ for (hash_,) in transaction.execute("SELECT password FROM account ORDER BY login")]


def _environ(url: str) -> dict[str, str]:
    return {"SIGNATURES_DATABASE": url, "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40}
