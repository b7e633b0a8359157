"""Bulk runs: one action on many things, proposed with its effect, confirmed, and done one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from core.administration.errors import NothingToDo, TooManySelected
from core.shared.errors import InvalidFields, Refusal
from core.shared.ids import UserId
from core.shared.jobs import Job

BulkRunId = NewType("BulkRunId", UUID)

MAX_TARGETS = 5_000
"""How many things one run may change."""

ITEMS_AT_ONCE = 50
"""A worker reads the items of a run in parts of this size."""

PROPOSAL_LIFETIME = timedelta(days=1)
"""A run that nobody confirmed is removed after this time."""

RUN_BULK_ACTION = "run-bulk-action"


class BulkAction(StrEnum):
    """What a bulk run does with each of its targets."""

    CANCEL_BOOKINGS = "cancel-bookings"
    CLOSE_EVENTS = "close-events"
    DEACTIVATE_EVENTS = "deactivate-events"
    DEACTIVATE_USERS = "deactivate-users"
    RETRY_JOBS = "retry-jobs"
    RETRY_NOTIFICATIONS = "retry-notifications"

    @property
    def word(self) -> str | None:
        """The word that must be typed to confirm it; None if it does no harm."""
        return _WORDS.get(self)


_WORDS: Mapping[BulkAction, str] = {
    BulkAction.CANCEL_BOOKINGS: "cancel",
    BulkAction.DEACTIVATE_EVENTS: "deactivate",
    BulkAction.DEACTIVATE_USERS: "deactivate",
}


class BulkStatus(StrEnum):
    PROPOSED = "proposed"
    """Its effect is known, and nothing is done until it is confirmed."""
    RUNNING = "running"
    DONE = "done"


class Outcome(StrEnum):
    """What became of one target of a run."""

    PENDING = "pending"
    EXCEPTION = "exception"
    """It was known before that the action does not apply to it."""
    DONE = "done"
    REFUSED = "refused"
    """The platform refused it when its turn came."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a bulk action was asked for. `exception` says why the action does not apply; None if it does."""

    target: UUID
    label: str
    exception: str | None = None


@dataclass(frozen=True, slots=True)
class BulkRun:
    """One action on many things, proposed or confirmed by `actor_id`. `effect` says what it does, for people."""

    id: BulkRunId
    action: BulkAction
    actor_id: UserId
    effect: str
    created_at: datetime
    status: BulkStatus = BulkStatus.PROPOSED
    confirmed_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def job(self) -> Job:
        """The job that does it."""
        return Job(RUN_BULK_ACTION, {"run": str(self.id)}, key=f"{RUN_BULK_ACTION} {self.id}")

    def confirm(self, actor_id: UserId, word: str, pending: int, now: datetime) -> BulkRun:
        """Return the proposed run as confirmed. Raises InvalidFields for a wrong word, NothingToDo without targets."""
        if pending == 0:
            raise NothingToDo("The action applies to nothing of what you selected. Go back and select something else.")
        if self.action.word is not None and word.strip().lower() != self.action.word:
            raise InvalidFields({"word": [f"Type {self.action.word} to confirm."]})
        return replace(self, status=BulkStatus.RUNNING, actor_id=actor_id, confirmed_at=now)

    def finish(self, now: datetime) -> BulkRun:
        return replace(self, status=BulkStatus.DONE, finished_at=now)


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One target of a run, and what became of it. `detail` says why, for exceptions and refusals."""

    id: UUID
    run_id: BulkRunId
    target: UUID
    label: str
    outcome: Outcome
    detail: str | None = None

    @staticmethod
    def of(candidate: Candidate, item_id: UUID, run_id: BulkRunId) -> BulkItem:
        outcome = Outcome.PENDING if candidate.exception is None else Outcome.EXCEPTION
        return BulkItem(item_id, run_id, candidate.target, candidate.label, outcome, candidate.exception)

    def done(self) -> BulkItem:
        return replace(self, outcome=Outcome.DONE)

    def refused(self, refusal: Refusal) -> BulkItem:
        return replace(self, outcome=Outcome.REFUSED, detail=refusal.detail)


def must_not_be_too_many(found: int, *, is_capped: bool) -> None:
    """Raise TooManySelected if more is selected than a run may have."""
    if found > MAX_TARGETS:
        number = f"{found:,}+" if is_capped else f"{found:,}"
        raise TooManySelected(f"{number} match, and one run may have {MAX_TARGETS:,}. Narrow the filters.")
