"""Subscribing and unsubscribing, on every store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from core.alerts.errors import BadSubscriptionToken, SubscriptionNotFound, TooManySubscriptions
from core.alerts.messages import AlertTopic
from core.alerts.model import (
    CONFIRM_WITHIN,
    CONFIRMATION_EMAIL_WINDOW,
    MAX_CONFIRMATION_EMAILS,
    MAX_SUBSCRIPTIONS,
    Frequency,
    SubscriptionId,
    unsubscribe_token,
)
from core.alerts.search import SavedSearch
from core.shared.errors import InvalidFields
from core.shared.paging import PageRequest
from tests.support.alerts_app import ADA, BOB, JAZZ, ROCK, AlertsApp, a_subscription, recipients_and_names
from tests.support.builders import NOW


async def secret_of(alerts: AlertsApp) -> str:
    """Return the token of the newest confirmation email."""
    return str((await alerts.messages(AlertTopic.TO_CONFIRM))[-1].secret)


# Subscribing


async def test_an_anonymous_subscription_starts_when_its_link_is_opened(alerts: AlertsApp) -> None:
    assert (
        await alerts.request_subscription(" ADA@example.com", frequency=Frequency.DAILY, timezone="Europe/Berlin")
        is None
    )
    [unconfirmed] = await alerts.subscriptions_of()
    [message] = await alerts.messages()
    assert (message.topic, message.email, message.user_id) == (AlertTopic.TO_CONFIRM, ADA, None)
    assert message.payload == {"search": "jazz", "frequency": "daily"}
    assert not unconfirmed.is_confirmed
    assert str(message.secret) not in repr(unconfirmed)
    await alerts.confirm(token=str(message.secret))
    [confirmed] = await alerts.subscriptions_of()
    assert (confirmed.id, confirmed.confirmed_at) == (unconfirmed.id, NOW)
    assert confirmed.next_digest_at == datetime(2026, 11, 21, 7, tzinfo=UTC)
    with pytest.raises(BadSubscriptionToken):
        await alerts.confirm(token=str(message.secret))


async def test_a_subscription_to_the_verified_own_address_starts_at_once(alerts: AlertsApp) -> None:
    ada = await alerts.add_user()
    confirmed = await alerts.request_subscription(None, by=ada.principal)
    assert (confirmed.email, confirmed.user_id, confirmed.is_confirmed) == (ADA, ada.id, True)
    assert await alerts.request_subscription("Ada@Example.com", by=ada.principal) == confirmed
    assert await alerts.subscriptions_of() == [confirmed]
    assert await alerts.messages() == []


@pytest.mark.parametrize("email", [None, ADA, BOB])
async def test_an_unverified_address_has_to_confirm(alerts: AlertsApp, email: str | None) -> None:
    ada = await alerts.add_user(is_verified=email == BOB)
    assert await alerts.request_subscription(email, by=ada.principal) is None
    [message] = await alerts.messages()
    assert (message.email, message.user_id) == (email or ADA, None)
    [unconfirmed] = await alerts.subscriptions_of(email or ADA)
    assert (unconfirmed.is_confirmed, unconfirmed.user_id) == (False, None)


async def test_the_same_request_sends_one_email_an_hour_and_the_newest_link_works(alerts: AlertsApp) -> None:
    await alerts.request_subscription()
    first = await secret_of(alerts)
    await alerts.request_subscription(search=SavedSearch(text="JAZZ"))
    assert len(await alerts.messages()) == 1
    alerts.store.clock.move(CONFIRMATION_EMAIL_WINDOW)
    await alerts.request_subscription()
    assert len(await alerts.messages()) == 2
    with pytest.raises(BadSubscriptionToken):
        await alerts.confirm(token=first)
    await alerts.confirm(token=await secret_of(alerts))
    assert len(await alerts.subscriptions_of()) == 1


async def test_confirmation_emails_to_an_address_are_limited(alerts: AlertsApp) -> None:
    for number in range(MAX_CONFIRMATION_EMAILS + 5):
        assert await alerts.request_subscription(search=SavedSearch(text=f"band {number}")) is None
    assert len(await alerts.messages()) == len(await alerts.subscriptions_of()) == MAX_CONFIRMATION_EMAILS


async def test_an_existing_subscriber_gets_a_confirmation_email_too(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(a_subscription())
    assert await alerts.request_subscription() is None
    await alerts.confirm(token=await secret_of(alerts))
    [kept] = await alerts.subscriptions_of()
    assert kept.is_confirmed


async def test_another_frequency_applies_when_it_is_confirmed(alerts: AlertsApp) -> None:
    weekly = a_subscription(frequency=Frequency.WEEKLY)
    await alerts.add_subscriptions(weekly)
    await alerts.request_subscription(frequency=Frequency.DAILY)
    assert len(await alerts.subscriptions_of()) == 2
    await alerts.confirm(token=await secret_of(alerts))
    [kept] = await alerts.subscriptions_of()
    assert (kept.id, kept.frequency) == (weekly.id, Frequency.DAILY)


async def test_changing_a_digest_to_instant_sends_what_was_waiting(alerts: AlertsApp) -> None:
    ada, event = await alerts.add_user(), await alerts.add_event()
    await alerts.request_subscription(by=ada.principal, frequency=Frequency.WEEKLY)
    await alerts.match([event.id])
    await alerts.request_subscription(by=ada.principal)
    assert await alerts.jobs() == [[event.id]]
    await alerts.match([event.id])
    assert recipients_and_names(await alerts.messages()) == [(ADA, [event.name])]


async def test_the_number_of_subscriptions_of_an_address_is_limited(alerts: AlertsApp) -> None:
    ada = await alerts.add_user()
    await alerts.add_subscriptions(
        *(a_subscription(SavedSearch(text=f"band {number}")) for number in range(MAX_SUBSCRIPTIONS))
    )
    with pytest.raises(TooManySubscriptions):
        await alerts.request_subscription(by=ada.principal)
    assert await alerts.request_subscription() is None
    assert await alerts.messages() == []


async def test_wrong_and_expired_links_are_refused(alerts: AlertsApp) -> None:
    await alerts.request_subscription()
    token = await secret_of(alerts)
    alerts.store.clock.move(CONFIRM_WITHIN)
    for guess in (token, token[:-1], f"{uuid4().hex}.x", "nonsense", ""):
        with pytest.raises(BadSubscriptionToken):
            await alerts.confirm(token=guess)
    assert await alerts.delete_stale() == 1
    assert await alerts.subscriptions_of() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": None}, "email"),
        ({"email": "nobody"}, "email"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"search": SavedSearch()}, "query"),
    ],
)
async def test_invalid_requests_are_refused(alerts: AlertsApp, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        await alerts.request_subscription(**wrong)
    assert list(refused.value.errors) == [field]


# Unsubscribing


async def test_only_your_own_subscriptions_are_listed_and_ended(alerts: AlertsApp) -> None:
    ada, eve = await alerts.add_user(), await alerts.add_user(email="eve@example.com")
    mine = await alerts.request_subscription(by=ada.principal)
    anonymous = a_subscription(ROCK)
    await alerts.add_subscriptions(anonymous, a_subscription(email=BOB))
    await alerts.request_subscription(search=SavedSearch(text="never confirmed"))
    page = await alerts.list_subscriptions(PageRequest(), by=ada.principal)
    assert [each.id for each in page.items] == sorted((mine.id, anonymous.id), reverse=True)
    assert (await alerts.list_subscriptions(PageRequest(), by=eve.principal)).items == []
    for each in (mine.id, anonymous.id, SubscriptionId(uuid4())):
        with pytest.raises(SubscriptionNotFound):
            await alerts.end_subscription(each, by=eve.principal)
    await alerts.end_subscription(anonymous.id, by=ada.principal)
    await alerts.end_subscription(mine.id, by=ada.principal)
    assert [each.is_confirmed for each in await alerts.subscriptions_of()] == [False]


async def test_an_unverified_address_does_not_reveal_its_subscriptions(alerts: AlertsApp) -> None:
    claims = await alerts.add_user(is_verified=False)
    theirs = a_subscription()
    await alerts.add_subscriptions(theirs)
    assert (await alerts.list_subscriptions(PageRequest(), by=claims.principal)).items == []
    with pytest.raises(SubscriptionNotFound):
        await alerts.end_subscription(theirs.id, by=claims.principal)


async def test_an_unsubscribe_link_ends_one_subscription_and_is_idempotent(alerts: AlertsApp) -> None:
    jazz, rock = a_subscription(), a_subscription(ROCK)
    await alerts.add_subscriptions(jazz, rock)
    for _ in range(2):
        await alerts.unsubscribe(token=unsubscribe_token(jazz))
    assert await alerts.subscriptions_of() == [rock]


async def test_the_link_in_a_digest_ends_all_its_subscriptions(alerts: AlertsApp) -> None:
    daily = [a_subscription(search, frequency=Frequency.DAILY) for search in (JAZZ, ROCK)]
    others = [
        a_subscription(SavedSearch(text="folk")),
        a_subscription(SavedSearch(text="pop"), frequency=Frequency.WEEKLY),
    ]
    bobs = a_subscription(email=BOB, frequency=Frequency.DAILY, key="b" * 43)
    await alerts.add_subscriptions(*daily, *others, bobs)
    for _ in range(2):
        await alerts.unsubscribe(token=f"daily.{'k' * 43}")
    assert (await alerts.subscriptions_of(), await alerts.subscriptions_of(BOB)) == (others, [bobs])


async def test_a_guessed_token_ends_nothing(alerts: AlertsApp) -> None:
    jazz = a_subscription()
    await alerts.add_subscriptions(jazz)
    for guess in (f"{jazz.id.hex}.{'x' * 43}", f"{jazz.id.hex}.", "nonsense"):
        with pytest.raises(BadSubscriptionToken):
            await alerts.unsubscribe(token=guess)
    await alerts.unsubscribe(token=f"daily.{'x' * 43}")
    await alerts.unsubscribe(token=f"{uuid4().hex}.{'k' * 43}")
    assert await alerts.subscriptions_of() == [jazz]


async def test_all_subscriptions_of_an_address_share_a_key_of_its_own(alerts: AlertsApp) -> None:
    for email in (ADA, BOB):
        for search in (JAZZ, ROCK):
            await alerts.request_subscription(email, search)
    keys = [{each.key for each in await alerts.subscriptions_of(email)} for email in (ADA, BOB)]
    assert [len(each) for each in keys] == [1, 1]
    assert keys[0] != keys[1]
