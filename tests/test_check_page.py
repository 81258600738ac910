"""The page “Check it yourself”: a receipt checked by the browser alone, and all of it for everybody, script or not."""

from __future__ import annotations

import base64
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect

from projections import receipts
from projections.proofs import Proofs
from signatures.log.eventlog import canonical, leaf_hash
from signatures.organisation import NameParts
from signatures.proof import ed25519, notes
from signatures.proof.merkle import EMPTY, node_hash
from signatures.proof.notes import COSIGNS, Checkpoint, Key, Note, Proof
from signatures.proof.receipts import receipt_of
from signatures.proof.tree import Tree
from signatures.proof.witnesses import Witnesses
from tests.clock import FixedClock
from tests.editing import console
from tests.htmlpage import Page as Html
from tests.places import reading
from tests.site import Site, opened, words
from tests.submitting import EDITOR, REFERENCE, publish_statement
from tests.test_browser import sideways, violations
from tests.test_receipts import ENTRY, PRIVATE, SEEN, WITNESS, made

NAMES = (
    NameParts("Magyar Ifjúság Közössége", "MIKSZ", "hu", None, {"en": "Hungarian Youth"}, {"en": "Hungary"}, ["HU"]),
    NameParts("اتحاد عمال الموانئ", None, "ar", "Ittihad ummal al-mawani", {"en": "Union of Port Workers"}),
    NameParts("Union <b>of</b> \"Angles\" & 'Quotes'", "U&A"),
)
CHECK = "/check"
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a register with one statement and three signatures, signed."""

    def fill(made: Site) -> None:
        publish_statement(made.room)
        for parts in NAMES:
            made.room.register.sign(EDITOR, REFERENCE, parts, signed_on="2021-06-30", method="paper")
        made.room.checkpoints.make()

    folder = tmp_path_factory.mktemp("site")
    with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill) as one:
        yield one


@pytest.fixture
def app(site: Site) -> Flask:
    """Let `live_url` serve it."""
    return site.app


def signatures(site: Site) -> list[dict[str, Any]]:
    """List the entries by which organisations signed."""
    documents = [entry.document() for entry in site.room.store.entries(0, 100)]
    return [entry for entry in documents if entry["type"] == "Signed"]


def receipt(site: Site, number: int = 0) -> bytes:
    """Make the receipt of a signature."""
    return receipt_of(site.room.store, site.room.checkpoints, signatures(site)[number]["position"])


def give(page: Page, content: bytes) -> None:
    """Choose a file, and wait until something is said of it."""
    page.evaluate("document.getElementById('outcome').replaceChildren()")
    page.set_input_files(
        "#file", {"name": "kept.tlog-proof", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.wait_for_selector(".outcome")


def verdict(page: Page) -> str:
    """Read the sentence on top of the outcome."""
    return words(page.inner_text(".outcome .verdict"))


def claims(page: Page) -> list[tuple[str, str]]:
    """Read each claim that was checked: its mark and its sentence."""
    shown = page.locator(".outcome .checks > li:visible").all()
    return [(one.get_attribute("data-state") or "", words(one.locator("> span").inner_text())) for one in shown]


# ── what holds ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.browser
def test_a_receipt_is_checked_without_the_network(browser: Browser, live_url: str, site: Site) -> None:
    """Once the page is there, nothing is asked of anybody: entry, way to the root and signature are checked offline."""
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.context.set_offline(True)
        for number, entry in enumerate(signatures(site)):
            give(page, receipt(site, number))
            assert "This receipt is right." == verdict(page)
            assert ["held"] * 4 == [state for state, _ in claims(page)]
            line = receipts.line_of(entry["data"])
            assert line == words(page.locator(".outcome .printed").text_content() or "")
            checksum = page.inner_text(".outcome .checksum")
            leaf = site.room.store.entry(entry["position"])
            assert leaf is not None
            assert receipts.in_fours(leaf.leaf_hash) == words(checksum)
            assert leaf.leaf().decode() == page.locator(".outcome [data-slot=leaf]").text_content()
        assert [] == [url for url in asked if not url.endswith("icon.svg")]  # the browser's own, for its tab


@pytest.mark.browser
def test_the_outcome_draws_what_the_receipts_own_page_draws(browser: Browser, live_url: str, site: Site) -> None:
    """The same bars and the same words, and a link to that page."""
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        give(page, receipt(site))
        bars = page.eval_on_selector_all(".outcome .strip rect", "bars => bars.map(bar => bar.getAttribute('height'))")
        checksum = page.inner_text(".outcome .checksum")
        page.click(".outcome [data-slot=page]")
        assert page.url.endswith(f"/receipts/{signatures(site)[0]['data']['signature_id']}")
        drawn = page.eval_on_selector_all(".strip rect", "bars => bars.map(bar => bar.getAttribute('height'))")
        assert (drawn, checksum) == (bars, page.inner_text(".checksum"))
        with page.expect_download() as download:
            page.click("text=Download the receipt")
        assert receipt(site) == Path(download.value.path()).read_bytes()


@pytest.mark.browser
def test_a_file_may_be_dropped_anywhere(browser: Browser, live_url: str, site: Site) -> None:
    """On the field or beside it; the page stays."""
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        for place in ("#drop", "h1"):
            page.evaluate("document.getElementById('outcome').replaceChildren()")
            page.evaluate(DROP, [place, base64.b64encode(receipt(site)).decode()])
            page.wait_for_selector("[data-verdict=right]")
            assert 0 == page.locator("#drop.over").count()


DROP = """([place, content]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  transfer.items.add(new File([bytes], "kept.tlog-proof"));
  for (const kind of ["dragover", "drop"]) {
    document.querySelector(place).dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  }
}"""


@pytest.mark.browser
def test_witnesses_are_named(browser: Browser, live_url: str, site: Site) -> None:
    """A cosignature is checked where its key is trusted, passed over where not, and nothing without the log's own."""
    proof = notes.read_proof(receipt(site))
    line = notes.cosign(proof.note.text, SEEN.name, WITNESS, 1_700_000_000)
    content = proof._replace(note=Note(proof.note.text, (line, *proof.note.signatures))).encode()
    key = site.room.checkpoints.key()
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        for keys, state, told, seen in (
            ([key], "held", f"{key.name} {key.id.hex()}", "It is the very checkpoint"),
            ([SEEN, key], "held", key.id.hex(), f"{SEEN.name} {SEEN.id.hex()}, 14 November 2023, 22:13:20 UTC"),
            ([SEEN], "open", f"The receipt is of the log {key.name}", ""),
        ):
            page.fill("#keys", "\n".join(one.vkey() for one in keys))
            give(page, content)
            assert state == claims(page)[2][0]
            assert told in claims(page)[2][1]
            assert seen in claims(page)[-1 if not seen else 3][1]


