"""A page as it is read: its tags, and the text of every element."""

from __future__ import annotations

from html.parser import HTMLParser

Attributes = dict[str, str]


class Page(HTMLParser):
    """A page as read: all tags with their attributes, the text of every element with its classes, all text."""

    VOID = frozenset({"base", "meta", "link", "input", "br"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[tuple[str, Attributes, list[str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.tags: list[tuple[str, Attributes]] = []
        self.said = ""
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag not in self.VOID:
            self.open.append((tag, attributes, []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag that closes itself."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Give a text to every element around it."""
        self.said += data
        for _, _, text in self.open:
            text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last, and no other."""
        opened, attributes, text = self.open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        self.texts.append((attributes.get("class", ""), "".join(text)))

    def of_class(self, name: str) -> list[str]:
        """List the texts of the elements of a class."""
        return [text for classes, text in self.texts if name in classes.split()]

    def all(self, tag: str, **wanted: str) -> list[Attributes]:
        """List the attributes of a tag, where they hold what is wanted."""
        return [a for t, a in self.tags if t == tag and all(a.get(k) == v for k, v in wanted.items())]
