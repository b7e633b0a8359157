"""One-time links, on every store: who gets one, how often, and how it is used."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from adapters.memory.accounts import QuickHasher
from core.accounts.errors import BadToken, LinkInUse
from core.accounts.links import LINK_LEASE, MIN_LINK_INTERVAL, SEND_RESET_LINK, LinkPurpose
from core.accounts.reading import ReadLink
from core.shared.access import Role
from core.shared.errors import Unavailable
from core.shared.jobs import Job
from tests.support.accounts_app import PASSWORD, AccountsApp
from tests.support.refusals import refused

INSTANT = timedelta(microseconds=1)


async def test_the_last_link_for_a_purpose_is_found_and_removed(accounts: AccountsApp) -> None:
    ada, bob = await accounts.user(), await accounts.user("bob@example.com")
    for user in (ada, bob):
        await accounts.link(user, LinkPurpose.RESET)
    await accounts.link(ada, LinkPurpose.VERIFY)
    async with accounts.store.accounts() as uow:
        for _ in range(2):
            await uow.links.remove(ada.id, LinkPurpose.RESET)
        await uow.commit()
    found = [await accounts.last(user, purpose) for user in (ada, bob) for purpose in LinkPurpose]
    assert [link and (link.user_id, link.purpose) for link in found] == [
        None,
        (ada.id, LinkPurpose.VERIFY),
        (bob.id, LinkPurpose.RESET),
        None,
    ]


async def test_a_new_password_invalidates_the_reset_link(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    token, other = await accounts.link(ada, LinkPurpose.RESET), await accounts.link(ada, LinkPurpose.VERIFY)
    await accounts.change_profile(by=ada.principal, name="Ada L.")
    assert await accounts.last(ada, LinkPurpose.RESET)
    await accounts.change_profile(by=ada.principal, password="another horse", current_password=PASSWORD)
    await refused(accounts.reset_password(token=token, password="a thief's horse"), BadToken)
    await accounts.log_in(email=ada.email, password="another horse")
    await accounts.verify_email(token=other)


async def test_a_forgotten_password_has_the_same_effect_with_and_without_an_account(
    accounts: AccountsApp,
) -> None:
    ada = await accounts.user()
    for email in (" ADA@example.com", "nobody@example.com"):
        await accounts.forget_password(email=email)
    addresses = ["nobody@example.com", ada.email]
    assert await accounts.jobs() == [Job(SEND_RESET_LINK, {"email": email}) for email in addresses]
    assert await accounts.last(ada, LinkPurpose.RESET) is None
    await accounts.forget_password(email="my secret password")
    assert len(await accounts.jobs()) == 2


async def test_a_reset_link_is_sent_to_active_accounts_and_the_request_is_in_the_audit_log(
    accounts: AccountsApp,
) -> None:
    ada = await accounts.user()
    eve = await accounts.user("eve@example.com", is_active=False)
    for email in (ada.email, "eve@example.com", "nobody@example.com"):
        await accounts.send_reset_link(email=email)
    [message] = await accounts.sent(LinkPurpose.RESET)
    assert message.email == ada.email
    written = await accounts.written("password.forgotten")
    assert {each.target for each in written} == {ada.id, eve.id, None}
    assert [each.facts for each in written] == [{}, {}, {}]
    await accounts.reset_password(token=message.secret or "", password="another horse")
    await accounts.log_in(email=ada.email, password="another horse")


async def test_no_other_link_is_sent_while_a_recent_one_is_valid(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    await asyncio.gather(*(accounts.send_reset_link(email=ada.email) for _ in range(10)))
    assert len(await accounts.sent(LinkPurpose.RESET)) == 1
    accounts.store.clock.move(MIN_LINK_INTERVAL - INSTANT)
    await accounts.send_reset_link(email=ada.email)
    [first] = await accounts.sent(LinkPurpose.RESET)
    accounts.store.clock.move(INSTANT)
    await accounts.send_reset_link(email=ada.email)
    [_, second] = await accounts.sent(LinkPurpose.RESET)
    await refused(accounts.reset_password(token=first.secret or "", password="another horse"), BadToken)
    await accounts.reset_password(token=second.secret or "", password="another horse")
    await accounts.send_reset_link(email=ada.email)  # the last one is spent
    await accounts.change(ada, email="lovelace@example.com")
    await accounts.send_reset_link(email="lovelace@example.com")  # and that went elsewhere
    assert len(await accounts.sent(LinkPurpose.RESET)) == 4


class Gate(QuickHasher):
    """Counts, and keeps the first until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.hashed = 0
        self.came, self.open = asyncio.Event(), asyncio.Event()

    async def hash(self, password: str) -> str:
        self.hashed += 1
        if self.hashed == 1:
            self.came.set()
            await self.open.wait()
        return await super().hash(password)


