"""The tables of the contacts database: everything here is personal, or guards what is, and none of it is in the log."""

from __future__ import annotations

SCHEMA_VERSION = "4"
SCHEMA = """
CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS submission (
  number {key}, id TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, state TEXT NOT NULL, received_at TEXT NOT NULL,
  signed_on TEXT NOT NULL, parts TEXT NOT NULL, text_sha256 TEXT,
  contact_name TEXT NOT NULL, contact_role TEXT, contact_email TEXT NOT NULL,
  form_id TEXT, content_sha256 TEXT NOT NULL,
  decided_at TEXT, decided_by TEXT, reason_code TEXT, reason TEXT, organisation TEXT,
  language TEXT, assurance TEXT, confirmed_at TEXT, held TEXT, question TEXT, objected_at TEXT, chosen TEXT,
  invitation TEXT);
CREATE INDEX IF NOT EXISTS submission_state ON submission (state, number);
CREATE INDEX IF NOT EXISTS submission_form ON submission (reference, form_id);
CREATE INDEX IF NOT EXISTS submission_content ON submission (reference, content_sha256, received_at);
CREATE INDEX IF NOT EXISTS submission_email ON submission (contact_email);
CREATE INDEX IF NOT EXISTS submission_organisation ON submission (organisation);
CREATE TABLE IF NOT EXISTS token (
  id TEXT PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL,
  issued_at TEXT NOT NULL, revoked_at TEXT);
CREATE TABLE IF NOT EXISTS link (
  id TEXT PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, code_sha256 TEXT, purpose TEXT NOT NULL, about TEXT NOT NULL,
  issued_at TEXT NOT NULL, expires_at TEXT, used_at TEXT, failures {bigint} NOT NULL);
CREATE INDEX IF NOT EXISTS link_about ON link (about, purpose);
CREATE TABLE IF NOT EXISTS terms (
  reference TEXT PRIMARY KEY, acceptance TEXT NOT NULL, deadline TEXT, threshold {bigint}, threshold_share {bigint},
  answer_days {bigint}, changed_at TEXT NOT NULL, changed_by TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS terms_changed ON terms (changed_at);
CREATE TABLE IF NOT EXISTS invitation (
  number {key}, id TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, organisation TEXT, name TEXT NOT NULL, email TEXT NOT NULL,
  language TEXT NOT NULL, invited_at TEXT NOT NULL, invited_by TEXT NOT NULL, reminders {bigint} NOT NULL,
  reminded_at TEXT, declined_at TEXT, submission TEXT, cancelled_at TEXT);
CREATE INDEX IF NOT EXISTS invitation_reference ON invitation (reference, number);
CREATE INDEX IF NOT EXISTS invitation_email ON invitation (email);
CREATE TABLE IF NOT EXISTS outbox (
  number {key}, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, recipient TEXT NOT NULL, language TEXT NOT NULL,
  about TEXT NOT NULL, created_at TEXT NOT NULL, due_at TEXT, claimed_until TEXT, attempts {bigint} NOT NULL,
  sent_at TEXT, given_up_at TEXT, fault TEXT);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due_at);
CREATE INDEX IF NOT EXISTS outbox_kind ON outbox (kind, created_at);
CREATE TABLE IF NOT EXISTS account (
  id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, password TEXT,
  subject TEXT UNIQUE, created_at TEXT NOT NULL, disabled_at TEXT);
CREATE TABLE IF NOT EXISTS session (
  sha256 TEXT PRIMARY KEY, account TEXT NOT NULL, opened_at TEXT NOT NULL, seen_at TEXT NOT NULL, closed_at TEXT);
CREATE TABLE IF NOT EXISTS act (
  number {key}, at TEXT NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL, about TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS act_about ON act (about, number);
CREATE TABLE IF NOT EXISTS proposal (
  number {key}, id TEXT NOT NULL UNIQUE, act TEXT NOT NULL, about TEXT NOT NULL, detail TEXT NOT NULL, note TEXT,
  proposed_at TEXT NOT NULL, proposed_by TEXT NOT NULL, state TEXT NOT NULL, decided_at TEXT, decided_by TEXT,
  outcome TEXT);
CREATE INDEX IF NOT EXISTS proposal_state ON proposal (state, number);
CREATE TABLE IF NOT EXISTS scheduled (
  number {key}, id TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, at TEXT NOT NULL, version_label TEXT,
  scheduled_at TEXT NOT NULL, scheduled_by TEXT NOT NULL, state TEXT NOT NULL, decided_at TEXT, decided_by TEXT,
  outcome TEXT);
CREATE INDEX IF NOT EXISTS scheduled_state ON scheduled (state, at);
CREATE TABLE IF NOT EXISTS webhook (
  id TEXT PRIMARY KEY, url TEXT NOT NULL, statement TEXT, position {bigint} NOT NULL, created_at TEXT NOT NULL,
  created_by TEXT NOT NULL, tried_at TEXT, failing_since TEXT, rests_until TEXT, disabled_at TEXT, why TEXT);
CREATE TABLE IF NOT EXISTS webhook_keeper (id TEXT PRIMARY KEY, email TEXT NOT NULL, language TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
  number {key}, id TEXT NOT NULL UNIQUE, webhook TEXT NOT NULL, type TEXT NOT NULL, statement TEXT, position {bigint},
  happened_at TEXT NOT NULL, created_at TEXT NOT NULL, due_at TEXT, claimed_until TEXT, attempts {bigint} NOT NULL,
  tried_at TEXT, status {bigint}, fault TEXT, delivered_at TEXT, given_up_at TEXT);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due_at);
CREATE INDEX IF NOT EXISTS delivery_webhook ON delivery (webhook, number);
CREATE TABLE IF NOT EXISTS staged_import (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, version {bigint} NOT NULL,
  staged_at TEXT NOT NULL, staged_by TEXT NOT NULL, touched_at TEXT NOT NULL, reference TEXT, total {bigint} NOT NULL,
  done {bigint} NOT NULL, fault TEXT, sha256 TEXT NOT NULL, lines TEXT NOT NULL, report TEXT NOT NULL, given TEXT NOT NULL,
  claimed_until TEXT);
CREATE INDEX IF NOT EXISTS staged_import_touched ON staged_import (touched_at);
CREATE TABLE IF NOT EXISTS arrangement (
  reference TEXT NOT NULL, language TEXT NOT NULL, version {bigint} NOT NULL, document TEXT NOT NULL, pins TEXT NOT NULL,
  rule TEXT NOT NULL, before TEXT, changed_at TEXT NOT NULL, changed_by TEXT NOT NULL,
  PRIMARY KEY (reference, language));
CREATE TABLE IF NOT EXISTS tally (
  key TEXT PRIMARY KEY, count {bigint} NOT NULL, expires_at DOUBLE PRECISION NOT NULL);
CREATE INDEX IF NOT EXISTS tally_expires ON tally (expires_at);
"""
PERSONAL = ("submission", "invitation", "outbox", "webhook_keeper")
"""The tables that hold names or addresses of contacts; those of editors are `account` and `token`."""

UPGRADES = {
    "1": tuple(
        f"ALTER TABLE submission ADD COLUMN {column} TEXT"
        for column in (
            "language",
            "assurance",
            "confirmed_at",
            "held",
            "question",
            "objected_at",
            "chosen",
            "invitation",
        )
    ),
    "2": (),
    "3": (),
}
"""What makes of each older version the next one; new tables and indexes come by themselves."""
