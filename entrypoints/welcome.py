"""What the console shows when the platform has started."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote

import structlog
import typer

from entrypoints.logs import is_json
from entrypoints.setting_origins import Origin, find_origins
from entrypoints.settings import Profile, Settings

_log = structlog.get_logger(__name__)


def welcome(settings: Settings, address: str) -> None:
    """Say where the platform is and what to do next; as one log line if the logs are JSON."""
    if is_json(settings.log_format):
        _log.info("platform started", address=address)
        return
    typer.echo(f"Nocturne is at {address}  (API documentation: {address}/api/docs)")
    typer.echo(_next_step(settings))
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
    folder, program = Path.cwd(), Path(sys.executable).with_name("nocturne")
    program = program.relative_to(folder) if program.is_relative_to(folder) else program
    data_dir = ""
    if settings.profile is Profile.EMBEDDED and find_origins()["DATA_DIR"] is Origin.ENVIRONMENT:
        data_dir = f"DATA_DIR={quote(str(settings.data_dir.resolve()))} "
    return f"cd {quote(str(folder))} && {data_dir}{quote(str(program))} create-admin --email you@example.com --name You"


def _inherited_secrets(settings: Settings) -> list[str]:
    if settings.profile is not Profile.SERVERS:
        return []
    origins = find_origins()
    return [name for name in ("DATABASE_URL", "JWT_SECRET") if origins[name] is Origin.ENVIRONMENT]
