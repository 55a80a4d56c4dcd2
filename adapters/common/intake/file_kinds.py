"""What a file is, by its name, by what a platform says of it, and by its first bytes.

The name is asked first: platforms derive the type from it and are wrong about some (`.ts` is TypeScript more
often than `video/mp2t`), and give none or `application/octet-stream` for others. Where neither says
anything, the bytes decide.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath


class FileKind(StrEnum):
    """What can be done with a file. `UNKNOWN`: its first bytes will tell."""

    PICTURE = "picture"
    TEXT = "text"
    PDF = "pdf"
    FILM = "film"
    SOUND = "sound"
    OFFICE = "office"
    ARCHIVE = "archive"
    OTHER = "other"
    UNKNOWN = "unknown"


_ENDINGS = {
    FileKind.PICTURE: "png jpg jpeg jpe gif webp avif heic heif bmp tif tiff".split(),
    FileKind.TEXT: (
        "txt text md markdown rst adoc tex log csv tsv json jsonl json5 ndjson xml yaml yml toml ini cfg conf"
        " env properties html htm css scss less svg vtt srt ics vcf eml diff patch sql graphql proto"
        " py pyi js mjs cjs jsx ts tsx java kt kts c h cc cpp cxx hpp cs go rs rb php pl pm lua r jl swift "
        "scala dart hs ml ex exs erl clj lisp el vim sh bash zsh fish ps1 bat cmd asm s f90 m vb pas nim"
        " zig v sol tf gradle cmake mk dockerfile ipynb vue svelte tsv po"
    ).split(),
    FileKind.PDF: "pdf".split(),
    FileKind.FILM: "mp4 m4v mov webm mkv avi wmv flv mpg mpeg 3gp ogv".split(),
    FileKind.SOUND: "mp3 m4a wav ogg oga opus flac aac wma aiff amr mid midi".split(),
    FileKind.OFFICE: "doc docx odt rtf pages xls xlsx ods numbers ppt pptx odp key epub".split(),
    FileKind.ARCHIVE: "zip tar gz tgz bz2 xz 7z rar zst".split(),
    FileKind.OTHER: "exe dll msi apk dmg iso bin jar wasm ttf otf woff woff2 psd ai blend".split(),
}
_BY_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings}
_TEXT_TYPES = frozenset(
    (
        "application/json application/xml application/yaml application/x-yaml application/toml"
        " application/sql"
        " application/javascript application/x-javascript application/ecmascript application/typescript"
        " application/x-sh application/x-python application/x-httpd-php application/graphql "
        "application/x-ndjson application/ld+json image/svg+xml"
    ).split()
)
_NO_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-unknown"})
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")
_PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc")
_SOUNDS = (b"ID3\x02", b"ID3\x03", b"ID3\x04", b"OggS\x00", b"fLaC\x00", b"\xff\xfb", b"\xff\xf3")
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")


def kind_of(name: str, content_type: str = "") -> FileKind:
    """The kind by name and type; `UNKNOWN` where neither says anything."""
    ending = PurePosixPath(name.strip().lower()).suffix[1:]
    base = PurePosixPath(name.strip().lower()).name
    if (kind := _BY_ENDING.get(ending) or _BY_ENDING.get(base)) is not None:
        return kind
    typed = content_type.partition(";")[0].strip().lower()
    main = typed.partition("/")[0]
    if typed in _NO_TYPES:
        return FileKind.UNKNOWN
    if typed in _TEXT_TYPES or main == "text" or typed.endswith(("+json", "+xml")):
        return FileKind.TEXT
    if typed == "application/pdf":
        return FileKind.PDF
    kinds = {"image": FileKind.PICTURE, "video": FileKind.FILM, "audio": FileKind.SOUND}
    return kinds.get(main, FileKind.OTHER)


def kind_of_bytes(first: bytes) -> FileKind:
    """The kind by the first bytes (at least 16 where the file has so many); `UNKNOWN` may be text."""
    bitmap = first.startswith(b"BM") and first[6:10] == b"\x00" * 4
    if bitmap or first.startswith(_PICTURES) or (first.startswith(b"RIFF") and first[8:12] == b"WEBP"):
        return FileKind.PICTURE
    if first[4:8] == b"ftyp":
        return FileKind.PICTURE if first[8:12] in _PICTURE_BRANDS else FileKind.FILM
    if b"%PDF-" in first[:1024]:
        return FileKind.PDF
    if first.startswith(b"\x1aE\xdf\xa3") or (first.startswith(b"RIFF") and first[8:12] == b"AVI "):
        return FileKind.FILM
    if first.startswith(_SOUNDS) or (first.startswith(b"RIFF") and first[8:12] == b"WAVE"):
        return FileKind.SOUND
    return FileKind.ARCHIVE if first.startswith(_ARCHIVES) else FileKind.UNKNOWN
