"""Providers of the stores: in memory, or on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from dependency_injector.providers import Factory, Provider, Selector, Singleton

from adapters.dependency_injection.foundation import Foundation
from adapters.memory.accounts import MemoryAccountsUnitOfWork
from adapters.memory.administration import MemoryAdministrationUnitOfWork
from adapters.memory.alerts import MemoryAlertsUnitOfWork
from adapters.memory.analytics import MemoryAnalyticsUnitOfWork
from adapters.memory.booking import MemoryBookingUnitOfWork
from adapters.memory.catalog import MemoryCatalogUnitOfWork, MemoryEventViews
from adapters.memory.discovery import MemoryDiscoveryUnitOfWork
from adapters.memory.event_editing import MemoryEventEditingUnitOfWork
from adapters.memory.jobs import MemoryJobsUnitOfWork
from adapters.memory.managed_events import MemoryManagedEventsUnitOfWork
from adapters.memory.media import MemoryMediaUnitOfWork
from adapters.memory.notifications import MemoryNotificationsUnitOfWork
from adapters.memory.personal_data import MemoryPersonalDataUnitOfWork
from adapters.memory.shared.store import MemoryStore
from adapters.memory.signals import MemorySignals
from adapters.memory.webhooks import MemoryWebhooksUnitOfWork
from adapters.postgres.accounts.stores import PostgresAccountsUnitOfWork
from adapters.postgres.administration.stores import PostgresAdministrationUnitOfWork
from adapters.postgres.alerts.subscriptions import PostgresAlertsUnitOfWork
from adapters.postgres.analytics.unit_of_work import PostgresAnalyticsUnitOfWork
from adapters.postgres.booking.bookings import PostgresBookingUnitOfWork
from adapters.postgres.booking.managed_events import PostgresManagedEventsUnitOfWork
from adapters.postgres.catalog.event_views import PostgresEventViews
from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.discovery.unit_of_work import PostgresDiscoveryUnitOfWork
from adapters.postgres.event_editing import PostgresEventEditingUnitOfWork
from adapters.postgres.jobs.stores import PostgresJobsUnitOfWork
from adapters.postgres.media.stores import PostgresMediaUnitOfWork
from adapters.postgres.notifications.stores import PostgresNotificationsUnitOfWork
from adapters.postgres.personal_data.unit_of_work import PostgresPersonalDataUnitOfWork
from adapters.postgres.shared.bulkhead import create_bulkhead
from adapters.postgres.shared.database import Database
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.webhooks.stores import PostgresWebhooksUnitOfWork
from adapters.redis.client import connect
from adapters.redis.signals import RedisSignals
from core.accounts.ports import AccountsUnitOfWork
from core.administration.ports import AdministrationUnitOfWork
from core.alerts.ports import AlertsUnitOfWork
from core.analytics.ports import AnalyticsUnitOfWork
from core.booking.managed_events import ManagedEventsUnitOfWork
from core.booking.ports import BookingUnitOfWork
from core.catalog.ports import CatalogUnitOfWork, EventViews
from core.discovery.ports import DiscoveryUnitOfWork
from core.event_editing.ports import EventEditingUnitOfWork
from core.jobs.ports import JobsUnitOfWork
from core.media.ports import MediaUnitOfWork
from core.notifications.ports import NotificationsUnitOfWork
from core.personal_data.ports import PersonalDataUnitOfWork
from core.shared.signals import Signals
from core.webhooks.ports import WebhooksUnitOfWork

T = TypeVar("T")


def _unit_of_work(
    store: Provider[str],
    memory: Provider[MemoryStore],
    connections: Provider[Any],
    signals: Provider[Signals],
    *,
    in_memory: Callable[[MemoryStore], T],
    in_postgres: Callable[[Any, Signals], T],
) -> Provider[T]:
    return Selector(store, memory=Factory(in_memory, memory), postgres=Factory(in_postgres, connections, signals))


class Stores(Foundation):
    """The units of work, and the connections behind them."""

    settings, clock = Foundation.settings, Foundation.clock

    engine = Singleton(create_engine, settings.database_url.required(), pool_size=settings.database_pool_size.as_int())
    existing_database = Singleton(Database, engine, migrates=False)
    new_connection = Factory(create_engine, settings.database_url.required(), pool_size=1)
    _bulkhead = partial(
        Singleton,
        create_bulkhead,
        settings.database_url.required(),
        statement_seconds=settings.search_timeout_seconds.as_float(),
    )
    list_connections = _bulkhead(size=settings.list_connections.as_int())
    search_connections = _bulkhead(size=settings.search_connections.as_int())
    memory_signals = Singleton(MemorySignals)
    redis_signals = Singleton(
        RedisSignals, Singleton(connect, settings.redis_url.required(), retries=0), memory_signals, clock
    )
    signals: Provider[Signals] = Selector(settings.shared, memory=memory_signals, redis=redis_signals)
    memory = Singleton(MemoryStore, clock.provided.now, signals)
    _uow = partial(_unit_of_work, settings.store, memory, engine, signals)
    _list_uow = partial(_unit_of_work, settings.store, memory, list_connections, signals)
    _search_uow = partial(_unit_of_work, settings.store, memory, search_connections, signals)
    accounts: Provider[AccountsUnitOfWork] = _uow(
        in_memory=MemoryAccountsUnitOfWork, in_postgres=PostgresAccountsUnitOfWork
    )
    administration: Provider[AdministrationUnitOfWork] = _uow(
        in_memory=MemoryAdministrationUnitOfWork, in_postgres=PostgresAdministrationUnitOfWork
    )
    alerts: Provider[AlertsUnitOfWork] = _uow(in_memory=MemoryAlertsUnitOfWork, in_postgres=PostgresAlertsUnitOfWork)
    analytics: Provider[AnalyticsUnitOfWork] = _uow(
        in_memory=MemoryAnalyticsUnitOfWork, in_postgres=PostgresAnalyticsUnitOfWork
    )
    analytics_lists: Provider[AnalyticsUnitOfWork] = _list_uow(
        in_memory=MemoryAnalyticsUnitOfWork,
        in_postgres=PostgresAnalyticsUnitOfWork,
    )
    booking: Provider[BookingUnitOfWork] = _uow(
        in_memory=MemoryBookingUnitOfWork, in_postgres=PostgresBookingUnitOfWork
    )
    catalog: Provider[CatalogUnitOfWork] = _uow(
        in_memory=MemoryCatalogUnitOfWork, in_postgres=PostgresCatalogUnitOfWork
    )
    catalog_lists: Provider[CatalogUnitOfWork] = _list_uow(
        in_memory=MemoryCatalogUnitOfWork,
        in_postgres=PostgresCatalogUnitOfWork,
    )
    catalog_searches: Provider[CatalogUnitOfWork] = _search_uow(
        in_memory=MemoryCatalogUnitOfWork,
        in_postgres=PostgresCatalogUnitOfWork,
    )
    event_views: Provider[EventViews] = Selector(
        settings.store, memory=Singleton(MemoryEventViews, memory), postgres=Singleton(PostgresEventViews, engine)
    )
    discovery: Provider[DiscoveryUnitOfWork] = _uow(
        in_memory=MemoryDiscoveryUnitOfWork, in_postgres=PostgresDiscoveryUnitOfWork
    )
    event_editing: Provider[EventEditingUnitOfWork] = _uow(
        in_memory=MemoryEventEditingUnitOfWork, in_postgres=PostgresEventEditingUnitOfWork
    )
    jobs: Provider[JobsUnitOfWork] = _uow(in_memory=MemoryJobsUnitOfWork, in_postgres=PostgresJobsUnitOfWork)
    managed_events: Provider[ManagedEventsUnitOfWork] = _uow(
        in_memory=MemoryManagedEventsUnitOfWork, in_postgres=PostgresManagedEventsUnitOfWork
    )
    media: Provider[MediaUnitOfWork] = _uow(in_memory=MemoryMediaUnitOfWork, in_postgres=PostgresMediaUnitOfWork)
    notifications: Provider[NotificationsUnitOfWork] = _uow(
        in_memory=MemoryNotificationsUnitOfWork, in_postgres=PostgresNotificationsUnitOfWork
    )
    personal_data: Provider[PersonalDataUnitOfWork] = _uow(
        in_memory=MemoryPersonalDataUnitOfWork, in_postgres=PostgresPersonalDataUnitOfWork
    )
    webhooks: Provider[WebhooksUnitOfWork] = _uow(
        in_memory=MemoryWebhooksUnitOfWork, in_postgres=PostgresWebhooksUnitOfWork
    )
