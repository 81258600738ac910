"""The auditor: `python -m projections.audit DIR …` checks a bundle on bare Python, offline, and says what that proves.

Exit status: 0 everything that was checked holds · 1 a difference was found · 2 usage · 3 something cannot be read, or all
holds but nothing on this machine could check the signatures.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an auditor has the Python that is there
    sys.exit("This takes Python 3.11 or newer; this is " + sys.version.split()[0] + ".")

import argparse
import os
import time
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from projections import receipts
from projections.auditing import brought, questions, verdict
from projections.auditing.audit import Audited, Trust, audited
from projections.auditing.found import CannotRead, OlderBundle
from projections.auditing.leaves import UNREADABLE
from projections.auditing.moment import Asked
from projections.auditing.older import audit_older
from projections.auditing.questions import Question
from projections.auditing.receipted import receipted
from signatures.errors import BadQuery, RegisterError
from signatures.proof.notes import Key

EXAMPLES = """examples:
  python -m projections.audit BUNDLE                                      check everything
  python -m projections.audit BUNDLE --vkey KEY --since OLD/checkpoint     and who signed, and that nothing was rewritten
  python -m projections.audit BUNDLE --statement REF --as-of 2021-06-07    print a list
  python -m projections.audit BUNDLE --statement REF --against LIST.json   compare a list that you kept
  python -m projections.audit BUNDLE --statement REF --from 2021-06-07@57 --to 2021-07-01
  python -m projections.audit --receipt FILE.tlog-proof --vkey KEY         check a receipt, without any bundle
"""


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        prog="python -m projections.audit",
        description="Check a bundle of the register without trusting anybody: no install, no network, no database.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("folder", metavar="DIR", nargs="?", type=Path, help="the folder that `signatures export` wrote")
    trust = made.add_argument_group("what you bring along")
    trust.add_argument(
        "--vkey",
        metavar="LINE|FILE",
        nargs="+",
        default=[],
        action="extend",
        help="the log's key, as you have it from elsewhere; also those under which it signed before",
    )
    trust.add_argument("--since", metavar="FILE", type=Path, help="a checkpoint that you kept: the log must begin so")
    trust.add_argument(
        "--witness", metavar="VKEY", nargs="+", default=[], action="extend", help="keys that must have cosigned"
    )
    trust.add_argument("--receipt", metavar="FILE", type=Path, help="a receipt (.tlog-proof)")
    asked = made.add_argument_group("what you ask")
    asked.add_argument("--statement", metavar="REF", help="the statement by its reference")
    asked.add_argument("--as-of", metavar="DATE", help="the date of the list; default: today")
    asked.add_argument("--position", metavar="N", help="as far as it was known at a position")
    asked.add_argument("--known-at", metavar="INSTANT", help="as far as it was known at an instant (RFC 3339)")
    asked.add_argument("--edition", metavar="N", help="an edition's list as it was published")
    asked.add_argument("--show", choices=("standing", "annotated"), default="standing")
    asked.add_argument("--language", metavar="L", help="language of translations and order")
    asked.add_argument("--against", metavar="FILE", type=Path, help="a kept list to compare with: .json, .csv or .txt")
    asked.add_argument(
        "--from", dest="from_", metavar="D[@N]", help="what changed since a date, as known at a position"
    )
    asked.add_argument("--to", metavar="D[@N]", help="the other end; default: today")
    asked.add_argument("--history", action="store_true", help="every entry about the statement")
    asked.add_argument(
        "--format",
        choices=("text", "json", "csv"),
        default="text",
        help="of what is asked; the verdict then goes to stderr",
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit as the arguments say; return the exit status."""
    given = _given(arguments)
    try:
        keys = [brought.key_given(text) for text in given.vkey]
        if given.folder is None:
            return _receipt(given, keys)
        since = brought.held(given.since) if given.since else None
        trust = Trust(keys, since, [brought.witness_given(text) for text in given.witness])
        return _audit(given, trust)
    except OlderBundle as error:
        return _older(given, dict(error.details["said"]))  # type: ignore[call-overload]
    except BadQuery as error:
        _say(error.sentence)
        return 2
    except RegisterError as error:
        _say(error.sentence)
        return 3 if isinstance(error, CannotRead) else 2
    except OSError as error:
        _say(f"{error.filename or 'A file'} cannot be read or written ({error.strerror}).")
        return 3


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    made = parser()
    given = made.parse_args(arguments)
    if given.folder is None and given.receipt is None:
        made.error("give the folder of a bundle, or --receipt FILE")
    about = ("as_of", "position", "known_at", "edition", "against", "from_", "to", "history", "language")
    wanting = [name.strip("_").replace("_", "-") for name in about if getattr(given, name)]
    if wanting and not given.statement:
        made.error(f"--{wanting[0]} is about a statement: give --statement REF")
    other = [name for name in ("from_", "to", "history") if getattr(given, name)]
    beside = [name for name in (*about[:5], *other[2 if "to" in other else 1 :]) if other and getattr(given, name)]
    if beside:
        made.error(f"--{beside[0].replace('_', '-')} does not go with --{other[0].strip('_')}: ask twice")
    return given


