"""Signing in through an identity provider: a real one on loopback, and each thing that may be wrong with its answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from signatures.editors.oidc import subject
from tests.clock import FixedClock
from tests.editing import Browser, console, editor, quick_passwords, room_of
from tests.provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, provider

RETURN = "http://localhost/editors/oidc/return"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeProvider]:
    """Run one provider while these tests run."""
    with provider() as made:
        yield made


@pytest.fixture
def identities(running: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """Have the provider say what is right again."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name, value in vars(FakeProvider()).items():
        if name not in ("key", "issuer"):
            setattr(running, name, value)
    return running


@pytest.fixture
def app(
    sqlite_url: str,
    environ: dict[str, str],
    identities: FakeProvider,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """Make an installation that knows the provider, with an account that is linked to its one subject."""
    quick_passwords(monkeypatch)
    made = console({**environ, **settings(identities)}, clock)
    ada = editor(made, "ada", password=None)
    room_of(made).accounts.link(ada.id, subject(identities.issuer, "subject-of-ada"))
    yield made
    room_of(made).close()


@pytest.fixture
def environ(sqlite_url: str, tmp_path: Any) -> dict[str, str]:
    """Use SQLite alone: what a provider says never reaches SQL but as one parameter."""
    return {
        "SIGNATURES_DATABASE": sqlite_url,
        "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
        "SIGNATURES_STATE_DIR": str(tmp_path / "state"),
        "SIGNATURES_BASE_URL": "http://localhost",
    }


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Open a browser that was never here."""
    return Browser(app)


def settings(identities: FakeProvider) -> dict[str, str]:
    """Name the provider as an operator does."""
    return {
        "SIGNATURES_OIDC_ISSUER": identities.issuer,
        "SIGNATURES_OIDC_CLIENT_ID": CLIENT_ID,
        "SIGNATURES_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "SIGNATURES_OIDC_NAME": "The Federation",
    }


def left(browser: Browser, path: str = "/editors/oidc") -> str:
    """Leave for the provider; return the address to which the register sends the browser."""
    answer = browser.get(path)
    assert 302 == answer.status_code, answer.text
    assert answer.location is not None
    return answer.location


def come_back(browser: Browser, identities: FakeProvider, **changed: str) -> TestResponse:
    """Leave for the provider, sign in there and come back, perhaps with another query."""
    back = urlsplit(identities.visit(left(browser)))
    query = {name: values[0] for name, values in parse_qs(back.query).items()} | changed
    return browser.get(f"{back.path}?{urlencode(query)}")


def refused(answer: TestResponse, browser: Browser, words: str, status: int = 403) -> None:
    """Expect a page in words, and nobody signed in."""
    assert (status, "text/html; charset=utf-8", "no-store") == (
        answer.status_code,
        answer.content_type,
        answer.headers["Cache-Control"],
    ), answer.text
    assert words in answer.text
    assert not browser.signed_in()


def test_who_is_linked_is_signed_in(app: Flask, browser: Browser, identities: FakeProvider) -> None:
    """The code flow with state, nonce and PKCE ends on the page that was asked for, in a session like any other."""
    form = browser.get("/editors/sign-in?next=/editors/acts").text
    assert "Sign in with The Federation" in form
    url = left(browser, "/editors/oidc?next=/editors/acts")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert (RETURN, "S256", "openid") == (asked["redirect_uri"], asked["code_challenge_method"], asked["scope"])
    assert all(len(asked[name]) >= 20 for name in ("state", "nonce", "code_challenge"))

    answer = browser.get(identities.visit(url).removeprefix("http://localhost"))
    assert (303, "/editors/acts") == (answer.status_code, answer.location)
    assert "Ada" in browser.get("/editors/account").text
    (noted,) = room_of(app).acts.list()
    assert ("sign-in", {"how": "oidc"}) == (noted.act, noted.detail)


def test_a_provider_may_sign_with_an_elliptic_curve(
    environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ES256 is taken like RS256."""
    quick_passwords(monkeypatch)
    with provider("EC") as identities:
        app = console({**environ, **settings(identities)}, clock)
        room_of(app).accounts.link(editor(app, "ada").id, subject(identities.issuer, "subject-of-ada"))
        assert 303 == come_back(Browser(app), identities).status_code
        room_of(app).close()


WRONG_CLAIMS = {
    "nonce of another sign-in": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "over": {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200},
    "no end": {"exp": None},
    "not yet": {"nbf": int(time.time()) + 3600},
    "for another client": {"aud": "another-client"},
    "for several, this one not": {"aud": ["one", "two"]},
    "for several, given to another": {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
    "for another, given to us": {"aud": "another-client", "azp": CLIENT_ID},
    "for nobody": {"aud": None},
    "of another issuer": {"iss": "https://evil.example"},
    "of no issuer": {"iss": None},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is none": {"sub": ["subject-of-ada"]},
}


@pytest.mark.parametrize("claims", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
def test_an_identity_that_is_not_for_this_sign_in_is_refused(
    browser: Browser, identities: FakeProvider, claims: dict[str, Any]
) -> None:
    """Nobody is signed in by what is old, for others, or of others; the page says to begin again."""
    identities.claims = claims
    refused(come_back(browser, identities), browser, "it is not for this sign-in. Begin again.")
    assert 1 == identities.exchanged


def test_an_identity_that_another_key_signed_is_refused(browser: Browser, identities: FakeProvider) -> None:
    """Also where it bears the name of the provider's key."""
    identities.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    refused(come_back(browser, identities), browser, "it is not for this sign-in")


def test_an_identity_that_nobody_signed_is_refused(browser: Browser, identities: FakeProvider) -> None:
    """Though the provider says that it can sign with nothing."""
    identities.unsigned = True
    refused(come_back(browser, identities), browser, "it is not for this sign-in")


@pytest.mark.parametrize(
    "token", [{}, {"access_token": "x", "token_type": "Bearer"}, {"error": "invalid_grant"}, [], b"<html>"]
)
def test_an_answer_without_an_identity_is_refused(browser: Browser, identities: FakeProvider, token: Any) -> None:
    """Whatever the token endpoint answers instead, it is a page in words."""
    identities.token = token
    answer = come_back(browser, identities)
    assert answer.status_code in (403, 502)
    refused(answer, browser, "You are not signed in", answer.status_code)


@pytest.mark.parametrize("changed", [{"state": "another"}, {"state": ""}, {"iss": "https://evil.example"}])
def test_a_return_of_another_sign_in_is_refused(
    browser: Browser, identities: FakeProvider, changed: dict[str, str]
) -> None:
    """A state or an issuer that does not fit ends it before any code is used."""
    refused(come_back(browser, identities, **changed), browser, "Begin again.")
    assert 0 == identities.exchanged


def test_a_return_in_another_browser_is_refused(app: Flask, browser: Browser, identities: FakeProvider) -> None:
    """Nobody can be signed in as somebody else by a link."""
    back = identities.visit(left(browser)).removeprefix("http://localhost")
    other = Browser(app)
    refused(other.get(back), other, "begun in another window or too long ago")
    refused(other.get("/editors/oidc/return"), other, "Begin again.")


def test_who_begins_often_still_gets_there(browser: Browser, identities: FakeProvider) -> None:
    """The cookie keeps the newest beginning alone, so that it never grows too large for a browser."""
    for _time in range(30):
        left(browser)
    cookie = browser.cookie("session")
    assert cookie is not None
    assert len(cookie) < 1_000
    assert 303 == come_back(browser, identities).status_code


def test_a_return_is_good_once(browser: Browser, identities: FakeProvider) -> None:
    """The same address again does nothing, not even for the same browser."""
    back = identities.visit(left(browser)).removeprefix("http://localhost")
    assert 303 == browser.get(back).status_code
    browser.post("/editors/sign-out")
    refused(browser.get(back), browser, "begun in another window or too long ago")


def test_who_is_denied_reads_so(browser: Browser, identities: FakeProvider) -> None:
    """The provider's own words are not repeated."""
    identities.denied = True
    answer = come_back(browser, identities)
    refused(answer, browser, "The identity provider did not sign you in.")
    assert "<b>no</b>" not in answer.text
    assert "access_denied" not in answer.text


def test_a_provider_that_is_down_is_no_fault_of_ours(
    environ: dict[str, str], identities: FakeProvider, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The page says so and names the other way; the log names the kind of fault alone."""
    caplog.set_level(logging.DEBUG, "signatures")
    with provider() as short_lived:
        names = settings(short_lived)
    app = console({**environ, **names}, clock)
    browser = Browser(app)
    refused(browser.get("/editors/oidc"), browser, "or sign in with a password", 502)
    assert ["the identity provider cannot be asked: ConnectionError"] == caplog.messages
    room_of(app).close()


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_provider_that_answers_with_an_error_is_asked_again_later(
    browser: Browser, identities: FakeProvider, status: int
) -> None:
    """Once it answers again, signing in works."""
    identities.status = status
    refused(browser.get("/editors/oidc"), browser, "It cannot be reached just now.", 502)
    identities.status = 200
    assert 303 == come_back(browser, identities).status_code


@pytest.mark.parametrize(
    "metadata", [{"issuer": "https://evil.example"}, {"issuer": None}, {"token_endpoint": None}, {"jwks_uri": None}]
)
def test_a_provider_that_describes_another_is_refused(
    browser: Browser, identities: FakeProvider, metadata: dict[str, Any]
) -> None:
    """One that bears another name, or says not how it is asked, signs nobody in."""
    identities.metadata = metadata
    identities.claims = {"iss": metadata.get("issuer", identities.issuer)}
    answer = browser.get("/editors/oidc")
    if answer.status_code == 302:
        answer = browser.get(identities.visit(str(answer.location)).removeprefix("http://localhost"))
    assert answer.status_code in (403, 502)
    refused(answer, browser, "You are not signed in", answer.status_code)


def test_who_has_no_account_is_told_who_makes_one(app: Flask, browser: Browser, identities: FakeProvider) -> None:
    """No account is ever made by itself; the page names the command with the subject, harmless whatever it holds."""
    identities.subject = "<script>'nobody'"
    answer = come_back(browser, identities)
    refused(answer, browser, "signatures user link LOGIN &lt;script&gt;&#39;nobody&#39;")
    assert 1 == len(room_of(app).accounts.list())


def test_a_disabled_account_is_not_signed_in(app: Flask, browser: Browser, identities: FakeProvider) -> None:
    """Also where the provider still knows the person."""
    accounts = room_of(app).accounts
    accounts.disable(accounts.named("ada").id)
    refused(come_back(browser, identities), browser, "There is no account for you here")


def test_an_account_without_a_password_has_none(app: Flask, browser: Browser) -> None:
    """It cannot be signed in with by any password."""
    assert 422 == browser.sign_in("ada", "").status_code
    assert 422 == browser.sign_in("ada", "None").status_code


def test_without_a_provider_there_is_no_way_to_one(environ: dict[str, str], clock: FixedClock) -> None:
    """The form has no second button, and its address is none."""
    app = console(environ, clock)
    browser = Browser(app)
    assert "Sign in with" not in browser.get("/editors/sign-in").text
    assert 404 == browser.get("/editors/oidc").status_code
    room_of(app).close()
