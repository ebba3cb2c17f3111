"""Small blocks of a matrix product, held in the processor's vector registers.

A product of matrices is fast if a block of its result stays in registers while rows and columns are
multiplied into it. Numba's compiler does not find that by itself, so the blocks are written in
LLVM's own terms: vectors of `LANES` numbers, which become whatever the processor has. Each number
of a result is added up in the order of the sum, one after another, whatever block it is in: a row
of a product has the same bits whatever other rows there are, and nothing here starts a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["LANES", "tile_1x2", "tile_1x3", "tile_4x2", "tile_4x3"]

LANES = 8


def _make_tile(n_rows: int, n_vectors: int) -> Callable[..., None]:
    """Return a function that adds to a block of so many rows and `LANES` * n_vectors columns.

    ``tile(a, i, flipped, b, k, m, apart, out, j)`` adds a product to the columns from j on of
    ``out[i : i + n_rows]``: that of the same rows of `a`, or of ``a.T`` if it is flipped, and of as
    many rows of `b` as these have columns, from row k on. The first `LANES` columns begin at column
    m, and the next ones so many numbers after them. All arrays have two axes, contiguous rows and
    the same dtype. Nothing checks that the block lies inside.
    """

    def plain(
        a: Any, i: int, flipped: bool, b: Any, k: int, m: int, apart: int, out: Any, j: int
    ) -> None:
        left = (a.T if flipped else a)[i : i + n_rows]
        flat, row = b.reshape(-1), b.shape[1]
        for v in range(n_vectors):
            for n in range(left.shape[1]):
                at = (k + n) * row + m + v * apart
                columns = slice(j + v * LANES, j + (v + 1) * LANES)
                out[i : i + n_rows, columns] += left[:, n, None] * flat[at : at + LANES]

    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return plain

    def tile(typingctx, a, i, flipped, b, k, m, apart, out, j):  # type: ignore[no-untyped-def]
        n = types.intp
        signature = types.void(a, n, types.boolean, b, n, n, n, out, n)
        return signature, _generator(n_rows, n_vectors)

    return intrinsic(tile)


def _generator(n_rows: int, n_vectors: int) -> Callable[..., Any]:
    """Return what writes the code of a tile for arrays of given types."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        number = context.get_value_type(signature.args[0].dtype)
        vector = ir.VectorType(number, LANES)
        size = context.get_abi_sizeof(number)
        a, b, out = (
            _Matrix(context, builder, signature.args[n], args[n], vector) for n in (0, 3, 7)
        )
        _, i, flipped, _, k, m, apart, _, j = args
        a.flip_if(flipped)
        block = [(row, v) for row in range(n_rows) for v in range(n_vectors)]
        rows = [builder.add(i, i.type(row)) for row in range(n_rows)]
        lanes = [builder.add(j, j.type(v * LANES)) for v in range(n_vectors)]
        right_lanes = [builder.add(m, builder.mul(apart, m.type(v))) for v in range(n_vectors)]
        places = {(row, v): out.vector(rows[row], lanes[v]) for row, v in block}
        sums = {at: cgutils.alloca_once(builder, vector) for at in block}  # type: ignore[no-untyped-call]
        for at in block:
            builder.store(builder.load(places[at], align=size), sums[at])
        name = f"llvm.fmuladd.v{LANES}f{8 * size}"  # one rounding where the processor can
        multiply_add = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, ir.FunctionType(vector, [vector] * 3), name
        )
        with cgutils.for_range(builder, a.shape[1]) as loop:
            own = builder.add(k, loop.index)
            right = [builder.load(b.vector(own, lane), align=size) for lane in right_lanes]
            left = [_repeated(builder, a.number(row, loop.index), vector) for row in rows]
            for row, v in block:
                total = builder.load(sums[row, v])
                total = builder.call(multiply_add, [left[row], right[v], total])
                builder.store(total, sums[row, v])
        for at in block:
            builder.store(builder.load(sums[at]), places[at], align=size)
        return context.get_dummy_value()

    return generate


class _Matrix:
    """Where the numbers of an array of two axes are."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any, vector: Any) -> None:
        array = context.make_array(kind)(context, builder, value)
        self._builder, self._vector = builder, vector
        self._start = builder.bitcast(array.data, ir.IntType(8).as_pointer())
        self._steps = cgutils.unpack_tuple(builder, array.strides)  # type: ignore[no-untyped-call]
        self.shape = cgutils.unpack_tuple(builder, array.shape)  # type: ignore[no-untyped-call]

    def flip_if(self, flipped: Any) -> None:
        """Change rows and columns if a flag is set."""
        for pair in (self._steps, self.shape):
            first, second = pair
            pair[0] = self._builder.select(flipped, second, first)
            pair[1] = self._builder.select(flipped, first, second)

    def _place(self, row: Any, column: Any, kind: Any) -> Any:
        """Return a pointer to what begins at some row and column."""
        builder, (down, right) = self._builder, self._steps
        offset = builder.add(builder.mul(row, down), builder.mul(column, right))
        return builder.bitcast(builder.gep(self._start, [offset]), kind.as_pointer())

    def vector(self, row: Any, column: Any) -> Any:
        """Return a pointer to the vector from a column on."""
        return self._place(row, column, self._vector)

    def number(self, row: Any, column: Any) -> Any:
        """Return one number."""
        return self._builder.load(self._place(row, column, self._vector.element))


def _repeated(builder: Any, number: Any, vector: Any) -> Any:
    """Return a vector that has one number in all its lanes."""
    nothing = ir.Constant(vector, ir.Undefined)
    index = ir.IntType(32)
    first = builder.insert_element(nothing, number, index(0))
    lanes = ir.Constant(ir.VectorType(index, LANES), [0] * LANES)
    return builder.shuffle_vector(first, nothing, lanes)


tile_4x2, tile_4x3 = _make_tile(4, 2), _make_tile(4, 3)
tile_1x2, tile_1x3 = _make_tile(1, 2), _make_tile(1, 3)
