"""What a page's form holds, as a browser would send it."""

from __future__ import annotations

from html.parser import HTMLParser


class Fields(HTMLParser):
    """What the page's form holds, by field name, and what the page says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.said = ""
        self._area: str | None = None
        self._select: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read inputs, text areas and choices."""
        a = dict(attrs)
        name = a.get("name") or ""
        match tag, a.get("type"):
            case "input", "checkbox" | "radio":
                if "checked" in a:
                    self.fields[name] = a.get("value") or "on"
            case "input", _:
                self.fields[name] = a.get("value") or ""
            case "textarea", _:
                self.fields[name] = ""
                self._area = name
            case "select", _:
                self._select = name
            case "option", _ if self._select and "selected" in a:
                self.fields[self._select] = a.get("value") or ""
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        """Leave a text area."""
        self._area = None if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        """Take what stands in a text area, and all words of the page."""
        if self._area:
            self.fields[self._area] += data
        self.said += data
