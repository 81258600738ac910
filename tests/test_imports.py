"""Printed lists and dated histories on their way into the register, and what stops them before they have begun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import signatures.imports.history
import signatures.imports.text
from projections.room import ReadingRoom
from signatures.aggregate import Actor
from signatures.errors import InvalidInput, InvalidTime, ReferenceTaken, RegisterError, SeveralOrganisations
from signatures.importing import read_printed
from signatures.imports.history import HistoryImporter, HistoryOutcome
from signatures.imports.historyfile import read_history
from signatures.imports.text import TextImporter, persons, plan_text_import
from signatures.organisation import NameParts
from signatures.room import Room
from tests.api import small_environ
from tests.clock import FixedClock

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
EDITOR = Actor("editor", "test")
HEADING = (
    "Joint Letter on Water\n\nWater is a right.\n\nSignatories (as of 07 June 2021, further signatories possible):\n"
)
LETTER = HEADING + "1. Water Union\n2. Rivers of Kenya\n4. Lake Society\n\nSubsequent signatories:\nRain Council\n"
COLUMNS = "on,event,key,name"


def opened(environ: dict[str, str]) -> Iterator[Room]:
    room = Room(environ, FixedClock(NOW))
    room.create()
    ReadingRoom(room).lists.create()
    yield room
    room.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Open an empty register on SQLite, for what does not depend on the engine."""
    yield from opened(small_environ(tmp_path))


@pytest.fixture
def either(environ: dict[str, str]) -> Iterator[Room]:
    """Open an empty register on each engine."""
    yield from opened(environ)


def import_text(room: Room, text: str, reference: str = "letter", **given: str | None) -> None:
    report = read_printed(text)
    plan = plan_text_import(report, reference=reference, time_zone="UTC", given=given)
    TextImporter(room.register, report, plan, text.encode()).run(lambda _done: None)


def import_history(room: Room, *rows: str, reference: str = "record", columns: str = COLUMNS) -> HistoryOutcome:
    raw = "\n".join([columns, *rows]).encode()
    importer = HistoryImporter(room.register, reference, raw)
    zone = importer.time_zone("UTC")
    read = read_history(raw, zone)
    importer.begin(time_zone=zone, issuer=None)
    return importer.run(read, lambda _done: None)


def rehearse(room: Room, *rows: str, columns: str = COLUMNS) -> HistoryOutcome:
    raw = "\n".join([columns, *rows]).encode()
    importer = HistoryImporter(room.register, "record", raw)
    return importer.rehearse(read_history(raw, "UTC"), "UTC")


def listed(room: Room, reference: str, as_of: str | None = None, **question: Any) -> dict[str, Any]:
    return dict(ReadingRoom(room).lists.whole(reference, as_of=as_of, drafts=True, **question))


def named(answer: dict[str, Any]) -> list[tuple[int | None, str]]:
    return [(entry.get("number"), entry["name"]) for entry in answer["numbered"] + answer["subsequent"]]


def length(room: Room) -> int:
    newest = room.store.newest()
    return newest.position if newest else 0


def organisations(room: Room) -> list[str]:
    """Tell the names under which organisations are registered."""
    return [entry.data()["name"] for entry in room.store.entries(0, 1000) if entry.type == "Registered"]


# ── a printed list ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_printed_list_becomes_a_published_statement(either: Room) -> None:
    """Numbers are the printed ones, a number left out is a gap, later ones follow without numbers and say `after`."""
    import_text(either, LETTER)
    answer = listed(either, "letter", "2021-06-10")
    assert [(1, "Water Union"), (2, "Rivers of Kenya"), (4, "Lake Society"), (None, "Rain Council")] == named(answer)
    assert [(3, "gap", "not printed")] == [(gap["number"], gap["status"], gap["reason"]) for gap in answer["gaps"]]
    assert {"number": 1, "as_of": "2021-06-07", "further_signatories_possible": True} == answer["edition"]
    told = [(entry["signed_on"], entry["signed_on_means"]) for entry in answer["numbered"] + answer["subsequent"]]
    assert [("2021-06-07", "by")] * 3 + [("2021-06-08", "after")] == told
    methods = {entry.data()["method"] for entry in either.store.entries(0, 100) if entry.type == "Signed"}
    assert {"import"} == methods


