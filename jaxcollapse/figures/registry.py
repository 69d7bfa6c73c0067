"""What a figure is: a computation that returns data and comparisons, and a drawing of the data."""

import csv
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from cycler import cycler

from .._names import entry, import_below
from .fingerprints import fingerprint_of_code

_FIGURES: dict[str, "Figure"] = {}

COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#000000",
)  # Okabe and Ito: safe for the color-blind
FREQUENT = 120
FINGERPRINT = "jaxcollapse-figure"
NUMBERS = "jaxcollapse-numbers"
DRAWN = ("law", "simulated", "error")
STYLE = {
    "figure.dpi": 110,
    "savefig.dpi": 120,
    "axes.prop_cycle": cycler(color=COLORS),
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    # Without a fixed salt Matplotlib names the parts of an SVG at random.
    "svg.hashsalt": "jaxcollapse",
}


class Comparison(NamedTuple):
    """One number: what the source printed, what the law says, and what was simulated.

    `reported` holds numbers of the source alone, never a formula of this package. `p` and `verdict`
    are those of a test against the law. For a shape, `simulated` is the mean difference over
    replicas.
    """

    what: str
    reported: float | None
    law: float | None
    simulated: float | None
    error: float | None
    p: float | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Figure:
    """A named figure: `compute(quick)` returns a dataset and comparisons, `draw(dataset)` a
    Matplotlib figure.
    """

    name: str
    summary: str
    source: str
    compute: Callable
    draw: Callable

    def reproduce(self, quick: bool = False) -> "Result":
        """Run the simulation and the laws."""
        data, comparisons = self.compute(quick)
        form = "quick form" if quick else "full form"
        data.attrs |= {"figure": self.name, "source": self.source, "form": form}
        return Result(self, data, comparisons)

    @property
    def fingerprint(self) -> str:
        """A digest of the code that computes and draws the figure, which its pictures carry."""
        return fingerprint_of_code(self.draw.__module__)

    def save(self, path, quick: bool = False) -> None:
        """Reproduce the figure and write the picture to one file."""
        self.reproduce(quick).picture(path)


@dataclass(frozen=True)
class Result:
    """A reproduced figure."""

    figure: Figure
    data: Any
    comparisons: list[Comparison]

    def table(self) -> str:
        """Reported, law and simulated values side by side."""
        width = max(44, *(len(row.what) + 1 for row in self.comparisons))
        lines = [
            f"{self.figure.name}: {self.figure.source}",
            f"{'':<{width}}{'reported':>10}{'law':>12}{'simulated':>22}",
        ]
        for row in self.comparisons:
            reported, law, value = (
                "-" if x is None else f"{x:.4g}" for x in (row.reported, row.law, row.simulated)
            )
            error = "" if row.error is None else f" ± {row.error:.2g}"
            chance = "" if row.p is None else f"p = {row.p:.2g}: "
            verdict = f"  {chance}{row.verdict}" if row.verdict else ""
            lines.append(f"{row.what:<{width}}{reported:>10}{law:>12}{value + error:>22}{verdict}")
        return "\n".join(lines)

    def picture(self, path) -> None:
        """Draw to a file, reproducible byte for byte."""
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        with plt.rc_context(STYLE):
            drawn = self.figure.draw(self.data)
            if (form := getattr(self.data, "attrs", {}).get("form")) == "quick form":
                drawn.text(1.0, 0.0, form, ha="right", va="top", fontsize=8, color="0.4")
            metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(
                Path(path).suffix[1:], {}
            )
            drawn.savefig(path, bbox_inches="tight", metadata=metadata)
            plt.close(drawn)
        if Path(path).suffix == ".png":
            _reduce(path, {FINGERPRINT: self.figure.fingerprint, NUMBERS: self.numbers})

    @property
    def numbers(self) -> str:
        """The numbers that the picture draws, and its form, as JSON: law, simulation and error."""
        arrays = getattr(self.data, "data_vars", {})
        columns = {name: arrays[name].values for name in DRAWN if name in arrays}
        lists = {name: [float(f"{x:.7g}") for x in each.ravel()] for name, each in columns.items()}
        return json.dumps({"form": getattr(self.data, "attrs", {}).get("form"), **lists})

    def save(self, folder) -> list[Path]:
        """Write picture (PNG and PDF), data (netCDF) and comparison (CSV) to a folder."""
        from ..engine.storage import provenance
        from ..engine.stores import save

        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        files = [root / f"{self.figure.name}{end}" for end in (".png", ".pdf", ".nc", ".csv")]
        os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
        self.picture(files[0])
        self.picture(files[1])
        self.data.attrs |= provenance()
        save(self.data, files[2])
        with files[3].open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([Comparison._fields, *self.comparisons])
        return files


def fingerprint_of(path) -> str | None:
    """The digest of the code that drew a PNG; None where it carries none."""
    return _said(path, FINGERPRINT)


def numbers_of(path) -> dict[str, Any]:
    """The numbers that a PNG of a figure draws, by column, and its form."""
    return json.loads(_said(path, NUMBERS) or "{}")


def _said(path, what: str) -> str | None:
    from PIL import Image

    with Image.open(path) as picture:
        return picture.info.get(what)


def _reduce(path, about: dict[str, str]) -> None:
    """Write a PNG again with a palette, in a third of its bytes.

    The palette holds the colors of the cycle, grays, the most frequent colors, such as those of a
    heat map's cells, and what covers most of the other colors.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    words = np.asarray(picture, np.int32) @ [1 << 16, 1 << 8, 1]
    seen, place, counts = np.unique(words, return_inverse=True, return_counts=True)
    colors = np.stack([seen >> 16, seen >> 8 & 255, seen & 255], axis=-1)
    cycle = np.frombuffer(bytes.fromhex("".join(COLORS).replace("#", "")), np.uint8).reshape(-1, 3)
    grays = np.repeat(np.arange(255, 0, -6)[:, None], 3, axis=1)
    frequent = colors[np.argsort(-counts)[:FREQUENT]]
    kept = np.concatenate([cycle, grays, frequent])
    others = picture.quantize(256 - len(kept), Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = np.concatenate([kept, np.reshape(others, (-1, 3))])[:256]
    # Pillow maps colors to a palette by blocks of four levels, which turns white into a pale pink.
    nearest = [np.argmin(np.square(palette - color).sum(axis=-1)) for color in colors]
    reduced = Image.fromarray(np.array(nearest, np.uint8)[place].reshape(words.shape), "P")
    reduced.putpalette(palette.astype(np.uint8).ravel().tolist())
    said = PngInfo()
    for name, text in about.items():
        said.add_text(name, text, zip=len(text) > 80)
    reduced.save(path, optimize=True, pnginfo=said)


def register(name: str, summary: str, source: str, draw: Callable):
    """Decorator of a figure's computation."""

    def registered(compute):
        _FIGURES[name] = Figure(name, summary, source, compute, draw)
        return compute

    return registered


def list_figures() -> dict[str, Figure]:
    """Every figure by name."""
    import_below(__package__)
    return dict(_FIGURES)


def figure(name: str) -> Figure:
    """Look a figure up. Raises `ValueError` offering the nearest names."""
    return entry(name, list_figures(), "figure")


def generations_shown(last: int, points: int = 60) -> np.ndarray:
    """About `points` generations from 1 to `last`, evenly on a logarithmic axis."""
    return np.unique(np.round(np.geomspace(1, last, points)).astype(int))
