"""What a proposal would change, in words: the thing that it is about, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from babel import Locale
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

from signatures.editors.console.keeping import REASONS
from signatures.editors.console.wording import Words
from signatures.editors.proposal import Proposal
from signatures.errors import RegisterError
from signatures.register import Register
from signatures.web.words import day_words, language_name

FIELDS = {
    "acronym": lazy_gettext("Short name"),
    "name": lazy_gettext("Name"),
    "transliteration": lazy_gettext("In Latin letters"),
    "translations": lazy_gettext("Translation"),
    "country_printed": lazy_gettext("Country printed"),
    "translation": lazy_gettext("Translation"),
    "country": lazy_gettext("Country printed"),
    "territories": lazy_gettext("Where active"),
    "name_language": lazy_gettext("Language of the name"),
    "url": lazy_gettext("Website"),
    "organisation_id": lazy_gettext("Organisation"),
    "signed_on": lazy_gettext("Signed on"),
    "signed_on_means": lazy_gettext("What is known of that day"),
}
SAID = ("acronym", "name", "transliteration", "translations", "country_printed", "translation", "country")
TITLES = {
    "void": lazy_gettext("Void a signature"),
    "withdraw": lazy_gettext("Withdraw a signature"),
    "correct": lazy_gettext("Correct an entry"),
    "retract": lazy_gettext("Take a statement back"),
    "annul": lazy_gettext("Annul a slip"),
    "merge": lazy_gettext("Say that two registrations are one body"),
    "unmerge": lazy_gettext("Say that two registrations are two bodies"),
}


class Change(NamedTuple):
    """What would change: before and after; `said` where organisations wrote it."""

    label: str
    before: str
    after: str
    said: bool = False


class Told(NamedTuple):
    """A proposal in words: `line` is the printed line or name, `under` the statement, with its address in the console."""

    title: str
    line: str
    language: str | None
    under: str
    href: str
    rows: list[Change]
    why: str


class Changes:
    """Tells of proposals in the words of one page."""

    def __init__(self, register: Register, words: Words) -> None:
        """Read what stands now."""
        self.register, self.words = register, words

    def of(self, proposal: Proposal) -> Told:
        """Say what a proposal is about and what it would change."""
        thing, under = self.words.thing(proposal.thing), self._reference(proposal)
        try:
            rows = self._changes(proposal)
        except (RegisterError, KeyError):
            rows = []  # what it is about cannot be read; confirming it tells why
        return Told(
            title=str(TITLES[proposal.act]),
            line="" if thing.words == under else thing.words,
            language=thing.language,
            under=under,
            href=f"/editors/statements/{under}",
            rows=rows,
            why=_why(proposal),
        )

    # -- inside --------------------------------------------------------------------------------------------------

    def _reference(self, proposal: Proposal) -> str:
        """Tell the statement that a proposal is about; none for those about organisations."""
        if proposal.thing.startswith("statement:"):
            return proposal.about
        if proposal.detail.get("reference"):
            return str(proposal.detail["reference"])
        if not proposal.thing.startswith("signature:"):
            return ""
        try:
            return self.words.under(proposal.about)
        except RegisterError:
            return ""

    def _changes(self, proposal: Proposal) -> list[Change]:
        detail, what = proposal.detail, str(_("Signature"))
        match proposal.act:
            case "void":
                return [
                    Change(what, self._stands(proposal.about), _("gone on every date; its number is not used again"))
                ]
            case "withdraw":
                return [Change(what, self._stands(proposal.about), _("withdrew on %(day)s", day=_day(detail["on"])))]
            case "correct":
                return self._corrections(proposal)
            case "retract":
                after = _("taken back on %(day)s: readable, and not to be signed any more", day=_day(detail["on"]))
                return [Change(_("Statement"), _("stands"), after)]
            case "annul" | "unmerge":
                place = str(_("Position %(position)s", position=detail["position"]))
                return [Change(place, self._recorded(detail["position"]), _("counts as never recorded"))]
            case _:
                other = self.words.thing(f"organisation:{detail['into']}").words
                return [
                    Change(
                        _("Registration"),
                        _("a body of its own"),
                        _("one body with %(other)s, for all dates", other=other),
                    )
                ]

    def _stands(self, signature_id: str) -> str:
        row = self.register.signature(signature_id)
        if row.withdrawn_on:
            return str(_("withdrew on %(day)s", day=_day(row.withdrawn_on)))
        return str(_("stands since %(day)s", day=_day(row.signed_on)))

    def _recorded(self, position: int) -> str:
        entry = self.register.store.entry(position)
        kinds = {
            "Withdrawn": _("a withdrawal"),
            "Voided": _("a voiding"),
            "Corrected": _("a correction"),
            "Closed": _("the end of signing"),
            "Reopened": _("the reopening"),
            "Retracted": _("the taking back"),
            "Merged": _("a merger"),
        }
        return str(kinds.get(entry.type, entry.type)) if entry else ""

    def _corrections(self, proposal: Proposal) -> list[Change]:
        present, detail = self.register.present_parts(proposal.about), proposal.detail
        default = {"translation": "translations", "country": "country_printed"}
        rows = [
            Change(
                str(FIELDS[field]),
                self._value(field, present.get(default.get(field, field))),
                self._value(field, value),
                said=field in SAID,
            )
            for field, value in sorted(detail["changes"].items(), key=lambda change: list(FIELDS).index(change[0]))
        ]
        from_day = _("from %(day)s on", day=_day(detail["on"])) if detail.get("on") else _("for all dates")
        return [*rows, Change(_("It holds"), "", from_day)]

    def _value(self, field: str, value: Any) -> str:
        if value in (None, "", [], {}):
            return "–"
        match field:
            case "organisation_id":
                return self.words.thing(f"organisation:{value}").words
            case "territories":
                return ", ".join(str(Locale.parse(_language(), sep="-").territories.get(code, code)) for code in value)
            case "name_language":
                return language_name(str(value), _language())
            case "signed_on":
                return _day(str(value))
        return ", ".join(str(part) for part in value.values()) if isinstance(value, Mapping) else str(value)


def _why(proposal: Proposal) -> str:
    """Say the public reason: its kind and the note."""
    code = proposal.reason.code
    said = [str(REASONS[code])] if code in REASONS and code != "other" else []
    return ": ".join([*said, proposal.note] if proposal.note else said)


def _day(on: str) -> str:
    return day_words(on, _language())


def _language() -> str:
    return str(get_locale() or "en").replace("_", "-")