def test_what_is_given_goes_before_what_is_printed(room: Room) -> None:
    """The operator knows better than the reader of the text."""
    given = {
        "as_of": "2021-06-09",
        "subsequent_on": "2021-07-01",
        "kind": "Appeal",
        "issuer": "WU",
        "issued_on": "2021-06-01",
    }
    import_text(room, LETTER, language="en", **given)
    told = room.register.statement("letter")
    assert ("Appeal", "WU", "2021-06-01", "en") == (told.kind, told.issuer, told.issued_on, told.default_language)
    answer = listed(room, "letter", "2021-07-01")
    assert ("2021-06-09", "2021-07-01") == (answer["edition"]["as_of"], answer["subsequent"][0]["signed_on"])


def test_sections_are_kept_as_headings_of_the_order(room: Room) -> None:
    """What stood above a group of entries stands above it again."""
    text = HEADING + "International organisations:\n1. Water Union\nNational organisations:\n2. Rivers of Kenya\n"
    import_text(room, text)
    sections = listed(room, "letter")["sections"]
    assert [(1, "International organisations"), (2, "National organisations")] == [
        (section["before"], section["heading"].rstrip(":")) for section in sections
    ]


@pytest.mark.parametrize("again", ["Water Union", "WATER  UNION"])
def test_an_entry_printed_twice_is_one_signature_printed_twice(room: Room, again: str) -> None:
    """Both places are kept and both are of one organisation."""
    import_text(room, HEADING + f"1. Water Union\n2. Rivers of Kenya\n3. {again}\n")
    answer = listed(room, "letter")
    assert [(1, "Water Union"), (2, "Rivers of Kenya"), (3, "Water Union")] == named(answer)
    assert 1 == len({entry["signature_id"] for entry in answer["numbered"] if entry["number"] != 2})


def test_what_the_register_holds_for_one_name_is_one_signature_too(room: Room) -> None:
    """Quotes that the reader of the text tells apart and the register does not never stop an import half way."""
    import_text(room, HEADING + "1. Union “Water”\n2. Rivers of Kenya\n3. Union ‘Water’\n")
    answer = listed(room, "letter")
    assert [1, 2, 3] == [entry["number"] for entry in answer["numbered"]]
    assert answer["numbered"][0]["signature_id"] == answer["numbered"][2]["signature_id"]


def test_a_registered_organisation_signs_as_itself(room: Room) -> None:
    """The second letter finds who signed the first."""
    import_text(room, LETTER)
    import_text(room, HEADING + "1. Lake Society\n2. Fish Forum\n", reference="other")
    one, other = (listed(room, reference) for reference in ("letter", "other"))
    assert one["numbered"][2]["organisation_id"] == other["numbered"][0]["organisation_id"]
    assert 5 == len(organisations(room))


NOT_ONE = "may be the organisation of more than one other line"
REFUSED_TEXTS = {
    "an entry that may be either of two": (
        "1. Lake Society, Kenya\n2. Lake Society, Uganda\n3. Lake Society\n",
        "Line 8",
        NOT_ONE,
    ),
    "a direction that hides others": ("1. Water Union\n2. Lake \u202e Society\n", "Line 7", "U+202E"),
    "a name without end": (f"1. Water Union\n2. Lake {'a' * 1000}\n", "Line 7", "1000 are the most"),
}


@pytest.mark.parametrize(("lines", "where", "why"), REFUSED_TEXTS.values(), ids=REFUSED_TEXTS)
def test_what_would_stop_half_way_is_refused_before_it_begins(room: Room, lines: str, where: str, why: str) -> None:
    """The sentence names the line, and nothing was written."""
    with pytest.raises(RegisterError) as refused:
        import_text(room, HEADING + lines)
    assert refused.value.sentence.startswith(where)
    assert why in refused.value.sentence
    assert 0 == length(room)


def test_one_registration_cannot_sign_for_two_entries(room: Room) -> None:
    """A registration without a country fits both; which one it is, a person has to say."""
    import_text(room, HEADING + "1. Lake Society\n", reference="first")
    before = length(room)
    with pytest.raises(SeveralOrganisations, match=r"^Line 7: .*Nothing was written\.$"):
        import_text(room, HEADING + "1. Lake Society, Kenya\n2. Lake Society, Uganda\n")
    assert before == length(room)


