"""`Covariates`: numbers about the series of a panel beside their values.

They are encoded already. How columns of a frame become numbers is the business of
`esrnn.frames.covariates`, what the network makes of them that of `esrnn.nn`.
"""

from dataclasses import dataclass

import numpy as np

from esrnn._typing import Float32Array, IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError
from esrnn.panel.flat import flat_positions, indptr_of, read_only

__all__ = ["Covariates"]


@dataclass(frozen=True, eq=False, repr=False)
class Covariates:
    """Static and future covariates of every series of a panel.

    Parameters
    ----------
    static : ndarray of shape (N, S), float32
        Static covariates, the same at every step; S may be 0.
    future : ndarray of shape (sum of T_i + H, C), float32
        Future covariates, known in advance: of each series its T_i steps, then the H steps after
        its end; C may be 0.
    indptr : ndarray of shape (N + 1,), int64
        Series i holds ``future[indptr[i]:indptr[i + 1]]``, at least one step and the horizon.
    horizon : int
        Steps H after the end of each series.

    Raises
    ------
    InputTypeError
        If an array has the wrong dtype.
    InputError
        If the shapes disagree, a series has no step, or a number is not finite.

    Examples
    --------
    >>> static = np.array([[0.0], [1.0]], dtype=np.float32)
    >>> future = np.arange(7, dtype=np.float32)[:, None]
    >>> covariates = Covariates(static, future, np.array([0, 4, 7]), horizon=2)
    >>> covariates
    Covariates(n_series=2, n_static=1, n_future=1, horizon=2)
    >>> covariates.lengths
    array([2, 1])
    """

    static: Float32Array
    future: Float32Array
    indptr: IntArray
    horizon: int

    def __post_init__(self) -> None:
        """Check the invariants and make the arrays read-only."""
        _check_matrix("static", self.static)
        _check_matrix("future", self.future)
        if self.indptr.dtype != np.int64:
            raise InputTypeError(f"Covariates.indptr must be of int64; got {self.indptr.dtype}.")
        self._check_shapes()
        for name in ("static", "future", "indptr"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def __repr__(self) -> str:
        return (
            f"Covariates(n_series={self.n_series}, n_static={self.n_static}, "
            f"n_future={self.n_future}, horizon={self.horizon})"
        )

    def __reduce__(self) -> tuple[type["Covariates"], tuple[object, ...]]:
        # Through the constructor: plain unpickling would lose the read-only flags.
        arrays = (np.asarray(array) for array in (self.static, self.future, self.indptr))
        return type(self), (*arrays, self.horizon)

    @property
    def n_series(self) -> int:
        """Number of series, N."""
        return int(self.indptr.size) - 1

    @property
    def n_static(self) -> int:
        """Number of static covariates, S."""
        return int(self.static.shape[1])

    @property
    def n_future(self) -> int:
        """Number of future covariates, C."""
        return int(self.future.shape[1])

    @property
    def lengths(self) -> IntArray:
        """Steps of every series without the horizon, T_i, of shape (N,)."""
        lengths: IntArray = np.diff(self.indptr) - self.horizon
        return lengths

    def subset(self, indices: IntArray) -> "Covariates":
        """Return the covariates of some series, in the order of `indices`.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64

        Returns
        -------
        Covariates
        """
        steps = np.diff(self.indptr)[indices]
        future = self.future[flat_positions(self.indptr[:-1][indices], steps)]
        return Covariates(self.static[indices], future, indptr_of(steps), self.horizon)

    def cut(self, lengths: IntArray, horizon: int | None = None) -> "Covariates":
        """Return the covariates of series that end at another step.

        For series whose last steps are held back, and for series that were continued by steps of
        their own forecast.

        Parameters
        ----------
        lengths : ndarray of shape (N,), int64
            Steps of each series, at least 1.
        horizon : int, optional
            Steps after them; by default as many as there are now.

        Returns
        -------
        Covariates
            The first ``lengths[i] + horizon`` steps of every series.

        Raises
        ------
        InputError
            If a series has fewer steps, or the number of series is another one.

        Examples
        --------
        >>> future = np.arange(6, dtype=np.float32)[:, None]
        >>> empty = np.empty((1, 0), dtype=np.float32)
        >>> covariates = Covariates(empty, future, np.array([0, 6]), horizon=2)
        >>> covariates.cut(np.array([3])).future[:, 0]
        array([0., 1., 2., 3., 4.], dtype=float32)
        """
        horizon = self.horizon if horizon is None else horizon
        if np.shape(lengths) != (self.n_series,):
            raise InputError(
                f"cut needs one length for each of the {self.n_series} series; got an array of"
                f" shape {np.shape(lengths)}."
            )
        steps = np.asarray(lengths, dtype=np.int64) + horizon
        short = np.flatnonzero(steps > np.diff(self.indptr))
        if short.size:
            i = int(short[0])
            raise InputError(
                f"{short.size} series have covariates of fewer steps than were asked for; series"
                f" number {i} has {self.lengths[i]} steps and {self.horizon} after them, asked for"
                f" were {lengths[i]} and {horizon}. Encode the covariates with a longer horizon."
            )
        future = self.future[flat_positions(self.indptr[:-1], steps)]
        return Covariates(self.static, future, indptr_of(steps), horizon)

    def require_fit(self, lengths: IntArray) -> None:
        """Refuse series of other lengths than the covariates are of.

        Parameters
        ----------
        lengths : ndarray of shape (N,), int64
            Steps of each series.

        Raises
        ------
        InputError
            If the number of series or a length is another one.
        """
        if self.n_series != lengths.size:
            raise InputError(
                f"covariates must be of all {lengths.size} series; got those of {self.n_series}."
                " Encode them with the same panel."
            )
        other = np.flatnonzero(self.lengths != lengths)
        if other.size:
            shown = "; ".join(
                f"series number {i}: {lengths[i]} steps, covariates of {self.lengths[i]}"
                for i in other[:N_LISTED].tolist()
            )
            raise InputError(
                f"covariates must have as many steps as their series, and {self.horizon} after"
                f" them; {other.size} have not: {shown}. Encode them with the same panel, or cut"
                " them with Covariates.cut."
            )

    def _check_shapes(self) -> None:
        n_series = int(self.indptr.size) - 1
        if self.static.shape[0] != n_series:
            raise InputError(
                f"Covariates.static must have one row for each of the {n_series} series; got"
                f" {self.static.shape[0]}."
            )
        if self.horizon < 0:
            raise InputError(f"Covariates.horizon must be at least 0; got {self.horizon}.")
        if n_series < 0 or self.indptr[0] != 0 or self.indptr[-1] != self.future.shape[0]:
            raise InputError(
                "Covariates.indptr must run from 0 to the number of rows of future,"
                f" {self.future.shape[0]}; got {self.indptr[:1]} to {self.indptr[-1:]}."
            )
        short = np.flatnonzero(self.lengths < 1)
        if short.size:
            i = int(short[0])
            raise InputError(
                "every series needs covariates of at least one step and of the horizon after its"
                f" end; {short.size} have fewer, the first is series number {i} with"
                f" {self.indptr[i + 1] - self.indptr[i]} steps at a horizon of {self.horizon}."
            )


def _check_matrix(name: str, array: object) -> None:
    """Refuse anything but a matrix of finite float32."""
    if not isinstance(array, np.ndarray) or array.dtype != np.float32:
        got = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise InputTypeError(f"Covariates.{name} must be an ndarray of float32; got {got}.")
    if array.ndim != 2:
        raise InputError(f"Covariates.{name} must have two axes; got shape {array.shape}.")
    bad = np.argwhere(~np.isfinite(array))
    if bad.size:
        raise InputError(
            f"Covariates.{name} must be finite; {len(bad)} numbers are not, the first in row"
            f" {bad[0, 0]}, column {bad[0, 1]}."
        )
