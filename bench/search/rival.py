"""What is compared with: a list of events as one would write it by hand, with aiohttp, asyncpg and orjson alone.

It counts like the platform, finds words in the same column, and its responses have the same fields. It has no accounts,
validation, rate limits, caches, corrected spelling or relevance.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from typing import Any

import asyncpg
import orjson
import uvloop
from aiohttp import web

from bench.running import ADDRESS

PATH = "/events"
COUNT_LIMIT = 10_000
POOL = web.AppKey("pool", asyncpg.Pool)

_COLUMNS = """
    id, name, description, category, tags, venue, NULL AS area, city, country, latitude, longitude, start_time,
    end_time, timezone, registration_deadline, capacity, booked_count, capacity - booked_count AS available,
    waitlist_count, seats_per_row IS NOT NULL AS seat_mapped,
    coalesce(booked_count::float8 / capacity, 0) AS utilization, price, currency, coalesce(price = 0, false) AS is_free,
    status, status = 'open' AND origin = 'local' AS bookable, organizer_id, origin, source_url, NULL AS warning,
    created_at, updated_at
"""
_SOURCES = """
    SELECT event_id, source, source_id, url, first_seen, last_seen FROM event_sources WHERE event_id = ANY ($1)
"""


async def list_events(request: web.Request) -> web.Response:
    limit, values = int(request.query.get("limit", 20)), list[Any]()
    conditions = ["status IN ('open', 'closed')", "end_time > now()"]
    if "starts_before" in request.query:
        values.append(datetime.fromisoformat(request.query["starts_before"]))
        conditions.append(f"start_time <= ${len(values)}")
    if "q" in request.query:
        values.append(" & ".join(f"{word}:*" for word in request.query["q"].split()))
        conditions.append(f"search @@ to_tsquery('simple', ${len(values)})")
    found = f"FROM events WHERE {' AND '.join(conditions)}"
    async with request.app[POOL].acquire() as connection:
        total = await connection.fetchval(
            f"SELECT count(*) FROM (SELECT 1 {found} LIMIT {COUNT_LIMIT + 1}) AS counted",  # noqa: S608 - constants
            *values,
        )
        rows = await connection.fetch(f"SELECT {_COLUMNS} {found} ORDER BY start_time, id LIMIT {limit}", *values)
        sources: dict[Any, list[dict[str, Any]]] = {}
        for row in await connection.fetch(_SOURCES, [row["id"] for row in rows]):
            event_id, *_ = row
            sources.setdefault(event_id, []).append({key: row[key] for key in row.keys() if key != "event_id"})  # noqa: SIM118
    items = [{**row, "sources": sources.get(row["id"], [])} for row in rows]
    body = {"items": items, "total": min(total, COUNT_LIMIT), "limit": limit, "total_capped": total > COUNT_LIMIT}
    return web.Response(body=orjson.dumps(body, default=str), content_type="application/json")


def main(database_url: str) -> None:
    async def build() -> web.Application:
        app = web.Application()
        app[POOL] = await asyncpg.create_pool(database_url, min_size=4, max_size=10)
        app.router.add_get(PATH, list_events)
        return app

    async def serve() -> None:
        runner = web.AppRunner(await build(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        print(f"{ADDRESS}{host}:{port}", flush=True)
        await asyncio.Event().wait()

    uvloop.run(serve())


if __name__ == "__main__":
    main(sys.argv[1])
