"""The command `nocturne`.

A command imports the platform when its settings are known to be right: that takes seconds, and mistakes in them are
reported at once.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import structlog
import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.exc import SQLAlchemyError
from uvloop import new_event_loop

from adapters.backups.archive import BackupError
from core.discovery.scraping import DEFAULT_PAGES, ScrapeSummary
from core.shared.access import Role
from core.shared.errors import Refusal
from core.shared.lifecycle import StartError
from entrypoints.children import READY
from entrypoints.logs import configure_logs
from entrypoints.queues import Queue, parse_queues
from entrypoints.setting_origins import find_unknown_settings, show_settings
from entrypoints.settings import Profile, Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from adapters.postgres.verification.verify import Finding
    from entrypoints.demo import DemoRemoval
    from entrypoints.demo_programme.accounts import DemoLogins

MAX_GENERATED = 1_000_000
"""How many events `seed-demo` generates at most."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)

commands = typer.Typer(
    name="nocturne",
    help="A self-hosted event platform. Settings come from the environment or from .env; .env.example lists them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"nocturne {version('nocturne')}")
        raise typer.Exit


def main() -> None:
    """Run a command. An expected failure prints one line to stderr and exits with code 1."""
    try:
        commands()
    except (StartError, SettingsError, BackupError, Refusal) as error:
        exit_with_error(str(error))
    except SQLAlchemyError as error:
        exit_with_error(f"The database failed: {str(getattr(error, 'orig', None) or error).splitlines()[0]}")


@commands.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def exit_with_error(reason: str) -> NoReturn:
    typer.echo(f"nocturne: {reason}", err=True)
    raise SystemExit(1)


_Supervised = Annotated[str | None, typer.Option("--supervised", hidden=True)]
"""The name of a process that `serve --processes` has started: it says when it is ready, and ends with that process."""


@commands.command()
def serve(
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run the worker too: here, or with --processes in its own.")
    ] = True,
    processes: Annotated[
        int,
        typer.Option(min=1, max=64, help="How many API processes share the port; more than one needs REDIS_URL."),
    ] = 1,
    operations_port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            help="Serve /healthz, /readyz and /metrics at this port, too; with --processes, those of each process at a "
            "port of its own, from this one on.",
        ),
    ] = None,
    supervised: _Supervised = None,
) -> None:
    """Start the platform: the API and, by default, the worker."""
    settings = configure(supervised)
    from entrypoints import api
    from entrypoints.processes import serve_in_processes
    from entrypoints.welcome import welcome

    if supervised or processes == 1:
        run(
            api.serve(
                settings,
                with_worker=with_worker,
                announce=_report_ready if supervised else partial(welcome, settings),
                operations_port=operations_port,
                is_supervised=supervised is not None,
            )
        )
    elif not run(
        serve_in_processes(
            settings,
            processes,
            with_worker=with_worker,
            announce=partial(welcome, settings),
            operations_port=operations_port,
        )
    ):
        raise typer.Exit(1)


def _report_ready(*_: object) -> None:
    typer.echo(READY)


@commands.command("worker")
def run_worker(
    queues: Annotated[
        str, typer.Option(help=f"Run only the jobs of these queues, separated by commas: {', '.join(Queue)}.")
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="Serve /healthz, /readyz and /metrics at this port; by default not at all."
        ),
    ] = None,
    supervised: _Supervised = None,
) -> None:
    """Start a worker without an API. Any number of both can run at the same time."""
    wanted = parse_queues(queues)
    settings = configure_with_database(supervised)
    from entrypoints import worker

    run(worker.run_alone(settings, wanted, port, announce=_report_ready if supervised else None))


@commands.command()
def process_notifications(
    sleep: Annotated[
        float, typer.Option(min=0.01, max=3600, help="Seconds between checks for new notifications.")
    ] = 1.0,
) -> None:
    """Deliver notifications and webhooks, and nothing else, until stopped."""
    settings = configure_with_database()
    from entrypoints import relay

    run(relay.relay(settings, sleep))


@commands.command()
def migrate() -> None:
    """Migrate the database's schema to the newest version, creating the embedded database if it is missing."""
    settings = configure_with_database()
    from entrypoints.platform import describe_database, open_platform

    async def migrate_schema() -> None:
        async with open_platform(settings, create=True):
            typer.echo(f"The schema of {describe_database(settings)} is up to date.")

    run(migrate_schema())


