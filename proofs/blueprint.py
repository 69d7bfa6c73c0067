"""Draw `blueprint.svg`: every theorem, the theorems it rests on, and what is not proved.

`python proofs/blueprint.py` reads the Coq files of _CoqProject and the registry of laws; with
`--check` it fails when the picture is stale. A line goes from a theorem to one whose proof uses it,
directly or through lemmas.
"""

import re
import sys
import textwrap
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from formulas import NOTES

from jaxcollapse.theory.proofs import Coq
from jaxcollapse.theory.registry import laws

HERE = Path(__file__).parent
PICTURE = HERE / "blueprint.svg"
STATEMENT = re.compile(
    r"^(Theorem|Lemma|Definition|Fixpoint|Record)\s+([\w']+)(.*?)(?=^(?:Theorem|Lemma|Definition|"
    r"Fixpoint|Record|End|Section)\b|\Z)",
    re.MULTILINE | re.DOTALL,
)
COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
ROW, WIDTH, GAP, MARGIN, LETTER = 17, 372, 70, 24, 6.7
LEGEND = (
    ("law", "statement of a shipped law"),
    ("theorem", "other theorem"),
    ("open", "not proved"),
)
ELSEWHERE = ["certified, derived, enumerated, cited or", "verified: jaxcollapse laws --unproved"]
STYLE = """
text { font: 11px monospace; fill: #222 } .file { font-weight: bold; font-size: 12.5px }
.box { fill: #fff; stroke: #999 } .law { fill: #cbe8cf } .theorem { fill: #d3e0f4 }
.open { fill: #fdf6ec; stroke: #b58a4a; stroke-dasharray: 4 3 }
.use { fill: none; stroke: #445; stroke-opacity: 0.5; stroke-width: 1.1 }
"""


@dataclass
class Statement:
    """A definition, lemma or theorem, with the statements that it and its proof use."""

    kind: str
    file: str
    name: str
    uses: set[str] = field(default_factory=set)


def statements() -> dict[str, Statement]:
    """Every statement as `File.name`, in the order of the files."""
    found: dict[str, Statement] = {}
    for path in (HERE / "_CoqProject").read_text("utf-8").split():
        if not path.endswith(".v") or path == "Formulas.v":
            continue
        file, text = path.removesuffix(".v"), COMMENT.sub("", (HERE / path).read_text("utf-8"))
        required = re.findall(r"From Collapse Require Import ([\w ]+)\.", text)
        visible = (
            {each.name: key for key, each in found.items() if each.file in required[0].split()}
            if required
            else {}
        )
        for kind, name, body in STATEMENT.findall(text):
            used = {visible[word] for word in re.findall(r"[\w']+", body) if word in visible}
            visible[name] = f"{file}.{name}"
            found[visible[name]] = Statement(kind, file, name, used)
    return found


def theorem_graph(found: dict[str, Statement]) -> dict[str, set[str]]:
    """The theorems that each theorem rests on, through lemmas and definitions."""
    rests: dict[str, set[str]] = {}
    for name, statement in found.items():
        near = statement.uses
        theorems = {used for used in near if found[used].kind == "Theorem"}
        through = (rests[used] for used in near if found[used].kind != "Theorem")
        rests[name] = theorems.union(*through)
    return {name: rests[name] for name in found if found[name].kind == "Theorem"}


def layers(found: dict[str, Statement]) -> dict[str, int]:
    """The column of each file: one more than the files that its statements use."""
    files = dict.fromkeys(statement.file for statement in found.values())
    column: dict[str, int] = {}
    for file in files:
        before = {
            found[used].file
            for statement in found.values()
            if statement.file == file
            for used in statement.uses
        } - {file}
        column[file] = 1 + max((column[other] for other in before), default=-1)
    return column


def left_out() -> dict[str, list[str]]:
    """What the theorems of each file leave out, as its header says, in short lines."""
    found = {}
    for path in HERE.glob("*.v"):
        note = NOTES.search(path.read_text("utf-8"))
        if note:
            found[path.stem] = textwrap.wrap(" ".join(note[2].split()), int(WIDTH / LETTER) - 4)
    return found


