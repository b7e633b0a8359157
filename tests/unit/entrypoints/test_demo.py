"""The demo programme: what an empty platform is filled with."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from container import Container
from core.booking.model import BookingStatus
from core.catalog.model import EventStatus, Origin
from core.notifications.ports import NotificationFilter
from core.shared.messages import MessageStatus
from core.shared.paging import PageRequest
from entrypoints.api import prepare_demo
from entrypoints.demo import seed_demo_when_empty
from entrypoints.demo_programme.crowd import parties_of
from entrypoints.demo_programme.people import MEMBER_EMAIL, ORGANIZER_EMAIL
from entrypoints.demo_programme.programme import NIGHTS, OUTINGS
from entrypoints.settings import Profile, Settings
from entrypoints.welcome import describe_demo
from tests.support.served import container_of


@pytest.fixture
async def seeded() -> Container:
    container = container_of("memory")
    assert await seed_demo_when_empty(container)
    return container


async def test_the_demo_is_created_once(seeded: Container) -> None:
    assert not await seed_demo_when_empty(seeded)
    assert len(list(seeded.memory().events)) == len(NIGHTS) == 60


async def test_the_demo_has_events_of_every_kind_in_four_cities_over_eight_weeks(seeded: Container) -> None:
    events, now = list(seeded.memory().events), seeded.clock().now()
    assert len({event.city for event in events}) == 4
    assert all(now < event.start_time < now + timedelta(weeks=8) for event in events)
    assert max(event.start_time for event in events) > now + timedelta(weeks=7)
    sources = Counter(source.event_id for source in seeded.memory().event_sources)
    kinds = {
        "full": [event for event in events if event.available == 0 and event.waitlist_count],
        "seated": [event for event in events if event.seats_per_row],
        "priced": [event for event in events if event.origin is Origin.LOCAL and event.price],
        "cancelled": [event for event in events if event.status is EventStatus.CANCELLED],
        "gathered": [event for event in events if event.origin is not Origin.LOCAL],
        "sold by two": [event for event in events if sources[event.id] == 2],
    }
    assert {kind: len(found) for kind, found in kinds.items() if len(found) < 3} == {}


async def test_the_member_of_the_demo_has_bookings_of_every_kind(seeded: Container) -> None:
    async with seeded.accounts() as uow:
        member = await uow.users.by_email(MEMBER_EMAIL)
    assert member is not None
    own = [booking for booking in seeded.memory().bookings if booking.user_id == member.id]
    assert Counter(booking.status for booking in own) == {
        BookingStatus.CONFIRMED: 2,
        BookingStatus.WAITLISTED: 1,
        BookingStatus.PENDING: 1,
        BookingStatus.CANCELLED: 1,
    }
    async with seeded.notifications() as uow:
        inbox = await uow.notifications.search(NotificationFilter(user_id=member.id), PageRequest())
    assert inbox.total >= len(own) - 1
    assert {each.status for each in inbox.items} == {MessageStatus.SENT}


async def test_nobody_can_log_in_to_the_accounts_of_the_demo_until_they_get_passwords(seeded: Container) -> None:
    hashes = {user.email: user.password_hash for user in seeded.memory().users}
    assert hashes.keys() >= {ORGANIZER_EMAIL, MEMBER_EMAIL}
    assert set(hashes.values()) == {"!"}


async def test_logins_are_offered_once_with_passwords_and_then_without() -> None:
    container, settings = container_of("memory"), Settings.model_construct(log_format="console")
    first = await prepare_demo(container, settings)
    again = await prepare_demo(container, settings)
    assert first is not None
    assert again is not None
    assert list(first.passwords) == list(first.emails) == list(again.emails) == [ORGANIZER_EMAIL, MEMBER_EMAIL]
    assert not again.passwords
    said = [*describe_demo(settings, first), *describe_demo(settings, again)]
    assert [password for password in first.passwords.values() if not any(password in line for line in said[:2])] == []
    assert all("demo-passwords" in line for line in said[2:])


@pytest.mark.parametrize(
    ("profile", "log_format"),
    [(Profile.EMBEDDED, "json"), (Profile.MEMORY, "console"), (Profile.SERVERS, "console")],
)
async def test_no_logins_are_offered_in_log_files_in_memory_or_on_servers(profile: Profile, log_format: str) -> None:
    container = container_of("memory")
    settings = Settings.model_construct(profile=profile, log_format=log_format)
    assert await prepare_demo(container, settings) is None
    assert {user.password_hash for user in container.memory().users} == {"!"}


async def test_no_message_of_the_demo_is_sent_or_left_waiting(
    seeded: Container, caplog: pytest.LogCaptureFixture
) -> None:
    async with seeded.notifications() as uow:
        assert await uow.notifications.count_unsent() == {}
    assert not await seeded.notify_bookers()()
    assert caplog.messages == []


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_no_night_has_begun_when_the_demo_is_created(hour: int) -> None:
    now = datetime(2026, 3, 28, hour, 50, tzinfo=UTC)  # the night in which the clocks of Europe change
    assert all(night.starts_at(now) >= now + timedelta(hours=1) for night in NIGHTS)


def test_parties_fill_what_is_sold_and_sit_side_by_side() -> None:
    for night in NIGHTS:
        own = next((each.seats for each in OUTINGS if each.night == night.name), ())
        parties = list(parties_of(night, taken=own))
        assert sum(party.size for party in parties) == max(0, night.sold - len(own))
        labels = [seat for party in parties for seat in party.seats]
        assert len(labels) == len(set(labels) - set(own))
        for party in parties:
            places = [tuple(seat.split("-")) for seat in party.seats]
            assert len({row for row, _ in places}) <= 1
            columns = [int(column) for _, column in places]
            assert columns == list(range(columns[0], columns[0] + len(columns))) if columns else True
