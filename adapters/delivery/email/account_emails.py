"""Letters about accounts: those that take a one-time link to their reader, and those that tell of a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote

from adapters.delivery.email.content import EmailContent, Writer, hello
from core.accounts.links import TOPICS, LinkPurpose
from core.accounts.messages import AccountTopic
from core.shared.messages import Message

_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


@dataclass(frozen=True, slots=True)
class _Wording:
    title: str
    happened: str
    to_do: str
    ignore: str


_WORDINGS = {
    LinkPurpose.RESET: _Wording(
        "Choose a new password",
        "Somebody told us that the password of your account is forgotten. We hope it was you.",
        "Choose a new one with this link:",
        "If it was not you, you can ignore this mail: your password stays as it is.",
    ),
    LinkPurpose.VERIFY: _Wording(
        "Verify your email address",
        "This address was given for an account, and we would like to know that your mail reaches you.",
        "Open this link to tell us:",
        "If you have no account here, you can ignore this mail: without the link, nobody can say that this address is "
        "theirs.",
    ),
}


def _with_link(purpose: LinkPurpose, message: Message, public_url: str) -> EmailContent:
    if message.secret is None:
        raise ValueError("the secret of its link is missing")
    wording = _WORDINGS[purpose]
    return EmailContent(
        wording.title,
        hello(message.payload.get("name")),
        wording.happened,
        wording.to_do,
        f"{public_url}/{purpose}?token={quote(message.secret, safe='')}",
        notes=(_lasts(message), wording.ignore),
    )


def _lasts(message: Message) -> str:
    until = message.payload.get("expires_at")
    if until is None:
        return "The link works once."
    at = datetime.fromisoformat(until).astimezone(UTC)
    span = _span(at - message.created_at)
    return f"The link works once, and for {span}: until {at.day} {at:%B %Y, %H:%M} UTC. Only the newest one works."


def _span(lasts: timedelta) -> str:
    """In the largest unit that fits without a rest: `2 days`, but `36 hours`. Seconds are not told."""
    name, unit = next((each for each in _UNITS if lasts >= each[1] and not lasts % each[1]), _UNITS[-1])
    count = lasts // unit
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


_WAS_IT_YOU = "If that was not you, choose a new password at once, and tell whoever runs this platform."
_NEWS = {
    AccountTopic.PASSWORD_CHANGED: (
        "Your password was changed",
        "The password of your account was changed, and you are signed out everywhere.",
        _WAS_IT_YOU,
    ),
    AccountTopic.EMAIL_CHANGED: (
        "Your email address was changed",
        "Your account has another email address now; what we send goes there from now on.",
        "If that was not you, tell whoever runs this platform at once.",
    ),
    AccountTopic.ROLE_CHANGED: (
        "Your role was changed",
        "Your account has another role now: {role}. You are signed out everywhere; sign in again to use it.",
        "",
    ),
    AccountTopic.DEACTIVATED: (
        "Your account was deactivated",
        "Your account was deactivated by an administrator, and you are signed out everywhere.",
        "If you think that this is a mistake, please tell whoever runs this platform.",
    ),
    AccountTopic.REACTIVATED: ("Your account is active again", "Your account is active again: you can sign in.", ""),
}


def _with_news(topic: AccountTopic, message: Message, _: str) -> EmailContent:
    title, happened, note = _NEWS[topic]
    told = happened.replace("{role}", message.payload["role"])
    return EmailContent(title, hello(message.payload["name"]), told, notes=(note,) if note else ())


ACCOUNT_EMAILS: Mapping[str, Writer] = {
    **{topic: partial(_with_link, purpose) for purpose, topic in TOPICS.items()},
    **{topic: partial(_with_news, topic) for topic in _NEWS},
}
