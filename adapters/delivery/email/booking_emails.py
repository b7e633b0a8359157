"""Emails about bookings, with tickets and an entry for the reader's calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from adapters.delivery.email.content import Code, EmailContent, Writer, greet, token_link
from core.shared.calendars import CalendarEntry, EntryStatus, uid_of
from core.shared.messages import Message
from core.shared.places import describe_place
from core.shared.text import to_single_line
from core.shared.times import format_period, format_time
from core.shared.topics import Topic


@dataclass(frozen=True, slots=True)
class _Wording:
    """The texts of a topic, with `{event}` for the event's name.

    `action` is what to do next; one with `{until}` is left out if the booking no longer has a deadline. `with_tickets`
    is a note for emails that contain tickets and a calendar entry. `link_label` is for the link to the booking.
    """

    title: str
    summary: str
    action: str = ""
    with_tickets: str = ""
    link_label: str = "See your booking"


_AT_THE_DOOR = (
    "Show the codes at the door, on your phone or on paper. The attached file adds the event to your calendar."
)
_IF_YOU_CANNOT_COME = "If you can no longer come, please cancel, so that others can."
_SEE_OR_CANCEL = "See or cancel your booking"
_NOTHING_TO_DO = "You need not do anything."
_REFUND_FOLLOWS = "If you have paid, you will get a refund."
_WORDINGS = {
    Topic.BOOKING_CONFIRMED: _Wording(
        "Your tickets: {event}",
        "Your booking for {event} is confirmed.",
        _IF_YOU_CANNOT_COME,
        _AT_THE_DOOR,
        _SEE_OR_CANCEL,
    ),
    Topic.BOOKING_PROMOTED: _Wording(
        "You have places: {event}",
        "Places became free, and you were next on the waitlist: your booking for {event} is confirmed.",
        _IF_YOU_CANNOT_COME,
        _AT_THE_DOOR,
        _SEE_OR_CANCEL,
    ),
    Topic.BOOKING_PENDING: _Wording(
        "Pay to keep your places: {event}",
        "Your places for {event} are reserved for you, but not paid yet.",
        "Please pay by {until}. After that the places are released.",
        link_label="Pay, or see the booking",
    ),
    Topic.BOOKING_OFFERED: _Wording(
        "Places for you: {event}",
        "Places became free for {event}, and you are next on the waitlist.",
        "Please pay by {until} to get them. After that they are offered to the next party.",
        link_label="Pay, or decline the offer",
    ),
    Topic.BOOKING_WAITLISTED: _Wording(
        "You are on the waitlist: {event}",
        "{event} is full at the moment. You are on the waitlist, and get places when enough become free.",
        "We will send you an email then. If you no longer want to wait, please leave the waitlist.",
        link_label="See or leave the waitlist",
    ),
    Topic.BOOKING_WAITLIST_CLOSED: _Wording(
        "The waitlist is closed: {event}",
        "The time to book {event} is over, and no places became free for you. The waitlist is closed.",
        "You need not do anything. You were not charged.",
    ),
    Topic.BOOKING_TOO_LARGE: _Wording(
        "You are no longer on the waitlist: {event}",
        "{event} has fewer places now than your party needs, so we had to take you off the waitlist.",
        "You were not charged. You can book again for a smaller party.",
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
        "Your booking for {event} is cancelled. If it had tickets, they are no longer valid.",
        _REFUND_FOLLOWS,
    ),
    Topic.PAYMENT_REFUNDED: _Wording(
        "Your refund is on its way: {event}",
        "You get back what you paid for {event}.",
        f"{_NOTHING_TO_DO} It can take a few days until your bank shows it.",
    ),
    Topic.EVENT_CHANGED: _Wording(
        "Please note the change: {event}",
        "The time or place of {event} has changed. Your booking stays as it is.",
        _IF_YOU_CANNOT_COME,
        "The attached file updates the event in your calendar.",
        _SEE_OR_CANCEL,
    ),
    Topic.EVENT_DEACTIVATED: _Wording(
        "No longer listed: {event}",
        "{event} is not shown to the public at the moment, and can't be booked. Your booking stays as it is.",
        "We will send you an email if the event is changed or cancelled.",
        link_label=_SEE_OR_CANCEL,
    ),
    Topic.EVENT_CANCELLED: _Wording(
        "Cancelled: {event}",
        "We are sorry: {event} was cancelled, and your booking with it.",
        _REFUND_FOLLOWS,
    ),
}
_WITH_TICKETS = {Topic.BOOKING_CONFIRMED, Topic.BOOKING_PROMOTED, Topic.EVENT_CHANGED}
_TO_PAY = {Topic.BOOKING_PENDING, Topic.BOOKING_OFFERED}
_CANCELLATIONS = {Topic.BOOKING_CANCELLED, Topic.EVENT_CANCELLED}


def _write(topic: Topic, message: Message, public_url: str) -> EmailContent:
    wording, event, booking = _WORDINGS[topic], message.payload["event"], message.payload["booking"]
    name = to_single_line(event["name"])
    # The payload has the booking as it was shortly after the message's cause. It may have been cancelled by then.
    with_tickets = topic in _WITH_TICKETS and booking["status"] == "confirmed"
    tickets = message.payload.get("tickets", ()) if with_tickets else ()
    has_entry = with_tickets or topic in _CANCELLATIONS
    return EmailContent(
        wording.title.replace("{event}", name),
        greet(_name_of_holder(booking)),
        wording.summary.replace("{event}", name),
        _action(topic, wording, event, booking),
        _link(topic, message, public_url),
        wording.link_label,
        facts=tuple(_facts(message.payload)),
        codes=tuple(_codes(tickets, booking["seats"])),
        notes=(wording.with_tickets,) if with_tickets and wording.with_tickets else (),
        entry=_entry(message, public_url, is_cancelled=topic in _CANCELLATIONS) if has_entry else None,
    )


def _link(topic: Topic, message: Message, public_url: str) -> str:
    """Return the page of the booking in its holder's account where it is to be paid, else the one that needs none."""
    if topic in _TO_PAY and message.user_id is not None:
        return f"{public_url}/bookings/{message.payload['booking']['id']}"
    # The secret is deleted once the message was sent; its summary is still shown then.
    return token_link(public_url, "booking", message) if message.secret else ""


def _name_of_holder(booking: Mapping[str, Any]) -> str | None:
    holder = booking.get("holder")
    return holder["name"] if holder else None


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
        attendee=message.email,
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


def _action(topic: Topic, wording: _Wording, event: Mapping[str, Any], booking: Mapping[str, Any]) -> str:
    until = booking["expires_at"]
    if topic in _CANCELLATIONS and not _has_price(booking):
        return _NOTHING_TO_DO
    if "{until}" in wording.action and not until:
        return ""
    return wording.action.replace("{until}", format_time(until, event["timezone"])) if until else wording.action


def _codes(tickets: Sequence[Mapping[str, str]], seats: Sequence[str]) -> Iterator[Code]:
    for index, ticket in enumerate(tickets):
        seat = f", seat {seats[index]}" if index < len(seats) else ""
        yield Code(f"ticket-{index + 1}", ticket["code"], f"Ticket {index + 1}{seat}: {ticket['code']}")


BOOKING_EMAILS: Mapping[str, Writer] = {topic: partial(_write, topic) for topic in _WORDINGS}
