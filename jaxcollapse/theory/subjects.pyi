import jax as jax

from .._keys import *
from ..decoding import *
from ..engine.mixing import *
from ..engine.simulate import *
from ..families import *
from ..families.kernel import *
from ..families.ngram import *
from ..metrics import *
from ..metrics.sequences import *
from ..monitoring import *
from ..nets import LinearVAE as LinearVAE
from ..nets import Optimum as Optimum
from ..quantities.base import *
from ..recursion import *
from ..sampling import *
from ..selection import *
from ..space.examples import *
from ..workflows import *

jnp = jax.numpy
