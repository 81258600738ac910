"""What can be refused or go wrong: one short tree, mapped once to HTTP status and exit status.

Every error carries a sentence that says what is the matter and what to do about it.
"""

from __future__ import annotations

from signatures.sentences import Sentence, said


class RegisterError(Exception):
    """Base of all errors that a user may see.

    `code` is the last part of the problem type's URL, `status` the HTTP status, `exit_status` the command's.
    """

    code = "error"
    title = "The register could not do that"
    status = 500
    exit_status = 1

    def __init__(self, sentence: str | Sentence, **details: object) -> None:
        """Keep the sentence, in English and as pages translate it, and details that a program may read."""
        self.said = Sentence(sentence) if isinstance(sentence, str) else sentence
        self.sentence = self.said.told()
        super().__init__(self.sentence)
        self.details = details


class NotFound(RegisterError):
    """Nothing of that name is here, or not for the one who asks."""

    code, title, status = "not-found", "Not found", 404


class LinkDead(NotFound):
    """A link or code of a mail that is wrong, was used or has expired: nobody is told which."""

    code, title = "link-dead", "This link or code is not valid any more"

    def __init__(self) -> None:
        """Say the same of each."""
        super().__init__(said("This link or code is not valid any more. Ask for a new message."))


class InvitationNeeded(RegisterError):
    """A statement that only invited organisations can sign."""

    code, title, status = "invitation-needed", "By invitation only", 403


class InvalidInput(RegisterError):
    """A value that cannot be taken; `fields` in the details tells which."""

    code, title, status = "invalid-input", "A value needs another look", 422


class BodyTooLarge(RegisterError):
    """A body over its limit."""

    code, title, status = "body-too-large", "The body is too large", 413


class BadQuery(RegisterError):
    """Base of what is wrong with the parameters of a question."""

    status, exit_status = 400, 2


class InvalidTime(BadQuery):
    """A date or an instant that is none."""

    code, title = "invalid-time", "Not a date"


class KnownAtInFuture(BadQuery):
    """Nobody can say what will be known."""

    code, title = "known-at-in-future", "known_at lies in the future"


class PositionOutOfRange(BadQuery):
    """A position beyond the log."""

    code, title = "position-out-of-range", "No such position"


class ConflictingTimeParameters(BadQuery):
    """Two parameters that exclude each other."""

    code, title = "conflicting-time-parameters", "Time parameters exclude each other"


class UnknownParameter(BadQuery):
    """A query parameter that this address does not know."""

    code, title = "unknown-parameter", "Unknown parameter"


class PositionLost(RegisterError):
    """A position whose entry no copy holds any more, or a moment of which nobody knows what was known."""

    code, title, status = "position-lost", "What was known then was lost", 410


class Refused(RegisterError):
    """A command that the statement's state or its rules do not allow."""

    code, title, status = "refused", "Refused", 409


class AlreadySigned(Refused):
    """The organisation stands under the statement already."""

    code, title = "already-signed", "Already signed"


class StatementClosed(Refused):
    """Signing has ended, or the statement was taken back."""

    code, title = "statement-closed", "Signing has ended"


class ReferenceTaken(Refused):
    """Another statement has this reference."""

    code, title = "reference-taken", "Reference already taken"


class SeveralOrganisations(Refused):
    """The name parts fit several organisations."""

    code, title = "several-organisations", "Several organisations of that name"


class Unauthorised(RegisterError):
    """No token, or one that is not valid."""

    code, title, status = "unauthorised", "A token is needed", 401


class Forbidden(RegisterError):
    """A token whose role does not allow this."""

    code, title, status = "forbidden", "Not allowed", 403


class PreconditionRequired(RegisterError):
    """If-Match is missing."""

    code, title, status = "precondition-required", "If-Match is required", 428


class StaleVersion(RegisterError):
    """If-Match names an older version."""

    code, title, status = "stale-version", "Changed meanwhile", 412


class IdempotencyKeyMissing(RegisterError):
    """A POST without its key."""

    code, title, status = "idempotency-key-missing", "Idempotency-Key is missing", 400


class IdempotencyKeyReused(RegisterError):
    """A key that came before with another body."""

    code, title, status = "idempotency-key-reused", "Idempotency-Key was used for something else", 422


class QuotaExceeded(RegisterError):
    """Too many requests in a while."""

    code, title, status = "quota-exceeded", "Too many requests", 429


class StorageUnavailable(RegisterError):
    """The store cannot be written or read just now; nothing acknowledged is lost."""

    code, title, status, exit_status = "storage-unavailable", "The store is not available", 503, 3


class ViewBehind(RegisterError):
    """The view has not caught up with the log in time."""

    code, title, status, exit_status = "view-behind", "The list is being brought up to date", 503, 3


class Misconfigured(RegisterError):
    """The service must not start like this; `findings` are the sentences."""

    code, title, exit_status = "misconfigured", "The configuration is refused", 3

    def __init__(self, findings: list[str]) -> None:
        """Join the findings, one a line."""
        super().__init__("\n".join(findings))
        self.findings = findings
