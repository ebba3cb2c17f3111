"""Committed results, ``competitions/results/``: reading, checking and adding them."""
