"""Webhooks: their topics, targets, owners and signatures."""

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
from core.shared.ip_addresses import is_private_host
from core.shared.messages import Message, MessageStatus
from core.shared.topics import Topic
from core.shared.versions import Version, version_of_content
from core.webhooks.errors import TooManyWebhooks, WebhookDisabled, WebhookNotFound

MAX_WEBHOOKS = 20
MAX_URL_LENGTH = 2000
TEST_TOPIC = "webhook.test"
SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that Standard Webhooks defines
DISABLED_BY_USER = "The webhook was disabled by its owner or an admin."
OWNER_DEACTIVATED = "The account of its owner is deactivated."
OWNER_NOT_ADMIN = "It is notified of everyone's events, and its owner is no longer an admin."
OWNER_NOT_ORGANIZER = "Its owner is no longer an organizer."

_VISIBLE = re.compile(r"[^\s\x00-\x1f\x7f]+")


class Scope(StrEnum):
    """Whose events a webhook is notified of: its owner's own, or everyone's, which is for admins only."""

    OWN = "own"
    ALL = "all"


ALLOWED_ROLES = {Scope.OWN: frozenset({Role.ORGANIZER, Role.ADMIN}), Scope.ALL: frozenset({Role.ADMIN})}
"""The roles that may have webhooks of each scope. An owner may have lost the role since creating a webhook."""

_REASON_ROLE_LOST = {Scope.OWN: OWNER_NOT_ORGANIZER, Scope.ALL: OWNER_NOT_ADMIN}


class WebhookFields(TypedDict, total=False):
    """The fields of a webhook that can be changed. Those left out keep their values."""

    url: str
    topics: Iterable[Topic]
    enabled: bool


@dataclass(frozen=True, slots=True)
class Webhook:
    """A user's program at `url` that is notified of some topics. `secret` signs what is sent to it.

    Nothing is sent to a disabled webhook; `disabled_reason` says why it is disabled. If that is only because of its
    owner (`with_owner`), there is no `disabled_at`.
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
        """The version of the fields that can be changed."""
        return version_of_content(self.url, *self.topics, str(self.disabled_at is None))

    def must_be_managed_by(self, by: Principal) -> None:
        """Raise WebhookNotFound unless `by` is its owner and still an organizer, or an admin.

        A webhook for everyone's events is for admins only: its owner may no longer be one.
        """
        if not (by.is_admin or (self.scope is Scope.OWN and by.manages(self.user_id))):
            raise WebhookNotFound("There is no such webhook.")

    def must_be_removable_by(self, by: Principal) -> None:
        """Raise WebhookNotFound unless `by` is its owner, whatever their role is now, or an admin."""
        if not (by.is_admin or by.owns(self.user_id)):
            raise WebhookNotFound("There is no such webhook.")

    def with_owner(self, role: Role, *, is_active: bool) -> Webhook:
        """Return it as shown to users: disabled while its owner's role or deactivation does not allow it."""
        if self.enabled and not is_active:
            return replace(self, disabled_reason=OWNER_DEACTIVATED)
        if self.enabled and role not in ALLOWED_ROLES[self.scope]:
            return replace(self, disabled_reason=_REASON_ROLE_LOST[self.scope])
        return self

    def must_be_enabled(self) -> None:
        """Raise WebhookDisabled if it is disabled."""
        if not self.enabled:
            raise WebhookDisabled("This webhook is disabled. Enable it first.")

    def disable(self, reason: str, now: datetime) -> Webhook:
        """Return it disabled. A webhook that already is keeps its reason."""
        return replace(self, disabled_at=now, disabled_reason=reason) if self.enabled else self


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook's messages go, and the secret that signs them."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A message to a webhook, and the state of its delivery."""

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

    def replay(self, now: datetime) -> WebhookDelivery:
        """Return it as due now, with all its attempts available again, whatever its status."""
        return replace(self, status=MessageStatus.WAITING, attempts=0, due_at=now, sent_at=None)


def new_webhook(
    webhook_id: WebhookId,
    *,
    by: Principal,
    url: str,
    topics: Iterable[Topic],
    entropy: str,
    now: datetime,
    allow_private: bool = False,
) -> Webhook:
    """Return a webhook owned by `by`, with a secret made from `entropy`, a random text. Raises InvalidFields, also for
    a private host unless `allow_private`.
    """
    webhook = Webhook(
        id=webhook_id,
        user_id=by.user_id,
        url=url,
        topics=_sort_topics(topics),
        scope=Scope.ALL if by.is_admin else Scope.OWN,
        created_at=now,
        secret=SECRET_PREFIX + b64encode(entropy.encode()).decode(),
    )
    _check(webhook, allow_private=allow_private)
    return webhook


def change_fields(webhook: Webhook, wanted: WebhookFields, now: datetime, *, allow_private: bool = False) -> Webhook:
    """Return the webhook with some fields changed. Raises InvalidFields, also for a new private host unless
    `allow_private`.
    """
    changed = replace(
        webhook, url=wanted.get("url", webhook.url), topics=_sort_topics(wanted.get("topics", webhook.topics))
    )
    _check(changed, allow_private=allow_private or changed.url == webhook.url)
    match wanted.get("enabled"):
        case True:
            return replace(changed, disabled_at=None, disabled_reason=None)
        case False:
            return changed.disable(DISABLED_BY_USER, now)
    return changed


def must_be_below_limit(count: int) -> None:
    """Raise TooManyWebhooks if an account with `count` webhooks may have no more."""
    if count >= MAX_WEBHOOKS:
        raise TooManyWebhooks(f"You already have {count} webhooks. The maximum is {MAX_WEBHOOKS}: delete one first.")


def new_test_message(message_id: UUID, webhook: Webhook, now: datetime) -> Message:
    """Return a message that tests whether a webhook is received. No webhook has to choose its topic."""
    payload = {"webhook": {"id": str(webhook.id), "topics": list(webhook.topics)}}
    return Message(message_id, TEST_TOPIC, now, webhook_id=webhook.id, payload=payload)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message id, the time of this attempt and a body (Standard Webhooks 1.0.0)."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{b64encode(digest).decode()}"


def _sort_topics(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    chosen = set(topics)
    return tuple(topic for topic in Topic if topic in chosen)


def _check(webhook: Webhook, *, allow_private: bool) -> None:
    """Raise InvalidFields if a field is invalid."""
    errors: dict[str, list[str]] = {}
    if url_errors := list(_url_errors(webhook.url, allow_private=allow_private)):
        errors["url"] = url_errors
    if not webhook.topics:
        errors["topics"] = ["Choose at least one."]
    if errors:
        raise InvalidFields(errors)


def _url_errors(url: str, *, allow_private: bool) -> Iterator[str]:
    if len(url) > MAX_URL_LENGTH:
        yield f"Must not be longer than {MAX_URL_LENGTH} characters."
        return
    with suppress(ValueError):  # a port that is not a number, or an invalid host name
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        is_host = bool(host) and b"%" not in host  # an escape in it would hide what it is
        if _VISIBLE.fullmatch(url) and parts.scheme in ("http", "https") and is_host and parts.port != 0:
            if "@" in parts.netloc:
                yield "Must not contain a user or a password: use the sign to check who sent a request."
            if "#" in url:
                yield "Must not have a fragment."
            if not allow_private and is_private_host(host.decode()):
                yield f"Must lead to the public Internet: {host.decode()} is private, and nothing is sent there."
            return
    yield "Must be a URL such as https://tickets.example.org/hooks."
