"""Set up what is booked and who books, and check the data afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, text, true

from adapters.postgres.catalog.tables import events
from adapters.postgres.verification.verify import describe, verify
from container import Container
from core.accounts.model import User, new_user
from core.catalog.model import EventFields
from core.shared.access import Role
from core.shared.ids import SessionId, UserId

LOCKED = "!"
"""A hash that no password has. Nobody signs in: tokens are issued here, with the secret of the data folder, since
hashing a password for each of many users would take longer than all the rest.
"""

_COUNTS = text("""
    SELECT (SELECT sum(booked_count) FROM events WHERE id = ANY(:event_ids)),
        (SELECT coalesce(sum(quantity), 0) FROM bookings WHERE event_id = ANY(:event_ids) AND status = 'confirmed'),
        (SELECT count(*) FROM bookings WHERE event_id = ANY(:event_ids)),
        (SELECT count(*) FROM tickets WHERE event_id = ANY(:event_ids) AND NOT is_void)
""")


class Wrong(Exception):
    """A response was wrong, or the stored data does not agree with the responses."""


@dataclass(frozen=True, slots=True)
class BenchPlatform:
    """A platform with an organizer and users who book."""

    container: Container
    organizer: User
    tokens: tuple[str, ...]

    async def create_event(self, name: str, capacity: int, per_row: int | None = None) -> UUID:
        """Create an event with this capacity, and with a seat map if `per_row` is given."""
        by, starts = self.organizer.principal, self.container.clock().now() + timedelta(days=30)
        fields = EventFields(name=name, venue="Main Hall", start_time=starts, capacity=capacity)
        event = (await self.container.create_event()(by=by, wanted=fields)).event
        if per_row is not None:
            await self.container.use_cases().booking.create_seat_map(
                event.id, by=by, rows=capacity // per_row, per_row=per_row
            )
        return event.id

    async def create_events(self, name: str, capacity: int, count: int) -> tuple[UUID, ...]:
        """Create so many events that are alike, in one statement."""
        first = await self.create_event(name, capacity)
        values = {column.name: func.gen_random_uuid() if column is events.c.id else column for column in events.c}
        source = select(*values.values()).select_from(events.join(func.generate_series(1, count).alias(), true()))
        copied = insert(events).from_select([*values], source.where(events.c.id == first)).returning(events.c.id)
        async with self.container.engine().begin() as connection:
            event_ids = tuple(await connection.scalars(copied))
            await connection.execute(text("ANALYZE events"))  # as autovacuum would soon
        return event_ids

    async def must_hold(self, event_ids: Collection[UUID], answered: int) -> None:
        """Raises Wrong unless the events have exactly one booking of one place for each response, by every count."""
        async with self.container.engine().connect() as connection:
            counts = (await connection.execute(_COUNTS, {"event_ids": list(event_ids)})).one()
        if set(counts) != {answered}:
            raise Wrong(f"{answered} bookings were confirmed; counted, in places, stored, as tickets: {tuple(counts)}")

    async def must_be_sound(self) -> None:
        """Raises Wrong when an invariant of the data is violated."""
        if found := await verify(self.container.engine(), self.container.clock().now()):
            raise Wrong("; ".join(describe(finding) for finding in found))

    async def durability(self) -> dict[str, str]:
        """PostgreSQL's settings for the durability of a commit."""
        async with self.container.engine().connect() as connection:
            return {
                name: str(await connection.scalar(text(f"SHOW {name}"))) for name in ("fsync", "synchronous_commit")
            }


async def prepare_platform(container: Container, people: int) -> BenchPlatform:
    """Create an organizer and so many users, each with a token."""
    organizer, *others = [
        new_user(
            UserId(container.ids().new()),
            name=f"Person {each}",
            email=f"person-{each}@example.com",
            password_hash=LOCKED,
            role=Role.USER if each else Role.ORGANIZER,
            now=container.clock().now(),
        )
        for each in range(people + 1)
    ]
    async with container.accounts() as uow:
        for user in (organizer, *others):
            await uow.users.add(user)
        await uow.commit()
    session = SessionId(container.ids().new())
    ends = container.clock().now() + timedelta(days=1)
    tokens = [container.tokens().issue(user.principal, session, ends)[0] for user in others]
    return BenchPlatform(container, organizer, tuple(tokens))


async def create_events(platform: BenchPlatform, count: int) -> None:
    """Create so many events to be listed."""
    for first in range(0, count, 10):
        await asyncio.gather(
            *(platform.create_event(f"Night {each}", 100) for each in range(first, min(first + 10, count)))
        )
