"""The fixed corpus of hostile names: what somebody may type to break a page, a table, a mail or a reader.

`HOSTILE` is data alone. A legitimate text is kept to the letter wherever it goes and escaped where it is shown: `line` is
the printed line that the form makes of it, with line breaks folded. Any other text is refused with a sentence.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BREAKS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")


class Hostile(NamedTuple):
    """A text, what it is after, and whether an organisation could bear it as a name."""

    kind: str
    text: str
    legitimate: bool = True

    @property
    def line(self) -> str:
        """The line that is printed of a legitimate text."""
        return BREAKS.sub(" ", self.text.strip()).strip()

    @property
    def id(self) -> str:
        """A name for a test."""
        return f"{self.kind} {ascii(self.text)[1:40]}"


def _all(kind: str, *texts: str, legitimate: bool = True) -> list[Hostile]:
    return [Hostile(kind, text, legitimate) for text in texts]


HTML = _all(
    "html",
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>", '"><script>alert(1)</script>', "'><script>alert(1)</script>", "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>", "<!-- ", "-->", "<![CDATA[x]]>", "]]>", "<b>Union</b>", "<a href='javascript:alert(1)'>x</a>",
    "&lt;script&gt;", "&amp;amp;", "&#60;script&#62;", "&nbsp;&NotEqualTilde;", "<", ">", "&", '"', "'", "`", "<iframe srcdoc='x'>",
    '" onmouseover="alert(1)', "' autofocus onfocus='alert(1)", "<base href=//example.org>", "<meta http-equiv=refresh content=0>",
    "<style>*{display:none}</style>", "<plaintext>", "</option></select><b>", "</datalist><b>", "<details open ontoggle=alert(1)>",
    "&#x202e;abc", "<bdo dir=rtl>abc", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "＜script＞alert(1)＜/script＞",
)  # fmt: skip

FORMULAS = _all(
    "formula",
    "=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://example.org","x")', "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "＝1+1", "＋1", "－1", "＠x", '=IMPORTXML("http://example.org","//a")',
    '"=1+1"', "'=1+1", "x,=1+1", "x;=1+1", 'x","=1+1', "%0A=1+1", "=\u200b1+1", "\u2212 1",
)  # fmt: skip

BIDI = _all(
    "bidi control",
    "x\u202eevil", "x\u202devil", "\u202aUnion\u202c", "\u202bUnion\u202c", "Union\u202c", "\u2066Union\u2069", "\u2067Union\u2069",
    "\u2068Union\u2069", "Union\u2069", "اتحاد\u202eUnion", "Union \u202e)ecnarF( ,sirap",
    legitimate=False,
) + _all(
    "bidi mark", "Union\u200f (א)", "اتحاد\u200e (UA)", "اتحاد\u061c 3", "\u200fاتحاد", "Union\u200e"
)  # fmt: skip

ZERO_WIDTH = _all(
    "zero width",
    "Un\u200bion", "می\u200cخواهیم", "क\u200dष", "Uni\u2060on", "\ufeffUnion", "Union\u00adswerk", "Union\u200b", "U\u034fnion", "U\u180enion",
    "Un\u2061ion", "ក\u17b4", "Union\ufe0f", "U\U000e0100nion", "\u2064Union", "Union\u115fA",
) + _all(
    "nothing to see",
    "\u200b", "\u200b\u200b\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\u180e", "\ufe0f",
    "\u034f", "\u0301", "\u200e\u200f", "\U000e0041\U000e0042", "\u2063", "\ue000",
    legitimate=False,
) + _all("nothing at all", "", " ", "\t\n", "\u00a0", "\u2003\u3000", legitimate=False)  # fmt: skip

CONTROLS = _all(
    "control",
    "nul\0", "\0", "a\0b", "a\x01b", "a\x07b", "a\x08b", "a\x0eb", "a\x1bb", "a\x1b[31mred\x1b[0m", "a\x1b]0;title\x07", "a\x1fb", "a\x7fb",
    "a\x80b", "a\x9bb", "a\x9fb", "\x00\x01\x02", legitimate=False,
) + _all("surrogate", "\ud800", "a\udfffb", "\ud83d", "\udc00\ud800", "a\ufffdb", legitimate=False)  # fmt: skip

HEADERS = _all(
    "header",
    "a\r\nBcc: victim@example.org", "a\nSubject: other", "a\rX: y", "a\r\n\r\nbody", "a\r\nSet-Cookie: b=c", "a%0d%0aBcc: victim@example.org",
    "=?utf-8?B?QmNjOiB2aWN0aW0=?=", "=?utf-8?Q?a=0D=0ABcc:_x?=", "a\u2028Bcc: x", "a\u2029Bcc: x", "a\x85Bcc: x", "a\vBcc: x", "a\fBcc: x",
    "a\x1cBcc: x", "a \r\n b", ".\r\nQUIT", "From root", '"Office" <office@example.org>', "a, b@example.org", "a; b@example.org",
    "\u560a\u560d", "(comment) a", "a\\", "--=_boundary",
)  # fmt: skip

RTL = _all(
    "right to left",
    "اتحاد عمال الموانئ", "حزب العمال (الماركسي-اللينيني)", "ا.ع.م", "سازمان فداییان خلق ایران", "کمیته ۱۲", "تنظیم اساتذہ", "איגוד העובדים",
    "הסתדרות (UA) 2021", "ܚܘܝܕܐ", "ހިޖުރަ", "UA اتحاد 12 (Union)", "اتحاد (Union), Kenya", "Union اتحاد <b>", "پارتی کرێکارانی کوردستان",
)  # fmt: skip

LONG = _all(
    "long", "a" * 999, "a" * 1000, "ä" * 1000, "字" * 1000, "🏳" * 1000, "word " * 199 + "end", "a-" * 500, "<" * 1000
) + _all("too long", "a" * 1001, "字" * 1001, "word " * 220 + "end", "a" * 20_000, legitimate=False)  # fmt: skip

COMBINING = _all(
    "combining",
    "a" + "\u0301" * 500, "Z̸̡̢̛̗̘̙a̵l̶g̷o̸", "e\u0301tude", "étude", "\u0301Union", "ṩ ṩ", "เฮ้ยยยย้้้้้", "कि" * 100, "ก็็็็็็็็็็็็็", "a\u20dd",
    "a\u0338=b", "o\u0308\u0304",
)  # fmt: skip

HOMOGLYPHS = _all(
    "homoglyph",
    "Parti Haϊtien", "Unіon", "Сommunist", "Ρarty", "РСДРП", "БРП(к)", "КПРФ / CPRF", "Еuro", "Ligue Αnarchiste", "ԛuick", "Uniοn", "аbc",
    "ＵＮＩＯＮ", "𝐔𝐧𝐢𝐨𝐧", "Ⓤnion", "ᴜnion", "ﬁre", "Uпion", "ІІІ Интернационал", "Ⅲ International",
)  # fmt: skip

SPACES = _all(
    "space",
    "A\u00a0B", "A\u00a0\u00a0 B", "A   B", "A\u3000B", "A\u2009B", "A\u202fB", "  A B  ", "\u00a0A B\u00a0", "A\tB", "A \n\n B", "A\u1680B",
)  # fmt: skip

EMOJI = _all("emoji", "✊ Union", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇰🇪 Kenya", "☭", "1️⃣ Mai", "👍🏽", "❤️", "🏳️‍⚧️ Bund", "\U0001faf6")

CODE = _all(
    "template", "{{ 7 * 7 }}", "{% raw %}", "{{ config }}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{constructor.constructor('alert(1)')()}}",
    "%(day)s", "%s%s%n", "{0}", "{name!r}", "%%", "$(id)", "`id`", "; rm -rf /", "| cat /etc/passwd", "&& id", "$HOME", "%PATH%",
) + _all(
    "sql", "'); DROP TABLE submission; --", "' OR '1'='1", '" OR ""="', "1; SELECT pg_sleep(1)", "\\'; --", "%' AND 1=1 --", "/* */",
    "UNION SELECT NULL", "admin'--", "_", "%", "?", ":name", "$1",
) + _all(
    "path", "../../etc/passwd", "..\\..\\windows", "file:///etc/passwd", "//example.org/x", "CON", "NUL", "a/b", "a?b=c#d", "%2e%2e%2f", "~root", "-rf",
) + _all(
    "data", '{"_type_": "y", "_data_": 1}', "[]", "null", "None", "undefined", "NaN", "true", "0", "-0", "1e309", "0x10", "---", "!!python/object:x",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "a,b", 'a"b', 'a""b', "a;b", "a|b", "a\\nb",
    "(objectClass=*)", "#comment", "*",
)  # fmt: skip

NAMES = _all(
    "odd but real",
    "11.11.11", "3 CM", "(RO) Union", "“Krasnyj Klin” [Red Wedge]", "(Communist Party (Marxist-Leninist))", "Union, e.V.", "L’Union d’Ailleurs", "O'Brien",
    "AT&T Workers", "Jack & Jill", "!Kung", "¡Ya Basta!", "¿Y ahora?", "…", "№ 1", "C++", "A.B.C./D", "Ðảng", "İşçi", "ışık", "Straße", "ŁÓDŹ",
    "Ǆ", "ſ", "K", "Å", "全国农民协会联合会", "日本共産党", "민주노총", "พรรค", "किसान संगठन", "ᠮᠣᠩᠭᠣᠯ", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "ᏣᎳᎩ", "\U00010330",
    "A\ufffeB", "A\uffff", "\U0001f3f4\U000e0067\U000e007f x",
)  # fmt: skip

HOSTILE: tuple[Hostile, ...] = (
    *HTML, *FORMULAS, *BIDI, *ZERO_WIDTH, *CONTROLS, *HEADERS, *RTL, *LONG, *COMBINING, *HOMOGLYPHS, *SPACES, *EMOJI, *CODE, *NAMES,
)  # fmt: skip
LEGITIMATE = tuple(each for each in HOSTILE if each.legitimate)
REFUSED = tuple(each for each in HOSTILE if not each.legitimate)
