"""python -m chainrule"""

import sys

from .faces.cli import main

sys.exit(main())
