"""What a mail says, before it is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said, in this order; `facts` are told as a list. `unsubscribe` is where one click ends such mails."""

    title: str
    hello: str
    happened: str
    to_do: str = ""
    link: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unsubscribe: str = ""
