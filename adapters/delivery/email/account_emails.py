"""Emails about accounts: those with a one-time link, and those about a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from adapters.delivery.email.content import EmailContent, Writer, greet, token_link
from core.accounts.links import TOPICS, LinkPurpose
from core.accounts.messages import AccountTopic
from core.shared.messages import Message
from core.shared.text import count_of

_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


@dataclass(frozen=True, slots=True)
class _Wording:
    title: str
    summary: str
    action: str
    if_unexpected: str


_WORDINGS = {
    LinkPurpose.RESET: _Wording(
        "Choose a new password",
        "Somebody asked for a new password for your account. We hope it was you.",
        "Choose a new password with this link:",
        "If it was not you, you can ignore this email. Your password stays the same.",
    ),
    LinkPurpose.VERIFY: _Wording(
        "Verify your email address",
        "An account was created with this email address. Please verify that the address is yours.",
        "Open this link to verify it:",
        "If you have no account here, you can ignore this email. Without this link nobody can verify your address as "
        "theirs.",
    ),
}


def _with_link(purpose: LinkPurpose, message: Message, public_url: str) -> EmailContent:
    wording = _WORDINGS[purpose]
    return EmailContent(
        wording.title,
        greet(message.payload.get("name")),
        wording.summary,
        wording.action,
        token_link(public_url, purpose, message),
        notes=(_validity(message), wording.if_unexpected),
    )


def _validity(message: Message) -> str:
    expires_at = message.payload.get("expires_at")
    if expires_at is None:
        return "The link works once."
    at = datetime.fromisoformat(expires_at).astimezone(UTC)
    duration = _format_duration(at - message.created_at)
    return (
        f"The link works once, within {duration}: until {at.day} {at:%B %Y, %H:%M} UTC. "
        "If you ask for another link, only the newest one works."
    )


def _format_duration(duration: timedelta) -> str:
    """Return a duration in the largest unit that divides it: `2 days`, but `36 hours`. Seconds are dropped."""
    name, unit = next((each for each in _UNITS if duration >= each[1] and not duration % each[1]), _UNITS[-1])
    return count_of(duration // unit, name)


_IF_IT_WAS_NOT_YOU = "If it was not you, choose a new password now and contact the operator of this platform."
_CHANGES = {
    AccountTopic.PASSWORD_CHANGED: (
        "Your password was changed",
        "The password of your account was changed, and you were signed out everywhere.",
        _IF_IT_WAS_NOT_YOU,
    ),
    AccountTopic.EMAIL_CHANGED: (
        "Your email address was changed",
        "The email address of your account was changed. From now on we write to the new address.",
        "If it was not you, contact the operator of this platform at once.",
    ),
    AccountTopic.ROLE_CHANGED: (
        "Your role was changed",
        "The role of your account is now: {role}. Sign in again to use it.",
        "",
    ),
    AccountTopic.DEACTIVATED: (
        "Your account was deactivated",
        "An administrator deactivated your account, and you were signed out everywhere.",
        "If you think that this is a mistake, please contact the operator of this platform.",
    ),
    AccountTopic.REACTIVATED: (
        "Your account is active again",
        "Your account is active again, and you can sign in.",
        "",
    ),
}


def _about_refusal(message: Message, _: str) -> EmailContent:
    reason = message.payload.get("reason")
    return EmailContent(
        "Your request to become an organizer",
        greet(message.payload["name"]),
        "An administrator has not made you an organizer. You can book events as before.",
        notes=(f"Their reason: {reason}",) if reason else (),
    )


def _about_change(topic: AccountTopic, message: Message, _: str) -> EmailContent:
    title, summary, note = _CHANGES[topic]
    summary = summary.replace("{role}", message.payload["role"])
    return EmailContent(title, greet(message.payload["name"]), summary, notes=(note,) if note else ())


def _about_deletion(message: Message, _: str) -> EmailContent:
    return EmailContent(
        "Your account was deleted",
        greet(message.payload["name"]),
        "Your account was deleted as you asked, with everything that is about you alone. This is the last email that "
        "you get from it.",
        notes=("If it was not you, contact the operator of this platform at once.",),
    )


ACCOUNT_EMAILS: Mapping[str, Writer] = {
    **{topic: partial(_with_link, purpose) for purpose, topic in TOPICS.items()},
    **{topic: partial(_about_change, topic) for topic in _CHANGES},
    AccountTopic.ORGANIZER_REFUSED: _about_refusal,
    AccountTopic.DELETED: _about_deletion,
}
