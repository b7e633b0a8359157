"""Webhooks: who hears of what, where it is sent, and how it is signed."""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict
from urllib.parse import urlsplit
from uuid import UUID

from core.shared.access import Principal, Role
from core.shared.errors import InvalidFields
from core.shared.ids import UserId, WebhookId
from core.shared.messages import MessageStatus
from core.shared.topics import Topic
from core.shared.versions import Version, version_of_content
from core.webhooks.errors import TooManyWebhooks, WebhookDisabled, WebhookNotFound

MAX_WEBHOOKS = 20
MAX_URL = 2000
SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with, as Standard Webhooks has it
SWITCHED_OFF = "It was switched off."
OWNER_DEACTIVATED = "Its owner is deactivated."
OWNER_NO_ADMIN = "It hears of everybody's events, and its owner is no admin any more."
OWNER_NO_ORGANIZER = "Its owner is no organizer any more."

_VISIBLE = re.compile(r"[^\s\x00-\x1f\x7f]+")


class Scope(StrEnum):
    """Whose events a webhook hears of: its owner's own, or all, which only an admin's may."""

    OWN = "own"
    ALL = "all"


MAY_HEAR = {Scope.OWN: frozenset({Role.ORGANIZER, Role.ADMIN}), Scope.ALL: frozenset({Role.ADMIN})}
"""The roles whose webhooks of each scope hear of something. Their owner may have had another when they made them."""

_ROLE_IS_LOST = {Scope.OWN: OWNER_NO_ORGANIZER, Scope.ALL: OWNER_NO_ADMIN}


class WebhookFields(TypedDict, total=False):
    """What can be changed of a webhook. A field left out keeps its value."""

    url: str
    topics: Iterable[Topic]
    enabled: bool


@dataclass(frozen=True, slots=True)
class Webhook:
    """A program of somebody's that hears of some topics at `url`. `secret` signs what is sent to it.

    A disabled one hears of nothing; `disabled_reason` says why it is. Since when is not known of one that is `shown` as
    disabled.
    """

    id: WebhookId
    user_id: UserId
    url: str
    topics: tuple[Topic, ...]
    scope: Scope
    created_at: datetime
    secret: str = field(repr=False)
    disabled_at: datetime | None = None
    disabled_reason: str | None = None

    @property
    def enabled(self) -> bool:
        return self.disabled_reason is None

    @property
    def version(self) -> Version:
        """Of what can be edited."""
        return version_of_content(self.url, *self.topics, str(self.disabled_at is None))

    def must_be_managed_by(self, by: Principal) -> None:
        """Raises WebhookNotFound unless this is its owner, still an organizer, or an admin.

        What hears of everybody's events is for admins alone: whoever made it may have ceased to be one.
        """
        if not (by.is_admin or (self.scope is Scope.OWN and by.manages(self.user_id))):
            raise WebhookNotFound("There is no such webhook.")

    def must_be_removable_by(self, by: Principal) -> None:
        """Raises WebhookNotFound unless this is its owner, who may do without it whatever it hears of, or an admin."""
        if not (by.is_admin or by.owns(self.user_id)):
            raise WebhookNotFound("There is no such webhook.")

    def shown(self, role: Role, *, is_active: bool) -> Webhook:
        """As it is to who looks: disabled, while its owner, who is that now, may not hear of what it is for."""
        if self.enabled and not is_active:
            return replace(self, disabled_reason=OWNER_DEACTIVATED)
        if self.enabled and role not in MAY_HEAR[self.scope]:
            return replace(self, disabled_reason=_ROLE_IS_LOST[self.scope])
        return self

    def must_be_enabled(self) -> None:
        """Raises WebhookDisabled."""
        if not self.enabled:
            raise WebhookDisabled("This webhook is disabled. Enable it first.")

    def disabled(self, why: str, now: datetime) -> Webhook:
        """It hears of nothing from now on; one that does so already keeps its reason."""
        return replace(self, disabled_at=now, disabled_reason=why) if self.enabled else self


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and what signs it."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """Something a webhook was told of, or is to be, and what has become of that."""

    id: UUID
    topic: str
    payload: Mapping[str, Any]
    created_at: datetime
    status: MessageStatus
    attempts: int
    due_at: datetime
    last_error: str | None = None
    response_status: int | None = None
    sent_at: datetime | None = None

    def replayed(self, now: datetime) -> WebhookDelivery:
        """To be sent now, with all its tries before it, whatever has become of it so far."""
        return replace(self, status=MessageStatus.WAITING, attempts=0, due_at=now, sent_at=None)


def new_webhook(
    webhook_id: WebhookId, *, by: Principal, url: str, topics: Iterable[Topic], chance: str, now: datetime
) -> Webhook:
    """A webhook of whoever makes it, with a secret made of `chance`. Raises InvalidFields."""
    webhook = Webhook(
        id=webhook_id,
        user_id=by.user_id,
        url=url,
        topics=_in_order(topics),
        scope=Scope.ALL if by.is_admin else Scope.OWN,
        created_at=now,
        secret=SECRET_PREFIX + b64encode(chance.encode()).decode(),
    )
    _check(webhook)
    return webhook


def changed_webhook(webhook: Webhook, wanted: WebhookFields, now: datetime) -> Webhook:
    """The webhook with some fields changed. Raises InvalidFields."""
    changed = replace(
        webhook, url=wanted.get("url", webhook.url), topics=_in_order(wanted.get("topics", webhook.topics))
    )
    _check(changed)
    match wanted.get("enabled"):
        case True:
            return replace(changed, disabled_at=None, disabled_reason=None)
        case False:
            return changed.disabled(SWITCHED_OFF, now)
    return changed


def must_have_room(count: int) -> None:
    """Raises TooManyWebhooks when somebody who has `count` may have no more."""
    if count >= MAX_WEBHOOKS:
        raise TooManyWebhooks(f"There are {count} webhooks already, and {MAX_WEBHOOKS} is as many as one may have.")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """What proves that a message is ours: of its id, the time of this try and its body (Standard Webhooks 1.0.0)."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{b64encode(digest).decode()}"


def _in_order(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    chosen = set(topics)
    return tuple(topic for topic in Topic if topic in chosen)


def _check(webhook: Webhook) -> None:
    errors: dict[str, list[str]] = {}
    if complaints := list(_complaints(webhook.url)):
        errors["url"] = complaints
    if not webhook.topics:
        errors["topics"] = ["Choose one at least."]
    if errors:
        raise InvalidFields(errors)


def _complaints(url: str) -> Iterator[str]:
    """What is wrong with an address to send to."""
    if len(url) > MAX_URL:
        yield f"Must not be longer than {MAX_URL} characters."
        return
    with suppress(ValueError):  # a port that is no number, a host that has no name in DNS
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        if _VISIBLE.fullmatch(url) and parts.scheme in ("http", "https") and host and parts.port != 0:
            if "@" in parts.netloc:
                yield "Must not have a user or a password in it: the signature says who it is from."
            if "#" in url:
                yield "Must not have a fragment."
            return
    yield "Must be an address such as https://tickets.example.org/hooks."
