"""The laboratory for the theory of model collapse: recursive training by the million, beside the
laws that predict it.

The public names are listed, with their types, in `__init__.pyi`; each loads its module when it is
first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = "0.1.0"