# ── what does not ────────────────────────────────────────────────────────────────────────────────────────────────────


def other_leaf(proof: Proof) -> Proof:
    """Change a letter of the name."""
    return proof._replace(extra=proof.extra.replace(b"MIKSZ", b"MIKSX"))


def other_root(proof: Proof) -> Proof:
    """Lead to a root that nobody signed."""
    checkpoint = notes.read_checkpoint(proof.note.text)
    return proof._replace(note=Note(checkpoint._replace(root=EMPTY).text(), proof.note.signatures))


def other_signature(proof: Proof) -> Proof:
    """Turn a bit of the signature."""
    (signature,) = proof.note.signatures
    content = bytes([signature.content[0] ^ 1]) + signature.content[1:]
    return proof._replace(note=Note(proof.note.text, (signature._replace(content=content),)))


def forged(proof: Proof) -> Proof:
    """Sign another tree with another key under the log's name."""
    origin = notes.read_checkpoint(proof.note.text).origin
    leaf = canonical({**ENTRY, "position": 1})
    text = Checkpoint(origin, 1, leaf_hash(leaf)).text()
    return Proof(0, (), Note(text, (notes.sign(text, origin, PRIVATE),)), leaf)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("change", "states", "why"),
    [
        (other_leaf, ["held", "failed"], "does not lead to the checkpoint"),
        (other_root, ["held", "failed"], "does not lead to the checkpoint"),
        (other_signature, ["held", "held", "failed"], "The signature is false"),
        (forged, ["held", "held", "failed"], "None of the keys that you trust"),
        (lambda proof: proof._replace(leaf_index=0), ["failed"], "another position"),
        (lambda proof: proof._replace(hashes=proof.hashes[1:]), ["held", "failed"], "does not lead to the checkpoint"),
        (lambda proof: proof._replace(extra=b""), ["failed"], "does not hold the entry"),
        (lambda proof: proof._replace(extra=b"{}"), ["failed"], "is no entry of a log"),
    ],
)
def test_a_changed_receipt_is_not_right(
    browser: Browser, live_url: str, site: Site, change: Callable[[Proof], Proof], states: list[str], why: str
) -> None:
    """The first claim that does not hold is marked and said; of what the file claims no name is shown."""
    content = change(notes.read_proof(receipt(site))).encode()
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        give(page, content)
        assert "This receipt is not right." == verdict(page)
        assert states == [state for state, _ in claims(page)]
        assert why in claims(page)[-1][1]
        assert not [name for name in ("MIKS", "Ifj") if name in (page.locator(".outcome").inner_text())]
        give(page, receipt(site))
        assert "This receipt is right." == verdict(page)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "no receipt"), (b"%PDF-1.7", "no receipt"), (b"\xff\xfe", "no receipt"), (b"x" * 400_000, "too large")],
)
def test_another_file_is_no_receipt(browser: Browser, live_url: str, content: bytes, why: str) -> None:
    """It is refused in words."""
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        give(page, content)
        assert ("This receipt is not right.", "failed") == (verdict(page), claims(page)[0][0])
        assert why in claims(page)[0][1]