def test_a_name_of_several_registrations_is_refused(room: Room) -> None:
    """Two bodies bear it already; the list does not say which one signed."""
    import_text(room, HEADING + "1. Lake Society, Kenya\n2. Lake Society, Uganda\n", reference="first")
    before = length(room)
    with pytest.raises(SeveralOrganisations, match=r"^Line 6: several organisations bear the name 'Lake Society'"):
        import_text(room, HEADING + "1. Lake Society\n")
    assert before == length(room)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"as_of": "2027-03-02"}, "--as-of: 2027-03-02 is a date to come"),
        ({"as_of": "2027-03-01"}, "--subsequent-on: 2027-03-02 is a date to come"),
    ],
)
def test_a_list_of_a_date_to_come_is_refused(room: Room, given: dict[str, str], why: str) -> None:
    """Nobody has signed by then, and nothing was written."""
    with pytest.raises(InvalidTime, match=why):
        import_text(room, LETTER, **given)
    assert 0 == length(room)


@pytest.mark.parametrize(
    ("text", "given", "why"),
    [
        ("A letter without any list of those who agree.\n", {}, "No list of signatories was found"),
        (HEADING.replace("as of 07 June 2021, ", "") + "1. Water Union\n2. Lake Society\n", {}, "--as-of"),
        (LETTER, {"subsequent_on": "2021-06-07"}, "is not after the list's date"),
    ],
)
def test_a_text_that_is_not_enough_is_refused(text: str, given: dict[str, str | None], why: str) -> None:
    """The sentence says what is missing."""
    with pytest.raises(InvalidInput, match=why):
        plan_text_import(read_printed(text), reference="letter", time_zone="UTC", given=given)


def test_a_reference_is_taken_once(room: Room) -> None:
    """By another statement, by another text, and by the same text once it is all there."""
    import_text(room, LETTER)
    before = length(room)
    for text in (LETTER, LETTER.replace("Water Union", "Fire Union")):
        with pytest.raises(ReferenceTaken, match=r"The reference letter is taken\. .* Nothing was written\."):
            import_text(room, text, reference="Letter")
    assert before == length(room)