async def test_only_one_of_many_requests_with_one_link_hashes(accounts: AccountsApp) -> None:
    ada, gate = await accounts.user(), Gate()
    token, reset = await accounts.link(ada, LinkPurpose.RESET), replace(accounts.reset_password, hasher=gate)
    first = asyncio.create_task(reset(token=token, password="the first horse"))
    await gate.came.wait()
    for _ in range(20):
        await refused(reset(token=token, password="another horse"), LinkInUse)
    gate.open.set()
    await first
    assert gate.hashed == 1
    await refused(reset(token=token, password="another horse"), BadToken)
    await accounts.log_in(email=ada.email, password="the first horse")


async def test_a_link_can_be_used_again_after_an_interrupted_use(accounts: AccountsApp) -> None:
    class Full(QuickHasher):
        async def hash(self, password: str) -> str:
            raise Unavailable("Too many are signing in at this moment.")

    ada = await accounts.user()
    token = await accounts.link(ada, LinkPurpose.RESET)
    await refused(replace(accounts.reset_password, hasher=Full())(token=token, password="another horse"), Unavailable)
    accounts.store.clock.move(LINK_LEASE - INSTANT)
    await refused(accounts.reset_password(token=token, password="another horse"), LinkInUse)
    accounts.store.clock.move(INSTANT)
    await accounts.reset_password(token=token, password="another horse")
    await accounts.log_in(email=ada.email, password="another horse")


async def test_an_account_created_by_an_admin_sends_a_link_and_is_in_the_audit_log(accounts: AccountsApp) -> None:
    root = await accounts.add_user(by=None, name="Root", email="root@example.com", password=PASSWORD, role=Role.ADMIN)
    otto = await accounts.add_user(
        by=root.principal, name="Otto", email="otto@example.com", password=PASSWORD, role=Role.ORGANIZER
    )
    messages = {message.email: message.secret for message in await accounts.sent(LinkPurpose.VERIFY)}
    assert messages.keys() == {root.email, otto.email}
    for secret in messages.values():
        await accounts.verify_email(token=secret or "")
    written = {each.target: (each.actor_id, each.facts) for each in await accounts.written("user.added")}
    assert written == {root.id: (None, {"role": "admin"}), otto.id: (root.id, {"role": "organizer"})}


async def test_an_unverified_user_may_request_another_link_after_a_while(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    await asyncio.gather(*(accounts.resend_verification(by=ada.principal) for _ in range(5)))
    assert len(await accounts.sent(LinkPurpose.VERIFY)) == 1
    accounts.store.clock.move(timedelta(days=2))
    await accounts.resend_verification(by=ada.principal)
    [first, second] = await accounts.sent(LinkPurpose.VERIFY)
    await refused(accounts.verify_email(token=first.secret or ""), BadToken)
    await accounts.verify_email(token=second.secret or "")
    accounts.store.clock.move(timedelta(days=2))
    await accounts.resend_verification(by=ada.principal)
    assert len(await accounts.sent(LinkPurpose.VERIFY)) == 2


async def test_a_link_is_read_without_being_used(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    token = await accounts.link(ada, LinkPurpose.VERIFY)
    read = ReadLink(accounts.store.accounts, accounts.store.clock)
    for _ in range(2):
        assert await read(token=token, purpose=LinkPurpose.VERIFY) == ada
    for bad, purpose in ((token, LinkPurpose.RESET), (f"{token}x", LinkPurpose.VERIFY), ("x", LinkPurpose.VERIFY)):
        await refused(read(token=bad, purpose=purpose), BadToken)
    await accounts.verify_email(token=token)
    await refused(read(token=token, purpose=LinkPurpose.VERIFY), BadToken)
