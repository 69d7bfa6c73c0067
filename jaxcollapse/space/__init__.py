"""The space of configurations: answers choose a recursion; every family has an example truth."""

from .answers import Answers as Answers
from .answers import RememberedAnswers as RememberedAnswers
from .answers import Simplest as Simplest
from .examples import example_truth as example_truth
from .recursions import Configuration as Configuration
from .recursions import families_below as families_below
from .recursions import record_of as record_of
from .recursions import recursion_by_answers as recursion_by_answers
from .recursions import truth_arguments as truth_arguments
from .recursions import truth_of as truth_of
from .recursions import value_in as value_in
from .recursions import workflows_below as workflows_below