@pytest.mark.parametrize(("text", "after"), [*((LETTER, cut) for cut in range(5)), (LETTER.partition("Subs")[0], 3)])
def test_an_import_that_was_cut_off_goes_on(room: Room, text: str, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it ended, also between the last signature and the edition, the same again completes the list."""
    monkeypatch.setattr(signatures.imports.text, "BATCH", 1)
    acts = iter(range(100))

    def may_be_cut(act: Any) -> Any:
        def cut(*args: Any, **options: Any) -> Any:
            if next(acts) == after:
                raise KeyboardInterrupt
            return act(*args, **options)

        return cut

    with monkeypatch.context() as patch:
        patch.setattr(room.register, "sign", may_be_cut(room.register.sign))
        patch.setattr(room.register, "publish", may_be_cut(room.register.publish))
        with pytest.raises(KeyboardInterrupt):
            import_text(room, text)
    import_text(room, text)
    printed = [(1, "Water Union"), (2, "Rivers of Kenya"), (4, "Lake Society"), (None, "Rain Council")]
    answer = listed(room, "letter")
    assert printed[: 4 if "Rain" in text else 3] == named(answer)
    assert 1 == answer["edition"]["number"]
    with pytest.raises(ReferenceTaken):
        import_text(room, text)


def test_entries_that_look_like_persons_are_named(room: Room) -> None:
    """A register of organisations leaves it to an editor to answer for them."""
    text = HEADING + "Organisations:\n1. Water Union\nIndividuals:\n2. Ada Example\n3. Bo Example\n"
    assert [9, 10] == persons(read_printed(text))
    assert [] == persons(read_printed(LETTER))


# ── a dated history ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_are_taken_by_date_then_in_file_order(either: Room) -> None:
    """Signing again on the day of leaving is a second signature of one organisation."""
    outcome = import_history(
        either,
        "2020-02-01,withdrawn,a,Alpha",
        "2020-02-01,signed,a,Alpha",
        "2020-01-01,signed,a,Alpha",
        "2020-01-15,signed,b,Beta",
        "2020-03-01,voided,b,Beta",
    )
    assert ({"signed": 3, "withdrawn": 1, "voided": 1}, []) == (dict(outcome.taken), outcome.refused)
    assert [(1, "Alpha")] == named(listed(either, "record", "2020-01-31"))
    assert [(1, "Alpha")] == named(listed(either, "record", "2020-02-01"))
    signed = [entry.data() for entry in either.store.entries(0, 100) if entry.type == "Signed"]
    assert 1 == len({data["organisation_id"] for data in signed if data["name"] == "Alpha"})
    assert 3 == len({data["signature_id"] for data in signed})


def test_a_refused_row_is_told_and_the_rest_is_taken(either: Room) -> None:
    """Each with the number of its line in the file, whatever the order in which rows are taken."""
    outcome = import_history(
        either,
        "2020-01-03,signed,c,Gamma",
        "2020-01-01,signed,a,Alpha",
        "2020-01-02,signed,a,Alpha",
        "2020-01-02,withdrawn,b,Beta",
        "2020-01-05,corrected,b,Beta",
        "2999-01-01,signed,d,Delta",
        "2020-01-04,signed,e,",
    )
    assert [4, 5, 8, 6, 7] == [line for line, _ in outcome.refused]
    assert "'a' stands already" in outcome.refused[0][1]
    assert "'b' does not stand; it cannot be withdrawn" in outcome.refused[1][1]
    assert [(1, "Alpha"), (2, "Gamma")] == named(listed(either, "record"))


def test_a_row_is_told_by_its_first_line(room: Room) -> None:
    """Cells may hold line breaks; the line told is the one on which the row begins."""
    rows = ('2020-01-01,signed,a,"Alp\nha"', "2020-01-01,signed,b,Beta", "2020-01-01,signed,b,Beta")
    assert [2, 5] == [line for line, _ in import_history(room, *rows).refused]


HISTORY = (
    "2020-01-01,signed,a,Alpha,de,DE,,",
    "2020-01-01,signed,b,Beta,,,,",
    "2020-02-01,corrected,a,Alpha e. V.,,,,misprint",
    "2020-03-01,withdrawn,a,Alpha,,,own-request,asked to leave",
    "2020-04-01,signed,a,Alpha,,,,",
    "2020-05-01,voided,b,Beta,,,fraud,",
)
ALL_COLUMNS = f"{COLUMNS},country,territory,reason,note"


def test_the_same_history_twice_changes_nothing(either: Room) -> None:
    """Every row is known the second time, corrections too."""
    import_history(either, *HISTORY, columns=ALL_COLUMNS)
    before = length(either)
    again = import_history(either, *HISTORY, columns=ALL_COLUMNS)
    assert (6, {}, []) == (again.known, dict(again.taken), again.refused)
    assert before == length(either)


def test_a_longer_history_adds_what_is_new(room: Room) -> None:
    """A file that is kept up to date elsewhere can be imported whenever it has grown."""
    import_history(room, *HISTORY[:3], columns=ALL_COLUMNS)
    again = import_history(room, *HISTORY, columns=ALL_COLUMNS)
    assert (3, {"withdrawn": 1, "signed": 1, "voided": 1}) == (again.known, dict(again.taken))


def test_a_correction_holds_from_its_date(room: Room) -> None:
    """What was printed before stays as it was; reason and note are kept."""
    import_history(room, *HISTORY[:4], columns=ALL_COLUMNS)
    assert ["Alpha", "Alpha e. V."] == [
        listed(room, "record", day)["numbered"][0]["name"] for day in ("2020-01-31", "2020-02-01")
    ]
    left = [entry.data() for entry in room.store.entries(0, 100) if entry.type == "Withdrawn"]
    assert [("own-request", "asked to leave")] == [(data["reason_code"], data["note"]) for data in left]


def test_an_instant_counts_on_its_date_in_the_statements_zone(room: Room) -> None:
    """The zone of a statement that is there already counts, not the one given."""
    room.register.draft(EDITOR, reference="record", kind="statement", time_zone="Asia/Tokyo", default_language="en")
    import_history(room, "2020-01-31T16:00:00Z,signed,a,Alpha", "2020-01-31t16:00:00+09:00,signed,b,Beta")
    assert [("Alpha", "2020-02-01"), ("Beta", "2020-01-31")] == sorted(
        (entry["name"], entry["signed_on"]) for entry in listed(room, "record")["numbered"]
    )


def test_two_keys_under_one_name_are_two_organisations(either: Room) -> None:
    """They are taken as the file says, and reported as look-alikes."""
    outcome = import_history(
        either, "2020-01-01,signed,k1,Alpha", "2020-01-02,signed,k2,ALPHA", "2020-01-03,signed,k3,Beta"
    )
    assert ["ALPHA: k1, k2"] == outcome.lookalikes
    assert 3 == len({entry["organisation_id"] for entry in listed(either, "record")["numbered"]})


@pytest.mark.parametrize(
    ("registered", "rows", "taken"),
    [
        (NameParts("Alpha"), ("2020-01-01,signed,k1,alpha,",), ["k1"]),
        (NameParts("Alpha"), ("2020-01-01,signed,k1,Alpha,", "2020-01-01,signed,k2,Alpha,"), ["k1"]),
        (NameParts("Alpha", country_printed={"und": "Kenya"}), ("2020-01-01,signed,k1,Alpha,Uganda",), []),
        (NameParts("Alpha", acronym="A"), ("2020-01-01,signed,k1,Alpha,",), []),
        (NameParts("Alphabet"), ("2020-01-01,signed,k1,Alpha,",), []),
    ],
)
def test_a_keys_first_row_takes_a_registered_organisation_of_its_parts(
    room: Room, registered: NameParts, rows: tuple[str, ...], taken: list[str]
) -> None:
    """Only if its folded parts are equal and no other key of the file has it."""
    room.register.draft(EDITOR, reference="first", kind="statement", time_zone="UTC", default_language="und")
    receipt = room.register.sign(EDITOR, "first", registered, signed_on="2020-01-01", method="paper")
    import_history(room, *rows, columns=f"{COLUMNS},country")
    by_position = sorted(listed(room, "record")["numbered"], key=lambda entry: int(entry["position"]))
    keys = [row.split(",")[2] for row in rows]
    found = [
        key for key, entry in zip(keys, by_position, strict=True) if entry["organisation_id"] == receipt.organisation_id
    ]
    assert taken == found


def test_a_closed_statement_refuses_rows_after_its_closing(room: Room) -> None:
    """Each row by itself: what was signed before is still taken."""
    room.register.draft(EDITOR, reference="record", kind="statement", time_zone="UTC", default_language="en")
    room.register.close_signing(EDITOR, "record", on="2020-02-01")
    outcome = import_history(room, "2020-01-31,signed,a,Alpha", "2020-02-01,signed,b,Beta")
    assert [3] == [line for line, _ in outcome.refused]
    assert [(1, "Alpha")] == named(listed(room, "record"))


def test_a_rehearsal_tells_what_would_be_taken(room: Room) -> None:
    """Also what is there already and what would be refused; nothing is written."""
    import_history(room, *HISTORY[:2], columns=ALL_COLUMNS)
    before = length(room)
    wrong = ("2020-06-01,signed,z,,,,,", "2999-01-01,signed,y,Y,,,,", "2020-06-01,signed,x,X,,,no-such-reason,")
    outcome = rehearse(room, *HISTORY, *wrong, columns=ALL_COLUMNS)
    assert (2, {"corrected": 1, "withdrawn": 1, "signed": 1, "voided": 1}) == (outcome.known, dict(outcome.taken))
    assert {8, 9, 10} == {line for line, _ in outcome.refused}
    assert before == length(room)


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_a_history_that_was_cut_off_goes_on(room: Room, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batches that were written are known, the rest is taken."""
    monkeypatch.setattr(signatures.imports.history, "BATCH", 1)

    def cut(done: int, so_far: list[int] = []) -> None:  # noqa: B006 - one test, one counter
        so_far.append(done)
        if len(so_far) > after:
            so_far.clear()
            raise KeyboardInterrupt

    raw = "\n".join([ALL_COLUMNS, *HISTORY]).encode()
    importer = HistoryImporter(room.register, "record", raw)
    importer.begin(time_zone="UTC", issuer=None)
    with pytest.raises(KeyboardInterrupt):
        importer.run(read_history(raw, "UTC"), cut)
    again = import_history(room, *HISTORY, columns=ALL_COLUMNS)
    assert (after + 1, 5 - after) == (again.known, sum(again.taken.values()))
    assert [(1, "Alpha")] == named(listed(room, "record"))


# ── the history's file ───────────────────────────────────────────────────────────────────────────────────────────────

REFUSED_FILES = {
    "nothing": (b"", "missing: on, event, key, name"),
    "no row": (b"on,event,key,name\n", "no row"),
    "a column missing": (b"on,event,key\n2020-01-01,signed,a\n", "missing: name"),
    "an unknown column": (b"on,event,key,name,colour\n", "unknown: 'colour'"),
    "a column twice": (b"on,event,key,name,name\n", "twice: name"),
    "semicolons": (b"on;event;key;name\n2020-01-01;signed;a;A\n", "missing: on, event, key, name"),
    "too few cells": (b"on,event,key,name\n2020-01-01,signed,a\n", "Line 2 has more or fewer cells"),
    "too many cells": (b"on,event,key,name\n2020-01-01,signed,a,A,B\n", "Line 2 has more or fewer cells"),
    "an unknown event": (b"on,event,key,name\n2020-01-01,Signed,a,A\n", "Line 2: 'Signed' is none of"),
    "no key": (b"on,event,key,name\n2020-01-01,signed,,A\n", "Line 2: key"),
    "NUL in a key": (b"on,event,key,name\n2020-01-01,signed,a\0,A\n", "Line 2: key holds the character U+0000"),
    "a day that is none": (b"on,event,key,name\n2020-02-30,signed,a,A\n", "Line 2: '2020-02-30' is no date"),
    "a week": (b"on,event,key,name\n2020-W01-1,signed,a,A\n", "Line 2: '2020-W01-1' is no date"),
    "no dashes": (b"on,event,key,name\n20200101,signed,a,A\n", "Line 2: '20200101' is no date"),
    "no date": (b"on,event,key,name\n,signed,a,A\n", "Line 2: '' is no date"),
    "no offset": (b"on,event,key,name\n2020-01-01T12:00:00,signed,a,A\n", "has no offset from UTC"),
    "before the calendar": (b"on,event,key,name\n0001-01-01T00:00:00+14:00,signed,a,A\n", "outside the calendar"),
    "Latin-1": ("on,event,key,name\n2020-01-01,signed,a,Köln\n".encode("latin-1"), "Line 2 is not UTF-8"),
    "UTF-16": ("on,event,key,name\n2020-01-01,signed,a,A\n".encode("utf-16"), "Line 1 is not UTF-8"),
    "a quote that never ends": (b'on,event,key,name\n2020-01-01,signed,a,"A\n', "is no CSV"),
    "a huge cell": (b"on,event,key,name\n2020-01-01,signed,a," + b"A" * 200_000, "field larger than field limit"),
}


@pytest.mark.parametrize(("raw", "why"), REFUSED_FILES.values(), ids=REFUSED_FILES)
def test_a_file_that_is_wrong_anywhere_is_refused_whole(raw: bytes, why: str) -> None:
    """With its line, and the word that nothing was written."""
    with pytest.raises(InvalidInput) as refused:
        read_history(raw, "UTC")
    assert why in refused.value.sentence
    assert refused.value.sentence.lower().endswith("nothing was written.")


def test_a_spreadsheets_csv_is_read(room: Room) -> None:
    """Byte order mark, CRLF, quotes within quotes, empty lines: as spreadsheets write them."""
    raw = '\ufeffon,event,key,name\r\n\r\n2020-01-01,signed,a,"Al ""pha"", Inc."\r\n'.encode()
    assert [("a", 'Al "pha", Inc.', 3)] == [(row.key, row.values["name"], row.line) for row in read_history(raw, "UTC")]
