"""Runs: a method on a task, from data to a directory with everything needed to score it again."""
