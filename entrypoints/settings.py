"""Settings: from the environment, then from `.env`, then the defaults that `.env.example` lists."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from contextlib import suppress
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from croniter import croniter  # PgQueuer parses cron expressions with it
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.delivery.email.servers import parse_sender, parse_server
from adapters.http.middleware.cors import parse_origin
from adapters.postgres.shared.engine import check_options
from adapters.security.tokens import check_secret
from adapters.storage.locations import check_storage_url
from core.accounts.model import OrganizerPolicy
from core.shared.limits import Limit

SECRET_BYTES = 32
"""The minimum length of an HS256 secret: the size of the hash output (RFC 7518, section 3.2)."""

_HIDDEN = {
    "JWT_SECRET",
    "JWT_SECRET_PREVIOUS",
    "DATABASE_URL",
    "REDIS_URL",
    "METRICS_TOKEN",
    "NOTIFICATION_SERVICE_URL",
    "NOTIFICATION_TOKEN",
    "SMTP_URL",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
}
ENV_FILE = ".env"
MAY_BE_EMPTY = {"scrape_schedule", "cleanup_schedule", "digest_schedule"}
_DATABASE_SCHEME = re.compile(r"postgres(ql)?(\+[a-z0-9_]+)?://")
"""With the driver that SQLAlchemy may name, such as `+psycopg2`: the platform uses its own."""
_DEFAULT_SCHEMA = "schema=public"
"""Prisma's parameter for the schema: the one in which the platform's tables are anyway."""
_BETWEEN_URLS = re.compile(r",\s*(?=https?://)|\s+")


class SettingsError(Exception):
    """A setting is wrong. The message is one line, names the variable and contains no secret."""


class Profile(StrEnum):
    """Where the data is stored: in the embedded database, on servers, or in the memory of one process."""

    EMBEDDED = "embedded"
    SERVERS = "servers"
    MEMORY = "memory"


def _to_lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _expand_user(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError:
        raise ValueError(f"{str(folder)!r} begins with a user whose home folder is unknown") from None


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _split_urls(value: object) -> object:
    return [part for part in _BETWEEN_URLS.split(value) if part] if isinstance(value, str) else value


def _check_web_page(url: str) -> str:
    with suppress(ValueError):  # a host that is not an IPv6 address in spite of its brackets
        if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname:
            return url
    raise ValueError(f"{url!r} should be the URL of a page, such as https://venue.example/events")


def _check_cron(expression: str) -> str:
    if expression and not croniter.is_valid(expression):
        raise ValueError("should be a cron expression, such as '0 4 * * *', or empty for never")
    return expression


def _to_asyncpg_url(url: str) -> str:
    """Convert any usual spelling of the URL to that of SQLAlchemy."""
    scheme = _DATABASE_SCHEME.match(url)
    with suppress(ValueError):  # a port that is not a number
        parts = urlsplit(url)
        is_complete = bool(parts.hostname or "host=" in parts.query) and parts.port != 0
        if scheme and is_complete and parts.path.strip("/"):
            address, _, query = url[scheme.end() :].partition("?")
            # libpq's name of the parameter; asyncpg takes the same values under its own.
            options = [re.sub("^sslmode=", "ssl=", each) for each in query.split("&") if each != _DEFAULT_SCHEMA]
            return f"postgresql+asyncpg://{address}" + "?" * any(options) + "&".join(options)
    raise ValueError("should be like postgresql://user:password@host:5432/database")


def _check_redis_url(url: str) -> str:
    with suppress(ValueError):  # a port that is not a number
        parts = urlsplit(url)
        is_complete = bool(parts.hostname) and parts.port != 0 and not parts.query
        if is_complete and parts.scheme in ("redis", "rediss") and re.fullmatch(r"(/[0-9]*)?", parts.path):
            return url
    raise ValueError("should be like redis://user:password@host:6379/0, or rediss:// for TLS")


def _check_service_url(url: str) -> str:
    with suppress(ValueError):  # a port that is not a number, or an invalid host name
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        if host and parts.port != 0 and parts.scheme in ("http", "https") and not re.search(r"\s", url):
            return url
    raise ValueError("should be like https://notify.example/messages")


def _check_no_extras(url: str) -> str:
    extras = {"user or password": "@" in urlsplit(url).netloc, "query": "?" in url, "fragment": "#" in url}
    found = [name for name, is_present in extras.items() if is_present]
    if found:
        raise ValueError(f"should have no {' and no '.join(found)}: the platform authenticates with NOTIFICATION_TOKEN")
    return url


def _check_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", token.get_secret_value()):
        raise ValueError("should consist of ASCII letters, digits and symbols, without spaces: it is sent in a header")
    return token


def _check_storage_url(url: str) -> str:
    check_storage_url(url)
    return url


def _check_smtp_url(url: str) -> str:
    parse_server(url)
    return url


def _check_sender(text: str) -> str:
    parse_sender(text)
    return text


def _to_base_url(url: str) -> str:
    """Return the URL without a trailing slash, so that a path can be appended."""
    with suppress(ValueError):  # a port that is not a number
        parts = urlsplit(url)
        has_no_extras = not (parts.query or parts.fragment or parts.username or re.search(r"\s", url))
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and has_no_extras:
            return url.rstrip("/")
    raise ValueError("should be where people reach the platform, such as https://tickets.example.org")


def _check_rate(text: str) -> str:
    Limit.parse("", text)
    return text


def _parse_network(text: object) -> object:
    try:
        return ip_network(text) if isinstance(text, str) else text
    except ValueError:
        raise ValueError(f"{text!r} should be an address or a network, such as 10.0.0.7 or 10.0.0.0/8") from None


Networks = Annotated[
    tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(_parse_network)], ...],
    NoDecode,
    BeforeValidator(_split),
]
"""Addresses and networks, separated by commas."""

Rate = Annotated[str, AfterValidator(_check_rate)]
"""A rate limit, such as `5/minute`."""


def _check_secret(secret: SecretStr) -> SecretStr:
    given = len(secret.get_secret_value().encode())
    if given < SECRET_BYTES:
        raise ValueError(
            f"has {given} bytes and should have at least {SECRET_BYTES}: generate one with: openssl rand -hex 32"
        )
    check_secret(secret.get_secret_value())
    return secret


class Settings(BaseSettings):
    """All settings, named like their variables in lower case. An empty variable counts as not set.

    Only a schedule may be empty, which means never.
    """

    model_config = SettingsConfigDict(env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    data_dir: Annotated[Path, AfterValidator(_expand_user)] = Path(".data")
    database_url: Annotated[
        Annotated[str, AfterValidator(_to_asyncpg_url), AfterValidator(check_options)] | None, Field(repr=False)
    ] = None
    database_pool_size: Annotated[int, Field(ge=1, le=1000)] = 10
    list_connections: Annotated[int, Field(ge=1, le=1000)] = 3
    search_connections: Annotated[int, Field(ge=1, le=1000)] | None = None
    search_timeout_seconds: Annotated[float, Field(ge=0.1, le=30, allow_inf_nan=False)] = 3.0
    storage_url: Annotated[str, AfterValidator(_check_storage_url)] | None = None
    aws_endpoint_url: Annotated[str, AfterValidator(_check_service_url)] | None = None
    aws_region: str | None = None
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None
    profile: Annotated[Profile, BeforeValidator(_to_lower_case)] = Profile.EMBEDDED
    jwt_secret: Annotated[SecretStr, AfterValidator(_check_secret)] | None = None
    jwt_secret_previous: Annotated[SecretStr, AfterValidator(_check_secret)] | None = None
    access_token_expire_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    refresh_token_days: Annotated[int, Field(ge=1, le=3650)] = 30
    organizers: Annotated[OrganizerPolicy, BeforeValidator(_to_lower_case)] = OrganizerPolicy.INVITED
    cors_origin: Annotated[
        tuple[Annotated[str, AfterValidator(parse_origin)], ...], NoDecode, BeforeValidator(_split)
    ] = ()
    redis_url: Annotated[Annotated[str, AfterValidator(_check_redis_url)] | None, Field(repr=False)] = None
    trusted_proxies: Networks = ()
    public_cache_seconds: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 2.0
    live_connections: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    live_connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    rate_limits: bool = True
    rate_limit_login: Rate = "5/minute"
    rate_limit_login_address: Rate = "30/minute"
    rate_limit_password: Rate = "5/minute"  # noqa: S105 - a rate limit, not a password
    rate_limit_data: Rate = "10/hour"
    rate_limit_signup: Rate = "5/minute"
    rate_limit_forgot: Rate = "3/minute"
    rate_limit_reset: Rate = "5/minute"
    rate_limit_verify: Rate = "10/minute"
    rate_limit_resend: Rate = "3/minute"
    rate_limit_refresh: Rate = "30/minute"
    rate_limit_register: Rate = "20/minute"
    rate_limit_subscribe: Rate = "5/minute"
    rate_limit_unsubscribe: Rate = "120/minute"
    rate_limit_booking: Rate = "30/minute"
    rate_limit_admin: Rate = "60/minute"
    rate_limit_images: Rate = "60/minute"
    rate_limit_figures: Rate = "60/minute"
    rate_limit_search: Rate = "300/minute"
    hsts: bool = False
    compression: bool = True
    notification_service_url: Annotated[
        Annotated[str, AfterValidator(_check_service_url), AfterValidator(_check_no_extras)] | None, Field(repr=False)
    ] = None
    notification_token: Annotated[SecretStr, AfterValidator(_check_token)] | None = None
    smtp_url: Annotated[Annotated[str, AfterValidator(_check_smtp_url)] | None, Field(repr=False)] = None
    mail_from: Annotated[str, AfterValidator(_check_sender)] | None = None
    public_url: Annotated[str, AfterValidator(_to_base_url)] | None = None
    webhook_private_addresses: bool = False
    log_level: Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_to_lower_case)] = (
        "info"
    )
    log_format: Annotated[Literal["auto", "json", "console"], BeforeValidator(_to_lower_case)] = "auto"
    metrics_token: Annotated[SecretStr, AfterValidator(_check_token)] | None = None
    metrics_addresses: Networks = ()
    demo: bool = True
    hold_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    offer_minutes: Annotated[int, Field(ge=1, le=10080)] = 30
    check_in_hours: Annotated[int, Field(ge=1, le=8760)] | None = None
    payment_patience_seconds: Annotated[int, Field(ge=5, le=86400)] = 60
    booking_batch_size: Annotated[int, Field(ge=1, le=1000)] = 128
    digest_schedule: Annotated[str, AfterValidator(_check_cron)] = "*/15 * * * *"
    cleanup_days: Annotated[int, Field(ge=1, le=36500)] = 30
    message_days: Annotated[int, Field(ge=1, le=36500)] = 90
    cleanup_schedule: Annotated[str, AfterValidator(_check_cron)] = "0 4 * * *"
    scrape_web_pages: Annotated[
        tuple[Annotated[str, AfterValidator(_check_web_page)], ...], NoDecode, BeforeValidator(_split_urls)
    ] = ()
    scrape_city: str = ""
    scrape_schedule: Annotated[str, AfterValidator(_check_cron)] = ""
    scrape_delay_seconds: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 1.0
    scrape_browser: Annotated[Literal["auto", "on", "off"], BeforeValidator(_to_lower_case)] = "auto"
    argon2_time_cost: Annotated[int, Field(ge=1, le=100)] = 3
    argon2_memory_kib: Annotated[int, Field(ge=8, le=4 * 1024 * 1024)] = 65536
    argon2_parallelism: Annotated[int, Field(ge=1, le=64)] = 1
    argon2_threads: Annotated[int, Field(ge=1, le=256)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_variables(cls, given: dict[str, Any]) -> dict[str, Any]:
        is_set = {name: value for name, value in given.items() if value != "" or name in MAY_BE_EMPTY}
        has_servers = bool(is_set.get("database_url"))
        # Nobody expects invented events in a database of their own.
        return {"profile": Profile.SERVERS if has_servers else Profile.EMBEDDED, "demo": not has_servers} | is_set

    @model_validator(mode="after")
    def _check_profile_and_secrets(self) -> Settings:
        if self.profile is Profile.SERVERS and self.database_url is None:
            raise ValueError(
                "PROFILE is servers, but DATABASE_URL is not set: postgresql://user:password@host/database"
            )
        if self.profile is not Profile.SERVERS and self.database_url is not None:
            raise ValueError(f"PROFILE is {self.profile}, but DATABASE_URL is set: leave one of them out")
        if self.profile is Profile.SERVERS and self.jwt_secret is None:
            raise ValueError(
                f"JWT_SECRET is not set; with DATABASE_URL all processes share one of at least {SECRET_BYTES} bytes: "
                "generate one with: openssl rand -hex 32"
            )
        if self.jwt_secret is not None and self.jwt_secret == self.jwt_secret_previous:
            raise ValueError("JWT_SECRET_PREVIOUS is the same as JWT_SECRET: set it to the secret that was used before")
        if self.argon2_memory_kib < 8 * self.argon2_parallelism:
            raise ValueError("ARGON2_MEMORY_KIB should be at least 8 times ARGON2_PARALLELISM")
        return self

    @model_validator(mode="after")
    def _check_notification_settings(self) -> Settings:
        if self.notification_service_url is not None and self.notification_token is None:
            raise ValueError(
                "NOTIFICATION_SERVICE_URL is set, but NOTIFICATION_TOKEN is not: set the token that the service expects"
            )
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("SMTP_URL is set, but MAIL_FROM is not: set the address that emails are sent from")
        if self.smtp_url is not None and self.notification_service_url is not None:
            raise ValueError("NOTIFICATION_SERVICE_URL and SMTP_URL are both set: leave one of them out")
        return self


def load_settings() -> Settings:
    """Load the settings of this process. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_format_error(dict(each)) for each in error.errors(include_url=False))) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f".env can't be read: {reason}") from error


