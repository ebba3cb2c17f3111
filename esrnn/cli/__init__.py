"""The command ``esrnn``: thin commands over `esrnn.jobs`.

Nothing heavy is loaded before a command runs, so that a question for help is answered at once.
"""

from esrnn.cli.main import main

__all__ = ["main"]
