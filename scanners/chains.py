"""A retail symbol as a chain of slots: how it looks blurred, and which digits explain a line of ink best.

Blur carries ink into the neighbouring slots only, so the likeliest chain of digits is found exactly, slot by slot; with
the check sum so far as part of the state, so is the likeliest number whose check digit is right, and the next one.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import erf

import numpy as np
from numpy.typing import NDArray

from scanners.retail import PATTERNS, SLOT, Layout

Values = NDArray[np.float64]
Choice = NDArray[np.int64]

PER_MODULE = 3  # samples
QUIET = 3  # modules beyond both ends that are compared as well
_REACH = 5  # modules that blur carries ink
_SENSOR = 0.3  # modules of gaussian blur beside a disc


@dataclass(frozen=True, kw_only=True)
class Blur:
    """What a lens makes of a point, seen along the bars: a gaussian, or the disc of a lens out of focus.

    `sigma` is the standard deviation in modules; a disc's radius is twice that.
    """

    sigma: float
    is_disc: bool = False


BLURS = (
    *(Blur(sigma=sigma) for sigma in (0.3, 0.42, 0.55, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5, 1.7, 1.95)),
    *(Blur(sigma=sigma, is_disc=True) for sigma in (0.6, 0.72, 0.85, 1.0, 1.15, 1.3, 1.45, 1.6, 1.8, 2.0)),
)


def near(blur: int) -> list[int]:
    """Give a blur of BLURS, its neighbours of one kind and the other kind's that is as wide."""
    own = BLURS[blur]
    found = [n for n in (blur - 1, blur, blur + 1) if 0 <= n < len(BLURS) and BLURS[n].is_disc == own.is_disc]
    others = [n for n, one in enumerate(BLURS) if one.is_disc != own.is_disc]
    return [*found, min(others, key=lambda n: abs(BLURS[n].sigma - own.sigma))]


@lru_cache(maxsize=64)
def blurred_module(blur: Blur, span: int) -> Values:
    """Give how one black module looks, a row of samples for each of `span` modules beginning with its own place."""
    centres = (np.arange(span * PER_MODULE) + 0.5) / PER_MODULE
    offsets = centres[None] - (np.arange(span) + 0.5)[:, None]
    at, seen = _edge(blur)
    return np.asarray(np.interp(offsets + 0.5, at, seen) - np.interp(offsets - 0.5, at, seen))


@lru_cache(maxsize=64)
def _edge(blur: Blur) -> tuple[Values, Values]:
    """Give how an edge from 0 to 1 looks, at places in modules from it."""
    at = np.linspace(-7, 7, 1401)
    if not blur.is_disc:
        return at, np.array([0.5 * (1 + erf(u / blur.sigma / 2**0.5)) for u in at])
    spread = np.sqrt(np.clip((2 * blur.sigma) ** 2 - at**2, 0, None))
    sensor = np.exp(-0.5 * (at / _SENSOR) ** 2)
    spread = np.convolve(spread, sensor, "same")
    return at, np.cumsum(spread) / spread.sum()


