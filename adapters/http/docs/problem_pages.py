"""`/problems/<code>`: what the `type` of a problem leads to, for the person who met it.

What happened is said by the refusal itself, in its docstring; what to do about it is said here, for every code.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template

from aiohttp import web

from adapters.http.docs.api_reference import ABOUT
from adapters.http.middleware.problems import HTTP_PROBLEMS, title_of
from adapters.http.middleware.rate_limiting import RateLimited
from adapters.http.middleware.validation import BadJson, UnsupportedMediaType
from adapters.http.shared.statuses import status_of
from core.accounts import errors as accounts
from core.alerts import errors as alerts
from core.booking import errors as booking
from core.catalog import errors as catalog
from core.discovery import errors as discovery
from core.jobs import errors as jobs
from core.notifications import errors as notifications
from core.shared import errors as shared
from core.shared.paging import BadCursor
from core.webhooks import errors as webhooks

_LOOK_UP = "Check the address. If it came from a list, read the list again: the thing may be gone."
_SOMETHING_ELSE = "Nothing helps but another event."

ADVICE: Mapping[type[shared.Refusal] | str, str] = {
    # Of every slice
    shared.NotFound: _LOOK_UP,
    shared.Invalid: "Read `detail`, put right what it names, and send the request again.",
    shared.InvalidFields: "Look at `errors`: it names each field and says what would be right. Then send the "
    "request again. A field that does not exist is refused too, so look for misspelt names.",
    shared.Conflict: "Read the thing again to see how it is now, and decide anew.",
    shared.Stale: "Read it again, see what has changed, make your change to that, and send it with the new `ETag` as "
    "`If-Match`. To overwrite whatever is there, send `If-Match: *`.",
    shared.Forbidden: "Sign in as somebody who may do it, or ask the organizer or an administrator to.",
    shared.Unauthenticated: "Sign in, and send `Authorization: Bearer <access token>`. If you did, the token has "
    "expired: `POST /api/auth/refresh` gives a new one.",
    shared.TooMany: "Wait as many seconds as the `Retry-After` header says, and try again.",
    shared.Unavailable: "Wait a moment, as `Retry-After` says, and send the same request again. A booking is safe to "
    "send again with its `Idempotency-Key`.",
    RateLimited: "Wait as many seconds as `Retry-After` says. The headers `RateLimit-Policy` and `RateLimit` of every "
    "answer tell how often is fine, and how often still.",
    BadCursor: "Start again at the first page, and follow `next_cursor` as it comes, with the same sorting.",
    # Of requests as such
    BadJson: "Send a JSON object in UTF-8, and look for a missing quote, bracket or comma where `detail` points to.",
    UnsupportedMediaType: "Send the header `Content-Type: application/json`.",
    "bad-body": "Send the request again. If it happens every time, look at `Content-Length`, `Content-Encoding`, which "
    "may be `gzip` or `deflate`, and at proxies on the way.",
    "bad-request": "Look at the request as it was sent: at its method, its address, and its headers, which must not be "
    "longer than 8190 bytes each.",
    "body-too-large": "Send less at once.",
    "expectation-failed": "Leave the `Expect` header out.",
    "internal-error": "It is not your mistake. Try again later, and tell whoever runs this platform the `request_id`: "
    "it finds the error in the log.",
    "method-not-allowed": "Use one of the methods that the `Allow` header names.",
    # Of accounts
    accounts.EmailTaken: "Log in instead, or sign up with another address.",
    accounts.BadCredentials: "Check the address and the password, capitals too.",
    accounts.BadRefreshToken: "Log in again. A refresh token works once: keep the new one that each answer brings.",
    accounts.UserNotFound: "Log in again; if that fails, the account is gone.",
    accounts.BadToken: "Ask for a new link, and use it soon: it works once, and the newest one alone. "
    "`POST /api/auth/password/forgot` sends one to choose a password, and `POST /api/auth/email/verify/resend` one to "
    "verify your address.",
    accounts.LinkInUse: "Try to log in with the new password. If it was not taken, use the link again in half a "
    "minute.",
    accounts.WrongPassword: "Type the current password again, or choose a new one by `POST /api/auth/password/forgot`.",
    accounts.SessionNotFound: "Look at `GET /api/auth/sessions` for those there are.",
    accounts.LastAdmin: "Make somebody else an admin first: without one, nobody could undo it.",
    # Of notifications
    notifications.NotificationNotFound: "Look at `GET /api/me/notifications` for those there are.",
    notifications.AlreadySent: "Nothing needs to be done: it was delivered.",
    # Of subscriptions
    alerts.SubscriptionNotFound: "Look at `GET /api/me/subscriptions` for those there are.",
    alerts.TooManySubscriptions: "End one that is no longer wanted: `GET /api/me/subscriptions` lists them.",
    alerts.BadSubscriptionToken: "Take the whole link from the newest mail. If it was to confirm, and is older than "
    "two days, subscribe again.",
    # Of jobs
    jobs.JobNotFound: "Look at `GET /api/admin/jobs` for those there are: one that is not among them is done.",
    jobs.JobRunning: "Wait until it has ended. If it fails it is tried again by itself.",
    # Of webhooks
    webhooks.WebhookNotFound: "Look at `GET /api/webhooks` for those there are.",
    webhooks.DeliveryNotFound: "Look at `GET /api/webhooks/{id}/deliveries` for those there are.",
    webhooks.TooManyWebhooks: "Remove one that is not needed any more, or let one hear of several topics.",
    webhooks.WebhookDisabled: "See to what `disabled_reason` says, then `PATCH /api/webhooks/{id}` with "
    '`{"enabled": true}`.',
    # Of events and areas
    catalog.EventNotFound: _LOOK_UP,
    catalog.UnknownArea: "Take an `area_id` from `GET /api/events/areas`, or say where it is with `venue`.",
    catalog.AreaNotFound: "Take one of those that `GET /api/events/areas` lists.",
    catalog.AreaInUse: "Move the events that take place there to another area first.",
    catalog.AreaExists: "Use the area that is there, or choose another name.",
    catalog.EventHasBookings: "Deactivate the event to hide it, or cancel it so that everybody gets their money back.",
    catalog.EventCancelled: "Make a new event.",
    # Of booking
    booking.BookingNotFound: "Check the address, and that you are signed in as who made the booking.",
    booking.IdempotencyKeyMissing: "Send a header `Idempotency-Key` with a new random value for each booking, and the "
    "same value when you try the same booking again.",
    booking.IdempotencyKeyReused: "Use a new `Idempotency-Key` for a new booking; repeat a key only with the very same "
    "request.",
    booking.EventNotOpen: _SOMETHING_ELSE,
    booking.EventStarted: "It is too late for that. Ask the organizer.",
    booking.RegistrationClosed: "It is too late to book. Ask the organizer.",
    booking.NotBookable: "Follow the event's `source_url` to where it is sold.",
    booking.SoldOut: "Ask for fewer places, or wait in line: leave `waitlist` out, or send it as `true`.",
    booking.ExceedsCapacity: "Ask for fewer places; `capacity` says how many there are.",
    booking.UnknownSeat: "Take labels or ids from `GET /api/events/{id}/seats`.",
    booking.SeatUnavailable: "Choose others: `GET /api/events/{id}/seats` shows which are free. Or leave the choice "
    "to us, and book by `quantity`.",
    booking.SeatsExist: "Use the seat map that is there; there is one for each event, and for good.",
    booking.CapacityBelowBooked: "Choose a larger capacity, or wait until enough bookings are given back.",
    booking.AlreadyRegistered: "There is nothing to do: the registration stands. Register somebody else with their own "
    "address.",
    booking.AlreadyPurchased: "Your ticket is at `GET /api/tickets/my-tickets`. For more places, book the event.",
    booking.NotPayable: "Read the booking: its `status` says what became of it. If its time has run out, book again.",
    booking.PaymentDeclined: "Book again with another means of payment.",
    booking.PaymentNeeded: "Sign in and book the event, or buy a ticket, with a `payment_token`.",
    booking.PaymentUnavailable: "Read the booking in a minute: by then it is known. Don't book again; the places stay "
    "yours meanwhile, and you don't pay twice.",
    booking.TicketNotFound: "Check the code or the address, that it is for this event, and that its booking stands.",
    booking.AlreadyCheckedIn: "Whoever came with this ticket is inside since `checked_in_at`. If that was not its "
    "owner, it is for the organizer to decide.",
    # Of gathering
    discovery.UnknownLayout: "The site has changed its pages. Wait for a new version of this platform.",
    discovery.UnknownSource: "Choose one of the sources that `nocturne scrape --help` lists.",
    discovery.UnknownCity: "Name another city, or a larger one nearby.",
    discovery.UntrustedItem: "The mistake is in the page. Nothing is lost: its other events are taken.",
    discovery.FetchFailed: "Try again later. If the site's robots.txt forbids it, it stays so.",
}
"""What to do, in simple words, by the refusal, or by the code where there is no refusal (`problems.MISHAPS`)."""

_STATIC = Path(__file__).with_name("static")
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "img-src 'self'; style-src 'self'",
    "Cache-Control": "max-age=3600",
}
_RULE = re.compile(r" \([A-Z]\d+\)")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a person should know of a problem."""

    code: str
    status: int
    happened: str
    advice: str


