"""What goes wrong in the planted month: when, how, and with which goods; decided by the seed before the month begins.

A fault waits until what it spoils comes along: a voucher on its way to accounting, a pick, goods at the dock, a
put-away, or just a quiet moment among the bins. A row of the books gets one fault, or two where two are meant to meet.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bench.planted_store import BINS, some_quantity
from bench.planted_world import CAUSES, Fault, Lot, Month, Voucher

# How often each cause, once each has come twice; and in which forms it comes.
OFTEN = dict(zip(CAUSES, (20, 12, 15, 15, 10, 10, 8, 6, 4), strict=True))
FORMS = {
    "physical-loss": ("lost", "lost", "too-many-taken", "lost-from-two"),
    "physical-gain": ("found", "too-few-taken"),
    "missing-card-entry": ("paper-issue", "paper-issue", "paper-receipt"),
    "missing-posting": ("unposted",),
    "swapped-batches": ("wrong-batch-taken", "mixed-at-dock", "booked-on-another"),
    "misplaced": ("moved-unscanned", "put-elsewhere", "scattered"),
    "double-posting": ("doubled",),
    "unit-error": ("boxes-booked", "boxes-received", "boxes-taken"),
    "digit-transposition": ("transposed",),
}
AT_BOOKING = ("unposted", "doubled", "boxes-booked", "transposed")
IN_THE_BINS = ("lost", "found", "moved-unscanned")
OVER_BINS = ("lost-from-two", "scattered")
MOST_TURNS = 60  # quiet moments an intent may look for its goods in one go


@dataclass(kw_only=True)
class Intent:
    """A fault that is going to happen from `due` on; `also` on the same row."""

    form: str
    due: datetime
    also: str = ""


class Mischief:
    """Does what goes wrong, to the goods and to the finance book, and keeps what it did."""

    def __init__(self, month: Month, chance: random.Random, *, faults: int, days: list[datetime]) -> None:
        self.month, self.chance = month, chance
        self.spoilt: set[Lot] = set()
        self.seen: list[int] = []  # quantities of the month's vouchers
        self._papers = 0
        self.intents = _plan(chance, faults, days)

    def hand_in(self, voucher: Voucher) -> None:
        """Let accounting book a voucher, as it should or not."""
        self.seen += [abs(pieces) for pieces in voucher.lines.values() if pieces]
        for intent in self._due(voucher.handed_in, (*AT_BOOKING, "booked-on-another")):
            if self._spoil_booking(intent, voucher):
                self.intents.remove(intent)
                return
        self.month.finance.book(voucher.lines)

    def take(self, lot: Lot, place: str, pieces: int, now: datetime) -> None:
        """Let a picker take what he scanned out of a bin, or not quite that; so much does lie there."""
        for intent in self._due(now, ("too-many-taken", "too-few-taken", "wrong-batch-taken", "boxes-taken")):
            if self._spoil_pick(intent, lot, place, pieces):
                self.intents.remove(intent)
                return
        self.month.world.take(lot, place, pieces)

    def arrives(self, lot: Lot, boxes: int, now: datetime) -> bool:
        """Say whether the keeper types whole boxes as if they were pieces, for goods of a new batch."""
        for intent in self._due(now, ("boxes-received",)):
            if boxes > 1 and lot not in self.spoilt:
                self.intents.remove(intent)
                self._keep("unit-error", [lot], f"{boxes} boxes of {self._pack(lot)} received as {boxes} pieces")
                return True
        return False

    def mix(self, lots: list[Lot], dock: str, now: datetime) -> None:
        """Let batches that came together be labelled as each other, in part."""
        for intent in self._due(now, ("mixed-at-dock",)):
            for one, other in pairwise(lots):
                lying = self.month.world.goods[one, dock]
                if one.item_no != other.item_no or one.owner != other.owner or {one, other} & self.spoilt or lying < 4:
                    continue
                pieces = self._size(one, lying // 2)
                self.month.world.put(other, dock, self.month.world.take(one, dock, pieces))
                self._keep("swapped-batches", [one, other], f"{pieces} of {one} labelled as {other} at the dock")
                self.intents.remove(intent)
                return

    def put_away(self, lot: Lot, target: str, now: datetime) -> str:
        """Give where a keeper really puts what he scanned into `target`."""
        for intent in self._due(now, ("put-elsewhere",)):
            if lot not in self.spoilt:
                self.intents.remove(intent)
                place = self.chance.choice([code for code in BINS if code != target])
                self._keep("misplaced", [lot], f"put into {place} instead of {target}", bins=(target, place))
                return place
        return target

    def quiet_moment(self, now: datetime) -> None:
        """Let what needs no act of the service happen."""
        for intent in self._due(now, (*IN_THE_BINS, *OVER_BINS, "paper-issue", "paper-receipt")):
            for _ in range(MOST_TURNS):
                lot, place, lying = self.chance.choice(self.month.world.piles())
                if place in BINS and lot not in self.spoilt and lying > 4 and self._among(intent, lot, place):
                    self.intents.remove(intent)
                    break

    def _among(self, intent: Intent, lot: Lot, place: str) -> bool:
        if intent.form in OVER_BINS:
            return self._over_bins(intent.form, lot, place)
        is_done = self._paper(intent.form, lot, place) if intent.form.startswith("paper") else (
            self._in_the_bins(intent.form, lot, place)
        )  # fmt: skip
        if is_done and intent.also:
            # A bin that the first fault emptied leaves nothing to the second: it comes over more goods then.
            return self._second(intent.also, lot)
        return is_done

    def _paper(self, form: str, lot: Lot, place: str) -> bool:
        """Move goods on a paper that accounting books and nobody scans."""
        world, pack = self.month.world, self._pack(lot)
        if form == "paper-issue":
            pieces = world.take(lot, place, self._size(lot, max(world.goods[lot, place] - 4, 1)))
            lines, story = {lot: -pieces}, f"{pieces} issued from {place} on a paper, not scanned"
        else:
            pieces = some_quantity(self.chance, pack, boxes=4)
            world.put(lot, place, pieces)
            lines, story = {lot: pieces}, f"{pieces} came into {place} on a paper, not scanned"
        self.month.finance.book(lines)
        self._keep("missing-card-entry", [lot], story)
        return True

    def _in_the_bins(self, form: str, lot: Lot, place: str) -> bool:
        world = self.month.world
        pieces = self._size(lot, world.goods[lot, place])
        if form == "lost":
            self._keep("physical-loss", [lot], f"{world.take(lot, place, pieces)} lost from {place}")
        elif form == "found":
            world.put(lot, place, pieces)
            self._keep("physical-gain", [lot], f"{pieces} more came into {place} than any book knows")
        else:
            target = self.chance.choice([code for code in BINS if code != place])
            world.put(lot, target, world.take(lot, place, pieces))
            self._keep("misplaced", [lot], f"{pieces} carried from {place} to {target}", bins=(place, target))
        return True

    def _over_bins(self, form: str, lot: Lot, place: str) -> bool:
        """Lose goods out of two bins of a lot, or carry some of a bin into two others; False where it lies in one."""
        world = self.month.world
        if form == "scattered":
            targets = self.chance.sample([code for code in BINS if code != place], 2)
            parts = [(target, self.chance.randint(1, world.goods[lot, place] // 2)) for target in targets]
            for target, pieces in parts:
                world.put(lot, target, world.take(lot, place, pieces))
            told = ", ".join(f"{pieces} to {target}" for target, pieces in parts)
            self._keep("misplaced", [lot], f"carried from {place}: {told}", bins=(place, *targets))
            return True
        piles = [(bin_code, pieces) for bin_code, pieces in self._binned(lot) if pieces > 1][:2]
        if len(piles) < 2:
            return False
        gone = [
            (world.take(lot, bin_code, self.chance.randint(1, pieces // 2)), bin_code) for bin_code, pieces in piles
        ]
        told = " and ".join(f"{pieces} from {bin_code}" for pieces, bin_code in gone)
        self._keep("physical-loss", [lot], f"lost {told}")
        return True

    def _second(self, form: str, lot: Lot) -> bool:
        """Plant the second fault of a mixed row, on the largest pile of the lot."""
        place, _ = max(((place, pieces) for place, pieces in self._binned(lot)), key=lambda pile: pile[1])
        self._in_the_bins(form, lot, place)
        self._mark_mixed()
        return True

    def _mark_mixed(self) -> None:
        for fault in self.month.faults[-2:]:
            fault.is_mixed = True

    def _binned(self, lot: Lot) -> list[tuple[str, int]]:
        return [(place, pieces) for place, pieces in self.month.world.of_lot(lot) if place in BINS]

    def _spoil_booking(self, intent: Intent, voucher: Voucher) -> bool:
        lines = {lot: pieces for lot, pieces in voucher.lines.items() if pieces}
        if not lines or self.spoilt & set(lines):
            return False
        if intent.also and (len(lines) > 1 or sum(pieces for _, pieces in self._binned(next(iter(lines)))) < 8):
            return False
        if intent.form == "booked-on-another":
            return self._book_on_another(voucher, lines)
        if intent.form in ("unposted", "doubled"):
            self._book_whole(intent.form, voucher, lines)
        elif not self._book_wrongly(intent.form, voucher, lines):
            return False
        return self._second(intent.also, next(iter(lines))) if intent.also else True

    def _book_whole(self, form: str, voucher: Voucher, lines: dict[Lot, int]) -> None:
        told = ", ".join(f"{pieces:+d} {lot}" for lot, pieces in lines.items())
        if form == "unposted":
            self._keep("missing-posting", list(lines), f"{voucher.number} not booked: {told}")
            return
        self.month.finance.book(lines)
        self.month.finance.book(lines)
        self._keep("double-posting", list(lines), f"{voucher.number} booked twice: {told}")

    def _book_wrongly(self, form: str, voucher: Voucher, lines: dict[Lot, int]) -> bool:
        """Book one line of a voucher as another quantity; False when none of them can be mistaken so."""
        for lot, pieces in lines.items():
            typed = self._transposed(abs(pieces)) if form == "transposed" else self._in_boxes(lot, abs(pieces))
            if typed == abs(pieces):
                continue
            booked = typed if pieces > 0 else -typed
            self.month.finance.book({**lines, lot: booked})
            cause = "digit-transposition" if form == "transposed" else "unit-error"
            self._keep(cause, [lot], f"{voucher.number} booked as {booked:+d} instead of {pieces:+d}")
            return True
        return False

    def _book_on_another(self, voucher: Voucher, lines: dict[Lot, int]) -> bool:
        """Book a line of a voucher on another batch of its item, which the voucher does not name."""
        for lot, pieces in lines.items():
            others = [
                other
                for other, _, _ in self.month.world.piles()
                if (other.item_no, other.owner) == (lot.item_no, lot.owner)
                and other not in {*voucher.lines, *self.spoilt}
            ]
            if others:
                other = self.chance.choice(others)
                self.month.finance.book({**lines, lot: 0, other: pieces})
                self._keep("swapped-batches", [lot, other], f"{voucher.number} {pieces:+d} {lot} booked on {other}")
                return True
        return False

    def _transposed(self, pieces: int) -> int:
        """Give the number with two neighbouring digits changed over, or itself where that gives no other number."""
        text = str(pieces)
        at = [i for i in range(len(text) - 1) if text[i] != text[i + 1] and not (i == 0 and text[1] == "0")]
        if not at:
            return pieces
        i = self.chance.choice(at)
        return int(text[:i] + text[i + 1] + text[i] + text[i + 2 :])

    def _in_boxes(self, lot: Lot, pieces: int) -> int:
        """Give pieces typed as boxes where they were whole boxes; a few pieces were taken for so many boxes."""
        pack = self._pack(lot)
        one = self.month.one(lot.item_no)
        if pieces % pack == 0:
            return pieces // pack * one
        return pieces * pack // one if pieces <= 5 * one else pieces

    def _spoil_pick(self, intent: Intent, lot: Lot, place: str, pieces: int) -> bool:
        world, form = self.month.world, intent.form
        lying = world.goods[lot, place]
        if lot in self.spoilt:
            return False
        if form == "wrong-batch-taken":
            return self._take_another(lot, pieces, also=intent.also)
        if form == "too-few-taken":
            missing = self.chance.randint(1, max(pieces // 3, 1))
            if pieces < 3:
                return False
            world.take(lot, place, pieces - missing)
            self._keep("physical-gain", [lot], f"{missing} too few taken from {place} for a delivery of {pieces}")
            return True
        one = self.month.one(lot.item_no)
        really = pieces * self._pack(lot) // one if form == "boxes-taken" else pieces + self.chance.randint(1, 5 * one)
        if really > lying:
            return False
        world.take(lot, place, really)
        told = f"{really} taken from {place}, {pieces} scanned"
        self._keep("unit-error" if form == "boxes-taken" else "physical-loss", [lot], told)
        return True

    def _take_another(self, lot: Lot, pieces: int, *, also: str = "") -> bool:
        """Take goods of another batch of the item, where enough of one lies; `also` happens to what is left of it."""
        left = 4 if also else 0
        others = [
            (other, bin_code)
            for other, bin_code, there in self.month.world.piles()
            if other.item_no == lot.item_no and other.owner == lot.owner and other != lot
            and bin_code in BINS and there >= pieces + left and other not in self.spoilt
        ]  # fmt: skip
        if not others:
            return False
        other, bin_code = self.chance.choice(others)
        self.month.world.take(other, bin_code, pieces)
        self._keep("swapped-batches", [lot, other], f"{pieces} of {other} taken from {bin_code}, {lot} scanned")
        if also:
            self._in_the_bins(also, other, bin_code)
            self._mark_mixed()
        return True

    def _size(self, lot: Lot, most: int) -> int:
        """Give how much goes wrong: a few pieces, as much as some voucher had, a box, or anything up to all."""
        throw = self.chance.random()
        if throw < 0.35 or not self.seen:
            size = self.chance.randint(1, 6 * self.month.one(lot.item_no))
        elif throw < 0.65:
            size = self.chance.choice(self.seen)
        elif throw < 0.8:
            size = self._pack(lot)
        else:
            size = self.chance.randint(1, most)
        return size if size <= most else self.chance.randint(1, most)

    def _due(self, now: datetime, forms: tuple[str, ...]) -> list[Intent]:
        return [intent for intent in self.intents if intent.form in forms and intent.due <= now]

    def _pack(self, lot: Lot) -> int:
        return self.month.packs[lot.item_no]

    def _keep(self, cause: str, lots: list[Lot], story: str, *, bins: tuple[str, ...] = ()) -> None:
        self.spoilt |= set(lots)
        self.month.faults.append(Fault(cause=cause, lots=lots, story=story, bins=bins))


def _plan(chance: random.Random, faults: int, days: list[datetime]) -> list[Intent]:
    """Choose so many faults: every cause twice of 40, one row in ten mixed, the rest as often as they happen."""
    mixed = faults // 10
    singles = faults - 2 * mixed
    causes = list(CAUSES) * min(2, singles // len(CAUSES))
    causes += chance.choices(list(OFTEN), weights=list(OFTEN.values()), k=singles - len(causes))
    due = sorted(chance.choice(days) + timedelta(hours=chance.uniform(0, 9)) for _ in range(singles + mixed))
    chance.shuffle(due)
    at = iter(due)
    planned = [Intent(form=chance.choice(FORMS[cause]), due=next(at)) for cause in causes]
    firsts = (*AT_BOOKING, "unposted", "paper-issue", "wrong-batch-taken")
    planned += [Intent(form=chance.choice(firsts), due=next(at), also=chance.choice(IN_THE_BINS)) for _ in range(mixed)]
    return planned


def by_cause(faults: list[Fault]) -> Counter[str]:
    """Count faults by cause."""
    return Counter(fault.cause for fault in faults)
