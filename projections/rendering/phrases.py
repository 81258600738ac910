"""Phrases: the fixed words of printed lists in each language of the register. Standard library only.

An importer reads every one of them back. A language that is not here gets English, as `und` does.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Phrases(NamedTuple):
    """What a printed list says besides titles, texts and names; `{day}` and the like are filled in."""

    months: tuple[str, ...]
    day: str
    """How a date is written, of `d` (day), `dd` (two digits), `month`, `yyyy` and `ordinal` (1er in French)."""
    heading: str
    possible: str
    subsequent: str
    withheld: str
    withdrawn: str
    withdrawn_on: str
    voided: str
    not_yet: str
    left_free: str
    checkpoint: str
    edition: str
    no_edition: str
    recorded: str
    reference: str
    page: str
    missing: str

    def in_words(self, day: str) -> str:
        """Write an ISO date as the language does, whatever the locale of the machine."""
        on = date.fromisoformat(day)
        parts = {"d": on.day, "dd": f"{on.day:02}", "month": self.months[on.month - 1], "yyyy": f"{on.year:04}"}
        return self.day.format(**parts, ordinal="1er" if on.day == 1 else on.day)

    def heading_of(self, day: str, *, possible: bool) -> str:
        """Write the heading of a list of a day, without the colon."""
        return self.heading.format(day=self.in_words(day), remark=self.possible if possible else "")

    def why(self, status: str, on: str | None = None, reason: str | None = None) -> str:
        """Say why a place is empty or its entry in brackets; the reason of a gap is somebody's own words."""
        match status:
            case "gap":
                return reason or self.left_free
            case "withdrawn":
                return self.withdrawn_on.format(day=self.in_words(on)) if on else self.withdrawn
            case "voided":
                return self.voided
            case "not-yet":
                return self.not_yet
        return status.replace("-", " ")


