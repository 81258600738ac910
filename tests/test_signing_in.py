"""Signing in and out in a browser: sessions, their cookie, roles, forged forms, limits and where one goes on to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from signatures.editors.sessions import Sessions
from signatures.editors.signing_in import local
from signatures.errors import StorageUnavailable
from tests.clock import FixedClock
from tests.editing import PASSWORD, Browser, console, editor, quick_passwords, room_of
from tests.htmlpage import Page


@pytest.fixture
def app(environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Make an installation with three accounts."""
    quick_passwords(monkeypatch)
    made = console(environ, clock)
    for login, role in (("ada", "editor"), ("bea", "admin"), ("cyd", "auditor")):
        editor(made, login, role)
    yield made
    room_of(made).close()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Open a browser that was never here."""
    return Browser(app)


def test_signing_in_goes_on_to_where_one_wanted_to(browser: Browser) -> None:
    """Who asks for a page of the console is asked to sign in, and then sees that page."""
    asked = browser.get("/editors/proposals?lang=en")
    assert (303, "/editors/sign-in?next=/editors/proposals?lang%3Den") == (asked.status_code, asked.location)
    form = Page(browser.get(asked.location).text)
    assert [{"type": "hidden", "name": "next", "value": "/editors/proposals?lang=en"}] == form.all("input", name="next")

    answer = browser.sign_in("ada", next="/editors/proposals?lang=en")
    assert (303, "/editors/proposals?lang=en") == (answer.status_code, answer.location)
    page = browser.get("/editors/proposals")
    assert 200 == page.status_code
    assert "Ada" in page.text


def test_a_login_is_folded(app: Flask) -> None:
    """Capital letters, spaces around it and full-width letters are the same login."""
    for login in ("ADA", " ada ", "ａｄａ"):
        browser = Browser(app)
        assert 303 == browser.sign_in(login).status_code
        assert browser.signed_in()


def test_what_does_not_fit_is_refused_in_the_same_words(browser: Browser) -> None:
    """A wrong password and an unknown login get the same page, which does not repeat the password; no session begins."""
    tried = (
        ("ada", "nine green bottle"),
        ("nobody", PASSWORD),
        ("", " "),
        ("ada\0", PASSWORD),
        ("x" * 5_000, "y" * 5_000),
    )
    for login, password in tried:
        answer = browser.sign_in(login, password)
        assert 422 == answer.status_code
        assert "Login and password do not belong together." in answer.text
        assert Page(answer.text).of_class("problems")
        assert f'"{password}"' not in answer.text
        assert not browser.signed_in()


def test_answers_for_known_and_unknown_logins_are_identical(app: Flask) -> None:
    """Status, headers and body are the same but for the login that was typed, the form's own mark and the request's id."""
    answers = []
    own = ("Set-Cookie", "Content-Length", "X-Request-Id")
    for login in ("ada", "eve"):
        answer = Browser(app).sign_in(login, "wrong wrong wrong")
        text = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text).replace(login, "LOGIN")
        headers = {name: value for name, value in answer.headers if name not in own}
        answers.append((answer.status_code, headers, text))
    assert answers[0] == answers[1]


def test_too_many_attempts_are_refused_alike_for_known_and_unknown_logins(app: Flask, clock: FixedClock) -> None:
    """After ten attempts even the right password has to wait; another login and a later time do not."""
    answers = {}
    for login in ("ada", "eve"):
        browser = Browser(app)
        for _attempt in range(10):
            assert 422 == browser.sign_in(login, "wrong wrong wrong").status_code
        answer = browser.sign_in(login)
        answers[login] = (answer.status_code, answer.headers["Retry-After"], answer.text)
    assert answers["ada"] == answers["eve"]
    assert 429 == answers["ada"][0]
    assert 0 < int(answers["ada"][1]) <= 1_000

    other = Browser(app)
    assert 303 == other.sign_in("bea").status_code
    clock.advance(seconds=int(answers["ada"][1]))
    assert 303 == Browser(app).sign_in("ada").status_code


def test_one_network_tries_no_more_logins_than_one_login(app: Flask) -> None:
    """Thirty attempts on thirty logins are enough for a network; the page is the same, and another network is not met."""
    for number in range(30):
        assert 422 == Browser(app).sign_in(f"guess{number}", "wrong wrong wrong").status_code
    answer = Browser(app).sign_in("ada")
    assert 429 == answer.status_code
    assert "Too many attempts to sign in came from here or with this login." in answer.text
    elsewhere = Browser(app)
    elsewhere.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert 303 == elsewhere.sign_in("ada").status_code


def test_signing_out_ends_the_session_on_the_server(browser: Browser) -> None:
    """The cookie that a browser had before opens nothing afterwards."""
    browser.sign_in("ada")
    stolen = browser.cookie()
    answer = browser.post("/editors/sign-out")
    assert (303, "/editors/sign-in") == (answer.status_code, answer.location)
    assert browser.cookie() is None

    assert stolen is not None
    browser.client.set_cookie("editor", stolen)
    assert not browser.signed_in()


def test_a_session_is_never_one_that_was_there_before(app: Flask, browser: Browser) -> None:
    """Signing in makes a new token and ends the old one, so nobody can lay one in another's browser."""
    browser.client.set_cookie("editor", "A" * 43)
    assert not browser.signed_in()
    browser.sign_in("ada")
    first = browser.cookie()
    assert first not in (None, "A" * 43)

    attacker = Browser(app)
    attacker.sign_in("bea")
    laid = attacker.cookie()
    assert laid is not None
    victim = Browser(app)
    victim.client.set_cookie("editor", laid)
    mark = victim.mark("/editors/account")
    victim.post("/editors/sign-in", {"login": "ada", "password": PASSWORD}, mark)
    assert laid != victim.cookie()
    assert "Ada" in victim.get("/editors/account").text
    assert not attacker.signed_in()


