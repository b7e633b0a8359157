"""The invariants of the stored data. The query of each finds the rows that violate it.

They are written independently of the booking rules, so that they also find mistakes in those rules.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """`message` describes every row that `query` finds, formatted with its columns; those that end in `id` are ids.

    A query may use `:now`.
    """

    name: str
    message: str
    query: str


_COUNTS = (
    Invariant(
        "booked-count",
        "event {event_id} counts {counted} places as booked, its bookings hold {held}",
        """
        SELECT e.id AS event_id, e.booked_count AS counted, coalesce(b.held, 0) AS held
        FROM events e LEFT JOIN (
            SELECT event_id, sum(quantity) AS held FROM bookings WHERE status IN ('pending', 'confirmed') GROUP BY 1
        ) b ON b.event_id = e.id
        WHERE e.booked_count <> coalesce(b.held, 0)
        """,
    ),
    Invariant(
        "waitlist-count",
        "event {event_id} counts {counted} waiting parties, there are {waiting}",
        """
        SELECT e.id AS event_id, e.waitlist_count AS counted, coalesce(b.waiting, 0) AS waiting
        FROM events e LEFT JOIN (
            SELECT event_id, count(*) AS waiting FROM bookings WHERE status = 'waitlisted' GROUP BY 1
        ) b ON b.event_id = e.id
        WHERE e.waitlist_count <> coalesce(b.waiting, 0)
        """,
    ),
    Invariant(
        "capacity",
        "event {event_id} has {capacity} places, and {booked_count} are booked",
        "SELECT id AS event_id, capacity, booked_count FROM events WHERE booked_count > capacity",
    ),
    Invariant(
        "next-expiry",
        "event {event_id} expects its next hold to expire at {expected}, it expires at {actual}",
        """
        SELECT e.id AS event_id, e.next_expiry AS expected, b.soonest AS actual
        FROM events e LEFT JOIN (
            SELECT event_id, min(expires_at) AS soonest FROM bookings WHERE status = 'pending' AND NOT paying GROUP BY 1
        ) b ON b.event_id = e.id
        WHERE e.next_expiry IS DISTINCT FROM b.soonest
        """,
    ),
    Invariant(
        "hold-end",
        "booking {booking_id} is held until {expires_at}, and event {event_id} starts at {start_time}",
        """
        SELECT b.id AS booking_id, b.expires_at, e.id AS event_id, e.start_time
        FROM bookings b JOIN events e ON e.id = b.event_id
        WHERE b.status = 'pending' AND b.expires_at > e.start_time
        """,
    ),
    Invariant(
        "cancelled-event",
        "event {event_id} is cancelled, its booking {booking_id} is {status}",
        """
        SELECT e.id AS event_id, b.id AS booking_id, b.status
        FROM events e JOIN bookings b ON b.event_id = e.id
        WHERE e.status = 'cancelled' AND b.status IN ('pending', 'confirmed', 'waitlisted')
        """,
    ),
)

# 26 rows have one letter, 676 have two, 17,576 three: so they begin at 0, 26, 702 and 18,278.
_SEATS = (
    Invariant(
        "seat-map",
        "event {event_id} has {capacity} places and {made} seats, numbered {first} to {last}",
        """
        SELECT e.id AS event_id, e.capacity, coalesce(s.made, 0) AS made, s.first, s.last
        FROM events e LEFT JOIN (
            SELECT event_id, count(*) AS made, min(number) AS first, max(number) AS last FROM seats GROUP BY 1
        ) s ON s.event_id = e.id
        WHERE CASE WHEN e.seats_per_row IS NULL THEN s.made IS NOT NULL
              ELSE (s.made, s.first, s.last) IS DISTINCT FROM (e.capacity, 0, e.capacity - 1) END
        """,
    ),
    Invariant(
        "seat-labels",
        "seat {number} of event {event_id} has the wrong label {label}",
        """
        SELECT s.event_id, s.number, s.label
        FROM seats s JOIN events e ON e.id = s.event_id AND e.seats_per_row IS NOT NULL
        CROSS JOIN LATERAL (SELECT s.number / e.seats_per_row AS row, s.number % e.seats_per_row + 1 AS col) p
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN row < 26 THEN ''
                WHEN row < 702 THEN chr(65 + (row - 26) / 26)
                WHEN row < 18278 THEN chr(65 + (row - 702) / 676) || chr(65 + (row - 702) / 26 % 26)
                ELSE chr(65 + (row - 18278) / 17576) || chr(65 + (row - 18278) / 676 % 26)
                     || chr(65 + (row - 18278) / 26 % 26)
            END || chr(65 + row % 26) AS label
        ) r
        WHERE e.seats_per_row IS NOT NULL
            AND (s.row_label, s.col_number, s.label) IS DISTINCT FROM (r.label, p.col, r.label || '-' || p.col)
        """,
    ),
    Invariant(
        "seat-owner",
        "seat {label} of event {event_id} is assigned to booking {booking_id}, which does not have it",
        """
        SELECT s.event_id, s.label, s.booking_id
        FROM seats s JOIN bookings b ON b.id = s.booking_id
        WHERE b.event_id <> s.event_id OR b.status NOT IN ('pending', 'confirmed') OR s.label <> ALL (b.seats)
        """,
    ),
    Invariant(
        "booking-seats",
        "booking {booking_id} ({status}, {quantity} places) lists {named} seats and is assigned {owned} of them",
        """
        SELECT b.id AS booking_id, b.status, b.quantity, cardinality(b.seats) AS named, coalesce(s.owned, 0) AS owned
        FROM bookings b JOIN events e ON e.id = b.event_id
        LEFT JOIN (
            SELECT s.booking_id, count(*) AS owned
            FROM seats s JOIN bookings b ON b.id = s.booking_id AND b.event_id = s.event_id AND s.label = ANY (b.seats)
            GROUP BY 1
        ) s ON s.booking_id = b.id
        WHERE CASE WHEN e.seats_per_row IS NOT NULL AND b.status IN ('pending', 'confirmed')
              THEN cardinality(b.seats) <> b.quantity OR coalesce(s.owned, 0) <> b.quantity
              ELSE cardinality(b.seats) > 0 END
        """,
    ),
)

_WAITLIST = (
    Invariant(
        "waitlist-numbers",
        "booking {booking_id} has waitlist number {waitlist_number} of event {event_id}, which is not unique",
        """
        SELECT w.id AS booking_id, w.waitlist_number, w.event_id
        FROM (
            SELECT id, event_id, waitlist_number, count(*) OVER (PARTITION BY event_id, waitlist_number) AS same
            FROM bookings WHERE status = 'waitlisted'
        ) w JOIN events e ON e.id = w.event_id
        WHERE w.same > 1 OR w.waitlist_number IS NULL OR w.waitlist_number > e.last_waitlist_number
        """,
    ),
    Invariant(
        "waitlist-size",
        "booking {booking_id} waits for {quantity} places, and event {event_id} has {capacity} in total",
        """
        SELECT b.id AS booking_id, b.quantity, b.event_id, e.capacity
        FROM bookings b JOIN events e ON e.id = b.event_id
        WHERE b.status = 'waitlisted' AND b.quantity > e.capacity
        """,
    ),
    # Expired holds still count here: the transaction that releases them promotes from the waitlist.
    Invariant(
        "waitlist-head",
        "booking {booking_id} heads the waitlist of event {event_id} for {quantity} places, and {free} are free",
        """
        SELECT w.id AS booking_id, w.event_id, w.quantity, coalesce((e.capacity - e.booked_count)::text, 'all') AS free
        FROM (
            SELECT DISTINCT ON (b.event_id) b.id, b.event_id, b.quantity
            FROM bookings b
            WHERE b.status = 'waitlisted'
            ORDER BY b.event_id, b.waitlist_number
        ) w JOIN events e ON e.id = w.event_id
        WHERE e.status = 'open' AND e.registration_deadline > :now
              AND (e.capacity IS NULL OR e.booked_count + w.quantity <= e.capacity)
        """,
    ),
)

_TICKETS = (
    Invariant(
        "tickets",
        "booking {booking_id} ({status}, {quantity} places) has {valid} valid tickets of {issued}",
        """
        SELECT b.id AS booking_id, b.status, b.quantity, coalesce(t.valid, 0) AS valid, coalesce(t.issued, 0) AS issued
        FROM bookings b LEFT JOIN (
            SELECT booking_id, count(*) AS issued, count(*) FILTER (WHERE NOT is_void) AS valid FROM tickets GROUP BY 1
        ) t ON t.booking_id = b.id
        WHERE CASE WHEN b.status = 'confirmed' THEN (t.valid, t.issued) IS DISTINCT FROM (b.quantity, b.quantity)
              WHEN b.status IN ('pending', 'waitlisted') THEN t.issued > 0
              ELSE t.valid > 0 END
        """,
    ),
    Invariant(
        "ticket-event",
        "ticket {ticket_id} is for event {event_id}, its booking {booking_id} for another",
        """
        SELECT t.id AS ticket_id, t.event_id, t.booking_id
        FROM tickets t JOIN bookings b ON b.id = t.booking_id WHERE t.event_id <> b.event_id
        """,
    ),
    Invariant(
        "idempotency-key",
        "key {key} of user {user_id} on event {event_id} belongs to booking {booking_id} of another user or event",
        """
        SELECT k.key, k.user_id, k.event_id, k.booking_id
        FROM idempotency_records k JOIN bookings b ON b.id = k.booking_id
        WHERE (b.event_id, b.user_id) IS DISTINCT FROM (k.event_id, k.user_id)
        """,
    ),
)

_MONEY = (
    Invariant(
        "captured-payment",
        "booking {booking_id} ({status}) costs {amount} {currency}, and {captured} {currency} are captured",
        """
        SELECT b.id AS booking_id, b.status, b.amount, b.currency, coalesce(sum(p.amount), 0) AS captured
        FROM bookings b LEFT JOIN payments p ON p.booking_id = b.id AND p.status = 'captured'
        GROUP BY b.id
        HAVING CASE WHEN b.status = 'confirmed' AND b.amount > 0
               THEN count(p.id) <> 1 OR min(p.amount) <> b.amount OR min(p.currency) <> b.currency
               ELSE count(p.id) > 0 END
        """,
    ),
    Invariant(
        "paying",
        "booking {booking_id} is marked as {said}, and has {open} open payments",
        """
        SELECT b.id AS booking_id, CASE WHEN b.paying THEN 'being paid' ELSE 'not being paid' END AS said,
               count(p.id) AS open
        FROM bookings b LEFT JOIN payments p ON p.booking_id = b.id AND p.status = 'open'
        GROUP BY b.id HAVING count(p.id) <> b.paying::int
        """,
    ),
    Invariant(
        "charge",
        "payment {payment_id} is {status} with {amount} {currency}, the gateway says {outcome} {charged} {charged_in}",
        """
        SELECT coalesce(p.id, c.payment_id) AS payment_id, coalesce(p.status, 'unknown here') AS status,
               coalesce(p.amount::text, 'nothing') AS amount, coalesce(p.currency, '') AS currency,
               coalesce(c.outcome, 'nothing') AS outcome, coalesce(c.amount::text, '') AS charged,
               coalesce(c.currency, '') AS charged_in
        FROM payments p FULL JOIN simulated_charges c ON c.payment_id = p.id
        WHERE CASE WHEN p.id IS NULL THEN c.outcome = 'approved'
              WHEN p.status = 'declined' THEN c.outcome IS DISTINCT FROM 'declined'
              WHEN p.status = 'void' THEN c.outcome IS DISTINCT FROM 'unknown'
              WHEN p.status <> 'open' THEN
                  (c.outcome, c.amount, c.currency) IS DISTINCT FROM ('approved', p.amount, p.currency)
              ELSE FALSE END
        """,
    ),
    # A payment in `refund_due` may have been refunded already: the gateway refunds it before the result is recorded.
    Invariant(
        "refund",
        "payment {payment_id} is {status}, the gateway says {said}",
        """
        SELECT p.id AS payment_id, p.status, CASE WHEN c.refunded THEN 'refunded' ELSE 'not refunded' END AS said
        FROM payments p JOIN simulated_charges c ON c.payment_id = p.id
        WHERE p.status <> 'refund_due' AND c.refunded <> (p.status = 'refunded')
        """,
    ),
)

_IMAGES = (
    Invariant(
        "picture",
        "image {image_id} shows {name}, whose file is not kept for it",
        """
        SELECT i.id AS image_id, shown.name
        FROM images i
        CROSS JOIN LATERAL (
            SELECT i.name UNION ALL SELECT made.value ->> 0 FROM jsonb_each(i.thumbnails) made
        ) shown(name)
        LEFT JOIN stored_files f ON f.name = shown.name AND f.image_id = i.id
        WHERE f.name IS NULL
        """,
    ),
)

INVARIANTS = (*_COUNTS, *_SEATS, *_WAITLIST, *_TICKETS, *_MONEY, *_IMAGES)
