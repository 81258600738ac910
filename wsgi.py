"""The composition root: joins the room that writes and the room that reads into one app and one command."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from io import TextIOWrapper
from typing import Any, NoReturn

import click
from flask import Flask

import projections.cli
import projections.web.api
import projections.web.cards
import projections.web.checking
import projections.web.editions
import projections.web.embedding
import projections.web.feeds
import projections.web.health
import projections.web.log
import projections.web.memento
import projections.web.oembed
import projections.web.pages
import projections.web.site
import signatures.cli
import signatures.editors.console.pages
import signatures.pages.all
import signatures.web.api
import signatures.web.cosigning
import signatures.web.webhookkey
from projections.health import Health
from projections.nearby import alone
from projections.room import ReadingRoom
from projections.web.doorkeeper import Doorkeeper
from projections.web.hatch import Hatch
from projections.web.health import Door
from projections.web.seen import install_seen
from signatures.clock import Clock, system_clock
from signatures.commands.frame import store_faults
from signatures.doctor import diagnose
from signatures.due import send_what_waits, tick
from signatures.errors import Misconfigured, RegisterError, StorageUnavailable
from signatures.pages.conditions import conditions_of
from signatures.room import Room
from signatures.settings import Settings
from signatures.web.frame import dress, trust_proxies
from signatures.web.problems import install_api
from signatures.web.quotas import install_limits
from signatures.web.serving import Server, parse_bind, refuse_taken_port, tick_in_one_worker
from signatures.web.sharing import install_sharing
from signatures.web.watching import install_watch


def create_app(environ: Mapping[str, str] | None = None, clock: Clock = system_clock) -> Flask:
    """Make the app of a register that `initialise` made; refuses every misconfiguration."""
    environ = os.environ if environ is None else environ
    findings = diagnose(environ, clock)
    if findings:
        raise Misconfigured(findings)
    room = Room(environ, clock)
    reading_room = ReadingRoom(room)
    lists, near = reading_room.lists, reading_room.near
    app = Flask("signatures")
    app.extensions["room"] = room
    dress(app, room.settings)
    door = _door(room.settings)
    conditions = partial(conditions_of, room)
    app.register_blueprint(projections.web.pages.blueprint(near, conditions))
    for made in (
        projections.web.health.blueprint(Health(room, lists, alone(near)), door),
        projections.web.checking.blueprint(reading_room.proofs),
        projections.web.memento.blueprint(near),
        projections.web.feeds.blueprint(near),
        projections.web.embedding.blueprint(near),
        projections.web.embedding.snippets(near),
        projections.web.oembed.blueprint(near),
        projections.web.site.blueprint(near),
        projections.web.cards.blueprint(near),
        projections.web.editions.blueprint(near),
        *signatures.pages.all.blueprints(room, lists),
        *signatures.editors.console.pages.blueprints(room, lists),
    ):
        app.register_blueprint(made)
    writing, reading = signatures.web.api.blueprint(room), projections.web.api.blueprint(near)
    log = projections.web.log.blueprint(reading_room.proofs), signatures.web.cosigning.blueprint(room)
    key = signatures.web.webhookkey.blueprint(room)
    api = install_api(app, writing, reading, *log, key, base_url=room.settings.base_url)
    api.spec.options["webhooks"] = signatures.web.webhookkey.WEBHOOKS
    install_sharing(app)
    install_seen(app)
    install_limits(app, room)
    app.wsgi_app = Doorkeeper(  # type: ignore[method-assign]
        app.wsgi_app, reading_room.primary.newest, clock, room.terms.changed_at, Hatch(near)
    )
    trust_proxies(app, room.settings)
    install_watch(app, door.metrics if door else None)
    return app


def _door(settings: Settings) -> Door | None:
    """Count where somebody may read it."""
    if not settings.metrics_token:
        return None
    from signatures.web.metrics import Metrics  # noqa: PLC0415 - an import that takes its time, and that few need

    return Door(Metrics(), settings.metrics_token)


def initialise(environ: Mapping[str, str] | None = None, clock: Clock = system_clock) -> str:
    """Make whatever is missing of stores, views and identity; return the register's id."""
    room = Room(os.environ if environ is None else environ, clock, need_secret=False)
    try:
        return _initialise(room)
    finally:
        room.close()


def _initialise(room: Room) -> str:
    identity = room.create()
    ReadingRoom(room).lists.create()
    return identity


class Commands(click.Group):
    """The group of all commands; says refusals in a sentence and with their exit status."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Speak UTF-8 whatever the locale says: names come in every script."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        return super().main(*args, **options)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command and turn an error into a sentence."""
        try:
            return super().invoke(ctx)
        except StorageUnavailable as error:
            self.end(ctx, "\n".join(store_faults(ctx) or [error.sentence]), error.exit_status)
        except RegisterError as error:
            self.end(ctx, error.sentence, error.exit_status)
        except BrokenPipeError:
            raise  # click ends quietly: whoever read has had enough
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            self.end(ctx, f"{where}{error.strerror or error}. See that it is there, writable and not full.", 3)
        except UnicodeEncodeError:
            self.end(ctx, "An argument is not UTF-8. Write it in UTF-8.", 2)

    @staticmethod
    def end(ctx: click.Context, sentence: str, status: int) -> NoReturn:
        """Say what is wrong and end with a status."""
        click.echo(sentence, err=True)
        ctx.exit(status)


@click.group(cls=Commands)
@click.version_option(package_name="signatures")
@click.pass_context
def main(context: click.Context) -> None:
    """Keep a register of joint statements: who stood under which text on which day."""
    context.meta["environ"], context.meta["clock"] = os.environ, system_clock
    context.meta["initialise"] = _initialise


@main.command()
def init() -> None:
    """Make the stores, views, the register's identity and the log's key; doing it twice is fine."""
    click.echo(f"Register {initialise()} is ready.")


@main.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT")
def serve(bind: str) -> None:
    """Serve pages, form and API with gunicorn; refuses every misconfiguration."""
    findings = diagnose(os.environ, system_clock)
    if findings:
        raise Misconfigured(findings)
    parse_bind(bind)
    refuse_taken_port(bind)
    with closing(Room(os.environ, system_clock)) as room:
        server = Server(_worker_app, bind, room.settings, room.state_dir)
    server.run()


def _worker_app() -> Flask:
    """Make the app of one worker, and stand by for the tick."""
    app = create_app()
    room: Room = app.extensions["room"]
    tick_in_one_worker(room.state_dir / "tick.lock", partial(tick, room), partial(send_what_waits, room))
    # Beside it, because a slow receiver must keep no mail waiting.
    tick_in_one_worker(room.state_dir / "webhooks.lock", room.announcer.deliver, room.announcer.deliver)
    return app


for command in (*signatures.cli.COMMANDS, *projections.cli.COMMANDS):
    main.add_command(command)
