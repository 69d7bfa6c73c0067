r"""Metrics: one model against the truth. A metric is a function `(family, params, truth) ->
scalar`, by family.

Univariate models report the moments of the law they describe; categorical models treat their
probabilities. KL divergences are in nats; a model that lost a category is infinitely far from the
truth in one direction.
"""

from . import categorical as categorical
from . import multivariate as multivariate
from . import regression as regression
from . import samples as samples
from . import sequences as sequences
from . import texts as texts
from . import univariate as univariate
from .base import Metric as Metric
from .base import list_metrics as list_metrics
from .base import metric as metric
from .names import accuracy as accuracy
from .names import chi_square as chi_square
from .names import determinant_ratio as determinant_ratio
from .names import effective_rank as effective_rank
from .names import entropy as entropy
from .names import excess_risk as excess_risk
from .names import fisher_risk as fisher_risk
from .names import fixed as fixed
from .names import heterozygosity as heterozygosity
from .names import in_sample_error as in_sample_error
from .names import kl as kl
from .names import kl_reverse as kl_reverse
from .names import last_log_pivot as last_log_pivot
from .names import location as location
from .names import log_condition as log_condition
from .names import log_determinant_ratio as log_determinant_ratio
from .names import log_variance as log_variance
from .names import mean as mean
from .names import mean_cube as mean_cube
from .names import mean_error as mean_error
from .names import missing_mass as missing_mass
from .names import parameter_error as parameter_error
from .names import projected_log_variance as projected_log_variance
from .names import second_moment as second_moment
from .names import segregating as segregating
from .names import simpson as simpson
from .names import squared_distance as squared_distance
from .names import standard_deviation as standard_deviation
from .names import support as support
from .names import third_cumulant as third_cumulant
from .names import total_variation as total_variation
from .names import trace_of_square as trace_of_square
from .names import trace_ratio as trace_ratio
from .names import variance as variance
from .names import w2 as w2
from .names import zonal_column as zonal_column
from .names import zonal_hook as zonal_hook
from .names import zonal_row as zonal_row
from .names import zonal_row_of_three as zonal_row_of_three
from .parametrized import metric_named as metric_named
from .samples import coverage as coverage
from .samples import density as density
from .samples import energy_distance as energy_distance
from .samples import frechet as frechet
from .samples import mmd as mmd
from .samples import mode_shares as mode_shares
from .samples import on_samples as on_samples
from .samples import precision as precision
from .samples import recall as recall
from .samples import vendi as vendi
from .samples import vendi_of_order as vendi_of_order
from .sequences import context_heterozygosity as context_heterozygosity
from .sequences import cycle_length as cycle_length
from .sequences import entropy_rate as entropy_rate
from .sequences import perplexity as perplexity
from .sequences import row_heterozygosity as row_heterozygosity
from .sequences import transition as transition
from .texts import distinct as distinct
from .texts import repetition as repetition
from .texts import self_bleu as self_bleu
from .texts import survival as survival
from .thresholded import laplace_transform as laplace_transform
from .thresholded import outside as outside
from .thresholded import share as share
from .thresholded import tail_mass as tail_mass
from .thresholded import types_left as types_left
