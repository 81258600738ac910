/* The page "Check it yourself": takes a receipt, has proof.js check it, and shows what holds. The words are the page's own.
   Nothing leaves the machine, but for the one question that its own button asks. */
import "./copy.js";
import { continues, decode, examine, hex, readCheckpoint, readKeys, readNote, signed } from "./proof.js";

const form = document.getElementById("checker");
const file = document.getElementById("file");
const keys = document.getElementById("keys");
const drop = document.getElementById("drop");
const outcome = document.getElementById("outcome");
const told = document.getElementById("told");  /* one sentence is announced; the rest can be read */
const locale = document.documentElement.lang;
const FILE_LIMIT = 300_000;
let chosen = null, running = 0;

/* == Words ================================================================ */
const filled = (sheet, name, value) => {
  for (const slot of sheet.querySelectorAll(`[data-slot=${name}]`)) slot.textContent = value;
};

/* Keep the one sentence that is true, and the mark beside it; tell which mark that is. */
function say(box, code) {
  let state = "none";
  for (const sentence of box.querySelectorAll("[data-code]")) {
    if (sentence.dataset.code === code) state = sentence.dataset.state;
    else sentence.hidden = true;
  }
  box.dataset.state = state;
  return state;
}

function day(date) {
  const at = new Date(`${date}T00:00:00Z`);
  return isNaN(at) ? date : new Intl.DateTimeFormat([locale === "en" ? "en-GB" : locale, "en-GB"],
    { dateStyle: "long", timeZone: "UTC", numberingSystem: "latn" }).format(at);
}

/* Dates and times as the rest of the register writes them: 30 June 2021, 09:14:27 UTC. */
function moment(at) {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)[\d.]*Z$/.exec(at) ?? [];
  return date ? `${day(date)}, ${time} UTC` : at;
}

const fours = (digits) => digits.match(/.{4}/g).join(" ");
const number = (size) => new Intl.NumberFormat([locale, "en"], { numberingSystem: "latn" }).format(size);

/* The printed line, each bracket in the direction of its own words. */
function print(box, data) {
  const words = (value) => typeof value === "string" ? value : "";
  const first = (map) => words(map && typeof map === "object" ? map[locale] ?? Object.values(map)[0] : null);
  const name = [data.acronym, data.name].map(words).filter(Boolean).join(" ");
  const glosses = [words(data.transliteration), first(data.translations)].filter(Boolean);
  if (words(data.name_language)) box.lang = data.name_language;
  box.replaceChildren(name, ...glosses.flatMap((gloss) => {
    const own = document.createElement("bdi");
    own.textContent = `(${gloss})`;
    return [" ", own];
  }), first(data.country_printed) ? `, ${first(data.country_printed)}` : "");
}

/* The same 32 bars as strip.html draws. */
function bars(strip, digits) {
  strip.replaceChildren(...digits.match(/../g).map((byte, at) => {
    const height = 3 + parseInt(byte, 16) * 29 / 255;
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ x: 2 * at, y: (32 - height).toFixed(1), width: 1.2, height: height.toFixed(1) })) {
      bar.setAttribute(name, value);
    }
    return bar;
  }));
}

/* == The outcome ========================================================== */
/* Names of keys, read from left to right; of a witness with the time at which it signed. */
function list(sheet, slot, signers) {
  const box = sheet.querySelector(`[data-slot=${slot}]`);
  box.replaceChildren(...signers.flatMap((key, at) => {
    const name = document.createElement("code"), time = document.createElement("bdi");
    name.dir = "ltr";
    name.textContent = `${key.name} ${key.id}`;
    time.textContent = key.time === null ? "" : instant(key.time);
    return [at ? "; " : "", name, key.time === null ? "" : ", ", time];
  }));
}

function instant(seconds) {
  const at = new Date(Number(seconds) * 1000);
  return isNaN(at) ? `${seconds} s` : moment(at.toISOString());
}

/* How the checkpoint of a receipt stands to the one that this page shows. */
function sameness(checkpoint) {
  if (checkpoint.origin !== form.dataset.origin) return null;
  if (checkpoint.size !== BigInt(form.dataset.size)) return "other";
  return hex(checkpoint.root) === form.dataset.root ? "same" : "fork";
}

function show({ checks, receipt, signers }) {
  const sheet = document.getElementById("found").content.cloneNode(true).querySelector("article");
  const whole = checks.signed === "held";
  if (whole) {
    const same = sameness(receipt.checkpoint);
    if (same) checks.same = same;
    if (signers.some((key) => key.time !== null)) checks.seen = "held";
    tell(sheet, receipt, signers);
  } else {
    for (const part of sheet.querySelectorAll(".printed, .facts, .fingerprint, .whole, [data-act]")) part.remove();
    if (receipt) tellOf(sheet, receipt);
  }
  judge(sheet, checks);
  outcome.replaceChildren(sheet);
  sheet.querySelector("[data-act=compare]")?.addEventListener("click", (event) => compare(sheet, receipt, checks, event.target));
}

