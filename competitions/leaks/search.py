"""Search for stretches that two series have in common up to scale and shift.

A stretch y is equal to another one, x, if y = a + b x with b > 0 within the rounding of the values.
A k-d tree of normalised windows proposes places. What is reported is counted on the values
themselves, over all steps around such a place.

Short and plain stretches are equal by chance: any two straight lines are, and any two steps. So the
points of a stretch must say more than chance can. Each point says as many bits as it departs from
the simplest continuation of the points before it: the logarithm of that distance in units of what
counts as equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from esrnn.errors import InputError
from esrnn.panel import Panel

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_MIN_BITS = 35.0  # chance gives less than 25: test parts turned backwards show none above
_MIN_WINDOW_BITS = 8.0  # windows that say less propose nothing
_ROUNDING = 2.0  # steps are equal within so many units of the last digit of both series
_MAX_RADIUS = 0.03  # of the search, for windows scaled to length 1
_CHUNK = 4096  # windows at a time
_SHORTEST_WINDOW = 5  # fewer steps say too little, whatever they are
_GAP = 2  # equal steps that one unequal step in between takes
_UNITS = 10.0 ** np.arange(3, -7, -1)  # that a series may be rounded to


@dataclass(frozen=True)
class Stretch:
    """Steps that the training part of a donor has in common with a target."""

    donor: int  # number in the panel, as the target
    target: int
    first: int  # first and last common step, counted from 0 in the target
    last: int
    offset: int  # step s of the target is step s + offset of the donor
    scale: float  # b and a of target = a + b donor
    shift: float
    n_equal: int  # from first to last; a few in between may differ or be missing
    n_shared: int  # that both series have at this offset, equal or not
    n_test: int  # equal steps in the target's test part
    bits: float  # what the equal steps say against chance


class Search:
    """The windows of all training parts of a panel, and what other series have in common with them.

    Series of `panel` have their test parts at the end, of `n_test` steps (0 for a series that is no
    target); a missing value is equal to nothing. `window` is the number of steps of the windows
    that propose places, the fewest that a stretch can have. An InputError is raised if a test part
    is negative or leaves nothing of its series, or `window` is below 5.

    Examples
    --------
    >>> donor, other = np.random.default_rng(1).normal(size=(2, 40)).round(3)
    >>> target = np.append(other[:20], 5 + 2 * donor[10:26])
    >>> panel = Panel.from_arrays([donor, target], ids=["donor", "target"])
    >>> [found] = Search(panel, np.array([0, 8]), window=8).tests()
    >>> found.n_test, found.n_equal, round(found.scale, 2), round(found.shift, 2)
    (8, 16, 2.0, 5.0)
    """

    def __init__(self, panel: Panel, n_test: IntArray, window: int) -> None:
        if (
            n_test.shape != panel.lengths.shape
            or not ((n_test >= 0) & (n_test < panel.lengths)).all()
        ):
            raise InputError(
                "n_test must have one number for each series, at least 0 and less than its length"
            )
        if window < _SHORTEST_WINDOW:
            raise InputError(f"window must be at least {_SHORTEST_WINDOW}; got {window}")
        self._panel, self._n_test, self._window = panel, n_test, window
        self._series = np.repeat(np.arange(panel.n_series), panel.lengths)
        self._units = np.array([_last_digit(panel.series(i)) for i in range(panel.n_series)])
        starts = np.arange(len(panel.values))
        ends = (panel.indptr[1:] - n_test)[self._series]
        self._starts, forms, _ = self._forms(starts[starts + self._window <= ends])
        self._tree = cKDTree(forms, balanced_tree=False, compact_nodes=False)

    def tests(self) -> list[Stretch]:
        """Find test parts of series in the training parts of other series.

        Returns stretches with more than half of the target's test part: the fullest one for each
        pair of series, by target.
        """
        indptr, window = self._panel.indptr, self._window
        starts = [
            end - n + ahead - window
            for begin, end, n in zip(indptr[:-1], indptr[1:], self._n_test, strict=True)
            for ahead in range(n // 2 + 1, n + 1)
            if end - n + ahead - window >= begin
        ]
        found = (self._stretch(*place, n_last=0) for place in self._places(starts))
        return _fullest(one for one in found if one and one.n_test > self._n_test[one.target] / 2)

    def common(self, share: float = 0.9) -> list[Stretch]:
        """Find training parts that have almost all steps of the shorter one in common.

        A pair must exceed `share` of the shorter training part. The donor is the shorter one, or
        the later one where they are of one length; the target is the one to keep.
        """
        n_train = self._panel.lengths - self._n_test
        starts = [
            begin + round(part * (n - self._window))
            for begin, n in zip(self._panel.indptr[:-1], n_train, strict=True)
            if n >= self._window
            for part in (0.1, 0.3, 0.5, 0.7, 0.9)
        ]
        found = []
        for donor, target, offset, start in self._places(starts):
            if (n_train[donor], -donor) > (n_train[target], -target):
                donor, target, offset, start = target, donor, -offset, start + offset
            one = self._stretch(donor, target, offset, start, n_last=self._n_test[target])
            if one and one.n_equal > share * n_train[donor]:
                found.append(one)
        return _fullest(found)

    def _places(self, starts: npt.ArrayLike) -> Iterator[tuple[int, int, int, int]]:
        """Propose donor, target, offset and the target's step where equal windows begin.

        `starts` are places in the panel's values. The window of the widest values is taken for
        each donor, target and offset: it has the best scale.
        """
        queries, forms, radii = self._forms(np.unique(np.asarray(starts, dtype=np.int64)))
        found, spreads = [np.empty((0, 4), dtype=np.int64)], [np.empty(0)]
        for first in range(0, len(queries), _CHUNK):
            chunk = slice(first, first + _CHUNK)
            hits = self._tree.query_ball_point(forms[chunk], radii[chunk], return_sorted=False)
            y_start = np.repeat(queries[chunk], [len(hit) for hit in hits])
            x_start = self._starts[np.concatenate([*hits, []]).astype(np.int64)]
            other = self._series[x_start] != self._series[y_start]
            equal, spread = self._equal(x_start[other], y_start[other])
            found.append(equal)
            spreads.append(spread)
        order = np.argsort(-np.concatenate(spreads), kind="stable")
        places = np.concatenate(found)[order]
        _, kept = np.unique(places[:, :3], axis=0, return_index=True)
        yield from places[np.sort(kept)].tolist()

    def _stretch(
        self, donor: int, target: int, offset: int, start: int, n_last: int
    ) -> Stretch | None:
        """Extend equal windows as far as they go, the last `n_last` steps of the target left out.

        None if the steps say too little against chance.
        """
        x_all = self._panel.series(donor)
        x_all = x_all[: len(x_all) - self._n_test[donor]]
        y_all = self._panel.series(target)
        n_target = len(y_all)
        low, high = max(0, -offset), min(n_target - n_last, len(x_all) - offset)
        x, y = x_all[low + offset : high + offset], y_all[low:high]
        there = np.isfinite(x) & np.isfinite(y)
        x, y = np.where(there, x, 0.0), np.where(there, y, 0.0)
        equal = np.zeros(high - low, dtype=bool)
        equal[start - low : start - low + self._window] = True
        for _ in range(50):  # until nothing changes; it may swing between two stretches
            x_mean, y_mean = x[equal].mean(), y[equal].mean()
            squares = ((x[equal] - x_mean) ** 2).sum()
            scale = ((x[equal] - x_mean) * y[equal]).sum() / squares
            error = np.abs(y - y_mean - scale * (x - x_mean))
            unit = self._units[target] + abs(scale) * self._units[donor]
            # Far from the steps that the line was fitted to, the line itself is uncertain.
            far = np.sqrt(1.0 / equal.sum() + (x - x_mean) ** 2 / squares)
            before, equal = (
                equal,
                _densest(there & (error <= _ROUNDING * unit * (1.0 + far)), there),
            )
            if equal.sum() < self._window or np.ptp(x[equal]) == 0.0:
                return None
            if (equal == before).all():
                break
        if scale <= 0.0:
            return None
        steps = np.flatnonzero(equal)
        # The rounding of a straight line departs from it by a unit, so that says nothing.
        told = max(error[steps].max(), self._units[target], unit / 2.0)
        bits = float(_bits(y[None, steps], np.array([told]))[0])
        n_between = int(there[steps[0] : steps[-1] + 1].sum())
        bits -= math.log2(math.comb(n_between, len(steps)))  # to say which ones are equal
        if bits < _MIN_BITS:
            return None
        return Stretch(
            donor=donor,
            target=target,
            first=int(steps[0]) + low,
            last=int(steps[-1]) + low,
            offset=offset,
            scale=float(scale),
            shift=float(y_mean - scale * x_mean),
            n_equal=len(steps),
            n_shared=int(there.sum()),
            n_test=int((steps + low >= n_target - self._n_test[target]).sum()),
            bits=bits,
        )

    def _forms(self, starts: IntArray) -> tuple[IntArray, Array, Array]:
        """Return windows that say something: starts, values scaled to length 1, search radii."""
        kept, forms, radii = [starts[:0]], [np.empty((0, self._window))], [np.empty(0)]
        for first in range(0, len(starts), _CHUNK):
            chunk = starts[first : first + _CHUNK]
            windows = self._panel.values[chunk[:, None] + np.arange(self._window)]
            says = np.isfinite(windows).all(axis=1)
            chunk, windows = chunk[says], windows[says]
            says = _bits(windows, self._units[self._series[chunk]]) > _MIN_WINDOW_BITS
            chunk, windows = chunk[says], windows[says]
            centred = windows - windows.mean(axis=1, keepdims=True)
            lengths = np.sqrt((centred**2).sum(axis=1))
            radius = np.median(_departures(windows), axis=1) / lengths / 3.0
            kept.append(chunk)
            forms.append(centred / lengths[:, None])
            radii.append(np.minimum(radius, _MAX_RADIUS))
        return np.concatenate(kept), np.concatenate(forms), np.concatenate(radii)

    def _equal(self, x_start: IntArray, y_start: IntArray) -> tuple[IntArray, Array]:
        """Return the place and the spread of the pairs of windows that are equal."""
        ahead = np.arange(self._window)
        x, y = (self._panel.values[start[:, None] + ahead] for start in (x_start, y_start))
        x, y = (one - one.mean(axis=1, keepdims=True) for one in (x, y))
        scale = (x * y).sum(axis=1) / (x**2).sum(axis=1)
        donor, target = self._series[x_start], self._series[y_start]
        unit = self._units[target] + np.abs(scale) * self._units[donor]
        error = np.abs(y - scale[:, None] * x).max(axis=1)
        x_step, y_step = x_start - self._panel.indptr[donor], y_start - self._panel.indptr[target]
        places = np.stack([donor, target, x_step - y_step, y_step], axis=1)
        ok = (error <= _ROUNDING * unit) & (scale > 0.0)
        return places[ok], (y[ok] ** 2).sum(axis=1)


def _fullest(found: Iterable[Stretch]) -> list[Stretch]:
    """Keep the stretch with most test steps, then most bits, of each pair of series."""
    best: dict[tuple[int, int], Stretch] = {}
    for one in found:
        pair = (one.target, one.donor)
        if pair not in best or (one.n_test, one.bits) > (best[pair].n_test, best[pair].bits):
            best[pair] = one
    return [best[pair] for pair in sorted(best)]


def _densest(equal: BoolArray, there: BoolArray) -> BoolArray:
    """Keep the equal steps of the part in which they outnumber the unequal ones by most."""
    gain = np.concatenate([[0], np.cumsum(np.where(equal, 1, -_GAP * there))])
    rise = gain - np.minimum.accumulate(gain)
    end = int(np.argmax(rise))
    start = int(np.argmin(gain[: end + 1]))
    kept = np.zeros_like(equal)
    kept[start:end] = equal[start:end]
    return kept


def _departures(windows: Array) -> Array:
    """Measure how far each point but the first is from the nearest of three continuations.

    They are the last point, and a straight line and a parabola through the points before.
    """
    departures = np.abs(np.diff(windows))
    for order in (2, 3):
        further = np.abs(np.diff(windows, order))
        departures[:, order - 1 :] = np.minimum(departures[:, order - 1 :], further)
    return departures


def _bits(windows: Array, unit: Array) -> Array:
    """Count what the points of each window say; the one that says most is fitted by the scale."""
    bits: Array = np.log2(np.maximum(_departures(windows) / unit[:, None], 1.0))
    return np.asarray(bits.sum(axis=1) - bits.max(axis=1))


def _last_digit(series: Array) -> float:
    """Return the unit of the last digit of a series, a power of ten: 100 for 1500, 900, 2000."""
    values = series[np.isfinite(series)]
    largest = float(np.abs(values).max(initial=0.0))
    for unit in _UNITS:
        if (np.abs(values / unit - np.round(values / unit)) <= 1e-5).all():
            break
    return float(max(unit, 1e-9 * largest))
