"""Refusals of administration."""

from __future__ import annotations

from core.shared.errors import Conflict, Invalid, NotFound


class BulkRunNotFound(NotFound):
    """There is no such bulk run. Those that nobody confirms are removed after a day."""

    code = "bulk-run-not-found"


class NothingSelected(Invalid):
    """Nothing was selected for a bulk action."""

    code = "nothing-selected"


class TooManySelected(Invalid):
    """More is selected than one bulk run may have."""

    code = "too-many-selected"


class NothingToDo(Conflict):
    """A bulk run has nothing but exceptions."""

    code = "nothing-to-do"
