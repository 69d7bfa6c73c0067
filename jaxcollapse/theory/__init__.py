"""The theory beside the simulator: laws, their registry, exact recurrences and chains.

Names load their modules on first use; laws load by wing (see `registry`). The stub
`__init__.pyi` lists the names.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
