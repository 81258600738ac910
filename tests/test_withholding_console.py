"""A withheld name in the editors' console: every page that would show it says so, and nothing else of it breaks."""

from __future__ import annotations

import re

import pytest

from signatures.aggregate import Reason
from signatures.intake.alike import candidates
from signatures.intake.disguise import bearers
from signatures.organisation import NameParts
from signatures.register import Receipt
from tests.keeping import REFERENCE, Desk, sign
from tests.queueing import EDITOR

SAID = "Name withheld"


@pytest.fixture
def erased(desk: Desk) -> Receipt:
    """Let one sign, be corrected and renamed; then erase its name everywhere, by order."""
    register = desk.room.register
    found = sign(desk.room, "Canary Union", acronym="CU", translations={"en": "Canaries"})
    sign(desk.room, "Beta Union")
    corrected = register.correct(
        EDITOR, found.signature_id, {"name": "Canary Unions"}, reason=Reason("typo", "Canary!")
    )
    renamed = register.rename(EDITOR, found.organisation_id, {"name": "Canary United"}, on="2026-11-24")
    assert candidates(register, NameParts("Canary Union"), limit=5)
    for position in (found.position - 1, found.position, corrected.position, renamed.position):
        register.withhold(EDITOR, position, Reason("legal", "by order of a court"))
    return found


def test_every_page_of_the_console_says_so(desk: Desk, erased: Receipt) -> None:
    """Lists of signatories and organisations, their own pages, and the questions before an act."""
    entry = f"/editors/statements/{REFERENCE}/signatories/{erased.signature_id}"
    one = f"/editors/organisations/{erased.organisation_id}"
    for path in (entry, f"{entry}/withdrawal", f"{entry}/void", one, f"{one}/merge", "/editors/organisations"):
        answer = desk.one.get(path)
        if answer.status_code == 404:
            continue  # named otherwise; those that are linked are looked at below
        assert 200 == answer.status_code, path
        _says_nothing(answer.text, path)
        assert SAID in answer.text, path
    listing = desk.one.get(f"/editors/statements/{REFERENCE}/signatories").text
    _says_nothing(listing, "the list")
    assert "Not named" in listing
    for path in set(re.findall(r'href="(/editors/[^"#]+)"', desk.one.get(entry).text + desk.one.get(one).text)):
        answer = desk.one.get(path.replace("&amp;", "&"))
        assert answer.status_code < 400, path
        _says_nothing(answer.text, path)


def _says_nothing(page: str, where: str) -> None:
    words = re.sub("<[^>]*>", " ", page)
    assert not re.search(r"\bCanar(y|ies)|\bCU\b|\bNone\b", words), where


def test_an_erased_name_is_compared_with_nobodys(desk: Desk, erased: Receipt) -> None:
    """Neither by its likeness nor by what it holds, also in a process that has read it before."""
    register = desk.room.register
    assert [] == [one for one in candidates(register, NameParts("Canary Union"), limit=5) if one.score > 85]
    assert set() == bearers(register, ["Canary Union", "Canaries", ""])
    assert bearers(register, ["Beta Union"])


def test_an_editor_can_give_the_entry_another_name(desk: Desk, erased: Receipt) -> None:
    """It is corrected like any other, and stands under that from then on."""
    path = f"/editors/statements/{REFERENCE}/signatories/{erased.signature_id}"
    register = desk.room.register
    register.correct(EDITOR, erased.signature_id, {"name": "Free Union"}, reference=REFERENCE)
    page = desk.one.get(path).text
    assert "Free Union" in page
    _says_nothing(page.replace(SAID, ""), path)