def places(found: dict[str, Statement]) -> tuple[dict, dict, int]:
    """Corners of the boxes of files and of the rows of theorems, and the height of the picture."""
    column, bottom, missing = layers(found), {}, left_out()
    boxes, rows = {}, {}
    for file, x in column.items():
        names = [k for k, s in found.items() if s.file == file and s.kind == "Theorem"]
        lemmas = sum(s.file == file and s.kind == "Lemma" for s in found.values())
        left, top = MARGIN + x * (WIDTH + GAP), bottom.get(x, 2 * MARGIN)
        height = ROW * (len(names) + 2 + len(missing.get(file, [])))
        boxes[file] = (left, top, height, len(names), lemmas)
        for i, name in enumerate(names):
            rows[name] = (left, top + ROW * (i + 1) + 12)
        bottom[x] = top + height + GAP // 3
    top = bottom[0]
    boxes[None] = (MARGIN, top, ROW * (2 + len(ELSEWHERE)), 0, 0)
    return boxes, rows, max(*bottom.values(), top + ROW * 5)


def drawing(found: dict[str, Statement]) -> str:
    """The picture as SVG."""
    boxes, rows, height = places(found)
    width = max(left for left, *_ in boxes.values()) + WIDTH + 2 * MARGIN
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    parts = [f'{head}viewBox="0 0 {width} {height}">', f"<style>{STYLE}</style>"]
    for i, (kind, words) in enumerate(LEGEND):
        parts += _label(kind, words, MARGIN + i * 220, MARGIN - 6)
    for left, top, tall, *_ in boxes.values():
        parts.append(
            f'<rect class="box" x="{left}" y="{top}" width="{WIDTH}" height="{tall}" rx="6"/>'
        )
    # Lines come before words, so that they pass behind them.
    for name, used in theorem_graph(found).items():
        parts += [_line(rows[name], rows[other]) for other in sorted(used)]
    missing = left_out() | {None: ELSEWHERE}
    for file, (left, top, tall, theorems, lemmas) in boxes.items():
        counts = f"{_counted(theorems, 'theorem')}, {_counted(lemmas, 'lemma')}"
        title = f"{file}.v: {counts}" if file else "Laws without a theorem"
        parts.append(f'<text class="file" x="{left + 8}" y="{top + 16}">{escape(title)}</text>')
        parts += _open(missing.get(file, []), left, top + tall)
    named = {law.proof.name for law in laws() if isinstance(law.proof, Coq)}
    for key, (left, top) in rows.items():
        name = found[key].name
        plain = not name.endswith("_correct")
        text = name if plain else name.removesuffix("_correct").replace("_", "-")
        parts += _label("law" if key in named else "theorem", text, left + 6, top)
    return "\n".join([*parts, "</svg>\n"])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _label(kind: str, text: str, left: float, top: float) -> list[str]:
    """Words on a colored ground."""
    room = min(WIDTH - 12, len(text) * LETTER + 10)
    box = f'x="{left}" y="{top - 2}" width="{room:.0f}" height="{ROW - 3}" rx="3"'
    words = f'<text x="{left + 4}" y="{top + 9}">{escape(text)}</text>'
    return [f'<rect class="{kind}" {box}/>', words]


def _open(lines: list[str], left: float, bottom: float) -> list[str]:
    """The last lines of a box, on one dashed ground."""
    if not lines:
        return []
    top, tall = bottom - ROW * len(lines) - 6, ROW * len(lines)
    box = f'x="{left + 6}" y="{top}" width="{WIDTH - 12}" height="{tall}" rx="3"'
    texts = [
        f'<text x="{left + 10}" y="{top + 12 + ROW * i}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    ]
    return [f'<rect class="open" {box}/>', *texts]


def _line(end, start) -> str:
    """A curve from the right of a theorem to the left of one that rests on it."""
    x0, y0 = start[0] + WIDTH, start[1] + ROW / 2 - 3
    x1, y1 = end[0], end[1] + ROW / 2 - 3
    if end[0] == start[0]:
        bow = x0 + 30
        return f'<path class="use" d="M{x0} {y0} C{bow} {y0} {bow} {y1} {x0} {y1}"/>'
    middle = (x0 + x1) / 2
    return f'<path class="use" d="M{x0} {y0} C{middle} {y0} {middle} {y1} {x1} {y1}"/>'


def main() -> int:
    """Write the picture, or check it."""
    text = drawing(statements())
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(text, "utf-8")
        return 0
    stale = not PICTURE.exists() or PICTURE.read_text("utf-8") != text
    if stale:
        print("proofs: blueprint.svg is stale: run python proofs/blueprint.py", file=sys.stderr)
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
