"""The use cases of accounts, on the memory store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from adapters.memory.accounts import MemoryAccountsUnitOfWork, MemoryRevocations, QuickHasher
from adapters.memory.shared.store import MemoryStore
from adapters.memory.shared.system import CountingIds, CountingSecrets, SetClock
from adapters.security.tokens import JwtTokens
from core.accounts.errors import BadCredentials, BadRefreshToken, EmailTaken
from core.accounts.model import User
from core.accounts.reading import ReadProfile
from core.accounts.signing_in import LogIn, RefreshSession
from core.accounts.signing_up import AddUser, SignUp
from core.accounts.starting_sessions import StartSession
from core.shared.access import Role
from core.shared.errors import InvalidFields
from tests.support.builders import NOW, a_user

PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class Accounts:
    store: MemoryStore
    clock: SetClock
    sign_up: SignUp
    add_user: AddUser
    log_in: LogIn
    refresh: RefreshSession
    read: ReadProfile

    def log_in_with(self, hasher: QuickHasher) -> LogIn:
        return replace(self.log_in, start_session=replace(self.log_in.start_session, hasher=hasher))

    async def keep(self, user: User) -> None:
        """Have this user in the store, whatever was there before."""
        async with MemoryAccountsUnitOfWork(self.store) as uow:
            self.store.users.put(user.id, user)
            await uow.commit()


@pytest.fixture
def accounts() -> Accounts:
    store, clock, ids, secrets = MemoryStore(), SetClock(NOW), CountingIds(), CountingSecrets()
    hasher, revocations = QuickHasher(), MemoryRevocations(store)
    tokens = JwtTokens(secret="s" * 32, lifetime=timedelta(minutes=15), clock=clock)

    def new_uow() -> MemoryAccountsUnitOfWork:
        return MemoryAccountsUnitOfWork(store)

    start_session = StartSession(new_uow, hasher, revocations, secrets, ids, clock, session_length=timedelta(days=30))
    return Accounts(
        store=store,
        clock=clock,
        sign_up=SignUp(new_uow, hasher, secrets, ids, clock),
        add_user=AddUser(new_uow, hasher, secrets, ids, clock),
        log_in=LogIn(start_session, tokens),
        refresh=RefreshSession(new_uow, tokens, revocations, secrets, clock),
        read=ReadProfile(new_uow),
    )


async def test_signing_up_creates_a_user_without_storing_the_password(accounts: Accounts) -> None:
    user = await accounts.sign_up(name=" Ada ", email="Ada@Example.COM", password=PASSWORD)
    assert (user.name, user.email, user.role, user.is_active) == ("Ada", "ada@example.com", Role.USER, True)
    assert PASSWORD not in repr(user)
    assert await accounts.read(by=user.principal) == user


async def test_an_email_signs_up_once_regardless_of_case(accounts: Accounts) -> None:
    await accounts.sign_up(name="Ada", email="ada@example.com", password=PASSWORD)
    with pytest.raises(EmailTaken):
        await accounts.sign_up(name="Ada again", email="ADA@example.com", password=PASSWORD)


async def test_an_invalid_field_creates_no_account(accounts: Accounts) -> None:
    with pytest.raises(InvalidFields):
        await accounts.sign_up(name="Ada", email="ada", password=PASSWORD)
    assert list(accounts.store.users) == []


async def test_the_command_line_creates_accounts_with_any_role(accounts: Accounts) -> None:
    root = await accounts.add_user(by=None, name="Root", email="root@example.com", password=PASSWORD, role=Role.ADMIN)
    assert root.role is Role.ADMIN


async def test_logging_in_ignores_the_case_of_the_email(accounts: Accounts) -> None:
    await accounts.sign_up(name="Ada", email="ada@example.com", password=PASSWORD)
    tokens = await accounts.log_in(email="ADA@example.com ", password=PASSWORD)
    assert tokens.expires_in == 15 * 60
    [session] = accounts.store.sessions
    assert tokens.refresh_token.partition(".")[2] not in session.secret_hash
    assert session.expires_at == NOW + timedelta(days=30)


NFC, NFD = "Zoë's café", "Zoe\u0308's\u00a0cafe\u0301"


@pytest.mark.parametrize(("set_as", "typed"), [(NFC, NFD), (NFD, NFC), (NFC, NFC), (NFD, NFD)])
async def test_a_password_is_the_same_on_every_keyboard(accounts: Accounts, set_as: str, typed: str) -> None:
    await accounts.sign_up(name="Zoë", email="zoe@example.com", password=set_as)
    await accounts.log_in(email="zoe@example.com", password=typed)
    with pytest.raises(BadCredentials):
        await accounts.log_in(email="zoe@example.com", password="Zoe's cafe")


async def test_a_password_that_was_hashed_as_it_was_typed_still_works(accounts: Accounts) -> None:
    await accounts.keep(a_user("zoe@example.com", password_hash=await QuickHasher().hash(NFD)))
    await accounts.log_in(email="zoe@example.com", password=NFD)


@pytest.mark.parametrize("spelling", ["ada@münchen.de", "ada@xn--mnchen-3ya.de", "ada@mu\u0308nchen.de"])
async def test_a_mailbox_has_one_account_however_it_is_spelled(accounts: Accounts, spelling: str) -> None:
    await accounts.sign_up(name="Ada", email="ADA@MÜNCHEN.de", password=PASSWORD)
    with pytest.raises(EmailTaken):
        await accounts.sign_up(name="Ada again", email=spelling, password=PASSWORD)
    await accounts.log_in(email=spelling, password=PASSWORD)


async def test_wrong_password_unknown_email_and_inactive_account_are_indistinguishable(accounts: Accounts) -> None:
    await accounts.sign_up(name="Ada", email="ada@example.com", password=PASSWORD)
    await accounts.keep(a_user("eve@example.com", is_active=False, password_hash=await QuickHasher().hash(PASSWORD)))
    said = set()
    for email, password in (("ada@example.com", "wrong"), ("bob@example.com", PASSWORD), ("eve@example.com", PASSWORD)):
        with pytest.raises(BadCredentials) as refused:
            await accounts.log_in(email=email, password=password)
        said.add((refused.value.detail, str(refused.value.facts)))
    assert len(said) == 1


async def test_a_log_in_rehashes_a_password_with_outdated_parameters(accounts: Accounts) -> None:
    ada = a_user("ada@example.com", password_hash=await QuickHasher(cost=0).hash(PASSWORD))
    await accounts.keep(ada)
    with pytest.raises(BadCredentials):
        await accounts.log_in(email=ada.email, password="wrong")
    assert await accounts.read(by=ada.principal) == ada
    await accounts.log_in(email=ada.email, password=PASSWORD)
    assert await accounts.read(by=ada.principal) == replace(ada, password_hash=await QuickHasher().hash(PASSWORD))
    await accounts.log_in(email=ada.email, password=PASSWORD)


async def test_a_password_changed_during_a_log_in_is_kept_and_the_old_one_refused(
    accounts: Accounts,
) -> None:
    ada = a_user("ada@example.com", password_hash=await QuickHasher(cost=0).hash(PASSWORD))
    await accounts.keep(ada)
    changed = replace(ada, password_hash=await QuickHasher().hash("another horse"), name="Ada Lovelace")

    class Meanwhile(QuickHasher):
        async def hash(self, password: str) -> str:
            await accounts.keep(changed)
            return await super().hash(password)

    with pytest.raises(BadCredentials):
        await accounts.log_in_with(Meanwhile())(email=ada.email, password=PASSWORD)
    assert await accounts.read(by=ada.principal) == changed
    assert list(accounts.store.sessions) == []


async def test_a_role_changed_during_a_log_in_is_in_the_token(accounts: Accounts) -> None:
    ada = await accounts.sign_up(name="Ada", email="ada@example.com", password=PASSWORD)
    promoted = replace(ada, role=Role.ORGANIZER)

    class Meanwhile(QuickHasher):
        async def verify(self, password_hash: str | None, password: str) -> bool:
            await accounts.keep(promoted)
            return await super().verify(password_hash, password)

    tokens = await accounts.log_in_with(Meanwhile())(email=ada.email, password=PASSWORD)
    assert accounts.log_in.tokens.read(tokens.access_token).principal == promoted.principal


async def test_an_inactive_account_keeps_its_hash(accounts: Accounts) -> None:
    eve = a_user("eve@example.com", is_active=False, password_hash=await QuickHasher(cost=0).hash(PASSWORD))
    await accounts.keep(eve)
    with pytest.raises(BadCredentials):
        await accounts.log_in(email=eve.email, password=PASSWORD)
    assert await accounts.read(by=eve.principal) == eve


async def signed_in(accounts: Accounts) -> str:
    await accounts.sign_up(name="Ada", email="ada@example.com", password=PASSWORD)
    return (await accounts.log_in(email="ada@example.com", password=PASSWORD)).refresh_token


async def test_a_refresh_token_can_be_exchanged_once(accounts: Accounts) -> None:
    first = await signed_in(accounts)
    second = (await accounts.refresh(token=first)).refresh_token
    assert second != first
    assert (await accounts.refresh(token=second)).refresh_token not in (first, second)


async def test_reusing_a_refresh_token_ends_the_session(accounts: Accounts) -> None:
    first = await signed_in(accounts)
    second = (await accounts.refresh(token=first)).refresh_token
    with pytest.raises(BadRefreshToken, match="used before"):
        await accounts.refresh(token=first)
    with pytest.raises(BadRefreshToken, match="has ended"):
        await accounts.refresh(token=second)


async def test_a_session_expires(accounts: Accounts) -> None:
    token = await signed_in(accounts)
    accounts.clock.move(timedelta(days=30))
    with pytest.raises(BadRefreshToken, match="has ended"):
        await accounts.refresh(token=token)


async def test_a_deactivated_account_can_not_refresh(accounts: Accounts) -> None:
    token = await signed_in(accounts)
    [user] = accounts.store.users
    await accounts.keep(a_user(user.email, id=user.id, is_active=False))
    with pytest.raises(BadRefreshToken):
        await accounts.refresh(token=token)
