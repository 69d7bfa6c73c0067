"""The metrics of the families with closed forms; their formulas stand beside each kind of model."""

from .base import metric
from .units import FREE, LABELS, LENGTH, POINT, SQUARE, Unit

mean = metric("mean", "mean of the model", unit=POINT)
mean_error = metric("mean-error", "squared distance of the mean from the true mean", unit=SQUARE)
mean_cube = metric(
    "mean-cube", "third power of the mean's deviation from the true mean", unit=Unit(3)
)
location = metric("location", "location parameter, where the support begins", unit=POINT)
second_moment = metric(
    "second-moment",
    "second moment of the model about the true mean, summed over dimensions",
    unit=SQUARE,
)
variance = metric("variance", "variance of the model", unit=SQUARE)
standard_deviation = metric("standard-deviation", "standard deviation of the model", unit=LENGTH)
log_variance = metric("log-variance", "logarithm of the variance over the true variance", unit=FREE)
w2 = metric(
    "w2", "squared 2-Wasserstein distance to the truth (Bures in several dimensions)", unit=SQUARE
)
kl = metric("kl", "KL(model || truth), nats", unit=FREE)
kl_reverse = metric("kl-reverse", "KL(truth || model), nats", unit=FREE)
fisher_risk = metric(
    "fisher-risk", "squared error of the variance in Fisher units, (v/v0 - 1)^2 / 2", unit=FREE
)
trace_ratio = metric("trace-ratio", "trace of the covariance over the true one", unit=FREE)
log_determinant_ratio = metric(
    "log-determinant-ratio", "log determinant of the covariance over the true one", unit=FREE
)
determinant_ratio = metric(
    "determinant-ratio", "determinant of the covariance over the true one", unit=FREE
)
trace_of_square = metric(
    "trace-of-square", "trace of the squared covariance, its squared Frobenius norm", unit=Unit(4)
)
zonal_row = metric(
    "zonal-row", "zonal polynomial of the partition (2): ((tr S)^2 + 2 tr S^2) / 3", unit=Unit(4)
)
zonal_column = metric(
    "zonal-column",
    "zonal polynomial of the partition (1, 1): 2 ((tr S)^2 - tr S^2) / 3",
    unit=Unit(4),
)
zonal_row_of_three = metric(
    "zonal-row-of-three",
    "zonal polynomial of (3): (p1^3 + 6 p1 p2 + 8 p3) / 15, pk = tr S^k",
    unit=Unit(6),
)
zonal_hook = metric(
    "zonal-hook",
    "zonal polynomial of (2, 1): 3 (p1^3 + p1 p2 - 2 p3) / 5, pk = tr S^k",
    unit=Unit(6),
)
projected_log_variance = metric(
    "projected-log-variance",
    "log variance of the sum of all coordinates over the true one",
    unit=FREE,
)
effective_rank = metric(
    "effective-rank", "exponential of the entropy of the covariance's spectrum", unit=FREE
)
entropy = metric("entropy", "Shannon entropy, nats", unit=Unit(0, logarithm=True))
heterozygosity = metric("heterozygosity", "probability that two draws differ")
simpson = metric("simpson", "probability that two draws agree (Simpson's index, homozygosity)")
missing_mass = metric(
    "missing-mass", "true probability of the categories that the model has lost", compares=True
)
support = metric("support", "number of categories that are still possible", compares=True)
fixed = metric(
    "fixed", "one if a single category is left, else zero", unit=FREE, compares=True, event=True
)
segregating = metric(
    "segregating",
    "one while more than one outcome is possible, else zero",
    compares=True,
    event=True,
)
third_cumulant = metric(
    "third-cumulant", "third cumulant of one observation, V(mu) V'(mu)", unit=Unit(3)
)
log_condition = metric(
    "log-condition",
    "log ratio of the first to the last pivot of the covariance, over the true one",
    unit=FREE,
)
excess_risk = metric(
    "excess-risk",
    "squared error of the weights in the metric of the inputs' covariance; excess log loss of "
    "logistic regression, nats",
    unit=LABELS,
)
log_loss = metric("log-loss", "expected log loss of true labels, nats", unit=FREE)
fisher_error = metric(
    "fisher-error",
    "squared error of the weights in the metric of the true Fisher information of one label",
    unit=FREE,
)
parameter_error = metric("parameter-error", "squared Euclidean error of the weights", unit=LABELS)
in_sample_error = metric(
    "in-sample-error",
    "squared error of the predictions, summed over the inputs that are shared",
    unit=LABELS,
)
last_log_pivot = metric(
    "last-log-pivot", "log of the last pivot of the covariance over the true one", unit=FREE
)
accuracy = metric(
    "accuracy",
    "probability that a new point of the true classes is classified rightly",
    compares=True,
)
total_variation = metric("total-variation", "total variation distance to the truth")
chi_square = metric("chi-square", "chi-square distance sum (p - p0)^2 / p0")
squared_distance = metric("squared-distance", "squared Euclidean distance of the probabilities")
