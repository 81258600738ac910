"""A receipt compared with a bundle: the entry that an organisation was told of stands in this log, at that position."""

from __future__ import annotations

from projections import receipts
from projections.auditing.audit import Audited, Trust
from signatures.errors import InvalidInput
from signatures.log.eventlog import leaf_hash
from signatures.proof.ed25519 import Unchecked
from signatures.proof.notes import Key, NotSigned


def receipted(name: str, content: bytes, audit: Audited, trust: Trust) -> None:
    """Check a receipt by itself, then against the log, and report."""
    report = audit.report
    try:
        receipt = receipts.read(content)
    except InvalidInput as error:
        report.differs(f"{name}: {error.sentence}")
        return
    key = trust.key(audit.seals.key) or audit.seals.key
    if not receipts.included(receipt):
        report.differs(f"{name}: the entry does not lead to the receipt's checkpoint.", receipt.position)
    elif key is not None:
        _signed(name, receipt, [key, Key(receipt.checkpoint.origin, key.public), *trust.keys, *trust.witnesses], audit)
    if report.sound:
        _in_log(name, receipt, audit)


def _signed(name: str, receipt: receipts.Receipt, keys: list[Key], audit: Audited) -> None:
    known = {(key.name, key.id) for key in keys}
    if not any((one.name, one.key_id) in known for one in receipt.proof.note.signatures):
        audit.report.unchecked.append(
            f"{name}: its signature, by a key that is not here: give it with --vkey, too. The entry was compared"
        )
        return
    try:
        receipts.check(receipt, keys)
    except Unchecked as error:
        audit.report.unsigned = True
        audit.report.unchecked.append(f"{name}: {error.sentence}")
    except NotSigned as error:
        audit.report.differs(f"{name}: {error.sentence}", receipt.position)


def _in_log(name: str, receipt: receipts.Receipt, audit: Audited) -> None:
    position, size, grown = receipt.position, receipt.checkpoint.size, audit.grown
    if position > grown.size:
        audit.report.differs(
            f"{name}: the log ends at position {grown.size}, before the entry of this receipt.", position
        )
    elif grown.leaf_at(position) != leaf_hash(receipt.proof.extra):
        audit.report.differs(
            f"{name}: the log has another entry there than the one that the receipt promised.", position
        )
    elif size <= grown.size and grown.root_at(size) != receipt.checkpoint.root:
        audit.report.differs(f"{name}: the first {size} entries are not those of the receipt's checkpoint.")
    else:
        audit.report.checked.append(f"{name}: the entry of this receipt stands in the log at position {position}")
