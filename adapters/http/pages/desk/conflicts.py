"""Two people have edited the same event: what the other one has changed, and where the two disagree."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.http.pages.desk.event_form import LABELS, EventForm
from core.catalog.model import Event


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else has changed meanwhile. Without `yours`, only they have."""

    name: str
    label: str
    before: str
    theirs: str
    yours: str | None


@dataclass(frozen=True, slots=True)
class MergedForm:
    """The form after an edit by somebody else: their changes are taken over, except where both have changed a field."""

    form: EventForm
    differences: tuple[Difference, ...]


def merge(sent: EventForm, current: Event) -> MergedForm:
    """Return the sent form on top of the event as it is now."""
    now = EventForm.of(current).texts
    differences, texts = [], {}
    for name, label in LABELS.items():
        before, theirs, yours = sent.before.get(name, ""), now[name], sent.texts[name]
        texts[name] = theirs if yours == before else yours
        if theirs != before:
            differences.append(
                Difference(name, label, before, theirs, yours if yours not in (before, theirs) else None)
            )
    return MergedForm(EventForm(texts, now), tuple(differences))
