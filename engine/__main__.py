"""`python -m engine` is the command `s2s`."""

from engine.cli import main

if __name__ == "__main__":
    main()
