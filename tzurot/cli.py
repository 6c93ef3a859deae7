"""The command line: tzurot run | play | migrate | key."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from cryptography.fernet import Fernet

from tzurot import app, play
from tzurot.settings import Migrate, Settings, SettingsError, load_settings
from tzurot.storage import migrations
from tzurot.storage.database import Database
from tzurot.storage.errors import StorageError
from tzurot.telemetry import setup_logging

commands = typer.Typer(
    name="tzurot",
    help="A Discord bot that lets people talk with AI characters that remember them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@commands.command()
def run() -> None:
    """Run the bot on Discord."""
    settings = _settings()
    _finish(_run(settings))


@commands.command("play")
def play_() -> None:
    """Open a local Discord in the browser, with the bot and, without a key, a small local model."""
    settings = _settings()
    _finish(play.play(settings))


@commands.command()
def migrate(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail when something differs.")
    ] = False,
) -> None:
    """Bring the database's tables up to date."""
    settings = _settings()
    _finish(_migrate(settings, Migrate.CHECK if check else Migrate.AUTO))


@commands.command()
def key() -> None:
    """Print a new key for ENCRYPTION_KEYS."""
    typer.echo(Fernet.generate_key().decode())


async def _run(settings: Settings) -> None:
    await app.run(settings, app.stop_on_signals())


async def _migrate(settings: Settings, mode: Migrate) -> None:
    database = await Database.open(settings)
    try:
        await migrations.migrate(database, mode)
    finally:
        await database.close()


def _settings() -> Settings:
    try:
        settings = load_settings()
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(app.EXIT_SETTINGS) from None
    setup_logging(settings.log_level)
    return settings


def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end; what keeps us from it is one line and an exit code."""
    try:
        asyncio.run(work)
    except app.StartError as error:
        typer.echo(f"tzurot: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    except StorageError as error:
        typer.echo(f"tzurot: {error}", err=True)
        raise typer.Exit(app.EXIT_UNAVAILABLE) from None


def main() -> None:
    """Run the command line."""
    commands()
