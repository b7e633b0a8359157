"""The README works as written."""

from __future__ import annotations

from tests.smoke.walk import complaints, walk
from tests.support.platform import Running


def test_the_first_five_minutes_work_as_written(platform: Running) -> None:
    done = walk(platform.url)
    assert complaints(done) == [], done.stdout + done.stderr


def test_a_platform_that_is_not_there_is_noticed() -> None:
    assert "the platform is ready" in complaints(walk("http://127.0.0.1:9"))
