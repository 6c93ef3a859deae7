"""Lets `python -m tzurot` be the command line."""

from tzurot.cli import main

main()
