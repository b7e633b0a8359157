"""Several deliveries at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog

from core.notifications.errors import DeliveryFailed, TryLater
from core.notifications.model import Outcome
from core.notifications.ports import Couriers, Delivery
from core.shared.messages import Message

AT_ONCE = 8
LONGEST = 60.0
"""Seconds that one delivery may take in all, so that those who wait behind it are tried within their lease."""
TOO_SLOW = "The receiver was too slow."

_log = structlog.get_logger(__name__)


class ParallelCouriers(Couriers):
    def __init__(self, delivery: Delivery, *, at_once: int = AT_ONCE, longest: float = LONGEST) -> None:
        self._delivery = delivery
        self._at_once = at_once
        self._longest = longest

    async def deliver(self, messages: Sequence[Message]) -> Mapping[UUID, Outcome]:
        turns = asyncio.Semaphore(self._at_once)

        async def tried(message: Message) -> Outcome:
            async with turns:
                return await self._tried(message)

        outcomes = await asyncio.gather(*map(tried, messages))
        return {message.id: outcome for message, outcome in zip(messages, outcomes, strict=True)}

    async def _tried(self, message: Message) -> Outcome:
        try:
            async with asyncio.timeout(self._longest):
                return Outcome(status=await self._delivery.deliver(message))
        except TimeoutError:
            _log.warning("not delivered", id=str(message.id), topic=message.topic, reason=TOO_SLOW)
            return Outcome(TryLater(TOO_SLOW))
        except DeliveryFailed as why:
            _log.warning("not delivered", id=str(message.id), topic=message.topic, reason=why.reason)
            return Outcome(why, why.status)
        except Exception as error:  # a mistake of ours must not hold up the others, nor lose this one
            _log.exception("delivery broke", id=str(message.id), topic=message.topic)
            return Outcome(TryLater(f"unexpected: {type(error).__name__}"))