@pytest.mark.browser
@pytest.mark.parametrize("keys", ["", "nothing", "a+b+c"])
def test_without_a_key_nothing_is_said_to_be_right(browser: Browser, live_url: str, site: Site, keys: str) -> None:
    """An empty field, or one with a mistake in it, leaves the signature open; a right key settles it as it is typed."""
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        own = page.input_value("#keys")
        page.fill("#keys", keys)
        give(page, receipt(site))
        assert "This receipt is not checked to the end." == verdict(page)
        assert ["held", "held", "open"] == [state for state, _ in claims(page)]
        page.fill("#keys", own)
        expect(page.locator("[data-verdict=right]")).to_be_visible()


@pytest.mark.browser
def test_the_page_takes_what_the_command_takes(browser: Browser, live_url: str, site: Site) -> None:
    """Hundreds of receipts spoilt at random, and odd ones: both say the same of each."""
    key, good = site.room.checkpoints.key(), receipt(site)
    draw = random.Random(9162)
    pieces = [
        b"",
        b"\n",
        b"\n\n",
        b" ",
        b"=",
        b"AAAA",
        b"\xe2\x80\x94 ",
        b"\xef\xbb\xbf",
        b"\r",
        b"\x85",
        b"extra AAAA\n",
    ]
    files = [good, good + b"\n", b"\xef\xbb\xbf" + good, good.replace(b"\n", b"\r\n")]
    for _ in range(600):
        begin = draw.randrange(len(good))
        files.append(good[:begin] + draw.choice(pieces) + good[begin + draw.randrange(3) :])
    odd = Key(key.name, ed25519.public_of(PRIVATE))
    entries = [
        {**ENTRY, "data": {"name": name}} for name in ("a\x07\x1f\x7f", "\u2028\u2029", "\U0001f600\ufeff", '"\\/', "")
    ] + [{**ENTRY, field: value} for field in ("position", "version") for value in (True, 1.0, 2**53, -0.0, None, "1")]
    leaves = [canonical(entry) for entry in entries]
    leaves += [
        canonical(ENTRY) + b" ",
        b'{"data":{},' + canonical(ENTRY)[1:],
        canonical(ENTRY).replace(b"MIKSZ", b"\\ud800"),
    ]
    leaves += [
        canonical({**ENTRY, "\u00e4": 1}),
        canonical({**ENTRY, "__proto__": {"data": 1}}),
        b"[]",
        b"null",
        b"1e2",
    ]
    files += [made(leaf, origin=key.name) for leaf in leaves]
    expected = [receipts.tell(content, [key, odd], lambda _line: None) for content in files]
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        encoded = [base64.b64encode(content).decode() for content in files]
        found = page.evaluate(EXAMINE, [encoded, f"{key.vkey()}\n{odd.vkey()}"])
    assert expected == [0 if right else 1 for right in found]
    assert 4 < expected.count(0) < len(files) / 2


