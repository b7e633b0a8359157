"""Emails about bookings, with tickets and an entry for the reader's calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from adapters.delivery.email.content import Code, EmailContent, Writer, format_period, format_time, greet
from core.shared.calendars import CalendarEntry, EntryStatus, uid_of
from core.shared.messages import Message
from core.shared.places import describe_place
from core.shared.text import to_single_line
from core.shared.topics import Topic


@dataclass(frozen=True, slots=True)
class _Wording:
    """The texts of a topic, with `{event}` for the event's name.

    A `note` with `{until}` is left out if the booking no longer has a deadline. `with_tickets` is a note for emails
    that contain tickets and a calendar entry.
    """

    title: str
    summary: str
    note: str = ""
    with_tickets: str = ""


_AT_THE_DOOR = (
    "Show the codes at the door, on your phone or on paper. The attached file adds the event to your calendar."
)
_WORDINGS = {
    Topic.BOOKING_CONFIRMED: _Wording(
        "Your tickets: {event}",
        "Your booking for {event} is confirmed.",
        with_tickets=_AT_THE_DOOR,
    ),
    Topic.BOOKING_PROMOTED: _Wording(
        "You have places: {event}",
        "Places became free, and you were next on the waitlist: your booking for {event} is confirmed.",
        "If you can no longer come, please cancel, so that others can.",
        _AT_THE_DOOR,
    ),
    Topic.BOOKING_PENDING: _Wording(
        "Pay to keep your places: {event}",
        "Your places for {event} are reserved for you, but not paid yet.",
        "Please pay by {until}. After that the places are released.",
    ),
    Topic.BOOKING_OFFERED: _Wording(
        "Places for you: {event}",
        "Places became free for {event}, and you are next on the waitlist.",
        "Please pay by {until} to get them. After that they are offered to the next party.",
    ),
    Topic.BOOKING_WAITLISTED: _Wording(
        "You are on the waitlist: {event}",
        "{event} is full at the moment. You are on the waitlist, and get places when enough become free.",
        "We will send you an email then. If you no longer want to wait, please cancel.",
    ),
    Topic.BOOKING_EXPIRED: _Wording(
        "Your booking expired: {event}",
        "The time to pay for your places for {event} is over, and they were released. You were not charged.",
        "You can book again if there are still places.",
    ),
    Topic.BOOKING_PAYMENT_FAILED: _Wording(
        "Your payment was declined: {event}",
        "Your payment for {event} was declined, and your places were released. You were not charged.",
        "You can book again with another card if there are still places.",
    ),
    Topic.BOOKING_CANCELLED: _Wording(
        "Cancelled: {event}",
        "Your booking for {event} is cancelled. Its tickets are no longer valid.",
        "If you have paid, you will get a refund.",
    ),
    Topic.PAYMENT_REFUNDED: _Wording("Your refund is on its way: {event}", "You get back what you paid for {event}."),
    Topic.EVENT_CHANGED: _Wording(
        "Please note the change: {event}",
        "The time or place of {event} has changed. Your booking is still valid.",
        "If you can no longer come, please cancel.",
        "The attached file updates the event in your calendar.",
    ),
    Topic.EVENT_CANCELLED: _Wording(
        "Cancelled: {event}",
        "We are sorry: {event} was cancelled, and your booking with it.",
        "If you have paid, you will get a refund.",
    ),
}
_WITH_TICKETS = {Topic.BOOKING_CONFIRMED, Topic.BOOKING_PROMOTED, Topic.EVENT_CHANGED}
_CANCELLATIONS = {Topic.BOOKING_CANCELLED, Topic.EVENT_CANCELLED}


def _write(topic: Topic, message: Message, public_url: str) -> EmailContent:
    wording, event, booking = _WORDINGS[topic], message.payload["event"], message.payload["booking"]
    name, visitor = to_single_line(event["name"]), booking["visitor"]
    # The payload has the booking as it was shortly after the message's cause. It may have been cancelled by then.
    with_tickets = topic in _WITH_TICKETS and booking["status"] == "confirmed"
    tickets = message.payload.get("tickets", ()) if with_tickets else ()
    has_entry = with_tickets or topic in _CANCELLATIONS
    note = _note(topic, wording, event, booking)
    return EmailContent(
        wording.title.replace("{event}", name),
        greet(visitor and visitor["full_name"]),
        wording.summary.replace("{event}", name),
        facts=tuple(_facts(message.payload)),
        codes=tuple(_codes(tickets, booking["seats"])),
        notes=tuple(filter(None, (wording.with_tickets if with_tickets else "", note))),
        entry=_entry(message, public_url, is_cancelled=topic in _CANCELLATIONS) if has_entry else None,
    )


def _entry(message: Message, public_url: str, *, is_cancelled: bool) -> CalendarEntry:
    event, booking = message.payload["event"], message.payload["booking"]
    return CalendarEntry(
        uid=uid_of(booking["id"], public_url),
        written_at=message.created_at,
        name=event["name"],
        place=event["place"],
        start_time=datetime.fromisoformat(event["start_time"]),
        end_time=datetime.fromisoformat(event["end_time"]),
        timezone=event["timezone"],
        status=EntryStatus.CANCELLED if is_cancelled else EntryStatus.CONFIRMED,
    )


def _facts(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    event, booking, old = payload["event"], payload["booking"], payload.get("was", {})
    zone = event["timezone"]
    if reason := payload.get("reason"):
        yield "Reason", to_single_line(reason)
    yield "When", format_period(event["start_time"], event["end_time"], zone)
    if "start_time" in old or "end_time" in old:
        before = {"start_time": event["start_time"], "end_time": event["end_time"]} | old
        yield "Previous time", format_period(before["start_time"], before["end_time"], zone)
    yield "Where", describe_place(event["place"])
    if "place" in old:
        yield "Previous place", describe_place(old["place"])
    yield "Places", str(booking["quantity"]) + (f": {', '.join(booking['seats'])}" if booking["seats"] else "")
    if booking["waitlist_position"]:
        yield "Waitlist position", str(booking["waitlist_position"])
    if payment := payload.get("payment"):
        yield "Refund", f"{payment['amount']} {payment['currency']}"
    elif _has_price(booking):
        yield "Price", f"{booking['amount']} {booking['currency']}"
    yield "Booking", booking["id"]


def _has_price(booking: Mapping[str, Any]) -> bool:
    return bool(float(booking["amount"]))


def _note(topic: Topic, wording: _Wording, event: Mapping[str, Any], booking: Mapping[str, Any]) -> str:
    until = booking["expires_at"]
    if ("{until}" in wording.note and not until) or (topic in _CANCELLATIONS and not _has_price(booking)):
        return ""
    return wording.note.replace("{until}", format_time(until, event["timezone"])) if until else wording.note


def _codes(tickets: Sequence[Mapping[str, str]], seats: Sequence[str]) -> Iterator[Code]:
    for index, ticket in enumerate(tickets):
        seat = f", seat {seats[index]}" if index < len(seats) else ""
        yield Code(f"ticket-{index + 1}", ticket["code"], f"Ticket {index + 1}{seat}: {ticket['code']}")


BOOKING_EMAILS: Mapping[str, Writer] = {topic: partial(_write, topic) for topic in _WORDINGS}