PHRASES = {
    "en": Phrases(
        months=(
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ),
        day="{dd} {month} {yyyy}",
        heading="Signatories (as of {day}{remark})",
        possible=", further signatories possible",
        subsequent="Subsequent signatories",
        withheld="[name withheld]",
        withdrawn="withdrawn",
        withdrawn_on="withdrawn on {day}",
        voided="voided",
        not_yet="not yet",
        left_free="left free",
        checkpoint="Checkpoint of the log: size {size}, root {root}",
        edition="Edition {number}, position {position}",
        no_edition="No edition yet, position {position}",
        recorded="Recorded through {day}, {hour} UTC",
        reference="Reference {reference}",
        page="Page {page} of {pages}",
        missing="No font of this server has these letters: {letters}",
    ),
    "de": Phrases(
        months=(
            "Januar", "Februar", "März", "April", "Mai", "Juni",
            "Juli", "August", "September", "Oktober", "November", "Dezember",
        ),
        day="{d}. {month} {yyyy}",
        heading="Unterzeichner (Stand: {day}{remark})",
        possible=", weitere Unterzeichner möglich",
        subsequent="Spätere Unterzeichner",
        withheld="[Name zurückgehalten]",
        withdrawn="zurückgezogen",
        withdrawn_on="zurückgezogen am {day}",
        voided="ungültig",
        not_yet="noch nicht",
        left_free="frei gelassen",
        checkpoint="Prüfpunkt des Protokolls: Größe {size}, Wurzel {root}",
        edition="Ausgabe {number}, Position {position}",
        no_edition="Noch keine Ausgabe, Position {position}",
        recorded="Erfasst bis {day}, {hour} UTC",
        reference="Kennung {reference}",
        page="Seite {page} von {pages}",
        missing="Keine Schrift dieses Servers hat diese Buchstaben: {letters}",
    ),
    "fr": Phrases(
        months=(
            "janvier", "février", "mars", "avril", "mai", "juin",
            "juillet", "août", "septembre", "octobre", "novembre", "décembre",
        ),
        day="{ordinal} {month} {yyyy}",
        heading="Signataires (au {day}{remark})",
        possible=", autres signataires possibles",
        subsequent="Signataires ultérieurs",
        withheld="[nom masqué]",
        withdrawn="retiré",
        withdrawn_on="retiré le {day}",
        voided="annulé",
        not_yet="pas encore",
        left_free="laissé libre",
        checkpoint="Point de contrôle du journal : taille {size}, racine {root}",
        edition="Édition {number}, position {position}",
        no_edition="Pas encore d’édition, position {position}",
        recorded="Enregistré jusqu’au {day}, {hour} UTC",
        reference="Référence {reference}",
        page="Page {page} sur {pages}",
        missing="Aucune police de ce serveur n’a ces lettres : {letters}",
    ),
    "es": Phrases(
        months=(
            "enero", "febrero", "marzo", "abril", "mayo", "junio",
            "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
        ),
        day="{d} de {month} de {yyyy}",
        heading="Firmantes (al {day}{remark})",
        possible=", otros firmantes posibles",
        subsequent="Firmantes posteriores",
        withheld="[nombre reservado]",
        withdrawn="retirado",
        withdrawn_on="retirado el {day}",
        voided="anulado",
        not_yet="todavía no",
        left_free="dejado libre",
        checkpoint="Punto de control del registro: tamaño {size}, raíz {root}",
        edition="Edición {number}, posición {position}",
        no_edition="Aún sin edición, posición {position}",
        recorded="Registrado hasta el {day}, {hour} UTC",
        reference="Referencia {reference}",
        page="Página {page} de {pages}",
        missing="Ninguna fuente de este servidor tiene estas letras: {letters}",
    ),
    "pt": Phrases(
        months=(
            "janeiro", "fevereiro", "março", "abril", "maio", "junho",
            "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
        ),
        day="{d} de {month} de {yyyy}",
        heading="Signatários (em {day}{remark})",
        possible=", outros signatários possíveis",
        subsequent="Signatários posteriores",
        withheld="[nome reservado]",
        withdrawn="retirado",
        withdrawn_on="retirado em {day}",
        voided="anulado",
        not_yet="ainda não",
        left_free="deixado livre",
        checkpoint="Ponto de controle do registro: tamanho {size}, raiz {root}",
        edition="Edição {number}, posição {position}",
        no_edition="Ainda sem edição, posição {position}",
        recorded="Registrado até {day}, {hour} UTC",
        reference="Referência {reference}",
        page="Página {page} de {pages}",
        missing="Nenhuma fonte deste servidor tem estas letras: {letters}",
    ),
    "tr": Phrases(
        months=(
            "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran",
            "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık",
        ),
        day="{d} {month} {yyyy}",
        heading="İmzacılar ({day} itibarıyla{remark})",
        possible=", yeni imzacılar mümkün",
        subsequent="Sonradan imzalayanlar",
        withheld="[ad gizli]",
        withdrawn="geri çekildi",
        withdrawn_on="geri çekildi: {day}",
        voided="iptal",
        not_yet="henüz değil",
        left_free="boş bırakıldı",
        checkpoint="Kaydın denetim noktası: boyut {size}, kök {root}",
        edition="Baskı {number}, konum {position}",
        no_edition="Henüz baskı yok, konum {position}",
        recorded="Kayıt sonu: {day}, {hour} UTC",
        reference="Kısa ad {reference}",
        page="Sayfa {page} / {pages}",
        missing="Bu sunucunun hiçbir yazı tipinde şu harfler yok: {letters}",
    ),
    "ru": Phrases(
        months=(
            "января", "февраля", "марта", "апреля", "мая", "июня",
            "июля", "августа", "сентября", "октября", "ноября", "декабря",
        ),
        day="{d} {month} {yyyy} года",
        heading="Подписавшие (на {day}{remark})",
        possible=", возможны новые подписи",
        subsequent="Подписавшие позднее",
        withheld="[имя скрыто]",
        withdrawn="отозвано",
        withdrawn_on="отозвано {day}",
        voided="аннулировано",
        not_yet="ещё нет",
        left_free="оставлено свободно",
        checkpoint="Контрольная точка журнала: размер {size}, корень {root}",
        edition="Издание {number}, позиция {position}",
        no_edition="Издания ещё нет, позиция {position}",
        recorded="Записано по {day}, {hour} UTC",
        reference="Обозначение {reference}",
        page="Стр. {page} из {pages}",
        missing="Ни в одном шрифте этого сервера нет букв: {letters}",
    ),
    "ar": Phrases(
        months=(
            "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
            "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
        ),
        day="{d} {month} {yyyy}",
        heading="الموقعون (حتى {day}{remark})",
        possible="، الباب مفتوح لموقعين آخرين",
        subsequent="الموقعون اللاحقون",
        withheld="[الاسم محجوب]",
        withdrawn="منسحب",
        withdrawn_on="منسحب في {day}",
        voided="ملغى",
        not_yet="ليس بعد",
        left_free="شاغر",
        checkpoint="نقطة تحقق السجل: الحجم {size}، الجذر {root}",
        edition="الطبعة {number}، الموضع {position}",
        no_edition="لا طبعة بعد، الموضع {position}",
        recorded="مسجل حتى {day}، {hour} UTC",
        reference="المرجع {reference}",
        page="صفحة {page} من {pages}",
        missing="لا يوجد في خطوط هذا الخادم هذه الحروف: {letters}",
    ),
}  # fmt: skip


def phrases(language: str | None) -> Phrases:
    """Give the words of a language (`pt-BR` has those of `pt`), or else the English ones."""
    return PHRASES.get((language or "").lower().partition("-")[0], PHRASES["en"])