EXAMINE = """async ([files, lines]) => {
  const { examine, readKeys } = await import("/static/proof.js");
  const keys = await readKeys(lines), found = [];
  for (const file of files) {
    const bytes = Uint8Array.from(atob(file), (one) => one.charCodeAt(0));
    const { checks } = await examine(bytes, keys);
    found.push(["reads", "leads", "signed"].every((check) => checks[check] === "held"));
  }
  return found;
}"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("missing", "states", "why"),
    [
        (
            "crypto.subtle.importKey = async () => { throw new DOMException('no', 'NotSupportedError'); };",
            ["held", "held", "open"],
            "The signature is NOT checked",
        ),
        ("Object.defineProperty(crypto, 'subtle', {value: undefined});", ["open"], "pages that came over https"),
    ],
)
def test_a_browser_that_cannot_says_so(
    browser: Browser, live_url: str, site: Site, missing: str, states: list[str], why: str
) -> None:
    """Without Ed25519, or without any checksums, the receipt is called neither right nor wrong."""
    with reading(browser, live_url) as page:
        page.add_init_script(missing)
        page.goto(live_url + CHECK)
        give(page, receipt(site))
        assert "This receipt is not checked to the end." == verdict(page)
        assert states == [state for state, _ in claims(page)]
        assert why in claims(page)[-1][1]


# ── against the log of today ─────────────────────────────────────────────────────────────────────────────────────────


def grown(site: Site) -> bytes:
    """Let the log grow after a receipt was given; return that receipt."""
    old = receipt(site)
    title = f"A list {len(site.room.store.entries(0, 100))}"
    site.room.register.set_text(EDITOR, REFERENCE, language="de", title=title, text="Ein Text.")
    site.room.checkpoints.make()
    return old


@pytest.mark.browser
def test_the_log_of_today_continues_a_receipt(browser: Browser, live_url: str, site: Site) -> None:
    """Only when asked, the register is asked for a proof; the browser checks it and says how far the log has come."""
    old = grown(site)
    newest = notes.read_checkpoint(notes.read_note(site.room.checkpoints.newest() or b"").text).size
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        give(page, old)
        assert "Since it was made the log has gone on." == claims(page)[3][1]
        page.click("text=Ask the register whether nothing changed since")
        expect(page.locator("[data-check=same][data-state=held]")).to_be_visible()
        assert f"The log has {newest} entries today and continues that of your receipt" in claims(page)[3][1]
        assert "This receipt is right." == verdict(page)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("answered", "top", "state", "why"),
    [
        ("forked", "This receipt is right, and the register contradicts it.", "failed", "does not continue"),
        ("shorter", "This receipt is right, and the register contradicts it.", "failed", "entries are missing"),
        ("unsigned", "This receipt is right.", "open", "no answer that a key of yours has signed"),
        ("silent", "This receipt is right.", "open", "no answer that a key of yours has signed"),
        ("garbage", "This receipt is right.", "open", "no answer that a key of yours has signed"),
    ],
)
def test_a_register_that_contradicts_itself(
    browser: Browser, live_url: str, site: Site, answered: str, top: str, state: str, why: str
) -> None:
    """Another history, even one signed with the right key, a shorter log, or no good answer: each is said as what it is."""
    old = grown(site)
    origin, key = (
        site.room.checkpoints.origin(),
        ed25519.read_private_pem(site.room.checkpoints.key_file.read_bytes(), ""),
    )
    size = receipts.read(old).checkpoint.size
    text = Checkpoint(origin, size + 1, leaf_hash(b"another history")).text()
    hashes = Tree(site.room.store).consistency(size, size + 1)
    body = f"old {size}\n" + "".join(f"{base64.b64encode(one).decode()}\n" for one in hashes) + "\n"
    private = key if answered == "forked" else PRIVATE
    note = Note(text, (notes.sign(text, origin, private),)).encode()
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        match answered:
            case "silent":
                page.route("**/consistency*", lambda route: route.abort())
            case "shorter":
                page.route("**/consistency*", lambda route: route.fulfill(status=400, body="{}"))
            case "garbage":
                page.route("**/consistency*", lambda route: route.fulfill(body="old 1\nx\n\ny"))
            case _:
                page.route("**/consistency*", lambda route: route.fulfill(body=body.encode() + note))
        page.goto(live_url + CHECK)
        give(page, old)
        page.click("text=Ask the register whether nothing changed since")
        expect(page.locator(f"[data-check=same][data-state={state}]")).to_be_visible()
        assert why in claims(page)[3][1]
        assert top == verdict(page)


@pytest.mark.browser
def test_an_answer_about_an_earlier_file_says_nothing_of_the_next(browser: Browser, live_url: str, site: Site) -> None:
    """Whoever chooses another file before the register has answered hears the verdict on that file, and no other."""
    old = grown(site)
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        waiting: list[Route] = []
        page.route("**/consistency*", lambda route: waiting.extend([route]))
        page.goto(live_url + CHECK)
        give(page, old)
        with page.expect_request("**/consistency*"):
            page.click("text=Ask the register whether nothing changed since")
        give(page, b"no receipt")
        expect(page.locator("#told")).to_have_text("This receipt is not right.")
        with page.expect_response("**/consistency*") as answered:
            waiting[0].fulfill(status=400, body="{}")
        answered.value.finished()
        page.evaluate("new Promise((resolve) => { setTimeout(resolve, 200); })")
        assert "This receipt is not right." == page.text_content("#told")


@pytest.mark.browser
def test_two_checkpoints_of_one_size_are_a_fork(browser: Browser, live_url: str, site: Site) -> None:
    """A receipt that is right, of as many entries as the page shows and of another root, is an alarm."""
    checkpoints = site.room.checkpoints
    size = notes.read_checkpoint(notes.read_note(checkpoints.newest() or b"").text).size
    leaf = canonical({**ENTRY, "position": size})
    left = Tree(site.room.store)
    proof = left.inclusion(size, size)
    root = leaf_hash(leaf)
    for other in proof:
        root = node_hash(other, root)  # the last leaf stands on the right of everything
    text = Checkpoint(checkpoints.origin(), size, root).text()
    private = ed25519.read_private_pem(checkpoints.key_file.read_bytes(), "")
    fork = Proof(size - 1, tuple(proof), Note(text, (notes.sign(text, checkpoints.origin(), private),)), leaf)
    assert 0 == receipts.tell(fork.encode(), [checkpoints.key()], lambda _line: None)
    with reading(browser, live_url) as page:
        page.goto(live_url + CHECK)
        give(page, fork.encode())
        assert "This receipt is right, and the register contradicts it." == verdict(page)
        assert "Two logs were shown to two people" in claims(page)[3][1]


# ── for everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.browser
@pytest.mark.parametrize("state", ["empty", "right", "wrong", "unfinished", "earlier", "receipt"])
def test_everybody_can_read_it(browser: Browser, live_url: str, site: Site, state: str) -> None:
    """No violation of what axe checks in any state, wide and narrow, light and dark; nothing to scroll sideways."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        paths = {"earlier": f"{CHECK}?size=3", "receipt": f"/receipts/{signatures(site)[0]['data']['signature_id']}"}
        page.goto(live_url + paths.get(state, CHECK))
        if state == "unfinished":
            page.fill("#keys", "")
        if state in ("right", "wrong", "unfinished"):
            give(page, receipt(site) if state != "wrong" else other_leaf(notes.read_proof(receipt(site))).encode())
        for details in page.locator("main details").all():
            details.evaluate("details => details.open = true")
        schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                assert [] == violations(page, colours_only=scheme == "dark"), f"{width} {scheme}"
        for width in (320, 375, 640):
            page.set_viewport_size({"width": width, "height": 900})
            assert [] == sideways(page), width


