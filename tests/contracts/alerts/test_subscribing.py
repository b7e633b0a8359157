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
from tests.support.alerts_app import ADA, BOB, JAZZ, ROCK, AlertsApp, a_subscription, named
from tests.support.builders import NOW


async def secret_of(stand: AlertsApp) -> str:
    """The token of the newest mail to confirm."""
    return str((await stand.messages(AlertTopic.TO_CONFIRM))[-1].secret)


# Subscribing


async def test_anybody_is_asked_by_mail_and_it_begins_with_the_link(stand: AlertsApp) -> None:
    assert await stand.wish(" ADA@example.com", frequency=Frequency.DAILY, timezone="Europe/Berlin") is None
    [asked] = await stand.known()
    [message] = await stand.messages()
    assert (message.topic, message.email, message.user_id) == (AlertTopic.TO_CONFIRM, ADA, None)
    assert message.payload == {"search": "jazz", "frequency": "daily"}
    assert not asked.is_confirmed
    assert str(message.secret) not in repr(asked)
    await stand.confirm(token=str(message.secret))
    [begun] = await stand.known()
    assert (begun.id, begun.confirmed_at) == (asked.id, NOW)
    assert begun.next_digest_at == datetime(2026, 11, 21, 7, tzinfo=UTC)
    with pytest.raises(BadSubscriptionToken):
        await stand.confirm(token=str(message.secret))


async def test_for_the_proven_address_of_ones_account_it_begins_at_once(stand: AlertsApp) -> None:
    ada = await stand.user()
    begun = await stand.wish(None, by=ada.principal)
    assert (begun.email, begun.user_id, begun.is_confirmed) == (ADA, ada.id, True)
    assert await stand.wish("Ada@Example.com", by=ada.principal) == begun
    assert await stand.known() == [begun]
    assert await stand.messages() == []


@pytest.mark.parametrize("email", [None, ADA, BOB])
async def test_an_address_that_is_not_proven_to_be_ones_own_is_asked(stand: AlertsApp, email: str | None) -> None:
    ada = await stand.user(is_verified=email == BOB)
    assert await stand.wish(email, by=ada.principal) is None
    [message] = await stand.messages()
    assert (message.email, message.user_id) == (email or ADA, None)
    [asked] = await stand.known(email or ADA)
    assert (asked.is_confirmed, asked.user_id) == (False, None)


async def test_it_is_asked_once_an_hour_for_the_same_and_the_newest_link_counts(stand: AlertsApp) -> None:
    await stand.wish()
    first = await secret_of(stand)
    await stand.wish(search=SavedSearch(text="JAZZ"))
    assert len(await stand.messages()) == 1
    stand.store.clock.move(CONFIRMATION_EMAIL_WINDOW)
    await stand.wish()
    assert len(await stand.messages()) == 2
    with pytest.raises(BadSubscriptionToken):
        await stand.confirm(token=first)
    await stand.confirm(token=await secret_of(stand))
    assert len(await stand.known()) == 1


async def test_nobody_is_flooded_whatever_is_asked_for_in_their_name(stand: AlertsApp) -> None:
    for number in range(MAX_CONFIRMATION_EMAILS + 5):
        assert await stand.wish(search=SavedSearch(text=f"band {number}")) is None
    assert len(await stand.messages()) == len(await stand.known()) == MAX_CONFIRMATION_EMAILS


async def test_who_is_subscribed_already_is_asked_like_anybody_else(stand: AlertsApp) -> None:
    await stand.kept(a_subscription())
    assert await stand.wish() is None
    await stand.confirm(token=await secret_of(stand))
    [kept] = await stand.known()
    assert kept.is_confirmed


async def test_asked_for_with_another_frequency_it_is_changed_when_that_is_confirmed(stand: AlertsApp) -> None:
    weekly = a_subscription(frequency=Frequency.WEEKLY)
    await stand.kept(weekly)
    await stand.wish(frequency=Frequency.DAILY)
    assert len(await stand.known()) == 2
    await stand.confirm(token=await secret_of(stand))
    [kept] = await stand.known()
    assert (kept.id, kept.frequency) == (weekly.id, Frequency.DAILY)


async def test_what_waited_for_a_digest_is_told_when_it_tells_at_once(stand: AlertsApp) -> None:
    ada, event = await stand.user(), await stand.stored()
    await stand.wish(by=ada.principal, frequency=Frequency.WEEKLY)
    await stand.match([event.id])
    await stand.wish(by=ada.principal)
    assert await stand.jobs() == [[event.id]]
    await stand.match([event.id])
    assert named(await stand.messages()) == [(ADA, [event.name])]


