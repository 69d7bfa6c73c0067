"""`python -m jaxcollapse.cli`."""

from . import main

main()
