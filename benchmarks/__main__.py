"""`python -m benchmarks`: ours and the yardstick, interleaved in one run; ratios per core, and how
cost grows.

A ratio is processor time of careful NumPy over ours, both for one generation of one replica, both
on every core; the wall
ratio is beside it. Both sides keep the mean of a metric over replicas every generation unless the
row says otherwise.
The second table is ours over the bare kernel: what the public call costs on top of its draws and
sums.
"""

import argparse
import json

from .cases import against_kernels, cases
from .growth import draw, growth
from .timing import compared, machine

HEAD = ("work", "ours, ns", "NumPy/ours, processor", "spread", "wall", "target", "first call, s")


def measured(table, only: str, repeats: int):
    """Time the rows whose name contains `only`, printing each as it comes, in Markdown."""
    for name, target, mine, rivals in table():
        if only in name:
            found = compared(mine, rivals, repeats)
            row = {"work": name, "target": target} | found._asdict()
            print(f"| {name} | {found.ns:.3g} | {found.ratio:.3g} | {found.low:.3g}-{found.high:.3g} | {found.wall:.3g} "
                  f"| {target or ''} | {found.first_call_s:.1f} |", flush=True)  # fmt: skip
            yield row


def headed(head):
    """Print the head of a Markdown table."""
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))


def main():
    """Print the tables; write JSON and the plot where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--json", help="file for the results")
    parser.add_argument("--plot", help="file for the plot of how cost grows")
    options = parser.parse_args()
    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    headed(HEAD)
    rows = list(measured(cases, options.only, options.repeats))
    headed(
        ("work", "ours, ns", "kernel/ours, processor", "spread", "wall", "target", "first call, s")
    )
    kernels = list(measured(against_kernels, options.only, options.repeats))
    curves = list(growth(options.repeats)) if options.plot else []
    for name, _, _, slope in curves:
        print(f"cost grows with {name} to the power {slope:.2f}")
    if options.plot:
        draw(curves, options.plot)
    if options.json:
        growths = [
            dict(zip(("axis", "values", "seconds", "slope"), curve, strict=True))
            for curve in curves
        ]
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(
                facts | {"rows": rows, "kernels": kernels, "growth": growths}, stream, indent=1
            )


if __name__ == "__main__":
    main()