def _format_error(error: dict[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if not error["loc"]:
        return message
    name = str(error["loc"][0]).upper()
    if name in _HIDDEN or not isinstance(error["input"], str) or repr(error["input"]) in message:
        return f"{name}: {message}" if name not in _HIDDEN else f"{name} {message}"
    return f"{name} is {error['input'][:60]!r}, but {message}"


def choose_delivery(settings: Settings) -> Literal["http", "smtp", "log"]:
    """Return how notifications are sent."""
    if settings.notification_service_url is not None:
        return "http"
    return "log" if settings.smtp_url is None else "smtp"


def public_url(settings: Settings) -> str:
    """Return the base URL of links: PUBLIC_URL if set, otherwise the listening address."""
    return settings.public_url or http_url(settings.host, settings.port)


def storage_url(settings: Settings) -> str:
    """Return where images are: STORAGE_URL if set, otherwise a folder in DATA_DIR."""
    return settings.storage_url or (settings.data_dir / "media").resolve().as_uri()


def http_url(host: str, port: int) -> str:
    """Return the URL at which a server that listens on `host` can be visited."""
    with suppress(ValueError):  # a host name
        address = ip_address(host)
        # The unspecified address can be listened on but not visited.
        host = "localhost" if address.is_unspecified else f"[{host}]" if address.version == 6 else host
    return f"http://{host}:{port}"


def jwt_secret(settings: Settings) -> str:
    """Return the secret that signs access tokens. Raises SettingsError.

    If JWT_SECRET is not set, a secret is generated once and stored in the data folder, readable by its owner only. In
    the memory profile, where no session outlives the process, a new one is generated each time.
    """
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value()
    if settings.profile is Profile.MEMORY:
        return secrets.token_urlsafe(SECRET_BYTES)
    file = settings.data_dir / "jwt-secret"
    try:
        if not file.exists():
            _create_secret(file)
        secret = file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"The JWT secret in {file} can't be created or read: {error.strerror}") from error
    if len(secret) < SECRET_BYTES or not secret.isascii():
        raise SettingsError(f"The JWT secret in {file} is damaged: delete the file, and a new one will be generated")
    return secret.decode("ascii")


def _create_secret(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written to a temporary file (O_EXCL, mode 0600 from the start) and then linked to its name: readers see a complete
    # file or none, and two processes that start at the same time both use the secret that was linked first.
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".jwt-secret-") as temporary:
        temporary.write(secrets.token_urlsafe(SECRET_BYTES) + "\n")
        temporary.flush()
        os.fsync(temporary.fileno())
        with suppress(FileExistsError):
            file.hardlink_to(temporary.name)
