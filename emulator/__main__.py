"""`python -m emulator` is the same as `understudy`."""

from emulator.cli import main

if __name__ == "__main__":
    main()
