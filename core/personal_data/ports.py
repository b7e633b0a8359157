"""The port of personal data: what all slices store about a person, in one transaction."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from core.accounts.model import User
from core.accounts.ports import Users
from core.personal_data.model import Commitments, PersonalRecords
from core.shared.ids import UserId
from core.shared.unit_of_work import UnitOfWork


class PersonalData(Protocol):
    @abstractmethod
    async def lock(self, user_id: UserId) -> User:
        """Return the user, locked until the unit of work ends so that nobody can store anything that belongs to them,
        such as a booking. Raises UserNotFound.
        """

    @abstractmethod
    async def read(self, user_id: UserId, now: datetime) -> PersonalRecords:
        """Return everything that is stored about a user. Raises UserNotFound."""

    @abstractmethod
    async def commitments(self, user_id: UserId, now: datetime) -> Commitments:
        """Return what the user is still committed to."""

    @abstractmethod
    async def erase(self, user: User, now: datetime) -> None:
        """Delete a locked user who has no commitments, and everything that is about them alone.

        What others need stays without the person: their bookings with tickets and payments, the events they organized,
        and what the webhooks of other people got about their bookings. Sessions are revoked, and kept without the
        person until they would have expired, so that no process accepts their tokens. The audit log stays as it is: it
        has no personal data.
        """


class PersonalDataUnitOfWork(UnitOfWork, Protocol):
    users: Users
    personal_data: PersonalData
