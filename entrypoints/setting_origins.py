"""Which settings are in force and where each comes from, and which names are misspelt."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from dotenv import dotenv_values
from pydantic import SecretStr

from entrypoints.settings import ENV_FILE, MAY_BE_EMPTY, Settings

NAMES = frozenset(name.upper() for name in Settings.model_fields)
_OF_COMPOSE = re.compile(
    r"POSTGRES_PASSWORD|HTTPS?_PORT|SITE_ADDRESS|PROXY_NETWORK|(API|WORKER)_PROCESSES|NOCTURNE_TAG|COMPOSE_\w+"
)
"""Variables that docker-compose.yml and Docker Compose itself read from the same file."""

_SIMILAR, _ALMOST_EQUAL = 0.6, 0.88
"""How much of two names is the same, from 0 to 1. One wrong letter in nine is almost equal."""

_MASK = "***"
_SECRET_PARAMETER = re.compile(r"pass|pwd|token|secret|key|sig|auth", re.IGNORECASE)


class Origin(StrEnum):
    """Where the value of a setting comes from."""

    ENVIRONMENT = "environment"
    FILE = ".env"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class UnknownSetting:
    """A name that is no setting, where it is, and the setting that is spelled most like it, if any is."""

    name: str
    origin: Origin
    nearest: str | None


def find_unknown_settings() -> list[UnknownSetting]:
    """Return the names in `.env` that are ignored, and those in the environment that are almost a setting.

    The names of Docker Compose, which reads the same file, are left out. The environment is full of names for others.
    """
    return [
        *(
            _unknown(name, Origin.FILE)
            for name in _read_file()
            if name not in NAMES and not _OF_COMPOSE.fullmatch(name)
        ),
        *(
            _unknown(name, Origin.ENVIRONMENT)
            for name in sorted(os.environ)
            if name.upper() not in NAMES and _nearest(name.upper(), _ALMOST_EQUAL)
        ),
    ]


def find_origins() -> dict[str, Origin]:
    """Return where the value of each setting comes from, by its name in capitals."""
    environment = {name.upper(): value for name, value in os.environ.items()}
    return {name: _origin(name, environment, _read_file()) for name in sorted(NAMES)}


def show_settings(settings: Settings) -> Iterator[str]:
    """Yield each setting as a line of `.env` with its origin. Secrets, and those inside of URLs, are masked."""
    for name, origin in find_origins().items():
        yield f"{name}={_show(name, getattr(settings, name.lower()))}  # {origin}"


def _unknown(name: str, origin: Origin) -> UnknownSetting:
    return UnknownSetting(name, origin, _nearest(name.upper(), _SIMILAR))


def _nearest(name: str, similarity: float) -> str | None:
    return next(iter(get_close_matches(name, NAMES, 1, similarity)), None)


def _read_file() -> Mapping[str, str | None]:
    return {name.upper(): value for name, value in dotenv_values(ENV_FILE, encoding="utf-8").items()}


def _origin(name: str, environment: Mapping[str, str], file: Mapping[str, str | None]) -> Origin:
    # An empty variable in the environment hides the line of the file, and then counts as not set.
    origin, value = (Origin.ENVIRONMENT, environment[name]) if name in environment else (Origin.FILE, file.get(name))
    is_set = value is not None and (value != "" or name.lower() in MAY_BE_EMPTY)
    return origin if is_set else Origin.DEFAULT


def _show(name: str, value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return _MASK
        case bool():
            return "on" if value else "off"
        case tuple():
            return ",".join(_show(name, each) for each in value)
        case str() if "://" in value:
            masked = mask_url(value)
            # Such services often have their key in the path.
            return re.sub(r"(?<=\w)/.*", f"/{_MASK}", masked) if name == "NOTIFICATION_SERVICE_URL" else masked
        case _:
            return str(value)


def mask_url(url: str) -> str:
    """Return the URL with its password, and options that look secret, replaced by asterisks."""
    parts = urlsplit(url)
    account, at, host = parts.netloc.rpartition("@")
    user, colon, _ = account.partition(":")
    query = [(key, _MASK if _SECRET_PARAMETER.search(key) else value) for key, value in parse_qsl(parts.query, True)]
    return urlunsplit(
        (
            parts.scheme,
            f"{user}{colon and f':{_MASK}'}{at}{host}",
            parts.path,
            urlencode(query, safe="*/:@") if any(value == _MASK for _, value in query) else parts.query,
            parts.fragment,
        )
    )
