"""`python -m spatialnb` is the command line."""

from spatialnb.cli import main

main()
