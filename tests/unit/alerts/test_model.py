"""Subscriptions: digest times, limits of an address, and the tokens of unsubscribe links."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.errors import BadSubscriptionToken, TooManySubscriptions
from core.alerts.model import (
    CONFIRM_WITHIN,
    CONFIRMATION_EMAIL_WINDOW,
    MAX_CONFIRMATION_EMAILS,
    MAX_SUBSCRIPTIONS,
    Frequency,
    Subscription,
    check_fields,
    may_send_confirmation,
    merge_confirmed,
    next_digest,
    parse_unsubscribe_token,
    unsubscribe_all_token,
    unsubscribe_token,
)
from core.alerts.search import SavedSearch
from core.shared.errors import InvalidFields
from core.shared.timezones import TIME_ZONES
from tests.support.alerts_app import JAZZ, a_subscription
from tests.support.builders import NOW

BERLIN = "Europe/Berlin"


def unconfirmed(search: SavedSearch = JAZZ, **values: object) -> Subscription:
    return replace(a_subscription(search, **values), confirmed_at=None, next_digest_at=None)


def many(count: int) -> list[Subscription]:
    return [a_subscription(SavedSearch(text=f"band {number}")) for number in range(count)]


@pytest.mark.parametrize(
    ("frequency", "timezone", "after", "then"),
    [
        (Frequency.DAILY, "UTC", "2026-11-20T07:59:59+00:00", "2026-11-20T08:00:00+00:00"),
        (Frequency.DAILY, "UTC", "2026-11-20T08:00:00+00:00", "2026-11-21T08:00:00+00:00"),
        (Frequency.DAILY, BERLIN, "2026-11-20T06:59:00+00:00", "2026-11-20T07:00:00+00:00"),
        (Frequency.DAILY, "Asia/Kathmandu", "2026-11-20T12:00:00+00:00", "2026-11-21T02:15:00+00:00"),
        (Frequency.DAILY, "Pacific/Kiritimati", "2026-11-20T12:00:00+00:00", "2026-11-20T18:00:00+00:00"),
        (Frequency.WEEKLY, "UTC", "2026-11-20T12:00:00+00:00", "2026-11-23T08:00:00+00:00"),
        (Frequency.WEEKLY, "UTC", "2026-11-23T08:00:00+00:00", "2026-11-30T08:00:00+00:00"),
        # On Sunday evening in London it is Monday morning in Auckland.
        (Frequency.WEEKLY, "Pacific/Auckland", "2026-11-22T18:59:00+00:00", "2026-11-22T19:00:00+00:00"),
    ],
)
def test_digests_are_due_at_eight_local_time(frequency: Frequency, timezone: str, after: str, then: str) -> None:
    assert next_digest(frequency, timezone, datetime.fromisoformat(after)) == datetime.fromisoformat(then)


@pytest.mark.parametrize(
    ("night", "hours"),
    [("2027-03-27T08:00:00+01:00", 23), ("2027-10-30T08:00:00+02:00", 25), ("2027-06-01T08:00:00+02:00", 24)],
)
def test_daylight_saving_changes_shift_the_next_digest_by_an_hour(night: str, hours: int) -> None:
    evening = datetime.fromisoformat(night)
    assert next_digest(Frequency.DAILY, BERLIN, evening) == evening.astimezone(UTC) + timedelta(hours=hours)


def test_weekly_digests_are_due_on_mondays_at_eight_all_year() -> None:
    times = [NOW]
    for _ in range(60):
        following = next_digest(Frequency.WEEKLY, BERLIN, times[-1])
        assert following is not None
        times.append(following)
    local_times = [each.astimezone(ZoneInfo(BERLIN)) for each in times[1:]]
    assert {(each.weekday(), each.hour, each.minute) for each in local_times} == {(0, 8, 0)}
    assert {(later.date() - earlier.date()).days for earlier, later in pairwise(local_times)} == {7}


@given(
    zone=st.sampled_from(sorted(TIME_ZONES)),
    hours=st.integers(-300_000, 100_000),
    frequency=st.sampled_from([Frequency.DAILY, Frequency.WEEKLY]),
)
def test_in_every_time_zone_the_next_digest_is_in_the_near_future(zone: str, hours: int, frequency: Frequency) -> None:
    after = NOW + timedelta(hours=hours)
    then = next_digest(frequency, zone, after)
    assert then is not None
    days = 1 if frequency is Frequency.DAILY else 7
    # Samoa and Kwajalein skipped a day when they moved across the date line.
    assert after < then <= after + timedelta(days=2 * days, hours=3)


def test_instant_subscriptions_have_no_digest() -> None:
    assert next_digest(Frequency.INSTANT, BERLIN, NOW) is None


@pytest.mark.parametrize(
    ("email", "timezone", "field"),
    [
        (None, "UTC", "email"),
        ("nobody", "UTC", "email"),
        ("a@example.com", "Mars/Olympus", "timezone"),
        ("a@example.com", "localtime", "timezone"),
    ],
)
def test_a_valid_address_and_time_zone_are_required(email: str | None, timezone: str, field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_fields(email, timezone)
    assert refused.value.errors.keys() == {field}


class TestConfirmationEmails:
    def test_the_same_request_gets_one_email_an_hour(self) -> None:
        requested = unconfirmed().with_confirmation_secret("secret", NOW)
        assert not may_send_confirmation(
            [requested], unconfirmed(), NOW + CONFIRMATION_EMAIL_WINDOW - timedelta(seconds=1)
        )
        assert may_send_confirmation([requested], unconfirmed(), NOW + CONFIRMATION_EMAIL_WINDOW)
        assert may_send_confirmation([requested], unconfirmed(SavedSearch(text="rock")), NOW)

    def test_an_address_gets_a_few_emails_an_hour(self) -> None:
        requested = [
            unconfirmed(SavedSearch(text=f"band {n}")).with_confirmation_secret("secret", NOW)
            for n in range(MAX_CONFIRMATION_EMAILS)
        ]
        assert may_send_confirmation(requested[1:], unconfirmed(), NOW)
        assert not may_send_confirmation(requested, unconfirmed(), NOW)
        assert may_send_confirmation(requested, unconfirmed(), NOW + CONFIRMATION_EMAIL_WINDOW)

    def test_an_address_with_the_maximum_number_of_subscriptions_gets_no_email(self) -> None:
        assert may_send_confirmation(many(MAX_SUBSCRIPTIONS - 1), unconfirmed(), NOW)
        assert not may_send_confirmation(many(MAX_SUBSCRIPTIONS), unconfirmed(), NOW)

    def test_only_the_newest_secret_confirms_and_only_in_time(self) -> None:
        requested = unconfirmed().with_confirmation_secret("old", NOW).with_confirmation_secret("new", NOW)
        requested.must_be_confirmed_by("new", NOW + CONFIRM_WITHIN - timedelta(seconds=1))
        for secret, at in (("old", NOW), ("", NOW), ("new", NOW + CONFIRM_WITHIN)):
            with pytest.raises(BadSubscriptionToken):
                requested.must_be_confirmed_by(secret, at)
        with pytest.raises(BadSubscriptionToken):
            requested.confirm(NOW).must_be_confirmed_by("new", NOW)


class TestMergingConfirmedSubscriptions:
    def test_a_subscription_starts_when_it_is_confirmed(self) -> None:
        confirmed = merge_confirmed([], unconfirmed(frequency=Frequency.DAILY), NOW)
        assert (confirmed.confirmed_at, confirmed.next_digest_at) == (NOW, datetime(2026, 11, 21, 8, tzinfo=UTC))

    def test_repeating_a_request_changes_nothing_and_does_not_postpone_the_digest(self) -> None:
        daily = a_subscription(frequency=Frequency.DAILY)
        due = NOW + timedelta(days=3)
        assert (
            merge_confirmed([daily], daily.with_confirmation_secret("secret", due), due).next_digest_at
            == daily.next_digest_at
        )
        again = unconfirmed(SavedSearch(text=" JAZZ "), frequency=Frequency.DAILY)
        assert merge_confirmed([daily], again, due) == daily

    def test_another_frequency_or_time_zone_changes_the_subscription(self) -> None:
        daily = a_subscription(frequency=Frequency.DAILY)
        changed = merge_confirmed([daily], unconfirmed(frequency=Frequency.WEEKLY, timezone=BERLIN), NOW)
        assert (changed.id, changed.frequency, changed.timezone) == (daily.id, Frequency.WEEKLY, BERLIN)
        assert changed.next_digest_at == datetime(2026, 11, 23, 7, tzinfo=UTC)

    def test_the_number_of_subscriptions_is_limited(self) -> None:
        with pytest.raises(TooManySubscriptions):
            merge_confirmed(many(MAX_SUBSCRIPTIONS), unconfirmed(), NOW)
        known = many(MAX_SUBSCRIPTIONS)
        assert merge_confirmed(known, known[0], NOW) == known[0]


class TestUnsubscribeTokens:
    def test_a_token_ends_one_subscription_or_all_of_a_digest(self) -> None:
        daily = a_subscription(frequency=Frequency.DAILY)
        one, every = (
            parse_unsubscribe_token(unsubscribe_token(daily)),
            parse_unsubscribe_token(unsubscribe_all_token(Frequency.DAILY, daily.key)),
        )
        assert (one.selection, one.key) == (daily.id, daily.key)
        assert (every.selection, every.key) == (Frequency.DAILY, daily.key)

    @pytest.mark.parametrize(
        "token", ["", ".", "daily", "daily.", "instant.x", "hourly.x", "é.x", "daily.é", "daily.\0", f"{'0' * 32}."]
    )
    def test_invalid_tokens_are_refused(self, token: str) -> None:
        with pytest.raises(BadSubscriptionToken):
            parse_unsubscribe_token(token)
