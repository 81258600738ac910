"""Who may sign: an organisation, its five name parts, renames and mergers, and when two spellings may be the same body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from signatures.aggregate import NO_REASON, Actor, Explained, Headed, Initial, Reason, Redaction
from signatures.characters import check_language, check_line, fold
from signatures.errors import InvalidInput, Refused
from signatures.sentences import said

PART_FIELDS = (
    "acronym",
    "name",
    "name_language",
    "transliteration",
    "translations",
    "country_printed",
    "territories",
    "url",
)
TERRITORY = re.compile(r"[A-Z]{2}\Z")
URL_LIMIT = 1_000


class NameParts(NamedTuple):
    """An organisation's name as signed: the five parts, and what goes with them."""

    name: str
    acronym: str | None = None
    name_language: str | None = None
    transliteration: str | None = None
    translations: dict[str, str] = {}
    country_printed: dict[str, str] = {}
    territories: list[str] = []
    url: str | None = None

    def payload(self) -> dict[str, Any]:
        """Return the parts as an event holds them."""
        return self._asdict()

    def checked(self) -> NameParts:
        """Return the parts exactly as given, or refuse what cannot be printed."""
        check_part_fields(self.payload())
        return self


def check_part_fields(fields: dict[str, Any]) -> None:
    """Refuse name parts that cannot be printed; absent parts are None, empty maps or lists."""
    for field in ("acronym", "name", "transliteration"):
        if field == "name" and field in fields and not fields["name"]:
            raise InvalidInput(said("name is missing. Write the organisation's name in its own script."), field="name")
        if fields.get(field) is not None:
            check_line(field, fields[field])
    if fields.get("name_language") is not None:
        check_language("name_language", fields["name_language"])
    for field, public in (("translations", "translation"), ("country_printed", "country")):
        _check_languages(field, public, fields.get(field, {}))
    _check_territories(fields.get("territories", []))
    if fields.get("url") is not None:
        check_url(fields["url"])


def _check_languages(field: str, public: str, texts: object) -> None:
    if not isinstance(texts, dict):
        raise InvalidInput(f"{field} must be a map from languages to texts.", field=field)
    for language, text in texts.items():
        check_line(public, text)
        check_language(public, language)


def _check_territories(territories: object) -> None:
    if not isinstance(territories, list):
        raise InvalidInput("territories must be a list of ISO 3166-1 codes.", field="territories")
    for territory in territories:
        if not (isinstance(territory, str) and TERRITORY.match(territory)):
            raise InvalidInput(
                said(
                    "%(territory)s is no territory. Use the two letters of ISO 3166-1, for example KE.",
                    territory=repr(territory),
                ),
                field="territories",
            )


def check_url(url: str) -> str:
    """Return a web address exactly as given, or refuse what is none."""
    check_line("url", url, limit=URL_LIMIT)
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError where it is none
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in url or parts.username is not None:
        raise InvalidInput(
            said("%(url)s is no web address. Write it whole, for example https://example.org/", url=repr(url)),
            field="url",
        )
    return url


def folded_name(acronym: str | None, name: str) -> str:
    """Fold acronym and name into the key under which spellings of one body meet."""
    return f"{fold(acronym or '')}\n{fold(name)}"