def test_the_mark_of_forms_is_another_after_signing_in_and_out(browser: Browser) -> None:
    """A form that was open before somebody signed in is refused afterwards."""
    before = browser.mark()
    browser.sign_in("ada")
    assert 400 == browser.post("/editors/sign-out", mark=before).status_code
    inside = browser.mark("/editors/account")
    assert 303 == browser.post("/editors/sign-out", mark=inside).status_code
    assert 400 == browser.post("/editors/sign-in", {"login": "ada", "password": PASSWORD}, inside).status_code


def test_a_form_from_elsewhere_is_refused(app: Flask, browser: Browser) -> None:
    """Without the mark of our own page nothing happens, and the page says so; another browser's mark is none."""
    browser.sign_in("ada")
    for path in ("/editors/sign-in", "/editors/sign-out", "/editors/account"):
        for mark in ("", "forged", "IjEi.Z.x", Browser(app).mark()):
            assert 400 == browser.post(path, {"login": "bea", "password": PASSWORD}, mark).status_code
    assert "Ada" in browser.get("/editors/account").text


def test_a_session_ends_after_two_hours_without_use(browser: Browser, clock: FixedClock) -> None:
    """Each use begins the two hours anew, to the minute; the instant at which they are over is too late."""
    browser.sign_in("ada")
    clock.advance(hours=1, minutes=59)
    assert browser.signed_in()
    clock.advance(hours=1, minutes=59)
    assert browser.signed_in()
    clock.advance(hours=2)
    assert not browser.signed_in()


def test_a_session_ends_after_twelve_hours_however_busy(browser: Browser, clock: FixedClock) -> None:
    """No use makes it last longer."""
    browser.sign_in("ada")
    for _hour in range(11):
        clock.advance(hours=1)
        assert browser.signed_in()
    clock.advance(minutes=59, seconds=59)
    assert browser.signed_in()
    clock.advance(seconds=1)
    assert not browser.signed_in()


def test_reading_pages_hardly_writes(app: Flask, browser: Browser, clock: FixedClock) -> None:
    """When a session was last seen is written at most once a minute."""
    browser.sign_in("ada")
    assert ["2026-11-23T12:00:00.000000Z"] == _seen(app)
    clock.advance(seconds=59)
    assert browser.signed_in()
    assert ["2026-11-23T12:00:00.000000Z"] == _seen(app)
    clock.advance(seconds=1)
    assert browser.signed_in()
    assert ["2026-11-23T12:01:00.000000Z"] == _seen(app)


def test_sessions_that_are_over_are_swept(app: Flask, clock: FixedClock) -> None:
    """Nothing is kept of a session longer than it could last."""
    Browser(app).sign_in("ada")
    clock.advance(hours=12)
    Browser(app).sign_in("bea")
    assert 1 == len(_seen(app))


def test_only_a_hash_of_the_token_is_kept(app: Flask, browser: Browser) -> None:
    """Who reads the database cannot take anybody's place."""
    browser.sign_in("ada")
    with room_of(app).databases["contacts"].reading() as transaction:
        rows = transaction.execute("SELECT * FROM session")
    assert browser.cookie() not in {value for row in rows for value in row}


