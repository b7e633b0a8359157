"""The images of an event: their order, their number and who may change them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from core.media.errors import ImageNotFound, ImagesChanged, NoSuchEvent, TooManyImages
from core.media.model import MAX_IMAGES_PER_EVENT, Album, EncodedPicture, check_alt, name_picture
from core.shared.access import Principal, Role
from core.shared.errors import Forbidden, InvalidFields
from core.shared.ids import EventId, ImageId, UserId
from core.shared.images import Thumbnail
from tests.support.builders import NOW
from tests.support.pictures import stored_image

OWNER = UserId(uuid4())
LATER = NOW + timedelta(minutes=5)
EMPTY = Album(EventId(uuid4()), OWNER, is_hidden=False, updated_at=NOW)
FIRST, SECOND, THIRD = (stored_image(alt=alt) for alt in ("first", "second", "third"))
FULL = replace(EMPTY, images=(FIRST, SECOND, THIRD))


def alts(album: Album) -> list[str]:
    return [image.alt for image in album.images]


def test_new_images_come_last_and_change_the_version() -> None:
    album = replace(EMPTY, images=(FIRST,)).add([SECOND, THIRD], LATER)
    assert (alts(album), album.updated_at) == (["first", "second", "third"], LATER)


def test_an_event_has_a_limited_number_of_images() -> None:
    full = EMPTY.add([stored_image() for _ in range(MAX_IMAGES_PER_EVENT)], LATER)
    with pytest.raises(TooManyImages) as refused:
        full.add([FIRST], LATER)
    assert refused.value.facts == {"images": MAX_IMAGES_PER_EVENT, "limit": MAX_IMAGES_PER_EVENT}


def test_an_order_names_every_image_once() -> None:
    wanted = [THIRD.id, FIRST.id, SECOND.id]
    assert alts(FULL.reorder(wanted, LATER)) == ["third", "first", "second"]
    for other in ([THIRD.id, FIRST.id], [*wanted, FIRST.id], [*wanted[:2], ImageId(uuid4())]):
        with pytest.raises(ImagesChanged):
            FULL.reorder(other, LATER)


def test_deleting_an_image_that_is_deleted_already_changes_nothing() -> None:
    album = FULL.remove(SECOND.id, LATER)
    assert alts(album) == ["first", "third"]
    assert album.remove(SECOND.id, LATER) is album


def test_thumbnails_are_no_edit() -> None:
    made = FULL.with_thumbnails(SECOND.id, {Thumbnail.CARD: FIRST.picture})
    assert made.updated_at == NOW
    assert made.find(SECOND.id).at(Thumbnail.CARD) == FIRST.picture
    assert made.find(SECOND.id).at(Thumbnail.WIDE) == SECOND.picture
    with pytest.raises(ImageNotFound):
        made.describe(ImageId(uuid4()), "gone", LATER)


def test_only_the_organizer_and_admins_change_images_and_hidden_events_are_not_found() -> None:
    FULL.must_be_managed_by(Principal(OWNER, Role.ORGANIZER))
    FULL.must_be_managed_by(Principal(UserId(uuid4()), Role.ADMIN))
    stranger = Principal(UserId(uuid4()), Role.ORGANIZER)
    with pytest.raises(Forbidden):
        FULL.must_be_managed_by(stranger)
    with pytest.raises(NoSuchEvent):
        replace(FULL, is_hidden=True).must_be_managed_by(stranger)


def test_a_text_is_on_one_line_and_not_too_long() -> None:
    assert check_alt(" two\nlines\u202e ") == "two lines"
    with pytest.raises(InvalidFields) as refused:
        check_alt("x" * 301, "alt-1")
    assert refused.value.errors.keys() == {"alt-1"}


def test_a_name_differs_for_each_image_and_each_content() -> None:
    one, other = ImageId(uuid4()), ImageId(uuid4())
    named = [
        name_picture(image_id, "full", EncodedPicture(content, "jpg", 1, 1)).name
        for image_id, content in ((one, b"a"), (one, b"b"), (other, b"a"))
    ]
    assert len(set(named)) == 3
    assert named[0].startswith(f"{one.hex}-full-")
