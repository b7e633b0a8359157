"""What the console shows when the platform has started."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import structlog
import typer

from entrypoints.demo_programme.accounts import DemoLogins
from entrypoints.logs import is_json
from entrypoints.setting_origins import Origin, find_origins
from entrypoints.settings import Profile, Settings

_log = structlog.get_logger(__name__)


def welcome(settings: Settings, address: str, demo: DemoLogins | None = None) -> None:
    """Say where the platform is and what to do next; as one log line, without the demo, if the logs are JSON."""
    if is_json(settings.log_format):
        _log.info("platform started", address=address)
        return
    typer.echo(f"Nocturne is at {address}  (API documentation: {address}/api/docs)")
    typer.echo(_next_step(settings))
    for line in describe_demo(settings, demo) if demo is not None else ():
        typer.echo(line)
    typer.echo("Stop it with Ctrl-C.")


def _next_step(settings: Settings) -> str:
    if settings.profile is Profile.MEMORY:
        return "All data is in this process's memory and lost when it ends (PROFILE=memory); it has no admin."
    inherited = _inherited_secrets(settings)
    where = f", in a shell with the same {' and '.join(inherited)}" if inherited else ""
    return f"Create an admin{where}:  {create_admin_command(settings)}"


def create_admin_command(settings: Settings) -> str:
    """Return a shell command that creates an admin of this platform, from any folder.

    It leaves out secrets: those in `.env` are found there, and a shell that has none of the others can't run it.
    """
    return f"{_command(settings, 'create-admin')} --email you@example.com --name You"


def describe_demo(settings: Settings, demo: DemoLogins) -> Iterator[str]:
    """Yield the lines that say how to sign in to the demo."""
    if demo.passwords:
        for email, password in demo.passwords.items():
            yield f"Sign in to the demo as {email} with the password {password}"
        yield f"These passwords are not shown again; this makes new ones:  {_command(settings, 'demo-passwords')}"
    else:
        emails = " or ".join(demo.emails)
        yield f"Sign in to the demo as {emails}; new passwords:  {_command(settings, 'demo-passwords')}"


def _command(settings: Settings, name: str) -> str:
    folder, program = Path.cwd(), Path(sys.executable).with_name("nocturne")
    program = program.relative_to(folder) if program.is_relative_to(folder) else program
    data_dir = ""
    if settings.profile is Profile.EMBEDDED and find_origins()["DATA_DIR"] is Origin.ENVIRONMENT:
        data_dir = f"DATA_DIR={quote(str(settings.data_dir.resolve()))} "
    return f"cd {quote(str(folder))} && {data_dir}{quote(str(program))} {name}"


def _inherited_secrets(settings: Settings) -> list[str]:
    if settings.profile is not Profile.SERVERS:
        return []
    origins = find_origins()
    return [name for name in ("DATABASE_URL", "JWT_SECRET") if origins[name] is Origin.ENVIRONMENT]
