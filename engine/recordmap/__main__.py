"""`python -m recordmap`."""

from recordmap.cli.main import main

main()
