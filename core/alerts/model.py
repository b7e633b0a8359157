"""Subscriptions to alerts: who owns them, when they send messages, and how they are confirmed and ended."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from core.alerts.errors import BadSubscriptionToken, TooManySubscriptions
from core.alerts.search import SavedSearch
from core.shared.email import NO_EMAIL, is_email
from core.shared.errors import InvalidFields
from core.shared.ids import UserId
from core.shared.timezones import NO_TIME_ZONE, TIME_ZONES, zone_of
from core.shared.tokens import decode_token, encode_token, hash_secret

SubscriptionId = NewType("SubscriptionId", UUID)

MAX_SUBSCRIPTIONS = 50
"""How many confirmed subscriptions one address may have."""
MAX_CONFIRMATION_EMAILS, CONFIRMATION_EMAIL_WINDOW = 5, timedelta(hours=1)
"""The maximum number of confirmation emails to one address within the window, so that nobody is flooded with them."""
CONFIRM_WITHIN = timedelta(hours=48)
DIGEST_TIME = time(8)


class Frequency(StrEnum):
    """When a subscription sends messages: at once, every morning, or on Monday mornings."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An account, as far as alerts need it: its address, and whether that is verified."""

    user_id: UserId
    email: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """A saved search that alerts `email` once it is confirmed. `user_id` is the account that created it, if it was
    signed in and the address was its verified one.

    `key` is the secret of the address in its unsubscribe links. It never changes, so that the links in old emails still
    work. `confirm_hash` is the hash of the one-time secret in the last confirmation email, which was sent at
    `confirmation_sent_at`. `next_digest_at` is set if it is confirmed and not instant.
    """

    id: SubscriptionId
    email: str
    user_id: UserId | None
    search: SavedSearch
    frequency: Frequency
    timezone: str
    key: str
    created_at: datetime
    confirmation_sent_at: datetime | None = None
    confirm_hash: str | None = None
    confirmed_at: datetime | None = None
    next_digest_at: datetime | None = None

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    def belongs_to(self, subscriber: Subscriber) -> bool:
        """Return whether an account owns it: it created it, or the alerts go to its verified address."""
        return self.user_id == subscriber.user_id or (subscriber.is_verified and self.email == subscriber.email)

    def is_same_request(self, other: Subscription) -> bool:
        """Return whether both ask for the same search at the same times."""
        return (self.search.key, self.frequency, self.timezone) == (other.search.key, other.frequency, other.timezone)

    def with_confirmation_secret(self, secret: str, now: datetime) -> Subscription:
        """Return it with the secret of a new confirmation email. The links of earlier ones stop working."""
        return replace(self, confirmation_sent_at=now, confirm_hash=hash_secret(secret))

    def must_be_confirmed_by(self, secret: str, now: datetime) -> None:
        """Raise BadSubscriptionToken unless `secret` is that of its last confirmation email and has not expired."""
        is_valid = self.confirm_hash is not None and hmac.compare_digest(self.confirm_hash, hash_secret(secret))
        if not is_valid or self.confirmation_sent_at is None or now >= self.confirmation_sent_at + CONFIRM_WITHIN:
            raise bad_token()

    def confirm(self, now: datetime) -> Subscription:
        """Return it confirmed. If it already was, its next digest is not postponed."""
        if self.is_confirmed:
            return replace(self, confirm_hash=None)
        return replace(self, confirm_hash=None, confirmed_at=now).with_next_digest(now)

    def with_next_digest(self, now: datetime) -> Subscription:
        return replace(self, next_digest_at=next_digest(self.frequency, self.timezone, now))


def next_digest(frequency: Frequency, timezone: str, after: datetime) -> datetime | None:
    """Return the time of the next digest after `after`, in UTC: eight o'clock local time, also across a change of
    daylight saving time. None for instant subscriptions.
    """
    if frequency is Frequency.INSTANT:
        return None
    zone = zone_of(timezone)
    day = after.astimezone(zone).date()
    while True:
        morning = datetime.combine(day, DIGEST_TIME, zone).astimezone(UTC)
        if morning > after and (frequency is Frequency.DAILY or day.weekday() == 0):
            return morning
        day += timedelta(days=1)


def check_fields(email: str | None, timezone: str) -> None:
    """Raise InvalidFields if the address or the time zone is missing or invalid."""
    errors: dict[str, list[str]] = {}
    if email is None:
        errors["email"] = ["Is required unless you are signed in: alerts are sent to this address."]
    elif not is_email(email):
        errors["email"] = [NO_EMAIL]
    if timezone not in TIME_ZONES:
        errors["timezone"] = [NO_TIME_ZONE]
    if errors:
        raise InvalidFields(errors)


def may_send_confirmation(known: Sequence[Subscription], wanted: Subscription, now: datetime) -> bool:
    """Return whether an address may get another confirmation email.

    Not for the same request again within an hour, not for more than a few requests an hour, and not if it already has
    the maximum number of subscriptions.
    """
    recent = [
        each
        for each in known
        if each.confirmation_sent_at is not None and now < each.confirmation_sent_at + CONFIRMATION_EMAIL_WINDOW
    ]
    is_repeated = any(each.is_same_request(wanted) for each in recent)
    has_room = sum(each.is_confirmed for each in known) < MAX_SUBSCRIPTIONS
    return not is_repeated and has_room and len(recent) < MAX_CONFIRMATION_EMAILS


def merge_confirmed(known: Iterable[Subscription], wanted: Subscription, now: datetime) -> Subscription:
    """Return the subscription that an address has after it has confirmed `wanted`.

    An address has one for each search: another frequency or time zone changes that one. Raises TooManySubscriptions.
    """
    others = [each for each in known if each.is_confirmed and each.id != wanted.id]
    same = next((each for each in others if each.search.key == wanted.search.key), None)
    if same is not None:
        kept = replace(same, user_id=same.user_id or wanted.user_id)
        if same.is_same_request(wanted):
            return kept
        return replace(kept, frequency=wanted.frequency, timezone=wanted.timezone).with_next_digest(now)
    if len(others) >= MAX_SUBSCRIPTIONS:
        raise TooManySubscriptions(
            f"This address has {MAX_SUBSCRIPTIONS} subscriptions, which is the maximum. End one first."
        )
    return wanted.confirm(now)


@dataclass(frozen=True, slots=True)
class UnsubscribeTarget:
    """What an unsubscribe link ends: one subscription, or all those of an address that have this frequency.

    `key` is the key of the address.
    """

    selection: SubscriptionId | Frequency
    key: str


def unsubscribe_token(subscription: Subscription) -> str:
    """Return the token that ends one subscription."""
    return encode_token(subscription.id, subscription.key)


def unsubscribe_all_token(frequency: Frequency, key: str) -> str:
    """Return the token that ends all subscriptions of an address that share a digest."""
    return f"{frequency}.{key}"


def parse_unsubscribe_token(token: str) -> UnsubscribeTarget:
    """Return what a token ends. Raises BadSubscriptionToken."""
    selection, _, key = token.partition(".")
    if not (key.isascii() and key.isprintable()):  # our keys always are, and a database may reject others
        raise bad_token()
    if key and selection in (Frequency.DAILY, Frequency.WEEKLY):
        return UnsubscribeTarget(Frequency(selection), key)
    parts = decode_token(token)
    if parts is None or not parts[1]:
        raise bad_token()
    return UnsubscribeTarget(SubscriptionId(parts[0]), parts[1])


def bad_token() -> BadSubscriptionToken:
    """Return the same error whatever is wrong with a token."""
    return BadSubscriptionToken("This link does not work. It was used before, has expired, or is incomplete.")
