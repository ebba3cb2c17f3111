"""Which units training drops, as a plain function of a seed and of where a unit stands.

A generator would give other units to a member that trains among others than to one that trains
alone, since it draws for all of a tensor in one go. Here a unit's lot depends on its member's seed,
the step, the block and its place alone. `esrnn.kernels.gpu.dropped` compiles the same functions.
"""

from __future__ import annotations

from esrnn.kernels.jit import jit

__all__ = ["drop", "drop_one"]

_MASK = 0xFFFFFFFF
_MULTIPLIER = 0x45D9F3B  # of 27 bits: its product with 32 bits stays within an int64


@jit
def _mixed(x):  # type: ignore[no-untyped-def]
    """Turn 32 bits into others, one to one, so that all depend on all."""
    x = (((x >> 16) ^ x) * _MULTIPLIER) & _MASK
    x = (((x >> 16) ^ x) * _MULTIPLIER) & _MASK
    return (x >> 16) ^ x


@jit
def drop_one(thread, n_each, x, seeds, step, block, share, out):  # type: ignore[no-untyped-def]
    """Write one number of x or 0; those that are kept are enlarged.

    x and `out` are flat, `n_each` numbers of each member. A number's place among them does not
    depend on how many windows there are.
    """
    m = thread // n_each
    key = _mixed(_mixed((seeds[m] + block) & _MASK) ^ (step[0] & _MASK))
    lot = _mixed(key ^ _mixed((thread - m * n_each) & _MASK))
    kept = lot >= share * 4294967296.0
    out[thread] = x[thread] * (1.0 / (1.0 - share)) if kept else 0.0


@jit
def drop(n_each, x, seeds, step, block, share, out):  # type: ignore[no-untyped-def]
    """Drop units on the CPU: `seeds` of shape (M,), `step` of shape (1,), both int64."""
    for thread in range(x.size):
        drop_one(thread, n_each, x, seeds, step, block, share, out)
