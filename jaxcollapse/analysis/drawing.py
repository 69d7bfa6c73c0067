"""The picture of a decomposition: parts over the generations, and bars with their order ranges."""

import numpy as np

# Okabe and Ito: safe for the color-blind.
COLORS = {
    "statistical": "#0072B2",
    "expressivity": "#D55E00",
    "approximation": "#009E73",
    "floor": "#999999",
}
OTHERS = ("#CC79A7", "#56B4E9", "#E69F00")


def drawn(parts, figure=None):
    """Draw a decomposition; see `Decomposition.plot`."""
    import matplotlib.pyplot as plt

    figure = figure or plt.figure(figsize=(9.0, 3.6), layout="constrained")
    t = np.atleast_1d(np.arange(1) if parts.t is None else parts.t)
    several = t.ndim == 1 and len(t) > 1
    axes = figure.subplots(1, 2 if several else 1, squeeze=False)[0]
    if several:
        stacked(axes[0], parts, t)
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=len(handles[0]), fontsize=8)
    bars(axes[-1], parts, int(t[-1]))
    return figure


def stacked(axis, parts, t) -> None:
    """Areas of the parts, those above zero and those below it, and a line for the total."""
    order = np.argsort(t)
    t, names = t[order], _shown(parts, ["floor", *parts.sources])
    values = [_of(parts, name).value[order] for name in names]
    above, below = np.zeros(len(t)), np.zeros(len(t))
    for color, name, value in zip(_colors(names), names, values, strict=True):
        # A part that changes its sign continues on the other side of zero.
        for start, side in ((above, np.maximum(value, 0.0)), (below, np.minimum(value, 0.0))):
            label = name if start is above else None
            axis.fill_between(t, start, start + side, color=color, alpha=0.75, lw=0, label=label)
        above, below = above + np.maximum(value, 0.0), below + np.minimum(value, 0.0)
    total = parts.total
    axis.errorbar(
        t, total.value[order], total.error[order], color="k", lw=1.2, marker=".", label="total"
    )
    axis.axhline(0.0, color="k", lw=0.6)
    axis.set(xlabel="fits t", ylabel=f"{parts.quantity}, {parts.kind}", xlim=(t[0], t[-1]))
    axis.xaxis.get_major_locator().set_params(integer=True)


def bars(axis, parts, last: int) -> None:
    """Parts of the last generation with standard errors; a gray line is the range over orders."""
    names = _shown(parts, [*parts.sources, "floor"])
    places = np.arange(len(names))
    found = [_of(parts, name) for name in names]
    values, errors = (np.array([np.ravel(x)[-1] for x in each]) for each in _columns(found))
    axis.bar(places, values, color=_colors(names), alpha=0.75, width=0.6)
    axis.errorbar(places, values, errors, fmt="none", ecolor="k", capsize=3, lw=1.2)
    for place, name in zip(places, names, strict=True):
        if name in parts.sources:
            ends = [np.ravel(end.value)[-1] for end in parts.order_range(name)]
            axis.plot([place + 0.2] * 2, ends, color="0.35", lw=3, solid_capstyle="butt")
    axis.axhline(0.0, color="k", lw=0.6)
    axis.set_xticks(places, names, fontsize=8)
    axis.set(title=f"fit {last}; gray: range over orders", ylabel=parts.quantity)
    axis.title.set_fontsize(9)


def _columns(found):
    return [each.value for each in found], [each.error for each in found]


def _shown(parts, names: list[str]) -> list[str]:
    """The names without a floor that is zero up to rounding."""
    visible = np.max(np.abs(parts.floor.value)) > 1e-9 * np.max(np.abs(parts.total.value))
    return [name for name in names if name != "floor" or visible]


def _of(parts, name: str):
    return parts.floor if name == "floor" else parts.part(name)


def _colors(names) -> list[str]:
    spare = iter(OTHERS * len(names))
    return [COLORS.get(name) or next(spare) for name in names]