/* Mark each claim, and draw from them the one sentence on top. */
function judge(sheet, checks) {
  const states = [];
  for (const box of sheet.querySelectorAll("[data-check]")) {
    const code = checks[box.dataset.check];
    if (!code) { box.hidden = true; continue; }
    for (const sentence of box.querySelectorAll("[data-code]")) sentence.hidden = false;
    box.hidden = false;
    states.push(say(box, code));
  }
  const button = sheet.querySelector("[data-act=compare]");
  if (button) button.hidden = checks.same !== "other";
  const verdict = ["fork", "behind", "not-continued"].includes(checks.same) ? "contradicted"
    : states.includes("failed") ? "wrong" : checks.signed === "held" ? "right" : "unfinished";
  for (const sentence of sheet.querySelectorAll(".verdict [data-code]")) sentence.hidden = false;
  say(sheet.querySelector(".verdict"), verdict);
  sheet.dataset.verdict = verdict;
  told.textContent = sheet.querySelector(`.verdict [data-code=${verdict}]`).textContent;
}

function tellOf(sheet, { entry, checkpoint }) {
  const type = document.querySelector(`#types [data-type="${CSS.escape(entry.type)}"]`)?.textContent ?? entry.type;
  filled(sheet, "type", type);
  filled(sheet, "position", number(entry.position));
  filled(sheet, "size", number(checkpoint.size));
  filled(sheet, "origin", checkpoint.origin);
}

function tell(sheet, receipt, signers) {
  const { entry, checkpoint, leaf, leafHash } = receipt;
  const { data } = entry;
  tellOf(sheet, receipt);
  const line = sheet.querySelector(".printed");
  if (entry.type === "Signed") print(line.firstElementChild, data);
  else line.remove();
  list(sheet, "signers", signers.filter((key) => key.time === null));
  list(sheet, "witnesses", signers.filter((key) => key.time !== null));
  filled(sheet, "recorded", moment(entry.recorded_at));
  if (typeof data.signed_on === "string") filled(sheet, "signed_on", day(data.signed_on));
  else gone(sheet, "signed_on");
  const ours = checkpoint.origin === form.dataset.origin && /^[0-9a-f-]{36}$/.test(data.signature_id ?? "");
  if (ours) sheet.querySelector("[data-slot=page]").href = form.dataset.receipts + data.signature_id;
  else gone(sheet, "page");
  bars(sheet.querySelector("[data-slot=strip]"), hex(leafHash));
  filled(sheet, "checksum", fours(hex(leafHash)));
  filled(sheet, "leaf", new TextDecoder().decode(leaf));
}

function gone(sheet, name) {
  const fact = sheet.querySelector(`dd[data-slot=${name}], dd:has([data-slot=${name}])`);
  fact.previousElementSibling.remove();
  fact.remove();
}

/* == The one question that goes to the register ============================ */
async function compare(sheet, receipt, checks, button) {
  button.disabled = true;
  const { code, newest } = await growth(receipt.checkpoint).catch(() => ({ code: "unanswered" }));
  if (!sheet.isConnected) return;  /* another file was chosen meanwhile */
  if (newest) filled(sheet, "newest", number(newest.size));
  checks.same = code;
  judge(sheet, checks);
}

/* Ask for the newest checkpoint and the proof that it continues this one; believe only what a trusted key has signed. */
async function growth(mine) {
  const answer = await fetch(`${form.dataset.consistency}?old=${mine.size}`);
  if (answer.status === 400) return { code: "behind" };
  const content = new Uint8Array(await answer.arrayBuffer());
  const head = content.findIndex((byte, at) => byte === 10 && content[at + 1] === 10);
  if (!answer.ok || head < 0) return { code: "unanswered" };
  const note = readNote(content.slice(head + 2)), newest = readCheckpoint(note.text);
  const { state } = await signed(note, mine.origin, await readKeys(keys.value) ?? []);
  if (state !== "held" || newest.origin !== mine.origin) return { code: "unanswered" };
  const hashes = new TextDecoder().decode(content.slice(0, head)).split("\n").slice(1).map(decode);
  const sound = hashes.every((hash) => hash?.length === 32) && await continues(mine, newest, hashes);
  return { code: sound ? "continued" : "not-continued", newest };
}

/* == Taking a file ======================================================== */
async function check() {
  const turn = ++running;
  if (!chosen) return;
  const bytes = chosen.size > FILE_LIMIT ? null : new Uint8Array(await chosen.arrayBuffer().catch(() => new ArrayBuffer()));
  const trusted = globalThis.crypto?.subtle ? await readKeys(keys.value) : null;
  const found = bytes ? await examine(bytes, trusted) : { checks: { reads: "too-large" }, receipt: null, signers: [] };
  if (turn === running) show(found);
}

async function take(files) {
  if (!files.length) return;
  [chosen] = files;
  await check();
  if (outcome.getBoundingClientRect().top > innerHeight / 2) outcome.scrollIntoView();  /* below a phone's edge */
}

form.hidden = false;
document.getElementById("without").hidden = true;
form.addEventListener("submit", (event) => event.preventDefault());
file.addEventListener("change", () => take(file.files));
keys.addEventListener("input", check);
/* A file that misses the field would otherwise take the page's place. */
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener("dragover", () => drop.classList.add("over"));
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  drop.classList.remove("over");
  take(event.dataTransfer.files);
});
