r"""Reparation of the generator with a large budget: does it remove the labeling "label = green"?

In `wyllie2024` a budget of a tenth of the batch does not. Here it is as large as the batch, and
generators drift more slowly: they start from half of their last weights.
"""

from .wyllie2024 import PIXELS, Form

# A pixel weighs as many numbers as the source's image has for it, with blue.
FULL = Form(40, 36, 2000, 1500, 49152, kept=0.5, weight=3 * 28**2 / PIXELS, budget=1.0, seed=27)
