"""The rules of webhooks, and how messages are signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core.shared.access import Principal, Role
from core.shared.errors import InvalidFields
from core.shared.ids import UserId, WebhookId
from core.shared.messages import MessageStatus
from core.shared.topics import Topic
from core.webhooks.errors import TooManyWebhooks, WebhookDisabled, WebhookNotFound
from core.webhooks.model import (
    MAX_WEBHOOKS,
    Scope,
    Webhook,
    WebhookDelivery,
    change_fields,
    must_be_below_limit,
    new_webhook,
    sign,
)
from tests.support.builders import NOW, a_person, a_webhook

URL = "https://tickets.example/hooks"


def create(by: Principal, url: str = URL, topics: tuple[Topic, ...] = (Topic.EVENT_CREATED,)) -> Webhook:
    return new_webhook(WebhookId(uuid4()), by=by, url=url, topics=topics, entropy="by chance", now=NOW)


def test_signatures_follow_standard_webhooks() -> None:
    """The test vector of the Standard Webhooks libraries."""
    signed = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_organizers_webhooks_cover_their_own_events_and_admins_all() -> None:
    assert create(a_person(Role.ORGANIZER)).scope is Scope.OWN
    assert create(a_person(Role.ADMIN)).scope is Scope.ALL


def test_topics_are_stored_without_duplicates_in_a_fixed_order() -> None:
    chosen = (Topic.EVENT_CANCELLED, Topic.BOOKING_CONFIRMED, Topic.EVENT_CANCELLED)
    assert create(a_person(), topics=chosen).topics == (Topic.BOOKING_CONFIRMED, Topic.EVENT_CANCELLED)


def test_all_errors_are_reported_together() -> None:
    with pytest.raises(InvalidFields) as refused:
        create(a_person(), url="https://otto:word@tickets.example/#part", topics=())
    errors = refused.value.facts["errors"]
    assert isinstance(errors, dict)
    assert {field: len(complaints) for field, complaints in errors.items()} == {"url": 2, "topics": 1}


def test_secrets_are_not_in_any_repr() -> None:
    webhook = create(a_person())
    assert webhook.secret not in repr(webhook)


def test_only_its_owner_and_admins_can_manage_a_webhook() -> None:
    otto = a_person(Role.ORGANIZER)
    webhook = a_webhook(otto.user_id)
    webhook.must_be_managed_by(otto)
    webhook.must_be_managed_by(a_person(Role.ADMIN))
    with pytest.raises(WebhookNotFound):
        webhook.must_be_managed_by(a_person(Role.ORGANIZER))
    with pytest.raises(WebhookNotFound):
        webhook.must_be_managed_by(replace(otto, role=Role.USER))


def test_a_webhook_for_all_events_is_for_admins_only_whoever_owns_it() -> None:
    otto = a_person(Role.ORGANIZER)
    webhook = a_webhook(otto.user_id, scope=Scope.ALL)
    webhook.must_be_managed_by(a_person(Role.ADMIN))
    with pytest.raises(WebhookNotFound):
        webhook.must_be_managed_by(otto)


def test_the_first_reason_for_disabling_is_kept_until_it_is_enabled() -> None:
    webhook = a_webhook(UserId(uuid4())).disable("410", NOW)
    again = change_fields(webhook, {"enabled": False, "url": "https://other.example/"}, NOW + timedelta(hours=1))
    assert (again.disabled_at, again.disabled_reason, again.url) == (NOW, "410", "https://other.example/")
    with pytest.raises(WebhookDisabled):
        again.must_be_enabled()
    enabled = change_fields(again, {"enabled": True}, NOW)
    enabled.must_be_enabled()
    assert (enabled.disabled_at, enabled.disabled_reason) == (None, None)


def test_the_number_of_webhooks_is_limited() -> None:
    must_be_below_limit(MAX_WEBHOOKS - 1)
    with pytest.raises(TooManyWebhooks):
        must_be_below_limit(MAX_WEBHOOKS)


@pytest.mark.parametrize("status", MessageStatus)
def test_a_replay_is_due_now_with_its_id_and_all_attempts_whatever_its_status(status: MessageStatus) -> None:
    sent_at = NOW if status is MessageStatus.SENT else None
    before = WebhookDelivery(UUID(int=1), "event.created", {}, NOW, status, attempts=9, due_at=NOW, sent_at=sent_at)
    later = NOW + timedelta(days=3)
    again = before.replay(later)
    assert (again.id, again.status, again.attempts, again.due_at, again.sent_at) == (
        before.id,
        MessageStatus.WAITING,
        0,
        later,
        None,
    )
