"""Generated bookings of the free events of a catalog, two in five of them cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.shared.engine import without_timeouts
from core.shared.ids import UserId

_BOOKINGS = text("""
    INSERT INTO bookings
        (id, event_id, user_id, quantity, status, channel, amount, currency, created_at, updated_at)
    SELECT
        (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(random, 1, 3) || '8'
            || substr(random, 4, 15))::uuid,
        event_id, (:people)[1 + number % cardinality(:people)], 1,
        CASE WHEN number % 5 < 2 THEN 'cancelled' ELSE 'confirmed' END,
        'book', round(0::numeric, currency_decimals(currency)), currency, at, at
    FROM (
        SELECT e.id AS event_id, e.currency, n + abs(hashtext(e.id::text) % 1000) AS number,
            md5(e.id::text || n) AS random, e.created_at + n * interval '1 second' AS at
        FROM events e CROSS JOIN LATERAL generate_series(1, 1 + abs(hashtext(e.id::text) % 7)) AS n
        WHERE e.origin = 'local' AND e.status IN ('open', 'closed') AND e.price = 0 AND e.capacity >= 8
            AND NOT EXISTS (SELECT FROM bookings)
    ) AS made
""").bindparams(bindparam("people", type_=ARRAY(Uuid)))

_TICKETS = text("""
    INSERT INTO tickets (id, booking_id, event_id, code)
    SELECT gen_random_uuid(), id, event_id, md5(id::text) FROM bookings WHERE status = 'confirmed'
""")

_COUNTS = text("""
    UPDATE events SET booked_count = held.places
    FROM (SELECT event_id, sum(quantity) AS places FROM bookings WHERE status = 'confirmed' GROUP BY 1) AS held
    WHERE id = held.event_id
""")


async def add_bookings(engine: AsyncEngine, people: Sequence[UserId]) -> None:
    """Book free events, one to seven places of each, unless there are bookings already."""
    async with without_timeouts(engine) as unhindered:
        async with unhindered.begin() as connection:
            added = await connection.execute(_BOOKINGS, {"people": list(people)})
            if not added.rowcount:
                return
            await connection.execute(_TICKETS)
            await connection.execute(_COUNTS)
        async with unhindered.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM (ANALYZE)"))
