"""The command line as an operator meets it: words in; exit status and what was said out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import wsgi

SHARED = Path(__file__).parents[2] / "shared"  # where a developer has the original documents beside the project
SAMPLES = Path(wsgi.__file__).parent / "signatures" / "samples"


class Commands:
    """`signatures` on the register that an environment names; nothing else of this machine's settings counts."""

    def __init__(self, environ: dict[str, str]) -> None:
        others: dict[str, str | None] = {name: None for name in os.environ if name.startswith("SIGNATURES_")}
        self.runner = CliRunner(env={**others, **environ})

    def __call__(self, *words: object, status: int = 0) -> Result:
        """Run a command and see that it ends with a status, whatever it says."""
        done = self.runner.invoke(wsgi.main, [str(word) for word in words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert status == done.exit_code, f"{words}: {done.output}"
        return done

    def said(self, *words: object) -> str:
        """Tell what a command that succeeds writes."""
        return self(*words).stdout

    def refused(self, *words: object, status: int = 1) -> str:
        """Tell the sentence with which a command is refused; it says nothing else on the way out."""
        done = self(*words, status=status)
        assert done.stderr.strip()
        return done.stderr

    def listed(self, reference: str, *words: object) -> dict[str, Any]:
        """Tell a list as JSON."""
        answer: dict[str, Any] = json.loads(self.said("list", reference, *words, "--format", "json"))
        return answer

    def position(self, reference: str) -> int:
        """Tell the position of a statement's last entry."""
        return int(self.listed(reference)["position"])


def names(answer: dict[str, Any]) -> list[str]:
    """Tell the names of a list in its order."""
    return [entry["name"] for entry in answer["numbered"] + answer["subsequent"]]
