"""``python -m sealift``."""

from sealift.cli import main

if __name__ == "__main__":
    main()
