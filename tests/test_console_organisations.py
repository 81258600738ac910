"""The console's pages of organisations: found in any spelling, renamed, merged by two editors, taken apart again."""

from __future__ import annotations

import pytest

from signatures.organisation import NameParts
from tests.keeping import DRAFT, REFERENCE, Desk, sign

AT = "/editors/organisations"
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is refused before it is written


def confirm(desk: Desk) -> str:
    """Let the second editor confirm the one proposal that waits; tell what came of it."""
    (proposal,) = desk.room.proposals.waiting()
    two = next(one for one in desk.room.accounts.list() if one.login == "two")
    return desk.room.proposals.confirm(proposal.id, two).state


def test_organisations_are_found_in_any_spelling(desk: Desk) -> None:
    """By part of any name, without accents; a draft's organisations are there for editors; an empty answer says so."""
    assert "No organisation is registered yet." in desk.read(AT).said
    sign(desk.room, "Союз рабочих", transliteration="Soyuz rabochikh", translations={"en": "Workers’ Union"})
    sign(desk.room, "Unité", DRAFT)
    names = [
        ("", ["Unité", "Союз рабочих (Soyuz rabochikh; Workers’ Union)"]),
        ("soyuz", ["Союз рабочих (Soyuz rabochikh; Workers’ Union)"]),
        ("unite", ["Unité"]),
        ("%", []),
    ]
    for question, found in names:
        said = desk.read(f"{AT}?q={question}".replace("%", "%25")).of_class("said")
        assert len(found) == len(said), question
        assert [one.split()[0] for one in found] == [one.split()[0] for one in said]
    assert "No organisation matches “nobody”." in desk.read(f"{AT}?q=nobody").said


def test_many_organisations_are_paged(desk: Desk) -> None:
    """Fifty at a time, each once."""
    with desk.room.store.writing():
        for n in range(51):
            sign(desk.room, f"Union {n:03}")
    page = desk.read(AT)
    (later,) = [one["href"] for one in page.all("a") if "cursor=" in one["href"]]
    assert [f"Union {n:03}" for n in range(51)] == page.of_class("said") + desk.read(later).of_class("said")


def test_an_organisation_shows_what_it_signed(desk: Desk) -> None:
    """Every statement with the line as printed there, drafts too, and what happened to the registration."""
    receipt = sign(desk.room, "Union A", acronym="UA", country_printed={"en": "Kenya"})
    desk.room.register.sign(
        desk.account.actor, DRAFT, NameParts("Union A", "UA"), signed_on="2026-11-23", method="paper",
        organisation_id=receipt.organisation_id,
    )  # fmt: skip
    page = desk.read(f"{AT}/{receipt.organisation_id}")
    assert ["UA Union A", "UA Union A, Kenya"] == sorted(page.of_class("said")[:2])
    assert "registered" in page.said
    for wrong in ("x", "00000000-0000-0000-0000-000000000000"):
        for rest in ("", "/merger", "/mergers/1/annulment"):
            assert 404 == desk.one.get(f"{AT}/{wrong}{rest}").status_code


def test_renaming_keeps_what_was_printed(desk: Desk) -> None:
    """From a day on it bears the other name; the entry stays as signed; only what differs is in the event."""
    receipt = sign(desk.room, "Union A", acronym="UA", translations={"de": "Verband A"})
    before, path = desk.position(), f"{AT}/{receipt.organisation_id}"
    typed = {
        "name": "Union of A\r\nand B", "acronym": "UA", "translation_de": "Verband A und B", "translation_en": "",
        "territories": "Kenya", "on": "2026-11-01", "code": "renamed", "note": "By its congress.",
    }  # fmt: skip
    assert f"{path}?done=renamed" == desk.send(f"{path}/names", **typed)
    (entry,) = desk.room.store.entries(before, 10)
    told = entry.data()
    changes = {"name": "Union of A and B", "translations": {"de": "Verband A und B"}, "territories": ["KE"]}
    assert ("Renamed", changes, "2026-11-01") == (entry.type, told["changes"], told["effective_on"])
    page = desk.read(path)
    assert "Also known as" in page.said
    assert {"UA Union A (Verband A)", "UA Union of A and B (Verband A und B)"} <= set(page.of_class("said"))
    assert ["rename"] == desk.acts()
    assert f"organisation:{receipt.organisation_id}" == desk.room.acts.list()[0].about


