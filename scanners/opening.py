"""Which way in a SOURCE word of the station names; the libraries of a way are loaded by who takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scanners.source import Source, SourceWrong

_VIDEO_ADDRESSES = ("rtsp://", "rtsps://", "http://", "https://")


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How the sources are to be opened. `known` says of a picture's mark whether it was read before."""

    known: Callable[[str], bool]
    separator: str = ""  # what the scanner sends in place of GS
    baud: int = 9600
    shown: bool = False  # a screen wants the frames


def is_picture_source(address: str) -> bool:
    """Tell whether a SOURCE word names a camera, a stream or a video, whose pictures a window can show."""
    return address.startswith(("camera:", *_VIDEO_ADDRESSES)) or Path(address).is_file()


def open_source(address: str, wishes: Wishes) -> Source:
    """Give the source a SOURCE word names; nothing is opened yet. Raises SourceWrong."""
    if address == "-":
        from scanners.lines import StandardInput

        return StandardInput(separator=wishes.separator)
    kind, _, rest = address.partition(":")
    if kind == "keyboard":
        from scanners.keyboard import Keyboard

        return Keyboard(rest, separator=wishes.separator)
    if kind == "serial" and rest:
        from scanners.serial import Serial

        return Serial(Path(rest), baud=wishes.baud, separator=wishes.separator)
    if (kind == "camera" and rest.isdecimal()) or address.startswith(_VIDEO_ADDRESSES):
        from scanners.camera import Camera

        return Camera(rest if kind == "camera" else address, shown=wishes.shown)
    return _open_path(Path(address), wishes)


def _open_path(path: Path, wishes: Wishes) -> Source:
    if path.is_dir():
        from scanners.folder import Folder

        return Folder(path, known=wishes.known)
    if path.is_file():
        from scanners.camera import Video

        return Video(path, shown=wishes.shown)
    raise SourceWrong(
        f"{path}: neither a folder nor a video file, and none of camera:0, rtsp://…, keyboard:, serial:/dev/…, -"
    )
