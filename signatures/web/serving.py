"""Serving with gunicorn: the project's own settings, one tick among the workers, and a clear word where a port is taken."""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from signatures.errors import RegisterError
from signatures.settings import Settings

TICK_SECONDS = 20
GLANCE_SECONDS = 1
FIGURES = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name of the folder in which workers count together
log = logging.getLogger("signatures")


def parse_bind(bind: str) -> tuple[str, int]:
    """Split HOST:PORT."""
    host, _, port = bind.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise click.BadParameter(f"{bind!r}. Write HOST:PORT, for example 127.0.0.1:8000.", param_hint="--bind")
    return host.strip("[]"), int(port)


def is_handed_over() -> bool:
    """Tell whether whoever started us holds the address and hands it over, so that a restart refuses nobody (systemd)."""
    return os.environ.get("LISTEN_PID") == str(os.getpid())


def refuse_taken_port(bind: str) -> None:
    """Say at once if another server has the address; gunicorn would try for five seconds."""
    host, port = parse_bind(bind)
    if is_handed_over():
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "no such host"
            raise PortTaken(
                f"Cannot serve at {bind}: {why}. Stop the other server or choose another address."
            ) from error


class PortTaken(RegisterError):
    """The address is in use or not ours."""

    code, title, exit_status = "port-taken", "The address is taken", 3


class Server(BaseApplication):
    """gunicorn with threads; every worker makes its own app, so that no connection crosses a fork."""

    def __init__(self, make_app: Callable[[], Flask], bind: str, settings: Settings, state_dir: Path) -> None:
        """Keep what `load_config` and `load` need."""
        self.make_app, self.bind, self.settings, self.state_dir = make_app, bind, settings, state_dir
        super().__init__()

    def load_config(self) -> None:
        """Set what matters; nothing is read from the environment or from files."""
        for name, value in gunicorn_settings(self.bind, self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the app in the worker."""
        return self.make_app()

    def run(self) -> None:
        """Serve until asked to end; what is logged from now on are lines of JSON."""
        from signatures.logs import write_lines  # noqa: PLC0415 - other commands speak in sentences

        write_lines(self.settings.log)
        if self.settings.metrics_token:
            folder = self.state_dir / "metrics" / str(parse_bind(self.bind)[1])
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700, parents=True)
            os.environ[FIGURES] = str(folder)
        log.info("serving at http://%s", self.bind)
        super().run()


def gunicorn_settings(bind: str, settings: Settings) -> dict[str, Any]:
    """List gunicorn's settings, as `deploy/gunicorn.conf.py` explains them."""
    return {
        "bind": bind,
        "worker_class": "signatures.web.worker.Worker",
        "workers": max(1, settings.workers),
        "threads": max(1, settings.threads),
        "preload_app": False,
        "control_socket_disable": True,
        "proc_name": "signatures",
        "umask": 0o077,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - gunicorn's heartbeat
        "timeout": 60,
        "graceful_timeout": 15,
        "keepalive": 5,
        "limit_request_line": 4094,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "accesslog": None,
        "errorlog": "-",
        "logger_class": "signatures.logs.Journal",
        "loglevel": "warning",
        "forwarded_allow_ips": "",
    }


def tick_in_one_worker(
    lock_file: Path, tick: Callable[[], object], glance: Callable[[], object] = object
) -> threading.Thread:
    """Do every 20 s what is due, in the one process that holds the lock file; the next takes over if it ends.

    `glance` is called every second in between: somebody may be waiting for a message.
    """

    def run() -> None:
        with lock_file.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            pause = threading.Event()
            for second in itertools.cycle(range(TICK_SECONDS)):
                pause.wait(GLANCE_SECONDS)
                try:
                    glance() if second else tick()
                except Exception:
                    log.exception("a tick failed; the next one tries again")

    thread = threading.Thread(target=run, name="tick", daemon=True)
    thread.start()
    return thread
