"""`/problems/<code>`: the pages that the `type` of a problem links to.

What happened comes from the docstring of the refusal; what to do about it is written here, for every code.
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
from adapters.http.live.identities import ForeignOrigin
from adapters.http.live.limits import LiveUpdatesFull, TooManyConnections, TooManyMessages, TooManyRooms
from adapters.http.live.messages import BadMessage, UnknownMessage
from adapters.http.live.websocket import SignedInAsAnother, UpgradeRequired
from adapters.http.middleware.problems import HTTP_PROBLEMS, title_of
from adapters.http.middleware.rate_limiting import RateLimited
from adapters.http.middleware.validation import BadJson, UnsupportedMediaType
from adapters.http.pages.shared.form_reading import ForeignForm
from adapters.http.shared.statuses import status_of
from core.accounts import errors as accounts
from core.administration import errors as administration
from core.alerts import errors as alerts
from core.booking import errors as booking
from core.catalog import errors as catalog
from core.discovery import errors as discovery
from core.jobs import errors as jobs
from core.media import errors as media
from core.notifications import errors as notifications
from core.personal_data import errors as personal_data
from core.shared import errors as shared
from core.shared.paging import BadCursor
from core.webhooks import errors as webhooks

_LOOK_UP = "Check the address. If it came from a list, load the list again: it may have been deleted."
_OTHER_EVENT = "Choose another event."

ADVICE: Mapping[type[shared.Refusal] | str, str] = {
    # Of live updates
    BadMessage: 'Send a text message such as `{"event": "join", "data": {"event_id": "…"}}`.',
    ForeignOrigin: "Connect from a page of this site, or have its operator add your site to CORS_ORIGIN. Programs send "
    "no `Origin`.",
    LiveUpdatesFull: "Wait for the number of seconds in `Retry-After`, then connect again.",
    SignedInAsAnother: "Open another connection for the other user.",
    TooManyConnections: "Close connections that you no longer need; one can watch many events.",
    TooManyMessages: "Send fewer messages: join the events that are shown, and then wait for what is sent.",
    TooManyRooms: "Send `leave` for an event that is no longer shown, then join again.",
    UnknownMessage: "Check the name in `event`: a client sends `auth`, `join`, `leave` or `ping`.",
    UpgradeRequired: "Use a WebSocket client (RFC 6455), in browsers `new WebSocket(…)`.",
    # Of all slices
    shared.NotFound: _LOOK_UP,
    shared.Invalid: "Read `detail`, correct what it names, and send the request again.",
    shared.InvalidFields: "Read `errors`: it names each field and says what is expected. Correct them and send "
    "the request again. Unknown fields are refused too, so check the spelling of the names.",
    shared.Conflict: "Load the resource again to see its current state, then decide again.",
    shared.Stale: "Load the resource again, see what has changed, and repeat your change with the new `ETag` in "
    "`If-Match`. To overwrite the current state in any case, send `If-Match: *`.",
    shared.Forbidden: "Sign in as a user who may do this, or ask the organizer or an administrator to do it.",
    shared.Unauthenticated: "Sign in, and send `Authorization: Bearer <access token>`. If you did, the token has "
    "expired: `POST /api/auth/refresh` gives a new one.",
    shared.TooMany: "Wait for the number of seconds in the `Retry-After` header, then try again.",
    shared.Unavailable: "Wait for the number of seconds in `Retry-After`, then send the same request again. A "
    "booking can safely be sent again with the same `Idempotency-Key`.",
    shared.TimedOut: "Narrow a search or a list: name a city, a category or a day, or use rarer words. Wait for the "
    "number of seconds in `Retry-After` before you send the same request again.",
    ForeignForm: "Open the page of this site that has the form, and send it from there.",
    RateLimited: "Wait for the number of seconds in `Retry-After`. The headers `RateLimit-Policy` and `RateLimit` of "
    "every response show how many requests are allowed, and how many are left.",
    BadCursor: "Start again at the first page and follow `next_cursor` unchanged, with the same sorting.",
    # Of requests in general
    BadJson: "Send a JSON object in UTF-8. Look for a missing quote, bracket or comma at the place that `detail` "
    "names.",
    UnsupportedMediaType: "Send the header `Content-Type: application/json`; for images, send the files as "
    "`multipart/form-data`.",
    "bad-body": "Send the request again. If it happens every time, check `Content-Length`, `Content-Encoding` "
    "(`gzip`, `deflate`, `br` and `zstd` are supported), and any proxies in between.",
    "bad-request": "Check the request as it was sent: its method, its address, and its headers, which must not be "
    "longer than 8190 bytes each.",
    "body-too-large": "Send a smaller body.",
    "body-too-slow": "Send the whole body without a pause, over a better connection.",
    "expectation-failed": "Send the request without the `Expect` header.",
    "internal-error": "The mistake is not yours. Try again later. If you report it to the operator of this "
    "platform, include the `request_id`, which leads to the error in the log.",
    "range-not-satisfiable": "`Content-Range` says how many bytes the file has. Ask for a part within it, or for all.",
    "method-not-allowed": "Use one of the methods in the `Allow` header.",
    # Of accounts
    accounts.EmailTaken: "Log in instead, or sign up with another address.",
    accounts.BadCredentials: "Check the email address and the password, including upper and lower case.",
    accounts.BadRefreshToken: "Log in again. A refresh token works once: store the new one from each response.",
    accounts.UserNotFound: "Log in again. If that fails, the account no longer exists.",
    accounts.BadToken: "Request a new link and use it soon. Each link works once, and only the newest one works. "
    "`POST /api/auth/password/forgot` sends a link to reset the password, `POST /api/auth/email/verify/resend` one to "
    "verify the email address.",
    accounts.LinkInUse: "Try to log in with the new password. If that fails, use the link again in half a minute.",
    accounts.WrongPassword: "Enter the current password again, or reset it with `POST /api/auth/password/forgot`.",
    accounts.SessionNotFound: "`GET /api/auth/sessions` lists your sessions.",
    accounts.EmailNotVerified: "Open the link in the email that was sent to the address, or request another one with "
    "`POST /api/auth/email/verify/resend`.",
    accounts.AlreadyOrganizer: "You need not do anything: you may create events. If that is refused, log in again.",
    accounts.OrganizerRequestNotFound: "`GET /api/admin/organizer-requests` lists the open requests.",
    accounts.LastAdmin: "Make another user an admin first. Without an admin, nobody could undo this.",
    # Of personal data
    personal_data.HasUpcomingBookings: "`bookings` has the ids of those bookings: `DELETE /api/bookings/{id}` cancels "
    "one and refunds what was paid. Then delete the account again.",
    personal_data.HasUpcomingEvents: "`events` has the ids of those events: `POST /api/events/{id}/cancel` cancels "
    "one, and `DELETE /api/events/{id}` deletes one without bookings. Then delete the account again.",
    # Of notifications
    notifications.NotificationNotFound: "`GET /api/me/notifications` lists your notifications.",
    notifications.AlreadySent: "You need not do anything: it was delivered.",
    # Of subscriptions
    alerts.SubscriptionNotFound: "`GET /api/me/subscriptions` lists your subscriptions.",
    alerts.TooManySubscriptions: "End a subscription that you no longer need: `GET /api/me/subscriptions` lists them.",
    alerts.BadSubscriptionToken: "Use the complete link from the newest email. If it is a confirmation link older "
    "than two days, subscribe again.",
    # Of administration
    administration.BulkRunNotFound: "Select the things in their list again, and confirm the run within a day.",
    administration.NothingSelected: "Select something in the list, or choose all that match its filters.",
    administration.TooManySelected: "Narrow the filters, and do it in several runs.",
    administration.NothingToDo: "Read the exceptions: they say why the action applies to none of them.",
    # Of jobs
    jobs.UnknownSchedule: "`/admin/jobs` lists what can be run on demand.",
    jobs.JobNotFound: "`GET /api/admin/jobs` lists all jobs that are not done yet.",
    jobs.JobRunning: "Wait until it has finished. If it fails, it is retried automatically.",
    # Of webhooks
    webhooks.WebhookNotFound: "`GET /api/webhooks` lists your webhooks.",
    webhooks.DeliveryNotFound: "`GET /api/webhooks/{id}/deliveries` lists the deliveries of a webhook.",
    webhooks.TooManyWebhooks: "Delete a webhook that you no longer need, or use one webhook for several topics.",
    webhooks.WebhookDisabled: "Solve what `disabled_reason` names, then send `PATCH /api/webhooks/{id}` with "
    '`{"enabled": true}`.',
    # Of events and areas
    catalog.EventNotFound: _LOOK_UP,
    catalog.UnknownArea: "Use an `area_id` from `GET /api/events/areas`, or name the place in `venue`.",
    catalog.AreaNotFound: "Use one of the areas that `GET /api/events/areas` lists.",
    catalog.AreaInUse: "Move its events to another area first.",
    catalog.AreaExists: "Use the existing area, or choose another name.",
    catalog.EventHasBookings: "Deactivate the event to hide it, or cancel it so that everybody is refunded.",
    catalog.EventCancelled: "Create a new event. At the door, admit nobody: everybody who booked was notified.",
    # Of booking
    booking.BookingNotFound: "Check the address, and that you are signed in as the user who made the booking.",
    booking.BadBookingLink: "Open the complete link from an email about the booking.",
    booking.IdempotencyKeyMissing: "Send a header `Idempotency-Key` with a new random value for each booking, and "
    "with the same value when you retry a booking.",
    booking.IdempotencyKeyReused: "Use a new `Idempotency-Key` for a new booking. Repeat a key only with an "
    "identical request.",
    booking.EventNotOpen: _OTHER_EVENT,
    booking.EventStarted: "It is too late for this. Ask the organizer.",
    booking.RegistrationClosed: "It is too late to book. Ask the organizer.",
    booking.NotBookable: "Follow the event's `source_url` to the site that sells it.",
    booking.SoldOut: "Book fewer places, or join the waitlist: leave `waitlist` out or send `true`.",
    booking.ExceedsCapacity: "Book fewer places. `capacity` is the total number of places.",
    booking.UnknownSeat: "Use labels or ids from `GET /api/events/{id}/seats`.",
    booking.SeatUnavailable: "Choose other seats: `GET /api/events/{id}/seats` shows which are free. Or book by "
    "`quantity`, and seats are chosen for you.",
    booking.SeatsTaken: "Cancel the bookings that have seats, or keep the seat map.",
    booking.CapacityBelowBooked: "Choose a larger capacity, or wait until enough bookings are cancelled.",
    booking.AlreadyRegistered: "You need not do anything: the registration is valid. To register somebody else, use "
    "their email address.",
    booking.AlreadyPurchased: "`GET /api/tickets/my-tickets` returns your ticket. For more places, book the event.",
    booking.NotPayable: "Load the booking and check its `status`. If it has expired, book again.",
    booking.PaymentDeclined: "Book again with another means of payment.",
    booking.PaymentNeeded: "Sign in and book the event, or buy a ticket, with a `payment_token`.",
    booking.PaymentUnavailable: "Load the booking again in a minute to see whether it is paid. Don't book again: your "
    "places are held in the meantime, and you don't pay twice.",
    booking.WrongEvent: "The ticket is for another event: `detail` says for which, and when that is. Check that you "
    "check in for the right event.",
    booking.TicketVoid: "Admit nobody with this ticket: its booking was cancelled. If the holder has booked "
    "again, there is a newer ticket.",
    booking.TooEarly: "Check in from `opens_at` on. `CHECK_IN_HOURS` sets how long before the start that is.",
    booking.TicketNotFound: "Check the address, or scan or type the whole code again.",
    booking.AlreadyCheckedIn: "The ticket was used at `checked_in_at`. If that was not its owner, the organizer must "
    "decide.",
    booking.PhotoTooLarge: "Choose a smaller size in the camera, or type the code of the ticket.",
    booking.PhotoUnreadable: "Send a JPEG, PNG or WebP, or type the code of the ticket.",
    booking.NoCodeInPhoto: "Go closer, hold still and avoid glare, and take the photo again; or type the code.",
    booking.SeveralCodesInPhoto: "Take a photo of one ticket alone.",
    # Of images
    media.ImageNotFound: "`GET /api/events/{id}` lists the images of an event.",
    media.PictureNotFound: "Read the event again: its images have the present addresses.",
    media.ImageTooLarge: "Save the picture in a smaller size: 5 MB and 50 megapixels at most. `file` says which one.",
    media.UnsupportedImage: "Send a still JPEG, PNG or WebP. `file` says which one is something else.",
    media.DamagedImage: "Open the picture in another program, save it as a JPEG, and send that. `file` says which one.",
    media.TooManyImages: "Delete images that the event no longer needs. `limit` says how many it may have.",
    media.ImagesChanged: "Read the event again, and name each of its images once.",
    media.UploadTooSlow: "Send the images again, fewer at a time.",
    media.StorageUnavailable: "Send the same request again in a moment.",
    # Of gathering events
    discovery.UnknownLayout: "The site has changed its pages. Wait for a new version of this platform.",
    discovery.UnknownSource: "Choose one of the sources that `nocturne scrape --help` lists.",
    discovery.RunNotFound: "`/admin/sync` lists the runs that are kept.",
    discovery.UnknownCity: "Name another city, or a larger one nearby.",
    discovery.UntrustedItem: "The mistake is in the page. Its other events are still imported.",
    discovery.FetchFailed: "Try again later. If the site's robots.txt forbids it, trying again won't help.",
}
"""What to do, in simple words, by the refusal, or by the code where there is no refusal (`problems.HTTP_PROBLEMS`)."""

_STATIC = Path(__file__).with_name("static")
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "img-src 'self'; style-src 'self'",
    "Cache-Control": "max-age=3600",
}
_REQUIREMENT_CODE = re.compile(r" \([A-Z]\d+\)")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a person should know about a problem."""

    code: str
    status: int
    happened: str
    advice: str


