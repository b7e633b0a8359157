"""One-time links, on every store: who is sent one, how often, and what becomes of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from adapters.memory.accounts import QuickHasher
from core.accounts.errors import BadToken, LinkInUse
from core.accounts.links import AGAIN_AFTER, IN_USE, SEND_RESET_LINK, Purpose
from core.shared.access import Role
from core.shared.errors import Unavailable
from core.shared.jobs import Job
from tests.support.accounts_app import PASSWORD, AccountsApp
from tests.support.refusals import refused

INSTANT = timedelta(microseconds=1)


async def test_the_last_link_for_something_is_found_and_removed(desk: AccountsApp) -> None:
    ada, bob = await desk.user(), await desk.user("bob@example.com")
    for user in (ada, bob):
        await desk.link(user, Purpose.RESET)
    await desk.link(ada, Purpose.VERIFY)
    async with desk.store.accounts() as uow:
        for _ in range(2):
            await uow.links.remove(ada.id, Purpose.RESET)
        await uow.commit()
    found = [await desk.last(user, purpose) for user in (ada, bob) for purpose in Purpose]
    assert [link and (link.user_id, link.purpose) for link in found] == [
        None,
        (ada.id, Purpose.VERIFY),
        (bob.id, Purpose.RESET),
        None,
    ]


async def test_a_new_password_voids_the_link_to_choose_another(desk: AccountsApp) -> None:
    ada = await desk.user()
    token, other = await desk.link(ada, Purpose.RESET), await desk.link(ada, Purpose.VERIFY)
    await desk.change_profile(by=ada.principal, name="Ada L.")
    assert await desk.last(ada, Purpose.RESET)
    await desk.change_profile(by=ada.principal, password="another horse", current_password=PASSWORD)
    await refused(desk.reset_password(token=token, password="a thief's horse"), BadToken)
    await desk.log_in(email=ada.email, password="another horse")
    await desk.verify_email(token=other)


async def test_a_forgotten_password_leaves_the_same_whether_or_not_the_address_has_an_account(
    desk: AccountsApp,
) -> None:
    ada = await desk.user()
    for email in (" ADA@example.com", "nobody@example.com"):
        await desk.forget_password(email=email)
    addresses = ["nobody@example.com", ada.email]
    assert await desk.jobs() == [Job(SEND_RESET_LINK, {"email": email}) for email in addresses]
    assert await desk.last(ada, Purpose.RESET) is None
    await desk.forget_password(email="my secret password")
    assert len(await desk.jobs()) == 2


async def test_a_link_to_choose_a_password_goes_to_those_who_can_use_it_and_who_asked_is_written_down(
    desk: AccountsApp,
) -> None:
    ada = await desk.user()
    await desk.user("eve@example.com", is_active=False)
    for email in (ada.email, "eve@example.com", "nobody@example.com"):
        await desk.send_reset_link(email=email)
    [message] = await desk.sent(Purpose.RESET)
    assert message.email == ada.email
    told = {each.facts["email"]: each.target for each in await desk.written("password.forgotten")}
    assert (len(told), told[ada.email], told["nobody@example.com"]) == (3, ada.id, None)
    await desk.reset_password(token=message.secret or "", password="another horse")
    await desk.log_in(email=ada.email, password="another horse")


async def test_no_other_link_is_sent_while_one_is_good_and_new(desk: AccountsApp) -> None:
    ada = await desk.user()
    await asyncio.gather(*(desk.send_reset_link(email=ada.email) for _ in range(10)))
    assert len(await desk.sent(Purpose.RESET)) == 1
    desk.store.clock.move(AGAIN_AFTER - INSTANT)
    await desk.send_reset_link(email=ada.email)
    [first] = await desk.sent(Purpose.RESET)
    desk.store.clock.move(INSTANT)
    await desk.send_reset_link(email=ada.email)
    [_, second] = await desk.sent(Purpose.RESET)
    await refused(desk.reset_password(token=first.secret or "", password="another horse"), BadToken)
    await desk.reset_password(token=second.secret or "", password="another horse")
    await desk.send_reset_link(email=ada.email)  # the last one is spent
    await desk.change(ada, email="lovelace@example.com")
    await desk.send_reset_link(email="lovelace@example.com")  # and that went elsewhere
    assert len(await desk.sent(Purpose.RESET)) == 4


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


async def test_of_many_requests_with_one_link_one_hashes(desk: AccountsApp) -> None:
    ada, gate = await desk.user(), Gate()
    token, reset = await desk.link(ada, Purpose.RESET), replace(desk.reset_password, hasher=gate)
    first = asyncio.create_task(reset(token=token, password="the first horse"))
    await gate.came.wait()
    for _ in range(20):
        await refused(reset(token=token, password="another horse"), LinkInUse)
    gate.open.set()
    await first
    assert gate.hashed == 1
    await refused(reset(token=token, password="another horse"), BadToken)
    await desk.log_in(email=ada.email, password="the first horse")


async def test_a_link_whose_use_was_broken_off_is_good_again_soon(desk: AccountsApp) -> None:
    class Full(QuickHasher):
        async def hash(self, password: str) -> str:
            raise Unavailable("Too many are signing in at this moment.")

    ada = await desk.user()
    token = await desk.link(ada, Purpose.RESET)
    await refused(replace(desk.reset_password, hasher=Full())(token=token, password="another horse"), Unavailable)
    desk.store.clock.move(IN_USE - INSTANT)
    await refused(desk.reset_password(token=token, password="another horse"), LinkInUse)
    desk.store.clock.move(INSTANT)
    await desk.reset_password(token=token, password="another horse")
    await desk.log_in(email=ada.email, password="another horse")


async def test_an_account_that_is_made_for_somebody_sends_them_a_link_and_is_written_down(desk: AccountsApp) -> None:
    root = await desk.add_user(by=None, name="Root", email="root@example.com", password=PASSWORD, role=Role.ADMIN)
    otto = await desk.add_user(
        by=root.principal, name="Otto", email="otto@example.com", password=PASSWORD, role=Role.ORGANIZER
    )
    messages = {message.email: message.secret for message in await desk.sent(Purpose.VERIFY)}
    assert messages.keys() == {root.email, otto.email}
    for secret in messages.values():
        await desk.verify_email(token=secret or "")
    written = {each.target: (each.actor_id, each.facts) for each in await desk.written("user.added")}
    assert written == {root.id: (None, {"role": "admin"}), otto.id: (root.id, {"role": "organizer"})}


async def test_who_is_not_verified_may_ask_for_another_link_now_and_then(desk: AccountsApp) -> None:
    ada = await desk.user()
    await asyncio.gather(*(desk.resend_verification(by=ada.principal) for _ in range(5)))
    assert len(await desk.sent(Purpose.VERIFY)) == 1
    desk.store.clock.move(timedelta(days=2))
    await desk.resend_verification(by=ada.principal)
    [first, second] = await desk.sent(Purpose.VERIFY)
    await refused(desk.verify_email(token=first.secret or ""), BadToken)
    await desk.verify_email(token=second.secret or "")
    desk.store.clock.move(timedelta(days=2))
    await desk.resend_verification(by=ada.principal)
    assert len(await desk.sent(Purpose.VERIFY)) == 2