def agrees(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two sets of parts with one folded name agree in every other part that both give."""
    pairs = [(one["transliteration"], other["transliteration"])]
    for field in ("translations", "country_printed"):
        shared = set(one[field]) & set(other[field])
        pairs += [(one[field][language], other[field][language]) for language in shared]
    return all(fold(a) == fold(b) for a, b in pairs if a and b)


class Organisation(Headed):
    """The aggregate of one organisation's identity through renames and mergers."""

    TOPIC = "Organisation"

    class Registered(Initial):
        """An organisation becomes known under its name parts."""

        TOPIC = "Organisation.Registered"
        acronym: str | None
        name: str
        name_language: str | None
        transliteration: str | None
        translations: dict[str, str]
        country_printed: dict[str, str]
        territories: list[str]
        url: str | None

        def apply(self, aggregate: Organisation) -> None:
            """Start with these parts and no merger."""
            aggregate.parts = {field: getattr(self, field) for field in PART_FIELDS}
            aggregate.renames = []
            aggregate.mergers = []

    class Renamed(Explained):
        """The organisation bears other name parts, from a date or always."""

        TOPIC = "Organisation.Renamed"
        changes: dict[str, Any]
        effective_on: str | None

        def apply(self, aggregate: Organisation) -> None:
            """Remember the change."""
            aggregate.renames.append({"version": self.originator_version, "changes": self.changes})

    class Merged(Explained):
        """This registration and another are one body, for all dates."""

        TOPIC = "Organisation.Merged"
        into: str

        def apply(self, aggregate: Organisation) -> None:
            """Remember the merger."""
            aggregate.mergers.append({"version": self.originator_version, "into": self.into})

    class Annulled(Explained):
        """An earlier Merged counts as never recorded."""

        TOPIC = "Organisation.Annulled"
        position: int
        annulled_version: int

        def apply(self, aggregate: Organisation) -> None:
            """Forget the merger."""
            aggregate.mergers = [m for m in aggregate.mergers if m["version"] != self.annulled_version]

    class Withheld(Redaction):
        """The payload of an earlier entry is erased by order."""

        TOPIC = "Organisation.Withheld"

        def apply(self, aggregate: Organisation) -> None:
            """Keep of the parts, or of the renaming, what is kept; replayed from what is kept, nothing changes."""
            if self.type == "Registered":
                aggregate.parts = {field: self.kept[field] for field in PART_FIELDS}
            aggregate.renames = [
                {**rename, "changes": self.kept["changes"]} if rename["version"] == self.version else rename
                for rename in aggregate.renames
            ]

    if TYPE_CHECKING:  # at run time the library would make the annotations parameters of __init__
        parts: dict[str, Any]
        renames: list[dict[str, Any]]
        mergers: list[dict[str, Any]]

    @classmethod
    def register(cls, id_: UUID, parts: NameParts, actor: Actor) -> Organisation:
        """Register an organisation under its parts."""
        return cls.begin(cls.Registered, id_, actor, **parts.checked().payload())

    @property
    def into(self) -> str | None:
        """The registration into which this one was merged."""
        return self.mergers[-1]["into"] if self.mergers else None

    def spellings(self) -> list[dict[str, Any]]:
        """All sets of parts under which this organisation is or was known."""
        known = [self.parts]
        for rename in self.renames:
            known.append({**known[-1], **rename["changes"]})
        return known

    def rename(
        self, changes: dict[str, Any], effective_on: str | None, actor: Actor, reason: Reason = NO_REASON
    ) -> None:
        """Give the organisation other name parts."""
        unknown = sorted(set(changes) - set(PART_FIELDS))
        if unknown or not changes:
            raise InvalidInput(
                f"Nothing to rename: {', '.join(unknown) or 'no part'} given. Parts are {', '.join(PART_FIELDS)}."
            )
        check_part_fields(changes)
        self.record(self.Renamed, actor, changes=changes, effective_on=effective_on, **reason.checked())

    def merge(self, into: str, actor: Actor, reason: Reason = NO_REASON) -> None:
        """Say that this registration and another are one body."""
        if into == str(self.id):
            raise Refused(said("An organisation cannot be merged into itself."))
        if self.into is not None:
            raise Refused(said("This organisation was merged into %(into)s already. Annul that first.", into=self.into))
        self.record(self.Merged, actor, into=into, **reason.checked())

    def annul(self, position: int, version: int, actor: Actor, reason: Reason = NO_REASON) -> None:
        """Take back a merger that was a slip."""
        if not any(m["version"] == version for m in self.mergers):
            raise Refused(f"Position {position} holds no merger of this organisation that could be annulled.")
        self.record(self.Annulled, actor, position=position, annulled_version=version, **reason.checked())
