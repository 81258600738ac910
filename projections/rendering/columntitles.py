"""Titles of the CSV's columns in each language of the register, for the description beside it. Standard library only."""

from __future__ import annotations

# In the order of the columns; the header row itself bears their names, which are the same in every language.
TITLES = {
    "en": (
        "Number", "Signature", "Organisation", "Short name", "Name", "Language of the name", "Transliteration",
        "Translation", "Country as printed", "Territories", "Website", "Signed on", "What the day means", "As printed",
        "Status", "Late", "Corrected", "Position", "Recorded at", "Withdrawn on", "Reason",
    ),
    "de": (
        "Nummer", "Unterschrift", "Organisation", "Kurzname", "Name", "Sprache des Namens", "Umschrift", "Übersetzung",
        "Land, wie gedruckt", "Gebiete", "Website", "Unterzeichnet am", "Bedeutung des Tages", "Wie gedruckt", "Status",
        "Verspätet", "Berichtigt", "Position", "Erfasst am", "Zurückgezogen am", "Grund",
    ),
    "fr": (
        "Numéro", "Signature", "Organisation", "Sigle", "Nom", "Langue du nom", "Translittération", "Traduction",
        "Pays, tel qu’imprimé", "Territoires", "Site web", "Signé le", "Sens de la date", "Tel qu’imprimé", "Statut",
        "Tardif", "Corrigé", "Position", "Enregistré le", "Retiré le", "Raison",
    ),
    "es": (
        "Número", "Firma", "Organización", "Sigla", "Nombre", "Idioma del nombre", "Transliteración", "Traducción",
        "País, como está impreso", "Territorios", "Sitio web", "Firmado el", "Qué significa el día", "Como está impreso",
        "Estado", "Tardío", "Corregido", "Posición", "Registrado el", "Retirado el", "Motivo",
    ),
    "pt": (
        "Número", "Assinatura", "Organização", "Sigla", "Nome", "Língua do nome", "Transliteração", "Tradução",
        "País, como impresso", "Territórios", "Site", "Assinado em", "O que o dia significa", "Como impresso", "Estado",
        "Tardio", "Corrigido", "Posição", "Registrado em", "Retirado em", "Motivo",
    ),
    "tr": (
        "Numara", "İmza", "Örgüt", "Kısa ad", "Ad", "Adın dili", "Çevriyazı", "Çeviri", "Basıldığı gibi ülke",
        "Bölgeler", "Web sitesi", "İmza günü", "Günün anlamı", "Basıldığı gibi", "Durum", "Geç", "Düzeltildi", "Konum",
        "Kayıt zamanı", "Geri çekilme günü", "Gerekçe",
    ),
    "ru": (
        "Номер", "Подпись", "Организация", "Сокращение", "Название", "Язык названия", "Транслитерация", "Перевод",
        "Страна, как напечатано", "Территории", "Сайт", "Подписано", "Что значит эта дата", "Как напечатано",
        "Состояние", "С опозданием", "Исправлено", "Позиция", "Записано", "Отозвано", "Причина",
    ),
    "ar": (
        "الرقم", "التوقيع", "المنظمة", "الاسم المختصر", "الاسم", "لغة الاسم", "النقل الحرفي", "الترجمة",
        "البلد كما طُبع", "الأقاليم", "الموقع الإلكتروني", "تاريخ التوقيع", "معنى التاريخ", "كما طُبع", "الحالة",
        "متأخر", "مصحح", "الموضع", "وقت التسجيل", "تاريخ الانسحاب", "السبب",
    ),
}  # fmt: skip


def titles(names: tuple[str, ...], language: str | None) -> list[str | dict[str, str]]:
    """Give each column its name as its title, and its words in a language of the register beside it."""
    code = (language or "").lower().partition("-")[0]
    words = TITLES.get(code)
    if words is None:
        return list(names)
    return [{"und": name, code: word} for name, word in zip(names, words, strict=True)]
