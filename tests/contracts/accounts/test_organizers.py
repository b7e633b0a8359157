"""Becoming an organizer, on every store: by asking an admin, or where anybody may be one (A4)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.accounts.errors import AlreadyOrganizer, EmailNotVerified, OrganizerRequestNotFound
from core.accounts.links import LinkPurpose
from core.accounts.messages import AccountTopic
from core.accounts.model import MAX_MESSAGE, OrganizerPolicy, OrganizerRequest, User
from core.shared.access import Principal, Role
from core.shared.errors import InvalidFields
from core.shared.paging import PageRequest
from tests.support.accounts_app import AccountsApp, accounts_app
from tests.support.builders import a_session
from tests.support.refusals import refused
from tests.support.stores import Store


@pytest.fixture
def open_accounts(store: Store) -> AccountsApp:
    """Accounts where anybody may be an organizer."""
    return accounts_app(store, OrganizerPolicy.ANYBODY)


async def admin_of(accounts: AccountsApp) -> Principal:
    return (await accounts.user("root@example.com", role=Role.ADMIN)).principal


async def requests(accounts: AccountsApp, admin: Principal) -> list[tuple[User, OrganizerRequest]]:
    page = await accounts.list_requests(PageRequest(), by=admin)
    return [(view.user, view.request) for view in page.items]


async def role_of(accounts: AccountsApp, user: User) -> Role:
    async with accounts.store.accounts() as uow:
        return (await uow.users.get(user.id)).role


async def told(accounts: AccountsApp, topic: AccountTopic) -> list[tuple[str | None, object]]:
    return [(each.email, dict(each.payload)) for each in await accounts.messages(topic)]


async def test_an_admin_grants_a_request_and_the_user_is_told(accounts: AccountsApp) -> None:
    admin, ada = await admin_of(accounts), await accounts.user(email_verified=True)
    await accounts.sessions(a_session(ada.id))
    assert (await accounts.request_role(by=ada.principal, message=" A club night. ")).role is Role.USER
    [(user, request)] = await requests(accounts, admin)
    assert (user, request.message, request.requested_at) == (ada, "A club night.", accounts.store.clock.now())
    assert (await accounts.grant(request.id, by=admin)).role is await role_of(accounts, ada) is Role.ORGANIZER
    assert await told(accounts, AccountTopic.ROLE_CHANGED) == [(ada.email, {"name": "Ada", "role": "organizer"})]
    assert await accounts.live(ada.id) == []
    [entry] = await accounts.written("user.role-changed")
    assert (entry.actor_id, entry.target, dict(entry.facts)) == (
        admin.user_id,
        ada.id,
        {"before": "user", "after": "organizer"},
    )
    assert await requests(accounts, admin) == []
    await refused(accounts.grant(request.id, by=admin), OrganizerRequestNotFound)


async def test_a_refused_user_is_told_the_reason_and_may_ask_again(accounts: AccountsApp) -> None:
    admin, ada = await admin_of(accounts), await accounts.user(email_verified=True)
    await accounts.request_role(by=ada.principal)
    [(_, request)] = await requests(accounts, admin)
    await accounts.refuse(request.id, by=admin, reason=" Who are you? ")
    assert await told(accounts, AccountTopic.ORGANIZER_REFUSED) == [
        (ada.email, {"name": "Ada", "reason": "Who are you?"})
    ]
    assert await role_of(accounts, ada) is Role.USER
    await refused(accounts.refuse(request.id, by=admin), OrganizerRequestNotFound)
    await accounts.request_role(by=ada.principal)
    assert len(await requests(accounts, admin)) == 1


async def test_a_user_has_one_request_and_the_oldest_is_listed_first(accounts: AccountsApp) -> None:
    admin = await admin_of(accounts)
    ada, bob = await accounts.user(email_verified=True), await accounts.user("bob@example.com", email_verified=True)
    for user, message in ((ada, "first"), (bob, "second"), (ada, "third")):
        accounts.store.clock.move(timedelta(minutes=1))
        await accounts.request_role(by=user.principal, message=message)
    assert [request.message for _, request in await requests(accounts, admin)] == ["second", "third"]
    first = await accounts.list_requests(PageRequest(limit=1), by=admin)
    second = await accounts.list_requests(PageRequest(limit=1, cursor=first.next_cursor), by=admin)
    assert [view.request.message for view in (*first.items, *second.items)] == ["second", "third"]


async def test_a_role_that_an_admin_gives_settles_the_request(accounts: AccountsApp) -> None:
    admin, ada = await admin_of(accounts), await accounts.user(email_verified=True)
    await accounts.request_role(by=ada.principal)
    await accounts.change_role(ada.id, by=admin, role=Role.ORGANIZER)
    assert await requests(accounts, admin) == []


async def test_only_a_user_with_a_verified_address_may_ask(accounts: AccountsApp) -> None:
    ada, otto = await accounts.user(), await accounts.user("otto@example.com", role=Role.ORGANIZER)
    await refused(accounts.request_role(by=ada.principal), EmailNotVerified)
    await refused(accounts.request_role(by=otto.principal), AlreadyOrganizer)
    await refused(accounts.request_role(by=ada.principal, message="x" * (MAX_MESSAGE + 1)), InvalidFields)


async def test_one_of_two_concurrent_decisions_counts(accounts: AccountsApp) -> None:
    admin, ada = await admin_of(accounts), await accounts.user(email_verified=True)
    await accounts.request_role(by=ada.principal)
    [(_, request)] = await requests(accounts, admin)
    answers = await asyncio.gather(
        accounts.grant(request.id, by=admin), accounts.refuse(request.id, by=admin), return_exceptions=True
    )
    assert sum(isinstance(each, OrganizerRequestNotFound) for each in answers) == 1
    messages = [
        *await accounts.messages(AccountTopic.ROLE_CHANGED),
        *await accounts.messages(AccountTopic.ORGANIZER_REFUSED),
    ]
    assert len(messages) == 1


async def test_where_anybody_may_be_an_organizer_verifying_the_address_makes_one(open_accounts: AccountsApp) -> None:
    ada, bob = await open_accounts.user(), await open_accounts.user("bob@example.com")
    await open_accounts.verify_email(token=await open_accounts.link(ada, LinkPurpose.VERIFY))
    reset = await open_accounts.link(bob, LinkPurpose.RESET)
    await open_accounts.reset_password(token=reset, password="another one")
    assert [await role_of(open_accounts, each) for each in (ada, bob)] == [Role.ORGANIZER] * 2
    assert [email for email, _ in await told(open_accounts, AccountTopic.ROLE_CHANGED)] == [ada.email, bob.email]


async def test_where_anybody_may_be_an_organizer_a_request_is_granted_at_once(open_accounts: AccountsApp) -> None:
    ada = await open_accounts.user(email_verified=True)
    await open_accounts.sessions(a_session(ada.id))
    assert (await open_accounts.request_role(by=ada.principal)).role is Role.ORGANIZER
    assert await told(open_accounts, AccountTopic.ROLE_CHANGED) == [(ada.email, {"name": "Ada", "role": "organizer"})]
    assert len(await open_accounts.live(ada.id)) == 1
    [entry] = await open_accounts.written("user.role-changed")
    assert (entry.actor_id, entry.target) == (ada.id, ada.id)
    assert await requests(open_accounts, await admin_of(open_accounts)) == []


async def test_an_invited_user_stays_a_user_when_the_address_is_verified(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    await accounts.verify_email(token=await accounts.link(ada, LinkPurpose.VERIFY))
    assert await role_of(accounts, ada) is Role.USER
    assert await accounts.messages(AccountTopic.ROLE_CHANGED) == []
