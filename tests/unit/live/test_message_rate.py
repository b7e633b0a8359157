"""How fast a client of the WebSocket may send messages."""

from __future__ import annotations

import pytest

from adapters.http.live.limits import MAX_MESSAGES_AT_ONCE, MESSAGES_PER_SECOND, MessageRate, TooManyMessages


def test_many_messages_may_come_at_once_and_then_some_each_second() -> None:
    rate = MessageRate(100.0)
    for _ in range(MAX_MESSAGES_AT_ONCE):
        rate.count(100.0)
    for _ in range(2):
        with pytest.raises(TooManyMessages):
            rate.count(100.0)
    assert rate.refused == 2
    for _ in range(int(MESSAGES_PER_SECOND)):
        rate.count(101.0)
    with pytest.raises(TooManyMessages):
        rate.count(101.0)


def test_a_client_that_was_silent_for_long_may_not_send_more_at_once() -> None:
    rate = MessageRate(0.0)
    for _ in range(MAX_MESSAGES_AT_ONCE):
        rate.count(1000.0)
    with pytest.raises(TooManyMessages):
        rate.count(1000.0)
