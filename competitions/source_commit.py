"""Which code is running: the checkout's commit."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_CODE = ("esrnn/**.py", "competitions/**.py")


def commit() -> str | None:
    """Return the checkout's commit; None if there is none, as where the package is installed.

    Where the code differs from it, ``+changes.`` and a digest of what differs follow, files that
    git does not track included, so that equal strings mean equal code.
    """
    # An installed package may lie inside somebody else's repository.
    place, _, head = (_git("rev-parse", "--show-toplevel", "HEAD") or "").partition("\n")
    if not head or Path(place).resolve() != _ROOT:
        return None
    changes = _git("diff", "HEAD", "--", *_CODE) or ""
    untracked = _git("ls-files", "--others", "--exclude-standard", "--", *_CODE) or ""
    texts = [changes, *((_ROOT / name).read_text("utf-8") for name in untracked.splitlines())]
    if not any(texts):
        return head
    return f"{head}+changes.{sha256(chr(0).join(texts).encode()).hexdigest()[:8]}"


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
