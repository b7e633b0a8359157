"""A database with many rows in every table that lists read, in which what is rare is also what is oldest.

Lists show the newest rows first. So a rare value among the oldest rows is the last thing that a scan in their order
finds: a list that is fast only because it soon has a page full is slow here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum
from functools import reduce
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.shared.engine import create_engine
from core.catalog.model import Event, EventStatus, Origin
from core.shared.ids import AreaId, EventId, UserId
from tests.support.builders import NOW, TOMORROW, an_event
from tests.support.database import create_database

ROWS = 200_000
"""How many events, users, bookings, tickets, messages and audit entries there are."""
_TEMPLATES = 1_000
"""How many events are different. The others are copies of them, at other times."""


class Kind(IntEnum):
    """What a row is; part of its id."""

    AREA = 1
    USER = 2
    EVENT = 3
    BOOKING = 4
    TICKET = 5
    PAYMENT = 6
    WEBHOOK = 7
    MESSAGE = 8
    AUDIT = 9
    SUBSCRIPTION = 10
    ORGANIZER_REQUEST = 11
    SESSION = 12


def made_id(kind: Kind, number: int) -> UUID:
    """Return the id of a row by its number, from 1. Ids are in the order of the numbers."""
    return UUID(int=(kind << 96) | number)


BUSY_USER = made_id(Kind.USER, 1)
"""Has one booking in 400, and as much of everything else that belongs to users; its address is verified."""
ORGANIZER = made_id(Kind.USER, 100)
ADMIN = made_id(Kind.USER, 20_000)
HOT_EVENT = made_id(Kind.EVENT, 1)
"""Has half of all bookings."""
QUIET_EVENT = made_id(Kind.EVENT, 1_000)
WEBHOOK = made_id(Kind.WEBHOOK, 1)
"""Has one message in ten."""

_INDEXES = """
SELECT CAST(indexrelid AS regclass) AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
WHERE CAST(indrelid AS regclass) = ANY (CAST('{users,events,bookings,tickets,outbox,audit_log}' AS regclass[]))
AND NOT indisunique
"""
_FUNCTIONS = """
CREATE FUNCTION made_id(kind integer, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT CAST(lpad(to_hex(kind), 8, '0') || lpad(to_hex(number), 24, '0') AS uuid)
$$
"""
_USERS = """
INSERT INTO users (id, name, email, password_hash, role, email_verified, is_active, created_at, search_text)
SELECT made_id(2, n), 'Ada Lovelace ' || n, 'user' || n || '@example.com', '-',
       CASE WHEN n % 20000 = 0 THEN 'admin' WHEN n % 100 = 0 THEN 'organizer' ELSE 'user' END,
       n % 3 = 1, n % 1000 <> 500, :now - (:rows - n) * interval '1 minute',
       'ada lovelace ' || n || chr(10) || 'user' || n || '@example.com'
FROM generate_series(1, :rows) AS n
"""
_SESSIONS = """
INSERT INTO sessions (id, user_id, secret_hash, created_at, last_used_at, expires_at)
SELECT made_id(12, n), made_id(2, 1 + n % :rows), '-', :now, :now, :now + interval '30 days'
FROM generate_series(1, :rows / 2) AS n
"""
_ORGANIZER_REQUESTS = """
INSERT INTO organizer_requests (id, user_id, message, requested_at)
SELECT made_id(11, n), made_id(2, n), 'A club night', :now FROM generate_series(1, :rows / 4) AS n
"""
_AREAS = """
INSERT INTO areas (id, name, city, created_at, name_key)
SELECT made_id(1, n), 'Hall ' || n, 'City ' || n % 50, :now, 'hall ' || n FROM generate_series(1, 200) AS n
"""
_COPIED_EVENTS = """
INSERT INTO events
SELECT copy.*
FROM (SELECT n, n / :templates * interval '1 minute' AS later FROM generate_series(:templates + 1, :rows) AS n) AS made
JOIN events AS template ON template.id = made_id(3, 1 + (n - 1) % :templates)
CROSS JOIN jsonb_populate_record(template, jsonb_build_object(
    'id', made_id(3, n),
    'start_time', start_time + later, 'end_time', end_time + later, 'registration_deadline', start_time + later,
    'has_ended', end_time + later < :now - interval '1 hour',
    'search', CAST(
        ts_delete(search, ARRAY(SELECT lexeme FROM unnest(search) WHERE lexeme LIKE '@%'))
        || array_to_tsvector(ARRAY['@' || floor(extract(epoch FROM start_time + later) / 604800)]) AS text
    ),
    'waitlist_count', CASE WHEN n % 1000 = 100 THEN 1 ELSE 0 END,
    'next_expiry', CASE WHEN n % 1000 = 500 THEN :now + (n % 3000 - 1000) * interval '1 second' END
)) AS copy
"""
_MARKED_EVENTS = "UPDATE events SET has_ended = true WHERE NOT has_ended AND end_time < :now - interval '1 hour'"
_UTILIZATIONS = """
INSERT INTO event_utilizations (event_id, has_ended, utilization)
SELECT id, has_ended, coalesce(CAST(booked_count AS float) / capacity, 0) FROM events
ON CONFLICT (event_id) DO UPDATE SET has_ended = excluded.has_ended
"""
_BOOKINGS = """
INSERT INTO bookings (id, event_id, user_id, visitor_name, visitor_email, visitor_search_text, quantity, status,
                      channel, amount, currency, waitlist_number, expires_at, created_at, updated_at)
SELECT made_id(4, n), made_id(3, CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % (:rows - 1) END),
       CASE WHEN NOT is_visitor THEN made_id(2, CASE WHEN n % 400 = 1 THEN 1 ELSE 2 + n % (:rows - 1) END) END,
       CASE WHEN is_visitor THEN 'Vera ' || n END, CASE WHEN is_visitor THEN 'visitor' || n || '@example.com' END,
       CASE WHEN is_visitor THEN 'vera ' || n || chr(10) || 'visitor' || n || '@example.com' END,
       1, status, CASE WHEN is_visitor THEN 'register' WHEN n % 50 = 7 THEN 'purchase' ELSE 'book' END,
       CASE WHEN n % 4 = 0 THEN 5.00 ELSE 0.00 END, 'EUR', CASE status WHEN 'waitlisted' THEN n END,
       CASE status WHEN 'pending' THEN :now + (n - 850) * interval '1 second' END, made_at, made_at
FROM (
    SELECT n, n BETWEEN 1001 AND 1400 AS is_visitor, :now - (:rows - n) * interval '1 second' AS made_at,
           CASE WHEN n <= 40 THEN 'failed' WHEN n <= 400 THEN 'waitlisted' WHEN n <= 800 THEN 'cancelled'
                WHEN n <= 900 THEN 'pending' WHEN n <= 1000 OR n % 100 = 3 THEN 'expired'
                WHEN n % 10 = 1 THEN 'cancelled' ELSE 'confirmed' END AS status
    FROM generate_series(1, :rows) AS n
) AS made
"""
_TICKETS = """
INSERT INTO tickets (id, booking_id, event_id, code, is_void, checked_in_at)
SELECT made_id(5, n), id, event_id, 'code-' || n, status <> 'confirmed',
       CASE WHEN status = 'confirmed' AND n <= 1600 THEN :now END
FROM (SELECT id, event_id, status, row_number() OVER (ORDER BY id) AS n FROM bookings) AS made
"""
_PAYMENTS = """
INSERT INTO payments (id, booking_id, amount, currency, status, created_at, updated_at)
SELECT made_id(6, row_number() OVER (ORDER BY id)), id, amount, currency,
       CASE status WHEN 'pending' THEN 'open' WHEN 'failed' THEN 'declined' ELSE 'captured' END, created_at, created_at
FROM bookings WHERE amount > 0
"""
_WEBHOOKS = """
INSERT INTO webhooks (id, user_id, url, topics, scope, secret, created_at)
SELECT made_id(7, n), made_id(2, 100 + n % 500 * 100), 'https://tickets.example/' || n, '{booking.confirmed}', 'own',
       '-', :now
FROM generate_series(1, 1000) AS n
"""
_OUTBOX = """
INSERT INTO outbox (id, topic, email, user_id, webhook_id, payload, about, created_at, status, attempts, due_at,
                    sent_at)
SELECT made_id(8, n), CASE WHEN n <= 40 THEN 'account.email-changed' WHEN n % 50 = 0 THEN 'event.changed'
                           ELSE 'booking.confirmed' END,
       CASE WHEN NOT is_to_webhook THEN 'user' || n || '@example.com' END,
       CASE WHEN NOT is_to_webhook THEN made_id(2, CASE WHEN n % 400 = 1 THEN 1 ELSE 2 + n % (:rows - 1) END) END,
       CASE WHEN is_to_webhook THEN made_id(7, CASE WHEN n % 10 = 0 THEN 1 ELSE 1 + n % 1000 END) END,
       '{}', made_id(4, n), made_at, status, 1, made_at, CASE status WHEN 'sent' THEN made_at END
FROM (
    SELECT n, n % 5 = 0 AS is_to_webhook, :now - (:rows - n) * interval '1 second' AS made_at,
           CASE WHEN n <= 80 THEN 'dead' WHEN n <= 160 THEN 'waiting' ELSE 'sent' END AS status
    FROM generate_series(1, :rows) AS n
) AS made
"""
_AUDIT_LOG = """
INSERT INTO audit_log (id, at, actor_id, action, target, facts)
SELECT made_id(9, n), :now - (:rows - n) * interval '1 second',
       CASE WHEN n <= 40 THEN made_id(2, 40000) WHEN n % 5 = 0 THEN made_id(2, 20000) END,
       CASE WHEN n <= 40 THEN 'user.role-changed' WHEN n % 5 = 0 THEN 'booking.cancelled' ELSE 'login.failed' END,
       made_id(2, CASE WHEN n % 400 = 1 THEN 1 ELSE 2 + n % (:rows - 1) END), '{}'
FROM generate_series(1, :rows) AS n
"""
_SUBSCRIPTIONS = """
INSERT INTO subscriptions (id, email, user_id, frequency, timezone, key, created_at, confirmed_at, next_digest_at, city,
                           search_key, term, folded_city)
SELECT made_id(10, n), 'user' || person || '@example.com', CASE WHEN n % 2 = 0 THEN made_id(2, person) END, 'daily',
       'UTC', 'key' || n, :now, :now, CASE WHEN n <= 40 THEN :now ELSE :now + interval '1 day' END, 'City ' || n,
       'city' || n, 'city', 'city ' || n
FROM (SELECT n, CASE WHEN n % 400 < 2 THEN 1 ELSE 2 + n % (:rows - 1) END AS person
      FROM generate_series(1, :rows / 2) AS n) AS made
"""
_JOBS = """
INSERT INTO pgqueuer (priority, status, entrypoint, payload, created, updated, execute_after)
SELECT 0, CAST(CASE WHEN n <= 40 THEN 'failed' WHEN n <= 60 THEN 'picked' ELSE 'queued' END AS pgqueuer_status),
       CASE WHEN n % 2 = 0 AND n <= 80 THEN 'scrape' ELSE 'match-events' END, '{}', :now, :now, :now
FROM generate_series(1, :rows) AS n
"""
_JOB_LOG = """
INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint)
SELECT n, 'queued', 0, 'match-events' FROM generate_series(1, :rows) AS n
"""
_BEFORE_EVENTS = (_FUNCTIONS, _USERS, _SESSIONS, _ORGANIZER_REQUESTS, _AREAS)
_AFTER_EVENTS = (
    *(_COPIED_EVENTS, _MARKED_EVENTS, _UTILIZATIONS),
    *(_BOOKINGS, _TICKETS, _PAYMENTS, _WEBHOOKS, _OUTBOX, _AUDIT_LOG, _SUBSCRIPTIONS, _JOBS, _JOB_LOG),
)
_NAMES = ("Jazz", "Techno", "Poetry", "Comedy", "Ballet", "Chess")
_CATEGORIES = ("Music", "Theatre", "Film", "Sport", "Talk")
_STATUSES = {0: EventStatus.CANCELLED, 1: EventStatus.CLOSED, 2: EventStatus.INACTIVE}


async def large_database(url: str) -> str:
    """Return the URL of a filled database in the server at `url`. The first test process fills it for all of them."""
    server = create_async_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(1)"))  # until the connection is closed
        if not await connection.scalar(text("SELECT count(*) FROM pg_database WHERE datname = 'large'")):
            await create_database(url, "large_unfilled")
            engine = create_engine(make_url(url).set(database="large_unfilled"), pool_size=1, answer_seconds=None)
            await fill(engine)
            await engine.dispose()
            await connection.execute(text("ALTER DATABASE large_unfilled RENAME TO large"))
    await server.dispose()
    return make_url(url).set(database="large").render_as_string(hide_password=False)


async def fill(engine: AsyncEngine) -> None:
    """Fill an empty database, and have PostgreSQL read its statistics."""
    async with engine.begin() as connection:
        indexes = (await connection.execute(text(_INDEXES))).all()
        for index in indexes:
            await connection.execute(text(f"DROP INDEX {index.name}"))  # building them afterwards takes half the time
        await _run(connection, _BEFORE_EVENTS)
    async with PostgresCatalogUnitOfWork(engine) as uow:
        for number in range(1, _TEMPLATES + 1):
            await uow.events.add(_event(number))
        await uow.commit()
    async with engine.begin() as connection:
        await _run(connection, _AFTER_EVENTS)
        for index in indexes:
            await connection.exec_driver_sql(index.definition)
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("VACUUM (ANALYZE)"))


async def _run(connection: AsyncConnection, statements: Iterable[str]) -> None:
    values = {":now": f"timestamptz '{NOW}'", ":rows": str(ROWS), ":templates": str(_TEMPLATES)}
    # Triggers and foreign keys would take as long as the rows themselves.
    await connection.execute(text("SET LOCAL session_replication_role = replica"))
    for each in statements:
        await connection.exec_driver_sql(reduce(lambda sql, name: sql.replace(name, values[name]), values, each))
    await connection.execute(text("SET LOCAL session_replication_role = origin"))


def _event(number: int) -> Event:
    latitude, longitude = (48.1, 11.6) if number == 777 else (52.5 + number % 97 / 1000, 13.4 + number % 89 / 1000)
    start = TOMORROW if number == 1 else NOW + (number - _TEMPLATES // 4) * timedelta(hours=18)
    return an_event(
        id=EventId(made_id(Kind.EVENT, number)),
        name=f"{_NAMES[number % 6]} night number {number}",
        category=_CATEGORIES[number % 5],
        tags=(f"Tag {number % 100}",),
        venue=f"Hall {number % 400}",
        city=f"City {number % 200}",
        area_id=AreaId(made_id(Kind.AREA, 1 + number % 200)) if number % 20 == 0 else None,
        latitude=None if number % 4 == 0 else latitude,
        longitude=None if number % 4 == 0 else longitude,
        start_time=start,
        capacity=None if number == 1 else 500,
        booked_count=ROWS // 2 if number == 1 else 1,
        price=None if number % 7 == 0 else Decimal(number % 50) if number > 1 else Decimal(0),
        status=_STATUSES.get(number % 50, EventStatus.OPEN) if number > 1 else EventStatus.OPEN,
        organizer_id=UserId(made_id(Kind.USER, 100 + number % 100 * 100)),
        origin=Origin.LOCAL if number % 2 else Origin.DICE,
    )