def _audit(given: argparse.Namespace, trust: Trust) -> int:
    progress = Progress()
    with audited(given.folder, trust, progress) as audit:
        progress.end()
        report = audit.report
        if given.receipt:
            receipted(str(given.receipt), _content(given.receipt), audit, trust)
        if given.statement and report.sound:
            _answer(audit, _question(given))
        elif given.statement:
            report.unchecked.append("What you asked was not told: a list from a log that differs would prove nothing.")
        out = sys.stderr if given.statement and given.format != "text" else sys.stdout
        if given.statement and out is sys.stdout:
            out.write("\n")
        for line in verdict.verdict(audit, trust):
            out.write(f"{line}\n")
        return verdict.status(report)


def _answer(audit: Audited, question: Question) -> None:
    try:
        questions.answer(audit, question, sys.stdout.write)
    except UNREADABLE as error:  # whoever signs may write orders and texts that nobody can read
        audit.report.differs(f"What you asked cannot be told: the entries are not what the rule needs ({error!r}).")


def _receipt(given: argparse.Namespace, keys: list[Key]) -> int:
    """Check a receipt by itself."""
    content = _content(given.receipt)
    if not keys:
        raise CannotRead("A receipt is checked with a key that you trust: give it with --vkey, as a line or a file.")
    keys += map(brought.key_given, given.witness)
    return receipts.tell(content, keys, lambda line: sys.stdout.write(f"{verdict.printable(line)}\n"))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(receipts.FILE_LIMIT + 1)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read ({error.strerror}).") from error


def _older(given: argparse.Namespace, said: dict[str, object]) -> int:
    progress = Progress()
    report = audit_older(given.folder, said, progress)
    progress.end()
    if given.statement or given.receipt or given.since:
        report.unchecked.append("What you asked was not told: this form of a bundle holds nothing to compare it with.")
    for line in verdict.verdict_of(report, report.checked, report.unchecked):
        sys.stdout.write(f"{line}\n")
    return verdict.status(report)


def _question(given: argparse.Namespace) -> Question:
    asked = Asked(given.as_of, given.known_at, given.position, given.edition)
    return Question(
        given.statement,
        asked,
        given.show,
        given.language,
        given.against,
        given.from_,
        given.to,
        given.history,
        given.format,
    )


class Progress:
    """How far the work is, on a terminal alone."""

    def __init__(self) -> None:
        """Look whether there is one."""
        self._shown = sys.stderr.isatty()
        self._next = 0.0

    def __call__(self, what: str, done: int, of: int) -> None:
        """Show it, a few times a second."""
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.2
            share = f"{100 * done // of:>3} %" if of > done + 1 else f"{done}"
            sys.stderr.write(f"\r{what}: {share} ")
            sys.stderr.flush()

    def end(self) -> None:
        """Take it away."""
        if self._shown and self._next:
            sys.stderr.write("\r\x1b[K")


def _say(sentence: str) -> None:
    sys.stderr.write(f"{verdict.printable(sentence)}\n")


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.exit(main())
    except BrokenPipeError:  # `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
