"""Refusals of the rule, of intake and of the console: each a sentence of the catalogues, told in the page's language."""

from __future__ import annotations

import ast
import html
from uuid import uuid4

import pytest

from tests.keeping import Desk
from tests.test_refusals_read import ROOT, modules, plain, refusals

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ROOMS = ("intake", "editors", "pages", "arranging", "webhooks")
RULE = ("statement", "register", "organisation", "order", "aggregate", "characters", "turns")
SOME = {  # what programs and commands alone can ask for, since forms offer nothing of it
    "statement.py": 8,
    "register.py": 12,
    "organisation.py": 4,
    "order.py": 2,
    "aggregate.py": 2,
    "characters.py": 1,
    "intake/limits.py": 1,
    "intake/submission.py": 1,
    "intake/terms.py": 1,
    "intake/tokens.py": 1,
    "editors/accounts.py": 4,
    "editors/proposal.py": 1,
    "webhooks/deliveries.py": 1,
    "webhooks/hooks.py": 1,
    "webhooks/keepers.py": 1,
    "webhooks/signing.py": 1,
}


def test_what_is_decided_is_told_in_sentences_of_the_catalogues() -> None:
    """No further refusal is a plain text."""
    home = ROOT / "signatures"
    paths = [home / f"{name}.py" for name in RULE] + [path for room in ROOMS for path in (home / room).rglob("*.py")]
    names = refusals(modules().values())
    found = {path.relative_to(home).as_posix(): plain(ast.parse(path.read_text("utf-8")), names) for path in paths}
    assert SOME == {name: count for name, count in found.items() if count}


@ONE_ENGINE
@pytest.mark.parametrize(
    ("language", "unknown", "address"),
    [("de", "Es gibt keine Unterschrift", "Webhooks gehen über https."), ("ar", "لا يوجد توقيع", "عبر https")],
)
def test_a_page_tells_what_was_decided_in_its_language(desk: Desk, language: str, unknown: str, address: str) -> None:
    """A receipt of nothing, and a webhook that would go over http."""
    nothing = desk.app.test_client().get(f"/receipts/{uuid4()}?lang={language}")
    assert (404, True) == (nothing.status_code, unknown in html.unescape(nothing.text))
    assert "There is no" not in nothing.text
    told = html.unescape(desk.refused(f"/editors/webhooks?lang={language}", url="http://example.org/hook"))
    assert address in told
    assert "Webhooks go over" not in told
