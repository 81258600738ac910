"""Programs in Go, built with nothing but Debian's packages: other people's code, which knows nothing of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.conftest import cannot

LIBRARY = Path("/usr/share/gocode")  # Debian's golang-golang-x-mod-dev


def built(folder: Path, source: Path) -> Path:
    """Build a program in an empty folder, or skip the test where that cannot be."""
    if shutil.which("go") is None or not (LIBRARY / "src/golang.org/x/mod/sumdb").is_dir():
        cannot(LookupError("Debian's golang-go and golang-golang-x-mod-dev are not installed."), "REQUIRE_GO")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOCACHE": str(folder / "cache"),
        "GO111MODULE": "off",
        "GOPATH": str(LIBRARY),
        "CGO_ENABLED": "0",
    }
    program = folder / "program"
    subprocess.run(["go", "build", "-o", program, source], env=environ, cwd=folder, check=True)
    return program
