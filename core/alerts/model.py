"""Subscriptions: whose they are, how often they tell, and what proves that somebody wants them (E1)."""

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
"""So many subscriptions one address may have that are confirmed."""
MOST_ASKED, ASKED_WITHIN = 5, timedelta(hours=1)
"""So many mails to confirm something one address gets in such a time, whoever asks: nobody is flooded with them."""
CONFIRM_WITHIN = timedelta(hours=48)
DIGEST_AT = time(8)


class Frequency(StrEnum):
    """When a subscription tells: at once, or every morning, or on Monday morning."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whoever has an account: their address, and whether it was proven to be theirs."""

    user_id: UserId
    email: str
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """A saved search that tells `email`, once that is confirmed. `user_id` is who asked, if they were signed in and the
    address proven to be theirs.

    `key` is the address's own: it opens the links that end its subscriptions, in mails of years ago too, so it is kept
    as it is. `confirm_hash` is of the secret in the last mail to confirm, which was sent at `asked_at`; it works once.
    `next_digest_at` is when a confirmed one that does not tell at once tells next.
    """

    id: SubscriptionId
    email: str
    user_id: UserId | None
    search: SavedSearch
    frequency: Frequency
    timezone: str
    key: str
    created_at: datetime
    asked_at: datetime | None = None
    confirm_hash: str | None = None
    confirmed_at: datetime | None = None
    next_digest_at: datetime | None = None

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    def belongs_to(self, reader: Subscriber) -> bool:
        """What goes to the proven address of an account is that account's, whoever asked for it."""
        return self.user_id == reader.user_id or (reader.is_proven and self.email == reader.email)

    def asks_the_same(self, other: Subscription) -> bool:
        return (self.search.key, self.frequency, self.timezone) == (other.search.key, other.frequency, other.timezone)

    def asked(self, secret: str, now: datetime) -> Subscription:
        """A mail to confirm it is on its way, with this secret; an earlier one is worth nothing then."""
        return replace(self, asked_at=now, confirm_hash=hash_secret(secret))

    def must_be_confirmed_by(self, secret: str, now: datetime) -> None:
        """Raises BadSubscriptionToken."""
        is_it = self.confirm_hash is not None and hmac.compare_digest(self.confirm_hash, hash_secret(secret))
        if not is_it or self.asked_at is None or now >= self.asked_at + CONFIRM_WITHIN:
            raise bad_token()

    def confirmed(self, now: datetime) -> Subscription:
        """Confirmed before, it stays as it is: to ask again must not put off its next digest."""
        if self.is_confirmed:
            return replace(self, confirm_hash=None)
        return replace(self, confirm_hash=None, confirmed_at=now).with_next_digest(now)

    def with_next_digest(self, now: datetime) -> Subscription:
        return replace(self, next_digest_at=next_digest(self.frequency, self.timezone, now))


def next_digest(frequency: Frequency, timezone: str, after: datetime) -> datetime | None:
    """The next morning that it tells on, in UTC: at eight by the clocks of its zone (`zone_of`), however they are set
    meanwhile.
    """
    if frequency is Frequency.INSTANT:
        return None
    zone = zone_of(timezone)
    day = after.astimezone(zone).date()
    while True:
        morning = datetime.combine(day, DIGEST_AT, zone).astimezone(UTC)
        if morning > after and (frequency is Frequency.DAILY or day.weekday() == 0):
            return morning
        day += timedelta(days=1)


def check(email: str | None, timezone: str) -> None:
    """Raises InvalidFields."""
    errors: dict[str, list[str]] = {}
    if email is None:
        errors["email"] = ["Is needed, unless you are signed in: it is where you are told."]
    elif not is_email(email):
        errors["email"] = [NO_EMAIL]
    if timezone not in TIME_ZONES:
        errors["timezone"] = [NO_TIME_ZONE]
    if errors:
        raise InvalidFields(errors)


def may_send_confirmation(known: Sequence[Subscription], wanted: Subscription, now: datetime) -> bool:
    """Whether an address may be sent another mail to confirm something: not for the same within an hour, and not for
    more than a few things, nor when it has all the subscriptions it may have.
    """
    lately = [each for each in known if each.asked_at is not None and now < each.asked_at + ASKED_WITHIN]
    again = any(each.asks_the_same(wanted) for each in lately)
    return not again and len(lately) < MOST_ASKED and sum(each.is_confirmed for each in known) < MAX_SUBSCRIPTIONS


def merge_confirmed(known: Iterable[Subscription], wanted: Subscription, now: datetime) -> Subscription:
    """The subscription that an address has once it has confirmed a wish.

    There is one for each search: asked for with another frequency or time zone, it is changed. Raises
    TooManySubscriptions.
    """
    others = [each for each in known if each.is_confirmed and each.id != wanted.id]
    same = next((each for each in others if each.search.key == wanted.search.key), None)
    if same is not None:
        kept = replace(same, user_id=same.user_id or wanted.user_id)
        if same.asks_the_same(wanted):
            return kept
        return replace(kept, frequency=wanted.frequency, timezone=wanted.timezone).with_next_digest(now)
    if len(others) >= MAX_SUBSCRIPTIONS:
        raise TooManySubscriptions(
            f"This address has {MAX_SUBSCRIPTIONS} subscriptions, and may have no more. End one first."
        )
    return wanted.confirmed(now)


@dataclass(frozen=True, slots=True)
class UnsubscribeTarget:
    """What a link ends: one subscription, or all of an address that tell as often as this; and the address's key."""

    what: SubscriptionId | Frequency
    key: str


def unsubscribe_token(subscription: Subscription) -> str:
    return encode_token(subscription.id, subscription.key)


def unsubscribe_all_token(frequency: Frequency, key: str) -> str:
    """Ends every subscription of the address that tells so often: a digest is of all of them."""
    return f"{frequency}.{key}"


def read_unsubscribe_token(token: str) -> UnsubscribeTarget:
    """Raises BadSubscriptionToken."""
    what, _, key = token.partition(".")
    if not (key.isascii() and key.isprintable()):  # which no key of ours is, and no store could look for
        raise bad_token()
    if key and what in (Frequency.DAILY, Frequency.WEEKLY):
        return UnsubscribeTarget(Frequency(what), key)
    parts = decode_token(token)
    if parts is None or not parts[1]:
        raise bad_token()
    return UnsubscribeTarget(SubscriptionId(parts[0]), parts[1])


def bad_token() -> BadSubscriptionToken:
    """The same for whatever is wrong with it."""
    return BadSubscriptionToken("This link was used before, has expired, or is not one of ours, or not whole.")