def test_a_disabled_account_is_out_at_once(app: Flask, browser: Browser) -> None:
    """Its sessions end, it cannot sign in, and enabling it brings no old session back."""
    browser.sign_in("ada")
    accounts = room_of(app).accounts
    accounts.disable(accounts.named("ada").id)
    assert not browser.signed_in()
    assert 422 == Browser(app).sign_in("ada").status_code
    accounts.enable(accounts.named("ada").id)
    assert not browser.signed_in()
    assert 303 == Browser(app).sign_in("ada").status_code


def test_another_role_holds_from_the_next_request_on(app: Flask, browser: Browser) -> None:
    """An editor who becomes an auditor can read, and no button works any more."""
    browser.sign_in("ada")
    accounts = room_of(app).accounts
    refused = browser.post("/editors/proposals/none/confirmation")
    assert 404 == refused.status_code
    accounts.change_role(accounts.named("ada").id, "auditor")
    assert 200 == browser.get("/editors/proposals").status_code
    refused = browser.post("/editors/proposals/none/confirmation")
    assert 403 == refused.status_code
    assert "read everything here and change nothing" in refused.text


def test_an_auditor_reads_and_changes_nothing_but_its_own_password(browser: Browser) -> None:
    """Every page opens; every POST is refused, but for signing out and one's own password."""
    browser.sign_in("cyd")
    for path in ("/editors/proposals", "/editors/acts", "/editors/account"):
        assert 200 == browser.get(path).status_code
    assert 403 == browser.post("/editors/proposals/none/confirmation").status_code
    assert 403 == browser.post("/editors/proposals/none/rejection").status_code
    fresh = {"password": PASSWORD, "new_password": "ten green bottles", "again": "ten green bottles"}
    assert 303 == browser.post("/editors/account", fresh).status_code
    assert 303 == browser.post("/editors/sign-out").status_code


def test_whoever_is_not_signed_in_changes_nothing(browser: Browser) -> None:
    """A POST without a session gets a page in words, not a redirect that would lose what was typed."""
    for path in ("/editors/sign-out", "/editors/account", "/editors/proposals/none/confirmation"):
        answer = browser.post(path)
        assert 403 == answer.status_code
        assert "You are not signed in any more" in answer.text


def test_nothing_under_editors_is_open_by_mistake(app: Flask) -> None:
    """Every address of the console, whoever added it, asks to sign in; but for those where one signs in."""
    open_to_all = {"/editors/sign-in", "/editors/oidc", "/editors/oidc/return"}
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/editors")]
    assert 6 <= len(rules)
    for rule in rules:
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        answer = Browser(app).get(path)
        if path in open_to_all or answer.status_code == 405:
            continue
        assert (303, True) == (answer.status_code, answer.location.startswith("/editors/sign-in?next=")), path


def test_a_route_that_forgot_to_ask_is_guarded_all_the_same(app: Flask) -> None:
    """A colleague's page without the decorator is not open."""
    app.add_url_rule("/editors/forgotten", "forgotten", lambda: "secret", methods=["GET", "POST"])
    browser = Browser(app)
    assert 303 == browser.get("/editors/forgotten").status_code
    assert 403 == browser.post("/editors/forgotten").status_code
    browser.sign_in("cyd")
    assert "secret" == browser.get("/editors/forgotten").text
    assert 403 == browser.post("/editors/forgotten").status_code


def test_no_cache_keeps_a_page_of_the_console(browser: Browser) -> None:
    """Signed in or not, whatever the status."""
    pages = [browser.get(path) for path in ("/editors/sign-in", "/editors/acts", "/editors/nothing")]
    browser.sign_in("ada")
    pages += [
        browser.get(path) for path in ("/editors/sign-in", "/editors/acts", "/editors/account", "/editors/nothing")
    ]
    assert ["no-store"] * len(pages) == [page.headers["Cache-Control"] for page in pages]


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/editors",
    "/editors//evil.example\\@x",
    "/\\evil.example",
    "/editors\\evil",
    "/editors.evil.example",
    "/editors@evil.example",
    "javascript:alert(1)",
    "/editors/\r\nSet-Cookie: a=b",
    "/editors/\n",
    "/editors/\u202e",
    "/",
    "",
    "/statements/x",
)


def test_one_never_goes_on_to_elsewhere(app: Flask, browser: Browser) -> None:
    """Only pages of the console are gone on to, whatever the address or the form said."""
    assert "/editors/submissions" == browser.sign_in("ada", next=ELSEWHERE[0]).location
    for path in ELSEWHERE:
        assert "/editors/submissions" == local(path)
        assert "/editors/submissions" == browser.get("/editors/sign-in", query_string={"next": path}).location
    for path in ("/editors", "/editors/acts", "/editors/acts?about=signature:1&before=2", "/editors?x=/%0A"):
        assert path == local(path)


