"""The processes that decode pictures: whatever happens in one, the platform goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.images.processor import PillowProcessor
from core.media.errors import DamagedImage, ImageTooLarge, UnsupportedImage
from core.media.model import MAX_IMAGE_BYTES
from core.shared.errors import Unavailable
from core.shared.images import Thumbnail
from tests.support.pictures import picture


def program(folder: Path, text: str) -> Path:
    file = folder / "program.py"
    file.write_text(text)
    return file


async def test_a_picture_is_decoded_in_a_process_of_its_own() -> None:
    processor = PillowProcessor()
    made = await processor.prepare(picture())
    assert (made.ending, made.width, made.height) == ("jpg", 320, 200)
    thumbnails = await processor.make_thumbnails(made.content)
    assert thumbnails.keys() == set(Thumbnail)
    assert thumbnails[Thumbnail.SQUARE].content.startswith(b"\xff\xd8")


async def test_a_refusal_of_the_program_is_the_users() -> None:
    with pytest.raises(UnsupportedImage, match="whatever its name says"):
        await PillowProcessor().prepare(b"<svg/>")


async def test_too_many_bytes_are_refused_without_a_process(tmp_path: Path) -> None:
    never = PillowProcessor(tmp_path / "missing.py")
    with pytest.raises(ImageTooLarge):
        await never.prepare(bytes(MAX_IMAGE_BYTES + 1))


@pytest.mark.parametrize(
    "text",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import sys; sys.exit(3)",
        "print('nonsense')",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28)); bytearray(2**30)",
    ],
    ids=["crash", "error", "nonsense", "memory"],
)
async def test_a_decoder_that_dies_is_a_picture_that_cant_be_read(tmp_path: Path, text: str) -> None:
    with pytest.raises(DamagedImage):
        await PillowProcessor(program(tmp_path, text)).prepare(picture())


async def test_a_decoder_that_hangs_is_killed(tmp_path: Path) -> None:
    hanging = PillowProcessor(program(tmp_path, "import time; time.sleep(600)"), seconds=0.2)
    with pytest.raises(DamagedImage):
        await hanging.prepare(picture())


async def test_few_wait_and_others_are_refused(tmp_path: Path) -> None:
    busy = PillowProcessor(program(tmp_path, "import time; time.sleep(600)"), processes=1, waiting=1)
    waiting = [asyncio.ensure_future(busy.prepare(picture())) for _ in range(2)]
    await asyncio.sleep(0)  # both have asked
    with pytest.raises(Unavailable):
        await busy.prepare(picture())
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
