"""The store of committed results, ``competitions/results/``: what it holds, keeping, checking."""
