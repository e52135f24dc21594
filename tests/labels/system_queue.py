"""The system's print queue for tests: `lp` and `lpstat` that say and do what those of CUPS 2.4.2 were seen to.

Exit codes, the two lists and their words are recorded from the real tools: a job that the backend gave up stands in the
list of completed ones like one that came out, and a queue that takes no jobs answers `lpstat -a` with 0.
"""

from pathlib import Path

QUEUE = "labels"
LP = """#!/bin/sh
cd "{folder}" || exit 9
printf '%s\\n' "$@" >> arguments
[ "$2" = "labels" ] || {{ echo "lp: Error - The printer or class does not exist." >&2; exit 1; }}
[ -f rejecting ] && {{ echo 'lp: Destination "labels" is not accepting jobs.' >&2; exit 1; }}
number=$(($(ls printed | wc -l) + 1))
cat > "printed/$number"
printf 'labels-%s\\tjob-printing\\n' "$number" >> not-completed
[ "$LC_ALL" = C ] || {{ echo "请求 ID 为 labels-$number"; exit 0; }}
echo "request id is labels-$number (0 file(s))"
"""
LPSTAT = """#!/bin/sh
cd "{folder}" || exit 9
[ -f gone ] && {{ echo 'lpstat: Invalid destination name in list "labels".' >&2; exit 1; }}
[ "$LC_ALL" = C ] || {{ echo 翻译过的; exit 0; }}
case "$1" in
-a) if [ -f rejecting ]; then echo 'labels not accepting requests since Tue Nov 24 10:53:11 2026 -'
    printf '\\tRejecting Jobs\\n'
    else echo 'labels accepting requests since Tue Nov 24 10:53:11 2026'; fi ;;
-p) if [ -f disabled ]; then echo 'printer labels disabled since Tue Nov 24 10:52:33 2026 -'
    printf '\\treason unknown\\n'
    else echo 'printer labels is idle.  enabled since Tue Nov 24 10:52:33 2026'; fi ;;
-l) while IFS='	' read -r job alerts; do
    printf '%s                root              1024   Tue Nov 24 10:52:33 2026\\n' "$job"
    printf '\\tStatus: \\n\\tAlerts: %s\\n\\tqueued for labels\\n' "$alerts"
    done < "$3" ;;
esac
"""


class SystemQueue:
    """The queue `labels`; `folder/printed` holds what it was given, by number."""

    def __init__(self, folder: Path) -> None:
        """`folder/bin` is to be put on the path."""
        self.folder, self.programs = folder, folder / "bin"
        for each in (folder / "printed", self.programs):
            each.mkdir(parents=True)
        for name in ("not-completed", "completed"):
            (folder / name).touch()
        for name, text in (("lp", LP), ("lpstat", LPSTAT)):
            (self.programs / name).write_text(text.format(folder=folder))
            (self.programs / name).chmod(0o755)

    @property
    def arguments(self) -> list[str]:
        """All arguments that `lp` got."""
        return (self.folder / "arguments").read_text().splitlines()

    def documents(self) -> list[bytes]:
        """What was handed over, in order."""
        return [path.read_bytes() for path in sorted((self.folder / "printed").iterdir())]

    def end(self, job: str, alerts: str) -> None:
        """Have done with a job, for whatever reason."""
        self._drop(job)
        with (self.folder / "completed").open("a") as file:
            file.write(f"{job}\t{alerts}\n")

    def forget(self, job: str) -> None:
        """Drop a job from the queue's history."""
        self._drop(job)

    def turn(self, word: str, *, on: bool = True) -> None:
        """Make the queue `rejecting`, `disabled` or `gone`, or no more so."""
        (self.folder / word).touch() if on else (self.folder / word).unlink()

    def _drop(self, job: str) -> None:
        for name in ("not-completed", "completed"):
            kept = [line for line in (self.folder / name).read_text().splitlines() if line.split("\t")[0] != job]
            (self.folder / name).write_text("".join(f"{line}\n" for line in kept))