@pytest.mark.browser
def test_from_right_to_left(browser: Browser, live_url: str, site: Site) -> None:
    """In Arabic the page is mirrored; keys, checksums and commands are not."""
    with reading(browser, live_url, viewport={"width": 375, "height": 900}) as page:
        page.goto(f"{live_url}{CHECK}?lang=ar")
        give(page, receipt(site, 1))
        assert "rtl" == page.evaluate("getComputedStyle(document.body).direction")
        ltr = "codes => codes.every(code => getComputedStyle(code).direction === 'ltr')"
        assert page.eval_on_selector_all("code, #keys", ltr)
        assert [] == violations(page) + sideways(page)


@pytest.mark.browser
def test_by_keyboard(browser: Browser, live_url: str, site: Site) -> None:
    """Every stop follows in reading order and can be seen; the outcome is announced."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        page.goto(live_url + CHECK)
        give(page, receipt(site))
        assert "This receipt is right." == page.inner_text("[role=status]#told")
        seen, last = 0, -1.0
        page.evaluate("document.body.focus()")
        for _ in range(60):
            page.keyboard.press("Tab")
            stop = page.evaluate(STOP)
            if stop is None:
                break
            assert (True, "solid") == (stop["width"] >= 3, stop["style"]), stop
            assert stop["order"] > last
            seen, last = seen + 1, stop["order"]
        assert seen > 20


STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const s = getComputedStyle(e);
  return {order: [...document.querySelectorAll("*")].indexOf(e), style: s.outlineStyle, width: parseFloat(s.outlineWidth),
    html: e.outerHTML.slice(0, 80)};
}"""


