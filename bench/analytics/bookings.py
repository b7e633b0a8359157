"""A year of bookings: one in twelve cancelled, a few held or waiting, and those of priced events paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.shared.engine import without_timeouts

_USERS = """
INSERT INTO users (id, name, email, password_hash, role, email_verified, is_active, created_at, search_text)
SELECT uuidv7(n * interval '1 second' - interval '365 days'), 'Ada Lovelace ' || n, 'ada' || n || '@example.com', '!',
       'user', true, true,
       CAST(:now AS timestamptz) + (1.0 * n / CAST(:users AS integer) - 1) * interval '365 days',
       'ada lovelace ' || n || chr(10) || 'ada' || n || '@example.com'
FROM generate_series(1, CAST(:users AS integer)) AS n
"""
_SOLD_HERE = """
CREATE TABLE made AS
SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, currency, price FROM events
WHERE origin = 'local' AND status IN ('open', 'closed') AND price IS NOT NULL
"""
_PEOPLE = "CREATE TABLE people AS SELECT row_number() OVER (ORDER BY id) - 1 AS number, id FROM users"
_BOOKINGS = """
INSERT INTO bookings (id, event_id, user_id, quantity, status, channel, amount, currency, waitlist_number, expires_at,
                      created_at, updated_at)
SELECT uuidv7(at - clock_timestamp()), made.id, people.id, 1 + n % 3, status, 'book', (1 + n % 3) * made.price,
       made.currency, CASE WHEN status = 'waitlisted' THEN n END,
       CASE WHEN status = 'pending' THEN CAST(:now AS timestamptz) + (n % 900 - 300) * interval '1 second' END, at,
       CASE WHEN status = 'cancelled' THEN at + (CAST(:now AS timestamptz) - at) * (n % 97) / 97 ELSE at END
FROM (
    SELECT n,
           CAST(:now AS timestamptz) + (1.0 * n / CAST(:bookings AS integer) - 1) * interval '365 days' AS at,
           CASE WHEN n % 12 = 5 THEN 'cancelled' WHEN n % 2000 = 1 THEN 'pending' WHEN n % 500 = 2 THEN 'waitlisted'
           ELSE 'confirmed' END AS status
    FROM generate_series(1, CAST(:bookings AS integer)) AS n
) AS wanted
JOIN made ON made.number = (CAST(hashint4(n) AS bigint) & 2147483647) % (SELECT count(*) FROM made)
JOIN people ON people.number = (CAST(hashint4(n + 7) AS bigint) & 2147483647) % (SELECT count(*) FROM people)
ORDER BY n
"""
_PAYMENTS = """
INSERT INTO payments (id, booking_id, amount, currency, status, created_at, updated_at)
SELECT uuidv7(), id, amount, currency, CASE status WHEN 'cancelled' THEN 'refunded' ELSE 'captured' END,
       created_at, updated_at
FROM bookings WHERE amount > 0 AND status IN ('confirmed', 'cancelled')
"""
_COUNTS = """
UPDATE events SET booked_count = of_event.held, waitlist_count = of_event.waiting, next_expiry = of_event.expiry,
                  last_waitlist_number = CAST(:bookings AS integer), capacity = greatest(capacity, of_event.held)
FROM (
    SELECT event_id, coalesce(sum(quantity) FILTER (WHERE status IN ('confirmed', 'pending')), 0) AS held,
           count(*) FILTER (WHERE status = 'waitlisted') AS waiting, min(expires_at) AS expiry
    FROM bookings GROUP BY event_id
) AS of_event
WHERE events.id = of_event.event_id
"""


async def add_year(engine: AsyncEngine, users: int, bookings: int, now: datetime) -> None:
    """Create users, and their bookings of the events that are sold here, over the last year."""
    wanted = {"users": users, "bookings": bookings, "now": now}
    async with without_timeouts(engine) as unhindered:
        async with unhindered.begin() as connection:
            for statement in (_USERS, _SOLD_HERE, _PEOPLE, _BOOKINGS, _PAYMENTS, _COUNTS):
                used = {name: value for name, value in wanted.items() if f":{name}" in statement}
                await connection.execute(text(statement), used)
            await connection.execute(text("DROP TABLE made, people"))
        async with unhindered.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM (ANALYZE)"))  # the database would do this by itself, but later
