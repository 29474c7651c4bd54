"""``python -m resnet_app``."""

import sys

from resnet_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