def test_cookies_over_https_cannot_be_laid_by_others(environ: dict[str, str], clock: FixedClock) -> None:
    """Over HTTPS both cookies have the prefix that no other host and no plain connection can set, and their flags."""
    app = console({**environ, "SIGNATURES_BASE_URL": "https://register.example.org"}, clock)
    editor(app, "ada")
    browser = Browser(app, "https://register.example.org")
    shown = browser.get("/editors/sign-in").headers.getlist("Set-Cookie")
    answer = browser.sign_in("ada")
    assert 303 == answer.status_code
    cookies = {cookie.partition("=")[0]: cookie for cookie in [*shown, *answer.headers.getlist("Set-Cookie")]}
    assert {"__Host-session", "__Host-editor"} == set(cookies)
    for cookie in cookies.values():
        flags = {flag.strip() for flag in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= flags
        assert not any(flag.startswith("Domain") for flag in flags)
    assert browser.signed_in()
    room_of(app).close()


def test_cookies_on_loopback_work_without_https(browser: Browser) -> None:
    """On plain loopback the cookie is kept from scripts and other sites all the same."""
    flags = browser.sign_in("ada").headers.getlist("Set-Cookie")
    (cookie,) = [cookie for cookie in flags if cookie.startswith("editor=")]
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {flag.strip() for flag in cookie.split(";")}
    assert "Secure" not in cookie
    assert "Max-Age" not in cookie


def test_changing_ones_password_ends_every_other_session(app: Flask, browser: Browser) -> None:
    """The browser where it was changed stays signed in, by another token; every other one is out."""
    other = Browser(app)
    other.sign_in("ada")
    browser.sign_in("ada")
    before = browser.cookie()
    fresh = {"password": PASSWORD, "new_password": "ten green bottles", "again": "ten green bottles"}
    answer = browser.post("/editors/account", fresh)
    assert (303, "/editors/account?changed=yes") == (answer.status_code, answer.location)
    assert "Every other session of yours has ended." in browser.get(answer.location).text
    assert before != browser.cookie()
    assert not other.signed_in()
    assert 422 == Browser(app).sign_in("ada").status_code
    assert 303 == Browser(app).sign_in("ada", "ten green bottles").status_code


WRONG = (
    ({"password": "wrong wrong wrong"}, "password"),
    ({"again": "ten green bottle"}, "again"),
    ({"new_password": "short", "again": "short"}, "new_password"),
    ({"new_password": "Password1234", "again": "Password1234"}, "new_password"),
    ({"new_password": "ada-ada-ada-1", "again": "ada-ada-ada-1"}, "new_password"),
)


def test_a_password_is_changed_only_if_all_is_right(browser: Browser) -> None:
    """The present one, the new one twice, and one that not everybody would guess; what is wrong stands at its field."""
    browser.sign_in("ada")
    right = {"password": PASSWORD, "new_password": "ten green bottles", "again": "ten green bottles"}
    for typed, field in WRONG:
        answer = browser.post("/editors/account", {**right, **typed})
        assert 422 == answer.status_code
        marked = [given["name"] for given in Page(answer.text).all("input") if "aria-invalid" in given]
        assert [field] == marked
    assert browser.signed_in()
    browser.post("/editors/sign-out")
    assert 303 == browser.sign_in("ada").status_code


def test_a_store_that_is_away_is_said_in_words(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of the console then says 503 and that nothing is lost; it does not fail while saying so."""
    browser.sign_in("ada")

    def away(*_: object) -> None:
        raise StorageUnavailable("The store cannot be used just now.")

    monkeypatch.setattr(Sessions, "account", away)
    answer = browser.get("/editors/acts")
    assert (503, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert "The store cannot be used just now." in answer.text


def test_signing_in_and_out_is_noted(app: Flask, browser: Browser) -> None:
    """Who did it and how; nothing of the password, the token or the network."""
    browser.sign_in("ada")
    browser.post("/editors/sign-out")
    ada = room_of(app).accounts.named("ada")
    noted = [(act.actor, act.act, act.about, act.detail) for act in room_of(app).acts.list()]
    about = f"account:{ada.id}"
    assert [(ada.ref, "sign-out", about, {}), (ada.ref, "sign-in", about, {"how": "password"})] == noted


def _seen(app: Flask) -> list[str]:
    with room_of(app).databases["contacts"].reading() as transaction:
        return [at for (at,) in transaction.execute("SELECT seen_at FROM session WHERE closed_at IS NULL")]