@commands.command()
def scrape(
    sources: Annotated[list[str] | None, typer.Argument(help="eventbrite, dice, meetup, web; by default all.")] = None,
    *,
    city: Annotated[str | None, typer.Option(help="Where to look, such as london or new-york.")] = None,
    pages: Annotated[int, typer.Option(min=1, max=50, help="How many pages of each source.")] = DEFAULT_PAGES,
    from_dir: Annotated[
        Path | None, typer.Option(help="Read saved pages: each subfolder is named after its source, `generic` is web.")
    ] = None,
    move_dates: Annotated[
        bool, typer.Option(help="Move the events of old saved pages by whole weeks, so that they are upcoming ones.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the events found to this file, as JSON.")
    ] = None,
) -> None:
    """Gather events from other sites, or from saved pages."""
    settings = configure()
    from adapters.http.shared.responses import to_json
    from entrypoints.platform import describe_database, open_platform
    from entrypoints.scrape import ConsoleProgress, scrape_report, scrape_sources

    progress = ConsoleProgress(Console(stderr=True))

    async def scrape_events() -> ScrapeSummary:
        async with open_platform(settings) as container:
            return await scrape_sources(
                container,
                settings,
                sources=sources or (),
                city=city,
                pages=pages,
                from_dir=from_dir,
                move_dates=move_dates,
                progress=progress,
            )

    result = run(scrape_events())
    now = datetime.now(UTC)
    progress.print_summary(result, now)
    has_stored = any(report.failure is None for report in result.runs)
    if has_stored and settings.profile is not Profile.MEMORY:
        typer.echo(f"Stored in {describe_database(settings)}.", err=True)
    if json_file is not None:
        write_file(json_file, to_json(scrape_report(result, now)))
    if any(report.failure for report in result.runs):
        raise typer.Exit(1)


