"""Three sounds that tell a scan's fate without a look: ok, ask, refused. R-A12.

A player of the system plays tones made here; without one the terminal's bell rings once, twice or three times.
"""

import io
import math
import shutil
import struct
import subprocess
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_RATE = 16_000
_LOUDNESS = 0.4 * 32767
_FADE_SECONDS = 0.01  # a tone that begins at once clicks
_TONES = {  # hertz and seconds: high and short, two alike, low and long
    "ok": [(1760, 0.08)],
    "ask": [(880, 0.12), (0, 0.06), (880, 0.12)],
    "refused": [(220, 0.35), (0, 0.05), (220, 0.35)],
}
_RINGS = {"ok": 1, "ask": 2, "refused": 3}
_PLAYERS = (("paplay",), ("pw-play",), ("aplay", "-q"), ("afplay",))


def find_player(terminal: TextIO) -> Callable[[str], None] | None:
    """Give what plays a sound by its name: tones, the bell of a terminal, or None where nobody would hear it."""
    for command in _PLAYERS:
        if program := shutil.which(command[0]):
            return _Tones([program, *command[1:]], otherwise=_bell(terminal) if terminal.isatty() else None).play
    return _bell(terminal) if terminal.isatty() else None


def _bell(terminal: TextIO) -> Callable[[str], None]:
    def ring(sound: str) -> None:
        terminal.write("\a" * _RINGS[sound])
        terminal.flush()

    return ring


class _Tones:
    """Plays wav files that are made once; a sound that comes while another plays takes its place."""

    def __init__(self, command: list[str], *, otherwise: Callable[[str], None] | None) -> None:
        self._command, self._otherwise = command, otherwise
        self._folder = tempfile.TemporaryDirectory(prefix="station-sounds-")
        self._playing: subprocess.Popen[bytes] | None = None
        for name in _TONES:
            self._path(name).write_bytes(make_wav(name))

    def play(self, sound: str) -> None:
        """Start a sound; a player that failed, as without a sound card, is not asked again."""
        if self._playing and self._playing.poll() is None:
            self._playing.kill()
            self._playing.wait()
        elif self._playing and self._playing.returncode:
            if self._otherwise:
                self._otherwise(sound)
            return
        self._playing = subprocess.Popen(  # noqa: S603, a player of the system and our own file
            [*self._command, str(self._path(sound))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _path(self, sound: str) -> Path:
        return Path(self._folder.name) / f"{sound}.wav"


def make_wav(sound: str) -> bytes:
    """Give a sound as a WAV file: 16 bits, one channel."""
    values: list[int] = []
    for hertz, seconds in _TONES[sound]:
        count = int(seconds * _RATE)
        for place in range(count):
            fade = min(1.0, place / _RATE / _FADE_SECONDS, (count - place) / _RATE / _FADE_SECONDS)
            values.append(int(_LOUDNESS * fade * math.sin(2 * math.pi * hertz * place / _RATE)))
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(struct.pack(f"<{len(values)}h", *values))
    return made.getvalue()
