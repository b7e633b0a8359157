"""Letters about bookings: what has become of one, with its tickets and an entry for the reader's calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from adapters.delivery.email.content import Code, EmailContent, Writer, hello, moment, span
from core.shared.calendars import CalendarEntry, EntryStatus, uid_of
from core.shared.messages import Message
from core.shared.text import to_single_line
from core.shared.topics import Topic


@dataclass(frozen=True, slots=True)
class _Wording:
    """What is said of an event named `{event}`. The `note` may say until when something is to be done, `{until}`: it is
    left out when there is no such time any more. `with_tickets` is said beside them and the entry for the calendar.
    """

    title: str
    happened: str
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
        "You moved up: {event}",
        "Places became free, and your party is in: your booking for {event} is confirmed.",
        "If you can't come any more, please cancel, so that others can.",
        _AT_THE_DOOR,
    ),
    Topic.BOOKING_PENDING: _Wording(
        "Pay to keep your places: {event}",
        "Your places for {event} are held for you, but not paid yet.",
        "Please pay by {until}; after that they go to others.",
    ),
    Topic.BOOKING_OFFERED: _Wording(
        "Places for you: {event}",
        "You moved up in the waiting line for {event}: there are places for your party.",
        "They are yours if you pay by {until}; after that they go to whoever is next.",
    ),
    Topic.BOOKING_WAITLISTED: _Wording(
        "You are in line: {event}",
        "{event} is full just now. Your party is in the waiting line, and moves up as soon as places become free.",
        "We will write to you then. If you don't want to wait any more, please cancel.",
    ),
    Topic.BOOKING_EXPIRED: _Wording(
        "Your places were let go: {event}",
        "The time to pay for your places for {event} is over. Nothing was charged.",
        "If there are still places, you can book again.",
    ),
    Topic.BOOKING_PAYMENT_FAILED: _Wording(
        "Your payment was declined: {event}",
        "Your payment for {event} was declined, and your places are free again. Nothing was charged.",
        "If there are still places, you can book again, with another card.",
    ),
    Topic.BOOKING_CANCELLED: _Wording(
        "Cancelled: {event}",
        "Your booking for {event} is cancelled. Any tickets of it are no longer valid.",
        "Whatever you have paid is given back to you.",
    ),
    Topic.PAYMENT_REFUNDED: _Wording("Your money is on its way: {event}", "What you paid for {event} is given back."),
    Topic.EVENT_CHANGED: _Wording(
        "Please note the change: {event}",
        "{event} takes place at another time or place than you were told. Your booking stays as it is.",
        "If you can't come any more, please cancel.",
        "The attached file moves the entry in your calendar.",
    ),
    Topic.EVENT_CANCELLED: _Wording(
        "Cancelled: {event}",
        "We are sorry: {event} does not take place, and your booking is cancelled with it.",
        "Whatever you have paid is given back to you.",
    ),
}
_WITH_TICKETS = {Topic.BOOKING_CONFIRMED, Topic.BOOKING_PROMOTED, Topic.EVENT_CHANGED}
_ENDS = {Topic.BOOKING_CANCELLED, Topic.EVENT_CANCELLED}


def _of_booking(topic: Topic, message: Message, public_url: str) -> EmailContent:
    wording, event, booking = _WORDINGS[topic], message.payload["event"], message.payload["booking"]
    name, visitor = to_single_line(event["name"]), booking["visitor"]
    # The booking is told of as it was moments after what the message is about, and may have been given back by then.
    with_tickets = topic in _WITH_TICKETS and booking["status"] == "confirmed"
    tickets = message.payload.get("tickets", ()) if with_tickets else ()
    has_entry = with_tickets or topic in _ENDS
    note = _note(topic, wording, event, booking)
    return EmailContent(
        wording.title.replace("{event}", name),
        hello(visitor and visitor["full_name"]),
        wording.happened.replace("{event}", name),
        facts=tuple(_facts(message.payload)),
        codes=tuple(_codes(tickets, booking["seats"])),
        notes=tuple(filter(None, (wording.with_tickets if with_tickets else "", note))),
        entry=_entry(message, public_url, is_cancelled=topic in _ENDS) if has_entry else None,
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
    event, booking, was = payload["event"], payload["booking"], payload.get("was", {})
    zone = event["timezone"]
    if reason := payload.get("reason"):
        yield "Reason", to_single_line(reason)
    yield "When", span(event["start_time"], event["end_time"], zone)
    if "start_time" in was or "end_time" in was:
        before = {"start_time": event["start_time"], "end_time": event["end_time"]} | was
        yield "Was", span(before["start_time"], before["end_time"], zone)
    if event["place"]:
        yield "Where", to_single_line(event["place"])
    if "place" in was:
        yield "Was at", to_single_line(was["place"])
    yield "Places", str(booking["quantity"]) + (f": {', '.join(booking['seats'])}" if booking["seats"] else "")
    if booking["waitlist_position"]:
        yield "Place in line", str(booking["waitlist_position"])
    if payment := payload.get("payment"):
        yield "Given back", f"{payment['amount']} {payment['currency']}"
    elif _has_price(booking):
        yield "Price", f"{booking['amount']} {booking['currency']}"
    yield "Booking", booking["id"]


def _has_price(booking: Mapping[str, Any]) -> bool:
    return bool(float(booking["amount"]))


def _note(topic: Topic, wording: _Wording, event: Mapping[str, Any], booking: Mapping[str, Any]) -> str:
    until = booking["expires_at"]
    if ("{until}" in wording.note and not until) or (topic in _ENDS and not _has_price(booking)):
        return ""
    return wording.note.replace("{until}", moment(until, event["timezone"])) if until else wording.note


def _codes(tickets: Sequence[Mapping[str, str]], seats: Sequence[str]) -> Iterator[Code]:
    for place, ticket in enumerate(tickets):
        seat = f", seat {seats[place]}" if place < len(seats) else ""
        yield Code(f"ticket-{place + 1}", ticket["code"], f"Ticket {place + 1}{seat}: {ticket['code']}")


BOOKING_EMAILS: Mapping[str, Writer] = {topic: partial(_of_booking, topic) for topic in _WORDINGS}