def explanations() -> dict[str, Explanation]:
    """Every problem there is, by its code, in the order of status and code."""
    every = (_explained(met, advice) for met, advice in ADVICE.items())
    return {each.code: each for each in sorted(every, key=lambda each: (each.status, each.code))}


def problem_routes() -> list[web.RouteDef]:
    """The page of each problem, and the list of them."""
    known = explanations()

    @cache
    def written(code: str | None, title: str) -> bytes:
        return (_list(known.values(), title) if code is None else _page(known[code], title)).encode()

    async def every(request: web.Request) -> web.Response:
        return web.Response(body=written(None, request.app[ABOUT].title), headers=_HEADERS)

    async def one(request: web.Request) -> web.Response:
        code = request.match_info["code"]
        if code not in known:
            raise web.HTTPNotFound
        return web.Response(body=written(code, request.app[ABOUT].title), headers=_HEADERS)

    return [web.get("/problems", every), web.get("/problems/{code}", one)]


def _explained(met: type[shared.Refusal] | str, advice: str) -> Explanation:
    if isinstance(met, str):
        status, happened = HTTP_PROBLEMS[met]
        return Explanation(met, status, happened, advice)
    # The numbers of rules are for those who read the code.
    return Explanation(met.code, status_of(met), _RULE.sub("", inspect.getdoc(met) or ""), advice)


def _page(each: Explanation, title: str) -> str:
    return _template("problem.html").substitute(
        platform=escape(title),
        title=escape(title_of(each.code)),
        code=escape(each.code),
        status=f"{each.status} {HTTPStatus(each.status).phrase}",
        happened=_prose(each.happened),
        advice=_prose(each.advice),
    )


def _list(every: Iterable[Explanation], title: str) -> str:
    rows = "\n".join(
        f'<tr><td>{each.status}</td><td><a href="/problems/{escape(each.code)}">{escape(title_of(each.code))}</a></td>'
        f"<td>{_prose(each.happened)}</td></tr>"
        for each in every
    )
    return _template("problems.html").substitute(platform=escape(title), rows=rows)


def _prose(text: str) -> str:
    """Text as HTML; what is between backticks is code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _template(name: str) -> Template:
    return Template((_STATIC / name).read_text("utf-8"))
