"""`python -m jaxcollapse`."""

from .cli import main

main()
