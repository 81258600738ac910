/* Receipts (c2sp.org/tlog-proof with the entry as extra data) read and checked by the browser alone: nothing is sent.
   It takes what projections/receipts.py takes and refuses what that refuses; a test feeds both the same files. */

const FILE_LIMIT = 300_000, NOTE_LIMIT = 100_000, SIGNATURE_LIMIT = 64;
const PROOF = "c2sp.org/tlog-proof@v1", DASH = "\u2014 ", COSIGNATURE = "cosignature/v1";
const SIGNS = 1, COSIGNS = 4, HASH = 32, TIME_LIMIT = 2n ** 63n;
const SIZE = /^(?:0|[1-9][0-9]{0,17})$/;
const NAME = /^[^\p{White_Space}+\u0000-\u001f\u007f]+$/u;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const encoder = new TextEncoder();

/* What cannot be read as a receipt; the message is the name of the reason. */
export class Unreadable extends Error {}

function must(holds, why = "not-a-proof") {
  if (!holds) throw new Unreadable(why);
}

/* == Bytes ================================================================ */

export function decode(text) {
  if (!BASE64.test(text)) return null;
  try {
    const binary = atob(text);
    return btoa(binary) === text ? Uint8Array.from(binary, (one) => one.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

export const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable("not-a-proof");
  }
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => { whole.set(part, at); return at + part.length; }, 0);
  return whole;
}

const equal = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));

/* == Reading ============================================================== */

export function readNote(bytes) {
  must(bytes.length <= NOTE_LIMIT);
  const whole = utf8(bytes);
  must(!/[\u0000-\u0009\u000b-\u001f]/.test(whole));
  const blank = whole.lastIndexOf("\n\n");
  must(blank >= 0 && whole.length > blank + 2 && whole.endsWith("\n"));
  const signatures = whole.slice(blank + 2, -1).split("\n").map(readSignature);
  must(signatures.length <= SIGNATURE_LIMIT);
  return { text: whole.slice(0, blank + 1), signatures };
}

function readSignature(line) {
  const [, name, encoded] = /^\u2014 ([^ ]*) ([^]*)$/.exec(line) ?? [];
  const content = decode(encoded ?? "");
  must(name && NAME.test(name) && content && content.length > 4);
  return { name, id: hex(content.slice(0, 4)), content: content.slice(4) };
}

export function readCheckpoint(text) {
  const lines = text.split("\n");
  must(lines.length > 3 && lines.slice(0, -1).every(Boolean) && SIZE.test(lines[1]) && !lines.at(-1));
  const root = decode(lines[2]);
  must(root && root.length === HASH);
  return { origin: lines[0], size: BigInt(lines[1]), root };
}

export function readReceipt(bytes) {
  must(bytes.length <= FILE_LIMIT);
  const end = bytes.findIndex((byte, at) => byte === 10 && bytes[at + 1] === 10);
  must(end >= 0);
  const lines = Array.from(bytes.slice(0, end), (one) => String.fromCharCode(one)).join("").split("\n");
  must(lines[0] === PROOF && lines.length > 1);
  let leaf = null;
  if (lines[1].startsWith("extra ")) {
    leaf = decode(lines.splice(1, 1)[0].slice(6));
    must(leaf && leaf.length);
  }
  const [, index] = /^index ([0-9]+)$/.exec(lines[1] ?? "") ?? [];
  const hashes = lines.slice(2).map(decode);
  must(index && SIZE.test(index) && hashes.every((hash) => hash && hash.length === HASH));
  const note = readNote(bytes.slice(end + 2));
  must(leaf, "no-entry");
  const checkpoint = readCheckpoint(note.text);
  const entry = readEntry(leaf);
  must(BigInt(entry.position) === BigInt(index) + 1n, "other-position");
  return { index: BigInt(index), hashes, note, checkpoint, leaf, entry };
}

/* One canonical line (RFC 8785), so that nobody reads it in two ways. */
function readEntry(leaf) {
  try {
    const text = utf8(leaf), entry = JSON.parse(text);
    const kinds = { position: "number", version: "number", recorded_at: "string", stream: "string", type: "string" };
    if (canonical(entry) === text && !Array.isArray(entry) && isRecord(entry.data)
      && Object.entries(kinds).every(([field, kind]) => typeof entry[field] === kind)) return entry;
  } catch { /* told below */ }
  throw new Unreadable("odd-entry");
}

const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isRecord(value)) {
    const fields = Object.keys(value).sort();
    if (fields.some((field) => /[^\u0000-\u007f]/.test(field))) throw new Unreadable("odd-entry");
    return `{${fields.map((field) => `${JSON.stringify(field)}:${canonical(value[field])}`).join(",")}}`;
  }
  const odd = typeof value === "number" ? !Number.isSafeInteger(value) : /\p{Surrogate}/u.test(String(value));
  if (odd) throw new Unreadable("odd-entry");
  return JSON.stringify(value);
}