def explanations() -> dict[str, Explanation]:
    """Return every problem by its code, sorted by status and code."""
    unsorted = (_explain(problem, advice) for problem, advice in ADVICE.items())
    return {each.code: each for each in sorted(unsorted, key=lambda each: (each.status, each.code))}


def problem_routes() -> list[web.RouteDef]:
    """Return the routes of the list of problems and of each problem's page."""
    known = explanations()

    @cache
    def render(code: str | None, title: str) -> bytes:
        return (_render_list(known.values(), title) if code is None else _render_page(known[code], title)).encode()

    async def every(request: web.Request) -> web.Response:
        return web.Response(body=render(None, request.app[ABOUT].title), headers=_HEADERS)

    async def one(request: web.Request) -> web.Response:
        code = request.match_info["code"]
        if code not in known:
            raise web.HTTPNotFound
        return web.Response(body=render(code, request.app[ABOUT].title), headers=_HEADERS)

    return [web.get("/problems", every), web.get("/problems/{code}", one)]


def _explain(problem: type[shared.Refusal] | str, advice: str) -> Explanation:
    if isinstance(problem, str):
        status, happened = HTTP_PROBLEMS[problem]
        return Explanation(problem, status, happened, advice)
    # Codes of requirements mean nothing to users.
    happened = _REQUIREMENT_CODE.sub("", inspect.getdoc(problem) or "")
    return Explanation(problem.code, status_of(problem), happened, advice)


def _render_page(each: Explanation, title: str) -> str:
    return _template("problem.html").substitute(
        platform=escape(title),
        title=escape(title_of(each.code)),
        code=escape(each.code),
        status=f"{each.status} {HTTPStatus(each.status).phrase}",
        happened=_text_as_html(each.happened),
        advice=_text_as_html(each.advice),
    )


def _render_list(every: Iterable[Explanation], title: str) -> str:
    rows = "\n".join(
        f'<tr><td>{each.status}</td><td><a href="/problems/{escape(each.code)}">{escape(title_of(each.code))}</a></td>'
        f"<td>{_text_as_html(each.happened)}</td></tr>"
        for each in every
    )
    return _template("problems.html").substitute(platform=escape(title), rows=rows)


def _text_as_html(text: str) -> str:
    """Return text as HTML, with code between backticks."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _template(name: str) -> Template:
    return Template((_STATIC / name).read_text("utf-8"))
