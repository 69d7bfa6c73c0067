"""Fairness of a model whose labels are counted by group: rates of a group, gaps between groups.

Rates and gaps are read off the table `family.confusion(params, truth)`; a rate without items is
NaN.
"""

from dataclasses import replace

import jax.numpy as jnp

from ..domains import Integer
from ..families import AbstractGrouped, Labeled
from . import rates
from .base import Metric, metric, unlisted
from .parametrized import parametrized

GROUP = Integer(0, 30)


def _of_one_group(name: str, summary: str, rate, group: int) -> Metric:
    # Labels come from comparisons, so that a model of NaN would have rates.
    each = unlisted(name, f"{summary} of group {group}", compares=True)

    @each.of(AbstractGrouped)
    def _(family, params, truth):
        table = family.confusion(params, truth)
        # JAX would take the last group for one that is not there.
        Integer(0, table.shape[0] - 1).check_one(f"group of {name}", group)
        return rate(jnp, table)[group]

    return each


@parametrized("selection-rate-{group}", group=GROUP)
def selection_rate(name: str, group: int) -> Metric:
    """Share of a group that a model labels 1."""
    return _of_one_group(name, "share labeled 1", rates.selection_rate, group)


@parametrized("true-positive-rate-{group}", group=GROUP)
def true_positive_rate(name: str, group: int) -> Metric:
    """Share of a group's items of class 1 that a model labels 1."""
    return _of_one_group(name, "true positive rate", rates.true_positive_rate, group)


@parametrized("false-positive-rate-{group}", group=GROUP)
def false_positive_rate(name: str, group: int) -> Metric:
    """Share of a group's items of class 0 that a model labels 1."""
    return _of_one_group(name, "false positive rate", rates.false_positive_rate, group)


@parametrized("informedness-{group}", group=GROUP)
def informedness(name: str, group: int) -> Metric:
    """True positive rate less false positive rate of a group, Youden's J.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.GroupedLabels()
        >>> truth = family.params([0.8, 0.2], base_rates=[0.7, 0.3])
        >>> float(jc.informedness(1)(family, truth, truth))
        1.0
    """
    return _of_one_group(name, "true less false positive rate", rates.informedness, group)


@parametrized("group-accuracy-{group}", group=GROUP)
def group_accuracy(name: str, group: int) -> Metric:
    """Share of a group that a model labels with its class."""
    return _of_one_group(name, "accuracy", rates.accuracy, group)


@parametrized("group-share-{group}", group=GROUP)
def group_share(name: str, group: int) -> Metric:
    """Share of a group among all items."""
    return _of_one_group(name, "share", rates.group_share, group)


@parametrized("labeled-as-{labeling}", labeling=Integer(0, 2**24))
def labeled_as(name: str, labeling: int) -> Metric:
    """One if all groups are absorbed in one labeling, else zero.

    Binary digit g of `labeling` is the label of all items of group g.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.GroupedLabels()
        >>> truth = family.params([0.8, 0.2], base_rates=[0.0, 1.0])
        >>> float(jc.labeled_as(2)(family, truth, truth))
        1.0
    """
    each = unlisted(
        name, f"one if the groups are absorbed in labeling {labeling}", compares=True, event=True
    )

    @each.of(AbstractGrouped)
    def _(family, params, truth):
        table = family.confusion(params, truth)
        Integer(0, 2 ** table.shape[0] - 1).check_one(f"labeling of {name}", labeling)
        found = rates.labeling(jnp, table)
        return (found == labeling).astype(jnp.result_type(float))

    return each


def _of_all_groups(name: str, summary: str, gap, event: bool = False) -> Metric:
    each = metric(name, summary, compares=True, event=event)
    each.of(AbstractGrouped)(lambda family, params, truth: gap(family.confusion(params, truth)))
    return each


demographic_parity_difference = _of_all_groups(
    "demographic-parity-difference",
    "difference of the selection rates of groups",
    lambda table: rates.difference(jnp, rates.selection_rate(jnp, table)),
)
demographic_parity_ratio = _of_all_groups(
    "demographic-parity-ratio",
    "smallest selection rate of a group over the largest",
    lambda table: rates.ratio(jnp, rates.selection_rate(jnp, table)),
)
excess_demographic_parity = _of_all_groups(
    "excess-demographic-parity",
    "demographic parity difference less that of a perfect classifier",
    lambda table: (
        rates.difference(jnp, rates.selection_rate(jnp, table))
        - rates.difference(jnp, rates.base_rate(jnp, table))
    ),
)
equalized_odds_difference = _of_all_groups(
    "equalized-odds-difference",
    "larger difference of true or of false positive rates between groups",
    lambda table: rates.equalized_odds_difference(jnp, table),
)
equalized_odds_ratio = _of_all_groups(
    "equalized-odds-ratio",
    "smaller ratio of true or of false positive rates between groups",
    lambda table: rates.equalized_odds_ratio(jnp, table),
)
equal_opportunity_difference = _of_all_groups(
    "equal-opportunity-difference",
    "difference of the true positive rates of groups",
    lambda table: rates.difference(jnp, rates.true_positive_rate(jnp, table)),
)
equal_opportunity_ratio = _of_all_groups(
    "equal-opportunity-ratio",
    "smallest true positive rate of a group over the largest",
    lambda table: rates.ratio(jnp, rates.true_positive_rate(jnp, table)),
)
worst_group_accuracy = _of_all_groups(
    "worst-group-accuracy",
    "smallest accuracy of a group",
    lambda table: rates.worst(jnp, rates.accuracy(jnp, table)),
)
overall_accuracy = _of_all_groups(
    "overall-accuracy",
    "share of all items that are labeled with their class",
    lambda table: rates.accuracy(jnp, jnp.sum(table, 0)),
)
labeling_absorbed = _of_all_groups(
    "labeling-absorbed",
    "one if every group has a single label, else zero",
    lambda table: (rates.labeling(jnp, table) >= 0).astype(jnp.result_type(float)),
    event=True,
)


positive_share = metric(
    "positive-share", "share of label 1 among what a model hands on to the next one", compares=True
)


@positive_share.of(AbstractGrouped)
def _(family, params, truth):
    return jnp.sum(family.confusion(params, truth)[..., 1])


@positive_share.of(Labeled)
def _(family, params, truth):
    family.check_models(params=params, truth=truth)
    return jnp.mean(family.generated(params).astype(jnp.result_type(float)))


annotated_share = metric(
    "annotated-share",
    "share of label 1 that the annotator, the classifier of fit 1, sees in what a model generates",
    compares=True,
)


@annotated_share.of(Labeled)
def _(family, params, truth):
    return positive_share(replace(family, labels="annotator"), params, truth)


predicted_labels = metric(
    "predicted-labels", "labels of the same real observations, a vector", compares=True
)


@predicted_labels.of(Labeled)
def _(family, params, truth):
    return family.tested(params, truth)[1].astype(jnp.result_type(float))
