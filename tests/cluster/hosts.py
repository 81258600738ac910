"""Application hosts of a cluster: each with a state folder of its own, all with one secret and one key of the log."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from signatures.proof.keyfile import KEY_FILE
from tests.cluster.nodes import PASSWORD
from tests.mailserver import free_port
from tests.test_cli import PROGRAM, ROOT, given, process
from tests.test_serving import Server, until

SECRET = "Zb2hPf0W9xq4nKcL7vRt3sYj8mDg5aQe"
TREE = ("signatures", "projections", "wsgi.py")


class Serving(Server):
    """`signatures serve` of one version of the software."""

    def __init__(self, environ: dict[str, str], log: Path, port: int | None, root: Path) -> None:
        """Start it where that version lies."""
        self.port, self.log = port or free_port(), log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--bind", f"127.0.0.1:{self.port}"],
                env=given(environ), cwd=root, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip


class Host:
    """One of them."""

    def __init__(self, name: str, folder: Path, url: str, first: Host | None = None, **settings: str) -> None:
        """Set it up as an operator does: the key of the first one is copied before `init`."""
        self.folder, self.root = folder / name, ROOT
        self.state = self.folder / "state"
        self.state.mkdir(parents=True, mode=0o700)
        self.environ = {
            "SIGNATURES_DATABASE": url,
            "SIGNATURES_SECRET_KEY": SECRET,
            "SIGNATURES_STATE_DIR": str(self.state),
            "PGPASSWORD": PASSWORD,
            **settings,
        }
        if first is not None:
            shutil.copy(first.state / KEY_FILE, self.state / KEY_FILE)
        self.server: Serving | None = None
        self.port: int | None = None
        self.run("init")

    def run(self, *words: object, status: int = 0) -> str:
        """Run a command in a process of its own; see that it ends with a status, and tell what it said."""
        done = process(self.environ, *words, cwd=self.root)
        assert status == done.returncode, done.stderr + done.stdout
        return done.stdout + done.stderr

    def serve(self) -> Serving:
        """Serve, at the same address each time."""
        self.server = Serving(self.environ, self.folder / "server.log", self.port, self.root)
        self.port = self.server.port
        until(self.server.is_ready)
        return self.server

    def upgrade(self, folder: Path) -> None:
        """Go on with another version of the software: one that keeps its views in another layout."""
        for name in TREE:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        view = folder / "projections" / "views" / "view.py"
        text = view.read_text()
        assert "\nSCHEMA_VERSION = " in text
        view.write_text(text.replace("\nSCHEMA_VERSION = ", "\nSCHEMA_VERSION = 1_000 + "))
        self.root = folder

    def end(self) -> None:
        """Leave no process behind."""
        if self.server is not None:
            self.server.end()
