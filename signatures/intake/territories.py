"""Countries and territories as people type them, in any of the languages of a page, as codes of ISO 3166-1."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from babel import Locale, UnknownLocaleError

NOT_ISO = frozenset(("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"))
SMALL = frozenset(("the", "and", "und", "og", "och", "y", "e", "и"))  # said or left away; no code of a territory
PRINTED = ("en", "de", "fr", "es", "pt", "tr", "ru", "ar")  # the languages in which lists are printed
LONGEST = 8  # words of a name; "Lao People's Democratic Republic" has five
# What people write and the tables of names do not have.
ALIASES = {
    "BA": "Bosnia", "BO": "Plurinational State of Bolivia", "BN": "Brunei Darussalam", "BY": "Byelorussia",
    "CD": "DR Congo|DRC|D.R. Congo|Democratic Republic of the Congo|Democratic Republic of Congo|Congo-Kinshasa|Zaire",
    "CG": "Congo|Republic of the Congo|Congo-Brazzaville", "CI": "Ivory Coast|Elfenbeinküste|Costa d'Avorio",
    "CV": "Cabo Verde", "CZ": "Czech Republic", "FK": "Falkland Islands|Malvinas", "FM": "Micronesia",
    "GB": "UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Northern Ireland", "HK": "Hong Kong",
    "IR": "Islamic Republic of Iran|Persia", "KP": "DPRK|Democratic People's Republic of Korea",
    "KR": "Korea|Republic of Korea", "LA": "Lao|Lao People's Democratic Republic", "MD": "Republic of Moldova",
    "MK": "Macedonia", "MM": "Burma|Myanmar", "MO": "Macau|Macao", "NL": "Holland|The Netherlands",
    "PH": "The Philippines", "PS": "Palestine|State of Palestine", "RU": "Russian Federation", "SY": "Syrian Arab Republic",
    "SZ": "Swaziland", "TL": "East Timor", "TR": "Turkey", "TW": "Chinese Taipei", "TZ": "United Republic of Tanzania",
    "US": "USA|U.S.A.|U.S.|United States of America|America", "VA": "Vatican|Holy See", "VE": "Bolivarian Republic of Venezuela",
    "VN": "Viet Nam", "CN": "People's Republic of China|PR China",
}  # fmt: skip


def territory_codes(text: str, languages: Iterable[str]) -> tuple[list[str], list[str]]:
    """Read names and codes, separated by commas or just by spaces; return the codes, and what could not be read."""
    names = _names(tuple(dict.fromkeys(languages)))
    codes: list[str] = []
    unknown: list[str] = []
    for chunk in re.split(r"[,;/|、،\n]+", text):
        words = chunk.split()
        while words:
            taken = next((n for n in range(min(len(words), LONGEST), 0, -1) if _key(" ".join(words[:n])) in names), 0)
            if taken:
                codes.append(names[_key(" ".join(words[:taken]))])
            else:
                unknown.append(words[0])
            words = words[taken or 1 :]
    return list(dict.fromkeys(codes)), list(dict.fromkeys(unknown))


@lru_cache(maxsize=4096)
def territory_named(text: str, *languages: str) -> str | None:
    """Tell the territory that a list prints beside a name: `Congo, Republic of the`, `Turkey / Kurdistan`, `Lyon, France`.

    Only whole names count, so `New Guinea` is none; where the languages differ, the first one decides.
    """
    place, _, rest = text.partition(",")
    ways = (text, f"{rest} {place}", *re.split(r"[/;|]", text), text.rpartition(",")[2])
    keys, tables = [_key(way) for way in ways], [*((language,) for language in languages), PRINTED]
    return next((_names(table)[key] for key in keys for table in tables if key in _names(table)), None)


@lru_cache(maxsize=32)
def _names(languages: tuple[str, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for code, aliases in ALIASES.items():
        names |= {_key(alias): code for alias in aliases.split("|")}
    for language in languages:
        for code, name in _locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in NOT_ISO:
                names |= {_key(spelling): code for spelling in (code, name, name.partition(" (")[0])}
    names.pop("", None)
    return names


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _key(name: str) -> str:
    """Fold case, accents, punctuation and small words away."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter) and letter not in ".'’ʼ`")
    return " ".join(word for word in re.findall(r"[^\W_]+", kept) if word not in SMALL)