@pytest.mark.browser
def test_commands_are_copied_whole(browser: Browser, live_url: str) -> None:
    """The button says that it did, and what was copied is the command to the letter."""
    with browser.new_context(locale="en-GB", permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(live_url + CHECK)
        for command in page.locator("#log .command").all():
            command.locator(".copy").click()
            expect(command.locator(".copy")).to_have_text("Copied")
            assert command.locator("code").text_content() == page.evaluate("navigator.clipboard.readText()")


@pytest.mark.browser
def test_it_is_complete_without_javascript(browser: Browser, live_url: str, site: Site) -> None:
    """The steps, the checkpoint, that of another size, and the command for a receipt; nothing that would not work."""
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(live_url + CHECK)
        assert not page.locator("#checker, .copy").first.is_visible()
        assert "the command does the same" in page.inner_text("#without")
        vkey = site.room.checkpoints.key().vkey()
        for command in page.locator(".command code").all_inner_texts()[1:]:
            assert "vkey" not in command or vkey in command
        page.fill("#size", "3")
        page.click("form.earlier button")
        assert "?size=3" in page.url
        root = receipts.in_fours(Tree(site.room.store).root(3))
        assert root == words(page.inner_text("#checkpoint .checksum"))
        assert "not what it is now" in page.inner_text(".tells")
        page.click("text=Back to the newest")
        assert "The newest checkpoint" == page.inner_text("#checkpoint-title")


@pytest.mark.browser
def test_on_paper(browser: Browser, live_url: str) -> None:
    """Steps, checkpoint and what a check proves are printed, in black; what is to be pressed is not."""
    with reading(browser, live_url) as page:
        page.emulate_media(media="print", color_scheme="dark")
        page.goto(live_url + CHECK)
        for hidden in (".masthead", ".copy", "#checker", "form.earlier"):
            assert not page.locator(hidden).first.is_visible(), hidden
        for shown in ("#log", "#checkpoint .strip", "#checkpoint .checksum", "#proves"):
            assert page.locator(shown).is_visible(), shown
        assert page.pdf(format="A4").startswith(b"%PDF")


# ── what the server says ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_what_is_signed(site: Site) -> None:
    """The note as it is served, root, key and link to each address that it names; asked for again it costs nothing."""
    answer = site.get(CHECK)
    page, note = Html(answer.text), site.room.checkpoints.newest()
    assert note is not None
    checkpoint = notes.read_checkpoint(notes.read_note(note).text)
    said = words(page.said)
    for told in (receipts.in_fours(checkpoint.root), site.room.checkpoints.key().vkey(), words(note.decode())):
        assert told in said
    inside = [a["href"] for a in page.all("a") if a.get("href", "").startswith("/")]
    assert {200} == {site.get(href).status_code for href in inside}
    assert "no-cache" == answer.headers["Cache-Control"]
    assert 304 == site.get(CHECK, headers={"If-None-Match": answer.headers["ETag"]}).status_code
    assert ["page"] == [a["aria-current"] for a in page.all("a") if a.get("href") == CHECK and "aria-current" in a]


def test_looking_signs_nothing(site: Site) -> None:
    """GET and HEAD change nothing, whatever size they ask for."""
    before = site.room.checkpoints.newest(), site.room.store.newest()
    for path in (CHECK, f"{CHECK}?size=1", f"{CHECK}?lang=ar"):
        assert (200, 200) == (site.get(path).status_code, site.get(path, method="HEAD").status_code)
    assert before == (site.room.checkpoints.newest(), site.room.store.newest())


@pytest.mark.parametrize(
    "query", ["size=0", "size=x", "size=-1", "size=999999", "size=1&size=2", "page=1", f"size={'9' * 400}"]
)
def test_a_size_that_is_none(site: Site, query: str) -> None:
    """It is refused with a sentence, and so is what the page does not know."""
    assert 400 == site.get(f"{CHECK}?{query}").status_code


def test_a_list_leads_to_its_own_checkpoint(site: Site) -> None:
    """Its link opens the page at the size of its position, where the same root stands in both spellings."""
    page = site.read(f"/statements/{REFERENCE}?position=3")
    (href,) = {a["href"] for a in page.all("a") if a.get("href", "").startswith(f"{CHECK}?")}
    assert f"{CHECK}?size=3#checkpoint" == href
    said, root = Html(site.get(href).text), Tree(site.room.store).root(3)
    assert receipts.in_fours(root) in words(said.said)
    assert [base64.b64encode(root).decode()] == [text.split("\n")[0] for text in said.of_class("root")]
    assert base64.b64encode(root).decode() in page.said


def test_what_is_not_signed_yet_is_awaited(site: Site) -> None:
    """Between recording and signing the page shows the newest checkpoint and says that the next one is to come."""
    site.room.register.set_text(EDITOR, REFERENCE, language="fr", title="Une liste", text="Un texte.")
    newest = notes.read_checkpoint(notes.read_note(site.room.checkpoints.newest() or b"").text)
    said = words(Html(site.get(f"{CHECK}?size={newest.size + 1}").text).said)
    assert f"up to entry {newest.size + 1} is signed within a minute" in said
    assert receipts.in_fours(newest.root) in said
    site.room.checkpoints.make()
    assert "within a minute" not in site.get(f"{CHECK}?size={newest.size + 1}").text


def test_an_empty_size_means_the_newest(site: Site) -> None:
    """As an empty date means today."""
    assert "The newest checkpoint" in site.get(f"{CHECK}?size=").text


def test_an_empty_log_is_signed_too(environ: dict[str, str], clock: FixedClock) -> None:
    """A register in which nothing was recorded yet shows that, and asks for no other size."""
    app = console(environ, clock)
    answer = app.test_client().get(CHECK)
    app.extensions["room"].close()
    assert 200 == answer.status_code
    assert "Nothing is recorded yet" in answer.text
    assert not Html(answer.text).all("input", id="size")


def test_witnesses_are_listed(site: Site) -> None:
    """With what each has signed and when; one that has signed nothing yet is named as well."""
    witnesses, room = Witnesses(site.room.store), site.room
    key = Key("w2.example/never", ed25519.public_of(PRIVATE), COSIGNS)
    text = notes.read_note(room.checkpoints.newest() or b"").text
    at = int(room.clock().timestamp())
    try:
        for one in (SEEN, key):
            witnesses.add(one.vkey())
        line = notes.cosign(text, SEEN.name, WITNESS, at).line()
        with room.databases["register"].writing("cosignature") as transaction:
            row = (notes.read_checkpoint(text).size, SEEN.vkey(), line, at)
            transaction.execute("INSERT INTO cosignature VALUES (?, ?, ?, ?)", row)
        said = words(Html(site.get(CHECK).text).said)
        assert f"{SEEN.name} signed {row[0]} entries on" in said
        assert f"{key.name} has signed nothing yet" in said
        assert line.strip() in said
    finally:
        for one in (SEEN, key):
            witnesses.remove(one.vkey())


@pytest.mark.browser
def test_openssl_alone_checks_what_the_page_says(live_url: str, site: Site, tmp_path: Path) -> None:
    """The page's own lines, run in a shell as they stand, end with openssl's word; on another text they do not."""
    page = Html(site.get(CHECK).text)
    script = min((text for _, text in page.texts if text.startswith("curl")), key=len)
    script = script.replace("http://localhost", live_url)

    def run(lines: str) -> str:
        told = subprocess.run(
            ["sh", "-c", lines],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        return words(told.stdout + told.stderr)

    assert "Signature Verified Successfully" in run(script)
    tampered = re.sub(r"(?m)^(sed .*)$", r"\1; echo x >> text", script)
    assert "Verified Successfully" not in run(tampered)


def test_losses_and_time_stamps_are_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier name of the log with what was lost under it, and who stamped a checkpoint, stand beside its key."""
    lost = {"origin": "old.example/log", "first": 7, "last": 9, "recorded_at": "2021-07-01T12:00:00.000000Z"}
    stamped = {"size": 6, "authority": "Stamps <Ltd>", "stamped_at": "2021-07-02T08:00:00.000000Z"}
    monkeypatch.setattr(Proofs, "former", lambda _self: [lost, {**lost, "first": 9}])
    monkeypatch.setattr(Proofs, "stamped", lambda _self: [stamped])
    said = words(Html(site.get(CHECK).text).said)
    assert "old.example/log. Entries 7 to 9 were lost on 1 July 2021, 12:00 UTC and are marked as lost." in said
    assert "Entry 9 was lost on 1 July 2021, 12:00 UTC" in said
    assert "Stamps <Ltd>: 6 entries on 2 July 2021, 08:00 UTC" in said


@pytest.mark.slow
def test_the_commands_on_the_page_do_what_it_says(site: Site, tmp_path: Path) -> None:
    """Typed as they stand: the bundle is written, the bare auditor accepts it and the receipt, and names the same root."""
    page = Html(site.get(CHECK).text)
    export, audit, check = (
        min((text for _, text in page.texts if text.startswith(begin)), key=len)
        for begin in (
            "signatures export",
            "python3 -m projections.audit bundle",
            "python3 -m projections.audit --receipt",
        )
    )
    settings = site.room.settings
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "SIGNATURES_DATABASE": settings.database,
        "SIGNATURES_STATE_DIR": str(settings.state_dir),
    }

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )

    (tmp_path / "FILE.tlog-proof").write_bytes(receipt(site))
    assert (0, "") == ((told := run(export)).returncode, told.stderr)
    for command in (audit, check):
        told = run(command.replace("python3", "python3 -S -s"))
        assert (0, "") == (told.returncode, told.stderr), told.stdout
        root = notes.read_checkpoint(notes.read_note(site.room.checkpoints.newest() or b"").text).root
        assert root.hex() in told.stdout.replace(" ", "")
