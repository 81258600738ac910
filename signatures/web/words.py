"""Words for dates, numbers and languages, and the filters by which templates ask for them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from jinja2 import Environment, pass_context
from jinja2.runtime import Context


def locale_of(language: str) -> str:
    """Name the locale whose dates a page in this language uses; English dates begin with the day."""
    try:
        return "en_GB" if language in {"en", "und"} else str(Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return "en_GB"


def day_words(on: str, language: str = "en", *, width: str = "long") -> str:
    """Write an ISO date in words: 7 June 2021."""
    return format_date(date.fromisoformat(on), width, locale_of(language))


def moment_words(at: str, language: str = "en") -> str:
    """Write an RFC 3339 instant in words, to the minute, in UTC: 7 June 2021, 18:00 UTC."""
    instant = datetime.fromisoformat(at).astimezone(UTC)
    comma = "،" if language.partition("-")[0] == "ar" else ","
    return f"{day_words(instant.date().isoformat(), language)}{comma} {instant:%H:%M} UTC"


def language_name(code: str, language: str | None = None) -> str:
    """Name a language in its own words, or in those of another."""
    if code == "und":  # no language, which CLDR would take for the likeliest
        return code
    try:
        named = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return code
    words = named.get_display_name(locale_of(language) if language else None) or code
    return words[:1].upper() + words[1:]


def equip(environment: Environment) -> None:
    """Give an environment the filters that the templates use; each follows the `lang` of the page."""

    @pass_context
    def day(context: Context, on: str) -> str:
        return day_words(on, context.get("lang") or "en")

    @pass_context
    def day_short(context: Context, on: str) -> str:
        return day_words(on, context.get("lang") or "en", width="medium")

    @pass_context
    def month(context: Context, on: str) -> str:
        return format_skeleton("yMMMM", date.fromisoformat(on), locale=locale_of(context.get("lang") or "en"))

    @pass_context
    def moment(context: Context, at: str) -> str:
        return moment_words(at, context.get("lang") or "en")

    @pass_context
    def number(context: Context, n: int) -> str:
        return format_decimal(n, locale=locale_of(context.get("lang") or "en"))

    for each in (day, day_short, month, moment, number):
        environment.filters[each.__name__] = each
    environment.filters["own_name"] = language_name
