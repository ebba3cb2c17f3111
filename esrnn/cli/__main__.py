"""``python -m esrnn.cli`` is the command ``esrnn``."""

import sys

from esrnn.cli import main

sys.exit(main())
