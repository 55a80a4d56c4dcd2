"""What every MediaStore promises."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.errors import StoreUnavailable
from bot.core.ports.media import MediaStore, copy_name
from storage.media_folder import MediaFolder

IMPLEMENTATIONS: dict[str, Callable[[Path], MediaStore]] = {
    "folder": lambda path: MediaFolder(path / "data" / "media"),
}


@pytest.fixture(name="media", params=list(IMPLEMENTATIONS))
def media_fixture(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    return IMPLEMENTATIONS[request.param](tmp_path)


async def kept(media: MediaStore, request_id: str, file_name: str, content: bytes) -> str:
    async with media.scratch() as folder:
        (folder / file_name).write_bytes(content)
        return await media.put(request_id, folder / file_name)


async def test_what_was_put_is_found_and_read(media: MediaStore):
    name = await kept(media, "req_1", "0.png", b"fox")
    assert await media.read(name) == b"fox"
    found = await media.find(name)
    assert found is not None
    assert (found.read_bytes(), found.suffix) == (b"fox", ".png")


async def test_names_are_those_that_databases_hold(media: MediaStore):
    assert await kept(media, "req_1", "0.png", b"fox") == "media/req_1/0.png"


async def test_a_file_is_replaced_by_one_of_the_same_name(media: MediaStore):
    first = await kept(media, "req_1", "0.png", b"fox")
    second = await kept(media, "req_1", "0.png", b"hare")
    assert first == second
    assert await media.read(first) == b"hare"


@pytest.mark.parametrize(
    "name",
    ["media/req_1/1.png", "media/req_1", "media", "", "other/0.png", "/etc/hostname", "media/../secret"],
)
async def test_what_is_not_kept_is_none(media: MediaStore, name: str, tmp_path: Path):
    await kept(media, "req_1", "0.png", b"fox")
    (tmp_path / "data" / "secret").write_bytes(b"secret")
    assert await media.read(name) is None
    assert await media.find(name) is None


async def test_a_scratch_folder_is_gone_afterwards_and_so_is_what_was_not_put(media: MediaStore):
    async with media.scratch() as folder:
        (folder / "0.png").write_bytes(b"half a f")
    assert not folder.exists()
    with pytest.raises(ValueError, match="broke off"):
        await _broken_off(media, folders := list[Path]())
    assert [folder.exists() for folder in folders] == [False]


async def _broken_off(media: MediaStore, folders: list[Path]) -> None:
    async with media.scratch() as folder:
        folders.append(folder)
        raise ValueError("broke off")


async def test_deleting_takes_all_files_of_one_request(media: MediaStore):
    gone = [await kept(media, "req_1", f"{number}.png", b"fox") for number in range(2)]
    stays = await kept(media, "req_2", "0.png", b"hare")
    assert await media.delete("req_1") == 2
    assert await media.delete("req_1") == 0
    assert [await media.read(name) for name in (*gone, stays)] == [None, None, b"hare"]


async def test_a_purge_takes_what_is_older(media: MediaStore):
    old, new = await kept(media, "req_1", "0.png", b"fox"), await kept(media, "req_2", "0.png", b"hare")
    file = await media.find(old)
    assert file is not None
    os.utime(file.parent, (1_000, 1_000))
    assert await media.purge(before=1_001 * 1_000_000) == 1
    assert await media.purge(before=1_001 * 1_000_000) == 0
    assert [await media.read(name) for name in (old, new)] == [None, b"hare"]


async def test_a_copy_goes_with_its_result_and_does_not_lengthen_its_life(media: MediaStore):
    name = await kept(media, "req_1", "0.png", b"fox")
    found = await media.find(name)
    assert found is not None
    os.utime(found.parent, (1_000, 1_000))
    async with media.scratch() as folder:
        (folder / "0-480.webp").write_bytes(b"small fox")
        copy = await media.put_copy(name, folder / "0-480.webp")
    assert copy == copy_name(name, "0-480.webp")
    assert await media.read(copy) == b"small fox"
    assert await media.purge(before=1_001 * 1_000_000) == 1
    assert [await media.read(one) for one in (name, copy)] == [None, None]


async def test_a_result_that_is_gone_takes_no_copy(media: MediaStore):
    name = await kept(media, "req_1", "0.png", b"fox")
    await media.delete("req_1")
    async with media.scratch() as folder:
        (folder / "0-480.webp").write_bytes(b"small fox")
        assert await media.put_copy(name, folder / "0-480.webp") is None
    assert await media.read(copy_name(name, "0-480.webp")) is None


async def test_a_purge_of_nothing_at_all(media: MediaStore):
    assert await media.purge(before=1) == 0


async def test_a_disk_that_cannot_be_written_is_told_as_such(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    media = MediaFolder(tmp_path / "file" / "media")
    with pytest.raises(StoreUnavailable):
        async with media.scratch():
            pass


async def test_what_a_killed_process_left_half_written_goes_with_a_purge(tmp_path: Path):
    media = MediaFolder(tmp_path / "media")
    left = tmp_path / "media" / ".incoming-x"
    left.mkdir(parents=True)
    os.utime(left, (1_000, 1_000))
    assert await media.purge(before=1_001 * 1_000_000) == 0
    assert not left.exists()
