"""Write `Formulas.v` from the registry of laws, and the tables of `README.md` from the proofs.

`python proofs/formulas.py` writes the files; with `--check` it says which one is stale and fails.
The laws are those that a proof names, so that no list is kept.
"""

import re
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

from jaxcollapse.theory import gallina, gallina_matrices
from jaxcollapse.theory.proofs import Coq
from jaxcollapse.theory.recurrence import error_of_model, second_moments
from jaxcollapse.theory.registry import laws

HERE = Path(__file__).parent
FORMULAS, PAGE = HERE / "Formulas.v", HERE / "README.md"
START = "<!-- The table below is printed by `python proofs/formulas.py`. -->\n"
NOTES = re.compile(r"Assumes: (.*?)\.\s*Leaves out: (.*?)\.\s*\*\)", re.DOTALL)
THEOREM = re.compile(r"^Theorem\s+(\w+)", re.MULTILINE)


def sources() -> dict[str, str]:
    """The proofs by the name of their file, in the order in which they are compiled."""
    listed = (HERE / "_CoqProject").read_text("utf-8").split()
    files = [name for name in listed if name.endswith(".v") and name != FORMULAS.name]
    return {name: (HERE / name).read_text("utf-8") for name in files}


def identifier(law) -> str:
    """The name of a law's definition in Coq."""
    return law.name.replace("-", "_")


def stated() -> list:
    """The laws whose definitions the proofs use."""
    words = {
        word.removesuffix("_correct")
        for source in sources().values()
        for word in re.findall(r"\w+", source)
    }
    printable = lambda law: not law.host or proved().get(law.name, "").endswith(claim(law))
    return [law for law in laws() if printable(law) and identifier(law) in words]


def claim(law) -> str:
    """The name of the theorem that a law is its printed formula."""
    return f"{identifier(law)}_correct"


def recurrence() -> list[str]:
    """The recurrence of second moments as definitions, by running it on symbols.

    Source j has size `n j`, and the model that draws it the shares `w j i` of earlier sources.
    """
    binders = "(variance : nat -> R) (v2 : R) (n : nat -> R) (w : nat -> nat -> R)"
    sizes, variance = gallina_matrices.sequence("n"), gallina_matrices.sequence("variance")
    shares, v2 = gallina_matrices.Matrix("w"), gallina.Term("v2")
    xp = SimpleNamespace(bordered=gallina_matrices.bordered)
    moments = second_moments(xp, sizes, shares, variance, v2, gallina.count("size"))
    known = gallina_matrices.Matrix("second_moments variance v2 n w t.+1")
    error = error_of_model(known, shares, gallina.count("t"))
    return [
        "(* the recurrence of second moments: covariances of sources *)\n"
        + _defined("second_moments", f"{binders} (size : nat) : nat -> nat -> R", moments.text),
        "(* the squared error of the model that draws source t *)\n"
        + _defined("mean_square_error", f"{binders} (t : nat) : R", error.text),
    ]


def _defined(name: str, binders: str, body: str) -> str:
    head = textwrap.fill(f"Definition {name} {binders} :=", 100, subsequent_indent="    ")
    return f"{head}\n{textwrap.fill(f'{body}.', 98, initial_indent='  ', subsequent_indent='  ')}\n"


def theorems() -> dict[str, str]:
    """Every theorem with its file."""
    return {name: file for file, source in sources().items() for name in THEOREM.findall(source)}


def problems() -> list[str]:
    """Laws that name a missing theorem, and theorems about laws that do not name them."""
    found = theorems()
    there = {f"{file.removesuffix('.v')}.{name}" for name, file in found.items()}
    named = {law.name: law.proof.name for law in laws() if isinstance(law.proof, Coq)}
    laws_of = {identifier(law): law.name for law in laws()}
    lines = [
        f"law {law} names the theorem {theorem}, which is not in proofs/: state it or name another"
        for law, theorem in named.items()
        if theorem not in there
    ]
    for claim in sorted(each for each in there if each.endswith("_correct")):
        law = laws_of.get(claim.partition(".")[2].removesuffix("_correct"))
        if law is None:
            lines.append(f"theorem {claim} states no law of that name: rename it")
        elif named.get(law) != claim:
            lines.append(f'law {law} is proved: write @proof(Coq("{claim}")) below its source')
    return lines


def proved() -> dict[str, str]:
    """The theorem of each proved law, as `File.theorem`, by the name of the law."""
    return {law.name: law.proof.name for law in laws() if isinstance(law.proof, Coq)}


def table() -> str:
    """The laws that are proved, and the theorems that stand beside them."""
    found = theorems()
    claims = proved()
    rows = [
        f"| `{law.name}` | `{claims[law.name]}` | {law.summary} |"
        for law in laws()
        if law.name in claims
    ]
    every = [f"{file.removesuffix('.v')}.{name}" for name, file in found.items()]
    others = [f"* `{each}`" for each in every if each not in claims.values()]
    head = f"## Proved laws ({len(rows)})\n\n| law | theorem | statement |\n|---|---|---|\n"
    scope = "## What is assumed, and what is left out\n\n"
    scope += "| file | assumes | leaves out |\n|---|---|---|\n"
    rest = f"\n\n## Other theorems ({len(others)})\n\n"
    return (
        scope
        + "\n".join(_scopes())
        + "\n\n"
        + head
        + "\n".join(rows)
        + rest
        + "\n".join(others)
        + "\n"
    )


def _scopes() -> list[str]:
    """What each file that states laws assumes and leaves out, as its header says."""
    read = ((file, NOTES.search(source)) for file, source in sources().items())
    words = lambda text: " ".join(text.split())
    return [f"| `{file}` | {words(note[1])} | {words(note[2])} |" for file, note in read if note]


def written() -> dict[Path, str]:
    """What the generated files should hold."""
    page = PAGE.read_text("utf-8").partition(START)[0]
    return {FORMULAS: gallina.formulas(stated(), recurrence()), PAGE: page + START + "\n" + table()}


def main() -> int:
    """Write the files, or check them."""
    if lines := problems():
        print(*(f"proofs: {line}" for line in lines), sep="\n", file=sys.stderr)
        return 1
    stale = [
        path
        for path, text in written().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"proofs: {path.name} is stale: run python proofs/formulas.py", file=sys.stderr)
        return bool(stale)
    for path, text in written().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