class Chain:
    """A layout at one blur: the fixed bars, each digit by itself, and what neighbours have in common."""

    def __init__(self, layout: Layout, blur: Blur) -> None:
        span = layout.modules + 2 * QUIET
        modules = blurred_module(blur, span)
        black = np.array(layout.black) + QUIET
        self.fixed = modules[black].sum(axis=0)
        wide = SLOT + 2 * _REACH
        single = blurred_module(blur, wide)[_REACH : _REACH + SLOT]
        self.digits = PATTERNS @ single  # 30 x samples of a slot and its reach
        self.windows = np.array([(start + QUIET - _REACH) * PER_MODULE for start in layout.starts])
        self.norms = (self.digits**2).sum(axis=1)
        slots, digits = len(layout.starts), np.arange(10)
        common = [self._common(int(gap)) for gap in np.diff(layout.starts)]
        # Without regard to the check digit: patterns of each slot, and what those of two neighbours have in common.
        self.allowed = [(np.unique(layout.sets[:, n])[:, None] + digits).ravel() for n in range(slots)]
        self.pairs = [common[n][np.ix_(self.allowed[n], self.allowed[n + 1])] for n in range(slots - 1)]
        # By leading digit: the same, lead x digit and lead x digit x next digit.
        self.owned = [layout.sets[:, n, None] + digits for n in range(slots)]
        self.steps = [common[n][self.owned[n][:, :, None], self.owned[n + 1][:, None, :]] for n in range(slots - 1)]

    def _common(self, gap: int) -> Values:
        shift = gap * PER_MODULE
        if shift >= self.digits.shape[1]:
            return np.zeros((len(PATTERNS), len(PATTERNS)))
        return np.asarray(2 * self.digits[:, shift:] @ self.digits[:, : self.digits.shape[1] - shift].T)

    def draw(self, chosen: Choice) -> Values:
        """Give the ink of a whole code, 0 to 1, at each sample."""
        ink: Values = self.fixed.copy()
        for window, one in zip(self.windows, chosen, strict=True):
            ink[window : window + self.digits.shape[1]] += self.digits[one]
        return ink

    def costs(self, ink: Values) -> Values:
        """Give for each slot (row) and pattern what choosing it adds to the squared distance from `ink`."""
        rest = ink - self.fixed
        width = self.digits.shape[1]
        seen = np.array([rest[window : window + width] for window in self.windows])
        costs: Values = self.norms[None] - 2 * seen @ self.digits.T
        return costs


def find_free(model: Chain, ink: Values) -> Choice:
    """Give the likeliest patterns, each slot of any set it may have, without regard to the check digit."""
    costs = model.costs(ink)
    reached = costs[0, model.allowed[0]]
    came: list[Choice] = []
    for slot, pairs in enumerate(model.pairs, 1):
        both = reached[:, None] + pairs
        came.append(both.argmin(axis=0))
        reached = both.min(axis=0) + costs[slot, model.allowed[slot]]
    chosen = [int(reached.argmin())]
    for back in reversed(came):
        chosen.append(int(back[chosen[-1]]))
    return np.array([patterns[one] for patterns, one in zip(model.allowed, reversed(chosen), strict=True)])


def find_checked(model: Chain, layout: Layout, ink: Values) -> tuple[Choice, float, float]:
    """Give the likeliest patterns of a number whose check digit is right, its cost, and the next number's.

    Goes through the slots from both sides; the state is the leading digit (by the sets), the sum so far and the digit.
    """
    costs, sets, digits, steps = model.costs(ink), layout.sets, np.arange(10), model.steps
    slots, leads = len(layout.starts), len(sets)
    own = [costs[n][owned] for n, owned in enumerate(model.owned)]  # lead x digit
    before = np.full((leads, 10, 10), np.inf)  # lead x sum x digit
    for digit in digits:
        before[:, layout.weights[0] * digit % 10, digit] = own[0][:, digit]
    forward = [before]
    for n in range(1, slots):
        reached = (forward[-1][:, :, :, None] + steps[n - 1][:, None]).min(axis=2)  # lead x sum x next digit
        turned = (np.arange(10)[:, None] - layout.weights[n] * digits[None]) % 10  # sum before, by sum and digit
        forward.append(reached[:, turned, digits[None]] + own[n][:, None, :])
    after = np.full((leads, 10, 10), np.inf)
    for lead in range(leads):
        after[lead, -layout.leading * lead % 10, :] = 0.0
    passing = [forward[-1] + after]
    backward = after
    for n in range(slots - 2, -1, -1):
        turned = (np.arange(10)[:, None] + layout.weights[n + 1] * digits[None]) % 10
        coming = backward[:, turned, digits[None]] + own[n + 1][:, None, :]  # lead x sum x next digit
        backward = (coming[:, :, None, :] + steps[n][:, None]).min(axis=3)
        passing.append(forward[n] + backward)
    passing.reverse()
    flat = passing[0].min(axis=(1, 2))
    lead = int(flat.argmin())
    best = float(flat[lead])
    through = np.array([one[lead].min(axis=0) for one in passing])  # slot x digit
    chosen = through.argmin(axis=1)
    others = through.copy()
    others[np.arange(slots), chosen] = np.inf
    runner = float(others.min())
    if leads > 1:
        runner = min(runner, float(np.delete(flat, lead).min()))
    return np.asarray(sets[lead] + chosen), best, runner