@commands.command("create-admin")
def create_admin(
    email: Annotated[str, typer.Option(prompt="Email", help="The email address to log in with.")],
    name: Annotated[str, typer.Option(prompt="Name", help="The name that others see.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Create an admin account. Also works while the platform is running."""
    settings = configure_with_database()
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    from entrypoints.platform import describe_database, open_platform

    async def create_account() -> None:
        async with open_platform(settings) as container:
            user = await container.add_user()(by=None, name=name, email=email, password=password, role=Role.ADMIN)
            typer.echo(f"{user.email} is an admin now, in {describe_database(settings)}.")

    run(create_account())


@commands.command("seed-demo")
def seed_demo(
    events: Annotated[
        int | None, typer.Option(help=f"Generate this many events instead, 1 to {MAX_GENERATED}, also beside others.")
    ] = None,
) -> None:
    """Create the demo in an empty database, or a generated catalog of events. Creates none that is there already."""
    if events is not None and not 1 <= events <= MAX_GENERATED:
        exit_with_error(f"--events must be between 1 and {MAX_GENERATED}.")
    settings = configure_with_database()
    from entrypoints.demo import seed_catalog, seed_demo_when_empty
    from entrypoints.platform import describe_database, open_platform

    async def seed() -> str:
        async with open_platform(settings) as container:
            if events is not None:
                begin = perf_counter()
                with _counting("Creating events") as report:
                    created = await seed_catalog(container, events, report)
                seconds = perf_counter() - begin
                return f"{created} demo events created in {seconds:.1f} s, {events - created} were there already"
            created_some = await seed_demo_when_empty(container)
            return "Demo created" if created_some else "There are events already; nothing was created"

    typer.echo(f"{run(seed())}, in {describe_database(settings)}.")


@commands.command("demo-passwords")
def renew_demo_passwords() -> None:
    """Give the organizer and the member of the demo new passwords, and print them. Only for the embedded database."""
    settings = configure_with_database()
    if settings.profile is not Profile.EMBEDDED:
        exit_with_error("In a database of your own nobody can log in to the accounts of the demo.")
    from entrypoints.demo_programme.accounts import renew_passwords
    from entrypoints.platform import open_platform

    async def renew() -> DemoLogins:
        async with open_platform(settings) as container:
            return await renew_passwords(container)

    logins = run(renew())
    if not logins.emails:
        exit_with_error("There is no demo here: nocturne seed-demo creates it in an empty database.")
    for email, password in logins.passwords.items():
        typer.echo(f"{email}  {password}")


@commands.command("remove-demo")
def remove_demo() -> None:
    """Remove the demo, and generated events. Events that other people have booked are kept."""
    settings = configure_with_database()
    from entrypoints.demo import remove_demo as remove_demo_events
    from entrypoints.platform import describe_database, open_platform

    async def remove() -> DemoRemoval:
        async with open_platform(settings) as container:
            with _counting("Removing events") as report:
                return await remove_demo_events(container, report)

    done = run(remove())
    kept = f"; {done.kept} with bookings were kept, cancel them instead" if done.kept else ""
    typer.echo(f"{done.removed} demo events removed{kept}, in {describe_database(settings)}.")
    if settings.demo:
        typer.echo("Set DEMO=off: otherwise they are created again when the platform starts without events.")


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show on the terminal how many are done, and how many per second."""
    columns = TextColumn("{task.description}"), MofNCompleteColumn(), TextColumn("{task.fields[rate]}/s")
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task, begin = progress.add_task(what, total=None, rate="0"), perf_counter()

        def report(done: int) -> None:
            progress.update(task, completed=done, rate=f"{done / (perf_counter() - begin):,.0f}")

        yield report


@commands.command()
def verify() -> None:
    """Check the invariants of all stored data. Prints violations and exits with code 1 if there are any.

    Changes nothing.
    """
    settings = configure_with_database()
    from adapters.postgres.verification.verify import verify as find_broken
    from entrypoints.platform import open_for_reading

    async def find_violations() -> list[Finding]:
        async with open_for_reading(settings) as container:
            return await find_broken(container.engine(), container.clock().now())

    _report_findings(run(find_violations()), settings)


def _report_findings(findings: Sequence[Finding], settings: Settings) -> None:
    from adapters.postgres.verification.verify import describe
    from entrypoints.platform import describe_database

    for finding in findings:
        typer.echo(describe(finding))
    result = f"{len(findings)} findings" if findings else "Every invariant holds"
    typer.echo(f"{result}, in {describe_database(settings)}.")
    if findings:
        raise typer.Exit(1)


@commands.command("backup")
def back_up(
    file: Annotated[Path, typer.Argument(help="The file to write; a backup of this name is replaced when done.")],
) -> None:
    """Write the database and the images into one file. Also works while the platform is running."""
    settings = configure_with_database()
    from entrypoints import backups
    from entrypoints.platform import describe_database

    done = run(backups.back_up(settings, file))
    images = "The images are in S3 and not part of it." if done.images is None else f"{done.images} image files."
    typer.echo(
        f"{file} is a backup of {describe_database(settings)}: {decimal(done.size)}, schema {done.manifest.schema}. "
        f"{images} Keep the settings and secrets, too."
    )


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that nocturne backup has written.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Delete the data that is there.")] = False,
) -> None:
    """Restore a backup while the platform is stopped, migrate it to this version, and verify it.

    Exits with code 1 if an invariant is violated.
    """
    settings = configure_with_database()
    from entrypoints import backups
    from entrypoints.platform import describe_database

    done = run(backups.restore(settings, file, replace=replace))
    made = f"{done.manifest.created_at:%Y-%m-%d %H:%M} UTC"
    images = "images are not part of it" if done.images is None else f"with {done.images} image files"
    typer.echo(f"The backup of {made} is restored to {describe_database(settings)}, {images}.")
    _report_findings(done.findings, settings)


@commands.command("settings")
def print_settings() -> None:
    """Print the settings in force and where each comes from, with secrets masked."""
    for line in show_settings(configure()):
        typer.echo(line)


@commands.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    settings = configure()
    from adapters.http.docs.api_reference import document
    from adapters.http.shared.responses import to_json
    from entrypoints import api
    from entrypoints.platform import open_platform

    without_database = settings.model_copy(update={"profile": Profile.MEMORY, "database_url": None})

    async def build_document() -> bytes:
        async with open_platform(without_database) as container:
            return to_json(document(api.build_app(container, without_database)))

    sys.stdout.buffer.write(run(build_document()) + b"\n")


def configure(process: str | None = None) -> Settings:
    """Load the settings and configure logging; with the name of the process in every line, if it is one of several."""
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    if process is not None:
        structlog.contextvars.bind_contextvars(process=process)
    for unknown in find_unknown_settings():
        _log.warning("unknown setting ignored", name=unknown.name, origin=unknown.origin, nearest=unknown.nearest)
    return settings


def configure_with_database(process: str | None = None) -> Settings:
    """Load the settings for a command that makes sense only with a database that other processes use too."""
    settings = configure(process)
    if settings.profile is Profile.MEMORY:
        exit_with_error(
            "In the memory profile all data is inside the process that serves the API, where no command reaches it: "
            "this command needs a database, so use another PROFILE."
        )
    return settings


def run(main_task: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main_task)


def write_file(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        exit_with_error(f"{file} can't be written: {error.strerror}")
