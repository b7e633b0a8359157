"""`verify` finds and names each kind of damage, and finds nothing on a platform in use (J6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.verification.invariants import INVARIANTS
from adapters.postgres.verification.verify import MAX_FINDINGS, describe, verify
from tests.support.box_office import ADMIN, box_office
from tests.support.builders import NOW
from tests.support.stores import postgres_store

LATER = NOW + timedelta(hours=1)

EVENTS = ("roomy", "full", "seated", "priced")
EVENT = "(SELECT id FROM events WHERE name = '{}')"
BOOKING = (
    "(SELECT b.id FROM bookings b JOIN events e ON e.id = event_id WHERE e.name = '{}' AND b.status = '{}' LIMIT 1)"
)
STATUSES = ("confirmed", "pending", "waitlisted", "cancelled")
NAMES = {name: EVENT.format(name) for name in EVENTS} | {
    f"{name}_{status}": BOOKING.format(name, status) for name in EVENTS for status in STATUSES
}
"""The names of events and bookings in the damages below."""

DAMAGES = [
    ("booked-count", "UPDATE events SET booked_count = booked_count + 1 WHERE id = {roomy}"),
    ("booked-count", "UPDATE bookings SET quantity = quantity + 1 WHERE id = {priced_pending}"),
    ("waitlist-count", "UPDATE events SET waitlist_count = waitlist_count + 1 WHERE id = {full}"),
    (
        "capacity",
        "ALTER TABLE events DROP CONSTRAINT events_booked_count_check;"
        "UPDATE events SET capacity = 2 WHERE id = {roomy}",
    ),
    ("next-expiry", "UPDATE events SET next_expiry = next_expiry + interval '1 second' WHERE id = {priced}"),
    ("next-expiry", "UPDATE events SET next_expiry = NULL WHERE id = {priced}"),
    ("next-expiry", "UPDATE events SET next_expiry = now() WHERE id = {roomy}"),
    ("cancelled-event", "UPDATE events SET status = 'cancelled' WHERE id = {roomy}"),
    ("seat-map", "DELETE FROM seats WHERE event_id = {seated} AND number = 59"),
    ("seat-map", "DELETE FROM seats WHERE event_id = {seated} AND label = 'D-2'"),
    ("seat-map", "UPDATE events SET capacity = 61 WHERE id = {seated}"),
    ("seat-map", "UPDATE events SET capacity = NULL WHERE id = {seated}"),
    (
        "seat-map",
        "INSERT INTO seats (event_id, number, row_label, col_number, label) VALUES ({roomy}, 0, 'A', 1, 'A-1')",
    ),
    ("seat-labels", "UPDATE seats SET label = 'Z-9' WHERE event_id = {seated} AND label = 'D-2'"),
    ("seat-labels", "UPDATE seats SET row_label = 'Z' WHERE event_id = {seated} AND label = 'D-2'"),
    ("seat-labels", "UPDATE seats SET col_number = 9 WHERE event_id = {seated} AND label = 'D-2'"),
    ("seat-owner", "UPDATE seats SET booking_id = {seated_confirmed} WHERE event_id = {seated} AND label = 'D-2'"),
    ("seat-owner", "UPDATE seats SET booking_id = {seated_cancelled} WHERE event_id = {seated} AND label = 'D-2'"),
    ("seat-owner", "UPDATE seats SET booking_id = {roomy_confirmed} WHERE event_id = {seated} AND label = 'D-2'"),
    ("booking-seats", "UPDATE seats SET booking_id = NULL WHERE event_id = {seated} AND label = 'AA-1'"),
    ("booking-seats", "UPDATE bookings SET seats = '{{A-1}}' WHERE id = {roomy_confirmed}"),
    ("booking-seats", "UPDATE bookings SET seats = '{{A-1}}' WHERE id = {seated_cancelled}"),
    (
        "waitlist-numbers",
        "DROP INDEX bookings_waitlist_key;"
        "UPDATE bookings SET waitlist_number = 4"
        " WHERE event_id = {full} AND status = 'waitlisted' AND waitlist_number > 3",
    ),
    (
        "hold-end",
        "UPDATE events SET start_time = expires_at - interval '1 s',"
        " registration_deadline = expires_at - interval '1 s'"
        " FROM bookings WHERE events.id = event_id AND bookings.id = {priced_pending}",
    ),
    ("waitlist-numbers", "UPDATE events SET last_waitlist_number = 2 WHERE id = {full}"),
    ("waitlist-size", "UPDATE bookings SET quantity = 1000 WHERE id = {full_waitlisted}"),
    ("waitlist-head", "UPDATE bookings SET quantity = 1 WHERE event_id = {full} AND waitlist_number = 3"),
    ("waitlist-head", "UPDATE events SET capacity = NULL WHERE id = {full}"),
    ("waitlist-head", "UPDATE events SET status = 'open' WHERE name = 'hidden'"),
    ("tickets", "DELETE FROM tickets WHERE checked_in_at IS NOT NULL"),
    ("tickets", "UPDATE tickets SET is_void = true WHERE checked_in_at IS NOT NULL"),
    ("tickets", "UPDATE tickets SET is_void = false WHERE booking_id = {roomy_cancelled}"),
    (
        "tickets",
        "INSERT INTO tickets (id, booking_id, event_id, code) SELECT {priced}, {priced_pending}, {priced}, 'x'",
    ),
    (
        "tickets",
        "INSERT INTO tickets (id, booking_id, event_id, code) SELECT {full}, {full_waitlisted}, {full}, 'x'",
    ),
    (
        "tickets",
        "INSERT INTO tickets (id, booking_id, event_id, code) SELECT {roomy}, {roomy_confirmed}, {roomy}, 'x'",
    ),
    ("ticket-event", "UPDATE tickets SET event_id = {full} WHERE checked_in_at IS NOT NULL"),
    (
        "idempotency-key",
        "UPDATE idempotency_records SET booking_id = {seated_cancelled} WHERE event_id = {roomy}",
    ),
    ("captured-payment", "UPDATE payments SET status = 'refund_due' WHERE status = 'captured'"),
    ("captured-payment", "UPDATE bookings SET amount = 24.99 WHERE event_id = {priced} AND status = 'confirmed'"),
    ("captured-payment", "UPDATE bookings SET currency = 'USD' WHERE event_id = {priced} AND status = 'confirmed'"),
    ("captured-payment", "UPDATE payments SET status = 'captured' WHERE status = 'refund_due'"),
    ("paying", "UPDATE bookings SET paying = true WHERE id = {roomy_cancelled}"),
    ("paying", "UPDATE payments SET status = 'open' WHERE status = 'void'"),
    ("charge", "UPDATE simulated_charges SET amount = amount - 0.01 WHERE outcome = 'approved'"),
    ("charge", "UPDATE simulated_charges SET currency = 'USD' WHERE outcome = 'approved'"),
    ("charge", "UPDATE simulated_charges SET outcome = 'approved' WHERE outcome = 'declined'"),
    ("charge", "UPDATE simulated_charges SET outcome = 'approved' WHERE outcome = 'unknown'"),
    ("charge", "DELETE FROM simulated_charges WHERE outcome = 'approved'"),
    ("charge", "INSERT INTO simulated_charges VALUES (gen_random_uuid(), 12.50, 'EUR', 'approved', false)"),
    (
        "refund",
        "UPDATE simulated_charges c SET refunded = true FROM payments p"
        " WHERE p.id = c.payment_id AND p.status = 'captured'",
    ),
    ("refund", "UPDATE simulated_charges SET refunded = false"),
    (
        "picture",
        "INSERT INTO images (id, event_id, position, alt, name, width, height, thumbnails)"
        " VALUES (gen_random_uuid(), {roomy}, 0, '', 'lost.jpg', 1, 1, '{{}}')",
    ),
]


async def test_a_platform_that_was_used_is_sound(busy: AsyncEngine) -> None:
    assert await verify(busy, LATER) == []


@pytest.mark.parametrize(("invariant", "damage"), DAMAGES)
async def test_damage_is_found_and_named(busy: AsyncEngine, invariant: str, damage: str) -> None:
    async with busy.begin() as connection:
        for statement in damage.format_map(NAMES).split(";"):
            await connection.execute(text(statement))
    findings = await verify(busy, LATER)
    assert {finding.invariant for finding in findings} == {invariant}
    for finding in findings:
        assert finding.ids
        assert all(str(each) in describe(finding) for each in finding.ids)
        assert describe(finding).startswith(f"{invariant}: ")


def test_every_invariant_has_damage_that_violates_it() -> None:
    assert {invariant for invariant, _ in DAMAGES} == {invariant.name for invariant in INVARIANTS}


async def test_seats_in_rows_of_four_letters_have_the_right_labels(engine: AsyncEngine) -> None:
    office = box_office(postgres_store(engine))
    event_id = await office.open(capacity=20_000)
    await office.generate_seats(event_id, by=ADMIN, per_row=1)
    assert (await office.seats(event_id))[-1].position.label == "ACOF-1"
    assert await verify(engine, NOW) == []


async def test_findings_are_limited_for_each_invariant(engine: AsyncEngine) -> None:
    office = box_office(postgres_store(engine))
    for _ in range(MAX_FINDINGS + 5):
        await office.open()
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE events SET booked_count = 1, waitlist_count = 1"))
    found = [finding.invariant for finding in await verify(engine, NOW)]
    assert found == ["booked-count"] * MAX_FINDINGS + ["waitlist-count"] * MAX_FINDINGS
