"""Providers that all others build on: settings, clock, ids, secrets, metrics, calendars."""

from __future__ import annotations

from email.headerregistry import Address

from dependency_injector import containers
from dependency_injector.providers import Callable as Call
from dependency_injector.providers import Configuration, Singleton

from adapters.calendars.ical import ICalendar
from adapters.delivery.email.servers import parse_sender
from adapters.metrics.prometheus import PrometheusMetrics
from adapters.security.secrets import SystemSecrets
from adapters.system.clock import SystemClock
from adapters.system.ids import TimeOrderedIds


def _parse_organizer(mail_from: str | None) -> Address | None:
    return parse_sender(mail_from) if mail_from else None


class Foundation(containers.DeclarativeContainer):
    """The settings, and what nearly everything needs."""

    settings = Configuration(strict=True)
    stop_grace_seconds = settings.shutdown_seconds.as_float()

    clock = Singleton(SystemClock)
    ids = Singleton(TimeOrderedIds)
    secrets = Singleton(SystemSecrets)
    metrics = Singleton(PrometheusMetrics)
    calendars = Singleton(ICalendar, Call(_parse_organizer, settings.mail_from))