/* Keys, one a line, as their owners print them; null where a line is none. */
export async function readKeys(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const keys = await Promise.all(lines.map(readKey));
  return keys.length && keys.every(Boolean) ? keys : null;
}

async function readKey(line) {
  const [, name, id, encoded] = /^([^+]+)\+([^+]*)\+(.*)$/.exec(line) ?? [];
  const material = decode(encoded ?? "");
  if (!name || !NAME.test(name) || !material || material.length !== 1 + 32) return null;
  const kind = material[0];
  const right = hex((await sha256(encoder.encode(`${name}\n`), material)).slice(0, 4));
  return [SIGNS, COSIGNS].includes(kind) && id === right ? { name, id, kind, public: material.slice(1) } : null;
}

/* == The tree (RFC 9162, 2.1.3.2 and 2.1.4.2) ============================== */

export const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

function upWhileEven(place, last) {
  while (place && !(place & 1n)) { place >>= 1n; last >>= 1n; }
  return [place, last];
}

export async function leads(leaf, index, size, hashes, root) {
  if (index >= size) return false;
  let place = index, last = size - 1n, hash = leaf;
  for (const other of hashes) {
    if (!last) return false;
    if (place & 1n || place === last) {
      hash = await nodeHash(other, hash);
      [place, last] = upWhileEven(place, last);
    } else hash = await nodeHash(hash, other);
    place >>= 1n; last >>= 1n;
  }
  return !last && equal(hash, root);
}

/* Whether the tree of the older checkpoint is where that of the newer one began. */
export async function continues(older, newer, hashes) {
  if (older.size === newer.size) return !hashes.length && equal(older.root, newer.root);
  if (!older.size || older.size > newer.size || !hashes.length) return false;
  const alone = !(older.size & (older.size - 1n));
  const [first, ...rest] = alone ? [older.root, ...hashes] : hashes;
  let place = older.size - 1n, last = newer.size - 1n, before = first, after = first;
  while (place & 1n) { place >>= 1n; last >>= 1n; }
  for (const other of rest) {
    if (!last) return false;
    if (place & 1n || place === last) {
      [before, after] = [await nodeHash(other, before), await nodeHash(other, after)];
      [place, last] = upWhileEven(place, last);
    } else after = await nodeHash(after, other);
    place >>= 1n; last >>= 1n;
  }
  return !last && equal(before, older.root) && equal(after, newer.root);
}

/* == Signatures =========================================================== */

/* Tell "held" with who signed, or the name of what does not hold, or "no-ed25519" where this browser cannot tell. */
export async function signed(note, origin, keys) {
  const ofLog = keys.filter((key) => key.kind === SIGNS && key.name === origin);
  if (!ofLog.length) return { state: "other-log", signers: [] };
  const speaks = await found(note, ofLog);
  return speaks.state === "held" ? found(note, keys) : speaks;
}

async function found(note, keys) {
  const signers = [];
  try {
    for (const signature of note.signatures) {
      const key = keys.findLast((one) => one.name === signature.name && one.id === signature.id);
      if (!key) continue;
      const time = await verified(note.text, key, signature.content);
      if (time === false) return { state: "false-signature", signers: [] };
      signers.push({ ...key, time });
    }
  } catch {
    return { state: "no-ed25519", signers: [] };
  }
  return { state: signers.length ? "held" : "not-signed", signers };
}

/* The seconds since 1970 of a cosignature, null for a signature of the log itself; false for one that is not right. */
async function verified(text, key, content) {
  let time = null, message = text;
  if (key.kind === COSIGNS) {
    if (content.length < 8) return false;
    time = content.slice(0, 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    message = `${COSIGNATURE}\ntime ${time}\n${text}`;
    content = content.slice(8);
    if (time >= TIME_LIMIT) return false;
  }
  if (content.length !== 64) return false;
  const imported = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"])
    .catch((error) => { if (error.name === "DataError") return null; throw error; });
  const right = imported && await crypto.subtle.verify({ name: "Ed25519" }, imported, content, encoder.encode(message));
  return right ? time : false;
}

/* == All of it ============================================================ */

/* Check a file by keys that are trusted: what it says, and how far each claim holds. */
export async function examine(bytes, keys) {
  const checks = { reads: "held" };
  if (!globalThis.crypto?.subtle) return { checks: { reads: "no-crypto" }, receipt: null, signers: [] };
  let receipt;
  try {
    receipt = readReceipt(bytes);
  } catch (error) {
    return { checks: { reads: error instanceof Unreadable ? error.message : "not-a-proof" }, receipt: null, signers: [] };
  }
  const { checkpoint, hashes, index, leaf, note } = receipt;
  receipt.leafHash = await leafHash(leaf);
  checks.leads = await leads(receipt.leafHash, index, checkpoint.size, hashes, checkpoint.root) ? "held" : "failed";
  if (checks.leads !== "held") return { checks, receipt, signers: [] };
  const told = keys ? await signed(note, checkpoint.origin, keys) : { state: "no-key", signers: [] };
  checks.signed = told.state;
  return { checks, receipt, signers: told.signers };
}
