"""The settings: defaults, validation, and the generated secret (A6)."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import pytest
from argon2.profiles import RFC_9106_LOW_MEMORY

from adapters.http.middleware.rate_limiting import POLICIES
from core.shared.limits import Limit
from entrypoints.api import parse_limits
from entrypoints.settings import Profile, Settings, SettingsError, jwt_secret, load_settings
from tests.support.from_environment import load, refusal

pytestmark = pytest.mark.usefixtures("nothing_set")

EXAMPLE = Path(__file__).parents[3] / ".env.example"
SECRET = "a secret of thirty-two bytes, or more"
PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----\n"


def test_no_setting_is_required() -> None:
    settings = load_settings()
    assert (settings.profile, settings.port, settings.demo) == (Profile.EMBEDDED, 8000, True)


@pytest.mark.parametrize(("asked", "demo"), [({}, False), ({"DEMO": ""}, False), ({"DEMO": "on"}, True)])
def test_a_database_of_its_own_gets_demo_events_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], demo: bool
) -> None:
    own = {"DATABASE_URL": "postgresql://db.example/nocturne", "JWT_SECRET": SECRET}
    assert load(monkeypatch, **own, **asked).demo is demo


def test_the_example_explains_every_setting_with_its_default() -> None:
    lines = EXAMPLE.read_text().splitlines()
    named = [number for number, line in enumerate(lines) if re.match(r"[A-Z0-9_]+=", line)]
    assert sorted(lines[number].partition("=")[0].lower() for number in named) == sorted(Settings.model_fields)
    assert all(re.match(r"# .+[.;]", lines[number - 1]) for number in named)
    bare = Settings()
    Path(".env").write_text(EXAMPLE.read_text())
    assert load_settings() == bare


def test_control_the_example_is_read() -> None:
    Path(".env").write_text(EXAMPLE.read_text().replace("PORT=8000", "PORT=8123"))
    assert load_settings().port == 8123


def test_the_environment_takes_precedence_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=8001\nHOST=::1\n")
    settings = load(monkeypatch, PORT="8010")
    assert (settings.host, settings.port) == ("::1", 8010)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = {name.upper(): "" for name in Settings.model_fields if name not in ("cleanup_schedule", "digest_schedule")}
    bare = Settings()
    assert load(monkeypatch, **empty) == bare


def test_an_empty_schedule_means_never(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, CLEANUP_SCHEDULE="").cleanup_schedule == ""


def test_unknown_variables_are_ignored() -> None:
    Path(".env").write_text("SOMETHING_ELSE=1\n")
    assert load_settings().port == 8000


def test_hashing_parameters_follow_rfc_9106_and_exceed_owasp() -> None:
    settings = load_settings()
    assert settings.argon2_time_cost == RFC_9106_LOW_MEMORY.time_cost
    assert settings.argon2_memory_kib == RFC_9106_LOW_MEMORY.memory_cost
    # OWASP's Password Storage Cheat Sheet: 19 MiB with 2 passes, or as good; one lane.
    assert settings.argon2_time_cost >= 2
    assert settings.argon2_memory_kib >= 19 * 1024
    assert settings.argon2_parallelism == 1


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://me:pw@db/shop", "postgresql+asyncpg://me:pw@db/shop"),
        ("postgresql://me:pw@db:6432/shop", "postgresql+asyncpg://me:pw@db:6432/shop"),
        ("postgresql+asyncpg://me:pw@db/shop", "postgresql+asyncpg://me:pw@db/shop"),
        ("postgres://me:pw@db/shop?sslmode=require", "postgresql+asyncpg://me:pw@db/shop?ssl=require"),
        ("postgresql+psycopg2://me@db:5432/shop", "postgresql+asyncpg://me@db:5432/shop"),
        ("postgresql+psycopg://me@db/shop", "postgresql+asyncpg://me@db/shop"),
        ("postgresql://me:pw@db/shop?schema=public", "postgresql+asyncpg://me:pw@db/shop"),
        ("postgres://me@db/shop?schema=public&sslmode=require", "postgresql+asyncpg://me@db/shop?ssl=require"),
        ("postgresql://me@/shop?host=/run/postgresql", "postgresql+asyncpg://me@/shop?host=/run/postgresql"),
    ],
)
def test_any_usual_spelling_of_a_database_url_works(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    settings = load(monkeypatch, DATABASE_URL=given, JWT_SECRET=SECRET)
    assert (settings.database_url, settings.profile) == (used, Profile.SERVERS)


@pytest.mark.parametrize(
    "url",
    ["mysql://me:pa55word@db/shop", "postgres://me:pa55word@db", "postgres://me:pa55word@db:x/shop", "pa55word"],
)
def test_an_invalid_database_url_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    said = refusal(monkeypatch, DATABASE_URL=url, JWT_SECRET=SECRET)
    assert said == "DATABASE_URL should be like postgresql://user:password@host:5432/database"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PROFILE": "servers"}, "PROFILE is servers, but DATABASE_URL is not set"),
        ({"PROFILE": "embedded", "DATABASE_URL": "postgres://h/d"}, "PROFILE is embedded, but DATABASE_URL is set"),
        ({"PROFILE": "memory", "DATABASE_URL": "postgres://h/d"}, "PROFILE is memory, but DATABASE_URL is set"),
    ],
)
def test_profiles_that_contradict_the_database_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    assert said in refusal(monkeypatch, JWT_SECRET=SECRET, **variables)


def test_an_external_database_needs_a_secret_of_32_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://h/d")
    assert "JWT_SECRET is not set" in refusal(monkeypatch)
    short = refusal(monkeypatch, JWT_SECRET="x7" * 15 + "y")
    assert "JWT_SECRET has 31 bytes and should have at least 32" in short
    assert "x7" not in short
    assert load(monkeypatch, JWT_SECRET="x7" * 16).profile is Profile.SERVERS


def test_the_previous_secret_has_the_same_rules_and_must_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", SECRET)
    short = refusal(monkeypatch, JWT_SECRET_PREVIOUS="x7" * 15 + "y")
    assert "JWT_SECRET_PREVIOUS has 31 bytes and should have at least 32" in short
    assert "x7" not in short
    same = refusal(monkeypatch, JWT_SECRET_PREVIOUS=SECRET)
    assert same.startswith("JWT_SECRET_PREVIOUS is the same as JWT_SECRET")
    assert SECRET not in same
    settings = load(monkeypatch, JWT_SECRET_PREVIOUS="x7" * 16)
    assert settings.jwt_secret_previous is not None
    assert "x7" not in repr(settings)


@pytest.mark.parametrize("variable", ["JWT_SECRET", "JWT_SECRET_PREVIOUS"])
def test_a_public_key_is_not_a_secret(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    said = refusal(monkeypatch, **{variable: PUBLIC_KEY})
    assert said.startswith(f"{variable} is a key of a key pair")
    assert "MFww" not in said


def test_a_short_secret_is_refused_with_the_embedded_database_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "JWT_SECRET has 7 bytes" in refusal(monkeypatch, JWT_SECRET="default")


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PORT", "http", "should be a valid integer"),
        ("PORT", "65536", "should be less than or equal to 65535"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning', 'error' or 'critical'"),
        ("DEMO", "perhaps", "should be a valid boolean"),
        ("CORS_ORIGIN", "*", "should be an origin"),
        ("CORS_ORIGIN", "https://tickets.example.org/", "should be an origin"),
        ("CORS_ORIGIN", "http://[x", "should be an origin"),
        ("DATA_DIR", "~nobody-at-all/data", "begins with a user whose home folder is unknown"),
        ("SCRAPE_WEB_PAGES", "venue.example", "should be the URL of a page"),
        ("SCRAPE_WEB_PAGES", "http://[x", "should be the URL of a page"),
        ("SCRAPE_DELAY_SECONDS", "nan", "should be a finite number"),
        ("CLEANUP_SCHEDULE", "61 * * * *", "should be a cron expression"),
        ("RATE_LIMITS", "sometimes", "should be a valid boolean"),
        ("RATE_LIMIT_LOGIN", "5", "should be like 5/minute"),
        ("RATE_LIMIT_ADMIN", "0/minute", "should be like 5/minute"),
        ("RATE_LIMIT_BOOKING", "5/week", "should be like 5/minute"),
        ("TRUSTED_PROXIES", "proxy.example", "should be an address or a network, such as 10.0.0.7 or 10.0.0.0/8"),
        ("TRUSTED_PROXIES", "10.0.0.7/8", "should be an address or a network"),
        ("MAIL_FROM", "Nocturne", "should be an address, such as tickets@example.org"),
        ("PUBLIC_URL", "tickets.example.org", "should be where people reach the platform"),
        ("PUBLIC_URL", "https://tickets.example.org/?page=1", "should be where people reach the platform"),
        ("PUBLIC_URL", "https://me:word@tickets.example.org", "should be where people reach the platform"),
        ("ARGON2_THREADS", "0", "should be greater than or equal to 1"),
        ("LIST_CONNECTIONS", "0", "should be greater than or equal to 1"),
        ("SEARCH_CONNECTIONS", "0", "should be greater than or equal to 1"),
        ("SEARCH_TIMEOUT_SECONDS", "0", "should be greater than or equal to 0.1"),
        ("SEARCH_TIMEOUT_SECONDS", "inf", "should be a finite number"),
        ("RATE_LIMIT_SEARCH", "many", "should be like 5/minute"),
    ],
)
def test_a_refusal_names_the_variable_its_value_and_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    said = refusal(monkeypatch, **{variable: value})
    assert said.startswith(variable)
    assert expected in said
    assert value in said


def test_each_argon2_lane_needs_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, ARGON2_MEMORY_KIB="16", ARGON2_PARALLELISM="4")
    assert said == "ARGON2_MEMORY_KIB should be at least 8 times ARGON2_PARALLELISM"


def test_all_wrong_settings_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, PORT="x", DEMO="perhaps")
    assert "PORT" in said
    assert "DEMO" in said


def test_a_file_that_is_not_text_is_refused() -> None:
    Path(".env").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"^\.env can't be read: it is not UTF-8$"):
        load_settings()


def test_every_policy_has_its_configured_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, RATE_LIMIT_LOGIN="7/hour", RATE_LIMIT_ADMIN="100 / Day")
    limits = parse_limits(settings)
    assert limits.keys() == {policy.name for policy in POLICIES}
    assert len(limits) == sum(name.startswith("rate_limit_") for name in Settings.model_fields)
    assert limits["login"] == Limit("login", 7, 3600)
    assert limits["login-address"] == Limit("login-address", 30, 60)
    assert limits["admin"] == Limit("admin", 100, 86400)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        CORS_ORIGIN="https://a.example, http://localhost:3000",
        SCRAPE_WEB_PAGES="https://a.example/list?days=1,2, https://b.example/",
        TRUSTED_PROXIES="10.0.0.7, fd00::/8",
    )
    assert settings.trusted_proxies == (ip_network("10.0.0.7/32"), ip_network("fd00::/8"))
    assert settings.cors_origin == ("https://a.example", "http://localhost:3000")
    assert settings.scrape_web_pages == ("https://a.example/list?days=1,2", "https://b.example/")


def test_secrets_are_not_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = repr(
        load(
            monkeypatch,
            DATABASE_URL="postgres://me:pa55word@h/d",
            REDIS_URL="redis://:hunter2@h",
            JWT_SECRET=SECRET,
            NOTIFICATION_SERVICE_URL="https://notify.example/hooks/T0PS3CRET",
            NOTIFICATION_TOKEN="swordfish",
        )
    )
    assert "T0PS3CRET" not in shown
    assert "swordfish" not in shown
    assert "pa55word" not in shown
    assert "hunter2" not in shown
    assert SECRET not in shown


def test_a_secret_is_generated_once_and_readable_by_its_owner_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load(monkeypatch, DATA_DIR=str(tmp_path / "not" / "made"))
    made = jwt_secret(settings)
    file = tmp_path / "not" / "made" / "jwt-secret"
    assert len(made) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert jwt_secret(settings) == made
    assert list(file.parent.iterdir()) == [file]


def test_processes_that_start_at_once_get_one_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for attempt in range(20):
        settings = load(monkeypatch, DATA_DIR=str(tmp_path / str(attempt)))
        with ThreadPoolExecutor(8) as threads:
            assert len({future.result() for future in [threads.submit(jwt_secret, settings) for _ in range(8)]}) == 1


def test_a_configured_secret_is_used_and_none_is_generated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert jwt_secret(load(monkeypatch, JWT_SECRET=SECRET, DATA_DIR=str(tmp_path / "data"))) == SECRET
    assert not (tmp_path / "data").exists()


def test_the_memory_profile_stores_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load(monkeypatch, PROFILE="memory", DATA_DIR=str(tmp_path / "data"))
    assert jwt_secret(settings) != jwt_secret(settings)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 40])
def test_a_damaged_secret_is_refused_and_not_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "jwt-secret").write_bytes(content)
    with pytest.raises(SettingsError, match="is damaged: delete the file"):
        jwt_secret(load(monkeypatch, DATA_DIR=str(tmp_path)))
    assert (tmp_path / "jwt-secret").read_bytes() == content


def test_an_impossible_data_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"can't be created or read"):
        jwt_secret(load(monkeypatch, DATA_DIR=__file__))
