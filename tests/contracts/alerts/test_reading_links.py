"""What the links in emails about alerts start or end is read without using them, on every store."""

from __future__ import annotations

from datetime import timedelta

from core.alerts.errors import BadSubscriptionToken
from core.alerts.model import Frequency, unsubscribe_all_token, unsubscribe_token
from core.alerts.subscribing import ReadConfirmationLink
from core.alerts.unsubscribing import ReadUnsubscribeLink
from tests.support.alerts_app import ROCK, AlertsApp, a_subscription
from tests.support.refusals import refused


async def test_a_confirmation_link_is_read_until_it_is_used_or_expires(alerts: AlertsApp) -> None:
    read = ReadConfirmationLink(alerts.store.alerts, alerts.store.clock)
    await alerts.request_subscription()
    [message] = await alerts.messages()
    token = message.secret or ""
    for _ in range(2):
        assert (await read(token=token)).email == "ada@example.com"
    [unused] = await alerts.subscriptions_of()
    assert not unused.is_confirmed
    for bad in ("x", f"{token}x", f"{'0' * 32}.x"):
        await refused(read(token=bad), BadSubscriptionToken)
    alerts.store.clock.move(timedelta(hours=47))
    await alerts.confirm(token=token)
    await refused(read(token=token), BadSubscriptionToken)


async def test_an_unsubscribe_link_is_read_as_long_as_it_ends_something(alerts: AlertsApp) -> None:
    read = ReadUnsubscribeLink(alerts.store.alerts)
    jazz = a_subscription(frequency=Frequency.DAILY)
    rock = a_subscription(ROCK, frequency=Frequency.DAILY)
    await alerts.add_subscriptions(jazz, rock)
    one, both = unsubscribe_token(jazz), unsubscribe_all_token(Frequency.DAILY, jazz.key)
    assert [each.id for each in await read(token=one)] == [jazz.id]
    assert {each.id for each in await read(token=both)} == {jazz.id, rock.id}
    await refused(read(token=f"{jazz.id.hex}.guessed"), BadSubscriptionToken)
    await alerts.unsubscribe(token=both)
    assert (await read(token=one), await read(token=both)) == ([], [])
