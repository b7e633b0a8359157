"""Users and sessions, on every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.memory.accounts import MemoryRevocations, QuickHasher
from adapters.memory.shared.store import MemoryStore
from adapters.security.secrets import SystemSecrets
from adapters.security.tokens import JwtTokens
from adapters.system.ids import TimeOrderedIds
from core.accounts.changing import ChangeProfile
from core.accounts.cleaning import CLOCK_MARGIN, ForgetExpired
from core.accounts.errors import BadToken, EmailTaken, UserNotFound, WrongPassword
from core.accounts.links import Link, LinkPurpose, new_link
from core.accounts.model import User
from core.accounts.ports import UserFilter
from core.accounts.signing_in import LogIn
from core.accounts.starting_sessions import StartSession
from core.shared.access import Role
from core.shared.audit import AuditFilter
from core.shared.ids import SessionId, UserId
from core.shared.paging import BadCursor, Cursor, PageRequest
from core.shared.tokens import encode_token
from tests.support.accounts_app import accounts_app
from tests.support.builders import NOW, a_session, a_user
from tests.support.refusals import NO_MOMENTS, refused
from tests.support.stores import Store


async def added(store: Store, user: User) -> User:
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def test_a_user_comes_back_as_it_was_stored(store: Store) -> None:
    user = await added(store, a_user(role=Role.ADMIN, name="Zoë 🎟"))
    async with store.accounts() as uow:
        assert await uow.users.get(user.id) == user
        assert await uow.users.by_email(user.email) == user
        assert await uow.users.by_email("nobody@example.com") is None


async def test_an_unknown_user_is_not_found(store: Store) -> None:
    async with store.accounts() as uow:
        with pytest.raises(UserNotFound):
            await uow.users.get(UserId(uuid4()))


async def test_a_changed_user_is_stored(store: Store) -> None:
    user, other = await added(store, a_user()), await added(store, a_user("other@example.com"))
    changed = replace(user, password_hash="another", role=Role.ORGANIZER, email="new@example.com", is_active=False)
    async with store.accounts() as uow:
        assert await uow.users.get_for_update(user.id) == user
        await uow.users.save(changed)
        await uow.commit()
    async with store.accounts() as uow:
        assert await uow.users.get(user.id) == changed
        assert await uow.users.get(other.id) == other
        with pytest.raises(UserNotFound):
            await uow.users.get_for_update(UserId(uuid4()))


async def test_a_user_can_not_get_the_email_of_another(store: Store) -> None:
    user, other = await added(store, a_user()), await added(store, a_user("other@example.com"))
    with pytest.raises(EmailTaken):
        async with store.accounts() as uow:
            await uow.users.save(replace(user, email=other.email))
    async with store.accounts() as uow:
        assert await uow.users.get(user.id) == user


async def test_two_changes_of_one_user_take_turns(store: Store) -> None:
    user = await added(store, a_user(name=""))

    async def sign(letter: str) -> None:
        async with store.accounts() as uow:
            read = await uow.users.get_for_update(user.id)
            await asyncio.sleep(0)
            await uow.users.save(replace(read, name=read.name + letter))
            await uow.commit()

    await asyncio.gather(*map(sign, "abcdefgh"))
    async with store.accounts() as uow:
        assert sorted((await uow.users.get(user.id)).name) == list("abcdefgh")


async def test_parallel_log_ins_with_an_old_hash_all_succeed_and_leave_one_new_hash(store: Store) -> None:
    user = await added(store, a_user(password_hash=await QuickHasher(cost=1).hash("correct horse")))
    hasher = QuickHasher(cost=2)
    tokens = JwtTokens(secret="s" * 32, lifetime=timedelta(minutes=15), clock=store.clock)
    start_session = StartSession(
        *(store.accounts, hasher, store.revocations, SystemSecrets(), TimeOrderedIds(), store.clock),
        session_length=timedelta(1),
    )
    log_in = LogIn(start_session, tokens)
    await asyncio.gather(*(log_in(email=user.email, password="correct horse") for _ in range(8)))
    async with store.accounts() as uow:
        assert not hasher.needs_rehash((await uow.users.get(user.id)).password_hash)


async def test_an_email_has_one_account(store: Store) -> None:
    await added(store, a_user("same@example.com"))
    with pytest.raises(EmailTaken):
        await added(store, a_user("same@example.com"))


async def test_only_one_of_two_concurrent_users_gets_an_email(store: Store) -> None:
    outcomes = await asyncio.gather(
        *(added(store, a_user("rush@example.com")) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 7


async def test_a_session_is_stored_and_changed(store: Store) -> None:
    user = await added(store, a_user())
    session = a_session(user.id)
    async with store.accounts() as uow:
        await uow.sessions.add(session)
        await uow.commit()
    revoked = replace(session, revoked_at=NOW, secret_hash="other")
    async with store.accounts() as uow:
        assert await uow.sessions.get_for_update(session.id) == session
        await uow.sessions.save(revoked)
        await uow.commit()
    async with store.accounts() as uow:
        assert await uow.sessions.get_for_update(session.id) == revoked
        assert await uow.sessions.get_for_update(SessionId(uuid4())) is None


async def test_a_user_is_changed_and_can_not_take_the_address_of_another(store: Store) -> None:
    ada, bob = await added(store, a_user()), await added(store, a_user("bob@example.com"))
    changed = replace(ada, name="Ada L.", role=Role.ORGANIZER, is_active=False, password_hash="new")
    async with store.accounts() as uow:
        assert await uow.users.get_for_update(ada.id) == ada
        await uow.users.save(changed)
        await uow.commit()
    async with store.accounts() as uow:
        assert await uow.users.get(ada.id) == changed
        with pytest.raises(EmailTaken):
            await uow.users.save(replace(changed, email=bob.email))


async def test_the_active_admins_are_those_who_can_act(store: Store) -> None:
    admin = await added(store, a_user(role=Role.ADMIN))
    await added(store, a_user("retired@example.com", role=Role.ADMIN, is_active=False))
    await added(store, a_user("otto@example.com", role=Role.ORGANIZER))
    async with store.accounts() as uow:
        assert await uow.users.active_admins_for_update() == [admin.id]


async def test_users_are_found_by_their_fields_newest_first(store: Store) -> None:
    ada = await added(store, a_user("ada@example.com", id=UserId(UUID(int=1)), name="Ada Lovelace"))
    bob = await added(store, a_user("bob@love.example", id=UserId(UUID(int=2)), name="Bob", role=Role.ORGANIZER))
    eve = await added(store, a_user("100%@example.com", id=UserId(UUID(int=3)), name="Eve", is_active=False))

    async def found(page: PageRequest | None = None, **wanted: Any) -> list[User]:
        async with store.accounts() as uow:
            return list((await uow.users.search(UserFilter(**wanted), page or PageRequest())).items)

    assert await found() == [eve, bob, ada]
    assert await found(text="LOVE") == [bob, ada]
    assert await found(text=" love\u00a0") == [bob, ada]
    assert await found(text="%") == [eve]
    assert await found(text="\uff4cov\u00e9") == [bob, ada]
    assert await found(role=Role.ORGANIZER) == [bob]
    assert await found(is_active=False) == [eve]
    assert await found(PageRequest(limit=1, offset=1)) == [bob]
    with pytest.raises(BadCursor):
        await found(PageRequest(cursor="nonsense"))


async def test_live_sessions_are_listed_most_recent_first_and_can_all_be_revoked(store: Store) -> None:
    ada, bob = await added(store, a_user()), await added(store, a_user("bob@example.com"))
    old, new = a_session(ada.id), a_session(ada.id, last_used_at=NOW + timedelta(hours=1))
    over, ended = a_session(ada.id, expires_at=NOW), a_session(ada.id, revoked_at=NOW - timedelta(days=1))
    others = a_session(bob.id)
    async with store.accounts() as uow:
        for session in (old, new, over, ended, others):
            await uow.sessions.add(session)
        await uow.commit()
    async with store.accounts() as uow:
        assert await uow.sessions.live(ada.id, NOW) == [new, old]
        await uow.sessions.revoke_all(ada.id, NOW)
        assert await uow.sessions.live(ada.id, NOW) == []
        assert await uow.sessions.live(bob.id, NOW) == [others]
        assert await uow.sessions.get_for_update(ended.id) == ended
        await uow.commit()


async def test_a_link_is_taken_once_and_a_new_one_replaces_the_last(store: Store) -> None:
    ada = await added(store, a_user())
    first, _ = new_link(uuid4(), ada, LinkPurpose.RESET, "one", NOW)
    second, _ = new_link(uuid4(), ada, LinkPurpose.RESET, "two", NOW)
    other, _ = new_link(uuid4(), ada, LinkPurpose.VERIFY, "three", NOW)
    async with store.accounts() as uow:
        for link in (first, second, other):
            await uow.links.put(link)
        await uow.commit()

    async def taken(link_id: UUID) -> Link | None:
        async with store.accounts() as uow:
            link = await uow.links.take(link_id)
            await uow.commit()
        return link

    assert await taken(first.id) is None
    took = await asyncio.gather(*(taken(second.id) for _ in range(5)))
    assert (took.count(second), took.count(None)) == (1, 4)
    assert await taken(other.id) == other


async def test_a_link_used_while_its_user_is_changed_waits_and_is_then_invalid(store: Store) -> None:
    ada = await added(store, a_user())
    last, _ = new_link(uuid4(), ada, LinkPurpose.VERIFY, "one", NOW)
    new, _ = new_link(uuid4(), ada, LinkPurpose.VERIFY, "two", NOW)
    async with store.accounts() as uow:
        await uow.links.put(last)
        await uow.commit()
    async with store.accounts() as uow:
        await uow.users.get_for_update(ada.id)
        shown = asyncio.create_task(accounts_app(store).verify_email(token=encode_token(last.id, "one")))
        await asyncio.wait([shown], timeout=0.2)  # it gets as far as it can
        await uow.links.put(new)
        await uow.commit()
    with pytest.raises(BadToken):
        await shown
    async with store.accounts() as uow:
        assert await uow.links.owner_of(last.id) is None
        assert await uow.links.owner_of(new.id) == ada.id


async def test_a_password_changed_during_its_verification_is_refused(store: Store) -> None:
    class Overtaken(QuickHasher):
        """Changes the user while the password is verified."""

        async def verify(self, password_hash: str | None, password: str) -> bool:
            async with store.accounts() as uow:
                await uow.users.save(replace(await uow.users.get_for_update(ada.id), password_hash="another"))
                await uow.commit()
            return await super().verify(password_hash, password)

    ada = await added(store, a_user(password_hash=await QuickHasher().hash("correct horse")))
    revocations, ids = MemoryRevocations(MemoryStore()), TimeOrderedIds()
    change = ChangeProfile(store.accounts, Overtaken(), revocations, SystemSecrets(), ids, store.clock)
    with pytest.raises(WrongPassword):
        await change(by=ada.principal, password="mine again", current_password="correct horse")
    async with store.accounts() as uow:
        assert (await uow.users.get(ada.id)).password_hash == "another"


async def test_audit_entries_are_listed_newest_first_and_filtered(store: Store) -> None:
    ada, target = UserId(uuid4()), uuid4()
    async with store.accounts() as uow:
        await uow.audit.write("login.failed", NOW, email="eve@example.com")
        await uow.audit.write("event.changed", NOW + timedelta(hours=1), actor_id=ada, target=target)
        await uow.commit()

    async def found(**wanted: Any) -> list[str]:
        async with store.accounts() as uow:
            page = await uow.audit.search(AuditFilter(**wanted), PageRequest())
        return [entry.action for entry in page.items]

    assert await found() == ["event.changed", "login.failed"]
    for wanted in ({"actor_id": ada}, {"target": target}, {"action": "event.changed"}):
        assert await found(**wanted) == ["event.changed"]
    async with store.accounts() as uow:
        first = await uow.audit.search(AuditFilter(), PageRequest(limit=1))
        rest = await uow.audit.search(AuditFilter(), PageRequest(limit=1, cursor=first.next_cursor))
    [entry] = rest.items
    assert (entry.at, entry.actor_id, entry.target, entry.facts) == (NOW, None, None, {"email": "eve@example.com"})


@pytest.mark.parametrize("made_up", NO_MOMENTS)
async def test_a_tampered_audit_cursor_is_refused(store: Store, made_up: str) -> None:
    async with store.accounts() as uow:
        await uow.audit.write("login.failed", NOW)
        cursor = Cursor("-at", made_up, uuid4()).encode()
        await refused(uow.audit.search(AuditFilter(), PageRequest(cursor=cursor)), BadCursor)


async def test_expired_sessions_and_links_are_removed(store: Store) -> None:
    ada = await added(store, a_user())
    over, lasting = a_session(ada.id, expires_at=NOW - CLOCK_MARGIN), a_session(ada.id, expires_at=NOW)
    link, _ = new_link(uuid4(), ada, LinkPurpose.RESET, "one", NOW - timedelta(hours=1))
    async with store.accounts() as uow:
        for session in (over, lasting):
            await uow.sessions.add(session)
        await uow.links.put(link)
        await uow.commit()
    assert await ForgetExpired(store.accounts, store.clock)() == 2
    assert await ForgetExpired(store.accounts, store.clock)() == 0
    async with store.accounts() as uow:
        assert await uow.sessions.get_for_update(over.id) is None
        assert await uow.sessions.get_for_update(lasting.id) == lasting
