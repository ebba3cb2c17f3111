"""Where tests keep what Numba compiles; Numba itself must not be imported here."""

import hashlib
from pathlib import Path


def cache_folder(root: Path) -> Path:
    """Name a folder for compiled kernels by the contents of all files of `esrnn/kernels`.

    Numba keeps a compiled function until the function's own file changes. The functions that it
    calls are compiled into it, and a change in *their* files goes unnoticed: with one cache for
    all versions, `smoothing` would go on running the step that `recursion` had before.
    """
    kernels = root / "esrnn" / "kernels"
    digest = hashlib.sha256()
    for path in sorted(kernels.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(kernels).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return root / ".pytest_cache" / "numba" / digest.hexdigest()[:16]