@ONE_ENGINE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Nothing is different from what stands there."),
        ({"name": ""}, "The name cannot be empty."),
        ({"name": "Union B", "code": ""}, "Choose the reason."),
        ({"name": "Union B", "on": "soon"}, "is not a date"),
        ({"name": "Uni\u202eon B"}, "U+202E"),
        ({"territories": "Atlantis"}, "Atlantis"),
    ],
)
def test_a_name_that_needs_another_look(desk: Desk, typed: dict[str, str], sentence: str) -> None:
    """422 with everything typed, and nothing recorded."""
    receipt = sign(desk.room, "Union A")
    before = desk.position()
    page = desk.refused(f"{AT}/{receipt.organisation_id}/names", **{"name": "Union A", "code": "renamed", **typed})
    assert sentence in page
    assert before == desk.position()


def test_merging_takes_two_editors_and_can_be_taken_back(desk: Desk) -> None:
    """Compared side by side with what would stand twice; proposed, confirmed by another; taken apart the same way."""
    one, other = sign(desk.room, "Union A"), sign(desk.room, "Union A of <B>")
    path, before = f"{AT}/{one.organisation_id}", desk.position()
    found = desk.read(f"{path}/merger?q=union")
    (choice,) = [a["href"] for a in found.all("a") if "into=" in a["href"]]
    page = desk.read(choice)
    assert f"into={other.organisation_id}" in choice
    assert "It would stand twice" in page.said
    assert "Union A of <B>" in page.of_class("said")

    assert "Choose the reason." in desk.refused(f"{path}/merger", into=other.organisation_id)
    assert "Choose the other registration." in desk.refused(f"{path}/merger", code="duplicate")
    assert "Choose the other registration." in desk.refused(f"{path}/merger", code="duplicate", into="x")
    assert "into itself" in desk.refused(f"{path}/merger", code="duplicate", into=one.organisation_id)
    assert before == desk.position()

    assert f"{path}?done=proposed" == desk.send(f"{path}/merger", into=other.organisation_id, code="duplicate")
    assert before == desk.position()
    assert "performed" == confirm(desk)
    assert ["Merged"] == desk.types(before)
    page = desk.read(path)
    assert "Merged into" in page.said
    assert "It stands by 2 signatures under" in " ".join(page.said.split())

    position = desk.position()
    assert 409 == desk.one.get(f"{path}/mergers/{before}/annulment").status_code
    assert "two bodies again" in desk.read(f"{path}/mergers/{position}/annulment").said
    desk.send(f"{path}/mergers/{position}/annulment", code="other", note="They are two.")
    assert "performed" == confirm(desk)
    assert ["Merged", "Annulled"] == desk.types(before)
    assert "Merged into" not in desk.read(path).said
    assert 409 == desk.one.get(f"{path}/mergers/{position}/annulment").status_code


def test_an_auditor_looks_only(desk: Desk) -> None:
    """Pages open, acts are refused."""
    receipt, other = sign(desk.room, "Union A"), sign(desk.room, "Union B")
    before, path = desk.position(), f"{AT}/{receipt.organisation_id}"
    for page in (AT, path, f"{path}/merger?q=union&into={other.organisation_id}"):
        answer = desk.watcher.get(page)
        assert (200, 1) == (answer.status_code, answer.text.count('method="post"')), page
    for page in (f"{path}/names", f"{path}/merger"):
        typed = {"name": "Union C", "code": "renamed", "into": other.organisation_id}
        assert 403 == desk.watcher.post(page, typed).status_code
    assert (before, []) == (desk.position(), desk.room.proposals.waiting())
    assert REFERENCE in desk.watcher.get(path).text