async def test_an_address_has_so_many_and_no_more(stand: AlertsApp) -> None:
    ada = await stand.user()
    await stand.kept(*(a_subscription(SavedSearch(text=f"band {number}")) for number in range(MAX_SUBSCRIPTIONS)))
    with pytest.raises(TooManySubscriptions):
        await stand.wish(by=ada.principal)
    assert await stand.wish() is None
    assert await stand.messages() == []


async def test_a_link_is_not_guessed_and_not_kept_for_long(stand: AlertsApp) -> None:
    await stand.wish()
    token = await secret_of(stand)
    stand.store.clock.move(CONFIRM_WITHIN)
    for guess in (token, token[:-1], f"{uuid4().hex}.x", "nonsense", ""):
        with pytest.raises(BadSubscriptionToken):
            await stand.confirm(token=guess)
    assert await stand.forget() == 1
    assert await stand.known() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": None}, "email"),
        ({"email": "nobody"}, "email"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"search": SavedSearch()}, "query"),
    ],
)
async def test_what_makes_no_sense_is_refused(stand: AlertsApp, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        await stand.wish(**wrong)
    assert list(refused.value.errors) == [field]


# Ending


async def test_ones_own_are_listed_and_ended_and_others_are_not_there(stand: AlertsApp) -> None:
    ada, eve = await stand.user(), await stand.user(email="eve@example.com")
    mine = await stand.wish(by=ada.principal)
    anonymous = a_subscription(ROCK)
    await stand.kept(anonymous, a_subscription(email=BOB))
    await stand.wish(search=SavedSearch(text="never confirmed"))
    page = await stand.mine(PageRequest(), by=ada.principal)
    assert [each.id for each in page.items] == sorted((mine.id, anonymous.id), reverse=True)
    assert (await stand.mine(PageRequest(), by=eve.principal)).items == []
    for each in (mine.id, anonymous.id, SubscriptionId(uuid4())):
        with pytest.raises(SubscriptionNotFound):
            await stand.end(each, by=eve.principal)
    await stand.end(anonymous.id, by=ada.principal)
    await stand.end(mine.id, by=ada.principal)
    assert [each.is_confirmed for each in await stand.known()] == [False]


async def test_an_address_that_is_not_proven_shows_nothing_of_what_goes_there(stand: AlertsApp) -> None:
    claims = await stand.user(is_verified=False)
    theirs = a_subscription()
    await stand.kept(theirs)
    assert (await stand.mine(PageRequest(), by=claims.principal)).items == []
    with pytest.raises(SubscriptionNotFound):
        await stand.end(theirs.id, by=claims.principal)


async def test_a_link_ends_one_and_is_harmless_twice(stand: AlertsApp) -> None:
    jazz, rock = a_subscription(), a_subscription(ROCK)
    await stand.kept(jazz, rock)
    for _ in range(2):
        await stand.unsubscribe(token=unsubscribe_token(jazz))
    assert await stand.known() == [rock]


async def test_the_link_of_a_digest_ends_all_that_are_in_it(stand: AlertsApp) -> None:
    daily = [a_subscription(search, frequency=Frequency.DAILY) for search in (JAZZ, ROCK)]
    others = [
        a_subscription(SavedSearch(text="folk")),
        a_subscription(SavedSearch(text="pop"), frequency=Frequency.WEEKLY),
    ]
    bobs = a_subscription(email=BOB, frequency=Frequency.DAILY, key="b" * 43)
    await stand.kept(*daily, *others, bobs)
    for _ in range(2):
        await stand.unsubscribe(token=f"daily.{'k' * 43}")
    assert (await stand.known(), await stand.known(BOB)) == (others, [bobs])


async def test_a_guess_ends_nothing(stand: AlertsApp) -> None:
    jazz = a_subscription()
    await stand.kept(jazz)
    for guess in (f"{jazz.id.hex}.{'x' * 43}", f"{jazz.id.hex}.", "nonsense"):
        with pytest.raises(BadSubscriptionToken):
            await stand.unsubscribe(token=guess)
    await stand.unsubscribe(token=f"daily.{'x' * 43}")
    await stand.unsubscribe(token=f"{uuid4().hex}.{'k' * 43}")
    assert await stand.known() == [jazz]


async def test_all_of_an_address_have_one_key_and_no_two_addresses_the_same(stand: AlertsApp) -> None:
    for email in (ADA, BOB):
        for search in (JAZZ, ROCK):
            await stand.wish(email, search)
    keys = [{each.key for each in await stand.known(email)} for email in (ADA, BOB)]
    assert [len(each) for each in keys] == [1, 1]
    assert keys[0] != keys[1]
