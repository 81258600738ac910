"""The rules that a log must obey by itself, in the words of the contract: which acts a register may record, and when."""

from __future__ import annotations

from projections.auditing.found import Report

RULES = {
    # the log
    "position": "Positions are 1, 2, 3 … without gaps, and stamps never fall.",
    "version": "The entries of a stream are its versions 1, 2, 3 …; it begins by being drafted or registered, once.",
    "reference": "A statement's stream follows from its reference, so that no two statements have one reference.",
    "words": "Fields hold what the contract names: kinds, methods, meanings, reasons, dates, ids; a name is not empty.",
    "withheld": "An order of erasure says why, and keeps of one earlier entry of its stream everything but names and notes.",
    # the statement
    "discarded": "Only a draft is discarded, and nothing happens to it afterwards.",
    "retracted": "Only a published statement is taken back; then nothing is signed, published, reopened or taken back again.",
    "closed": "A signature is not dated on or after the day of closing, until signing is open again.",
    "closing": "Closed is what is open on that day, and reopened what is closed on it.",
    "amended": "After the first edition only issuer, kind and printed number are amended.",
    # its editions
    "edition": "Editions are numbered 1, 2, 3 …",
    "edition-date": "An edition's date is not to come, and not before that of the edition before.",
    "edition-texts": "An edition names the newest text of each language.",
    "order": "An order names only signatures that stand on the edition's date; the one in the statement's language, all of them.",
    "order-twice": "An order names a signature once, unless a printed list was imported in which it stood twice.",
    "order-lines": "An order is made of lines that each hold a signature, a heading or the reason of a gap.",
    # signatures
    "signature-id": "An id is that of one signature.",
    "ordinal": "The signatures of a statement are its first, second, third …",
    "signed-on": "No signature is dated later than the day on which that was recorded.",
    "signed-text": "A signature names a text that its statement had by then.",
    "organisation": "An organisation is registered before anything is said of it.",
    "standing-once": "One organisation, with all registrations merged with it, does not come to stand twice at one time.",
    "about": "An act is about a signature that the same statement had before.",
    "withdrawn": "Withdrawn is what stands, not from before it was signed, and at most 366 days ahead.",
    "voided": "Voided is what was not voided before.",
    "corrected": "Corrected is what was not voided: something of it, its date for all dates and not to after its end.",
    "annulled": "Annulled is an earlier act of the same stream that may be, once; no signature then ends before it begins.",
    # organisations
    "renamed": "A renaming changes something.",
    "merged": "A registration is merged once, into another one that is not the same body already.",
}  # fmt: skip


def breaks(report: Report, rule: str, position: int, what: str) -> None:
    """Report an entry that breaks a rule."""
    report.differs(f"{what} This was not allowed. The rule: {RULES[rule]}", position)
