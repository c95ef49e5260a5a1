"""Run the command line as `python -m segedu`, which is how torchrun starts it."""

from segedu.course.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
