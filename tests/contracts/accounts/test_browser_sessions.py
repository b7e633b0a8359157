"""Sessions of browsers, with every store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.accounts.browsing import ReadBrowserSession, SignInBrowser
from core.accounts.errors import BadRefreshToken
from core.accounts.model import User
from core.accounts.sessions import TOUCH_INTERVAL
from tests.support.accounts_app import PASSWORD, AccountsApp, accounts_app
from tests.support.builders import NOW
from tests.support.stores import Store


@pytest.fixture
def app(store: Store) -> AccountsApp:
    return accounts_app(store)


@pytest.fixture
async def ada(app: AccountsApp) -> User:
    return await app.user()


async def sign_in(app: AccountsApp, user: User) -> str:
    cookie, _ = await SignInBrowser(app.log_in.start_session)(email=user.email, password=PASSWORD, device="Firefox")
    return cookie


def reading(app: AccountsApp) -> ReadBrowserSession:
    return ReadBrowserSession(app.store.accounts, app.store.clock)


async def test_a_cookie_works_any_number_of_times(app: AccountsApp, ada: User) -> None:
    cookie = await sign_in(app, ada)
    for _ in range(3):
        found = await reading(app)(cookie)
        assert found is not None
        assert found.user == ada
        assert found.session.device == "Firefox"
        assert found.access.principal == ada.principal


@pytest.mark.parametrize("change", [lambda cookie: cookie[:-1], lambda cookie: "", lambda cookie: "0" * 32 + ".x"])
async def test_another_cookie_does_not(app: AccountsApp, ada: User, change: object) -> None:
    cookie = await sign_in(app, ada)
    assert callable(change)
    assert await reading(app)(change(cookie)) is None


async def test_a_cookie_ends_with_its_session(app: AccountsApp, ada: User) -> None:
    cookie = await sign_in(app, ada)
    found = await reading(app)(cookie)
    assert found is not None
    await app.log_out(access=found.access)
    assert await reading(app)(cookie) is None


async def test_a_cookie_ends_after_thirty_days(app: AccountsApp, ada: User) -> None:
    cookie = await sign_in(app, ada)
    app.store.clock.move(timedelta(days=30))
    assert await reading(app)(cookie) is None


async def test_a_cookie_is_no_refresh_token_and_a_refresh_token_no_cookie(app: AccountsApp, ada: User) -> None:
    tokens = await app.log_in(email=ada.email, password=PASSWORD)
    assert await reading(app)(tokens.refresh_token) is None
    with pytest.raises(BadRefreshToken):
        await app.refresh(token=await sign_in(app, ada))


async def test_the_last_use_is_known_to_five_minutes(app: AccountsApp, ada: User) -> None:
    cookie = await sign_in(app, ada)
    for passed in (TOUCH_INTERVAL - timedelta(seconds=1), timedelta(seconds=1)):
        app.store.clock.move(passed)
        await reading(app)(cookie)
        [session] = await app.live(ada.id)
        assert session.last_used_at == (NOW if app.store.clock.now() < NOW + TOUCH_INTERVAL else app.store.clock.now())
