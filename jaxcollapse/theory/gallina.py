"""Laws as Coq definitions: a formula that is evaluated on terms prints itself in Gallina.

A symbol is a real number, a count (a natural number, also read as a real one), a schedule (a
sequence of real numbers counted from 1) or probabilities indexed by a finite type.
"""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from ..domains import Simplex
from .ranges import SCHEDULES

HEADER = """(* The formulas of shipped laws, printed by `python proofs/formulas.py`: do not edit. *)
From mathcomp Require Import all_ssreflect ssralg ssrnum reals sequences exp trigo.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Formulas.
Variable R : realType.

(* A symmetric matrix that gains a column and the entry below it at a time. *)
Fixpoint bordered (column : (nat -> nat -> R) -> nat -> nat -> R)
    (corner : (nat -> nat -> R) -> nat -> R) (size : nat) : nat -> nat -> R :=
  if size is j.+1 then
    let K := bordered column corner j in
    fun i s => if (i < j)%N && (s < j)%N then K i s else if (i < j)%N then column K j i
      else if (s < j)%N then column K j s else corner K j
  else fun _ _ => 0.

"""
FOOTER = """
End Formulas.
"""

ATOM, CALL, POWER, NEGATED, TIMES, PLUS = 0, 10, 29, 35, 40, 50
INDICES = "kjlm"


class Unprintable(ValueError):
    """A formula uses what has no Coq definition here."""


@dataclass(frozen=True)
class Condition:
    """A boolean term."""

    text: str


@dataclass(frozen=True, eq=False)
class Term:
    """A real number.

    `level` is the precedence of the outermost operator, `count` the same term as a natural number,
    and `negated`, on a term with a minus sign in front, what stands after the sign.
    """

    text: str
    level: int = ATOM
    count: str | None = None
    negated: "Term | None" = None

    def at(self, level: int) -> str:
        """The text, in parentheses where an operator of this precedence needs them."""
        return self.text if self.level <= level else f"({self.text})"

    def __add__(self, other):
        return _binary("+", self, term(other), PLUS, PLUS - 1)

    def __sub__(self, other):
        return _binary("-", self, term(other), PLUS, PLUS - 1)

    def __mul__(self, other):
        return _binary("*", self, term(other), TIMES, TIMES - 1)

    def __truediv__(self, other):
        return _binary("/", self, term(other), TIMES, TIMES - 1)

    def __radd__(self, other):
        return term(other) + self

    def __rsub__(self, other):
        return term(other) - self

    def __rmul__(self, other):
        return term(other) * self

    def __rtruediv__(self, other):
        return term(other) / self

    def __neg__(self):
        return Term(f"- {self.at(POWER)}", NEGATED, None, self)

    def __pow__(self, exponent):
        return _power(self, term(exponent))

    def __rpow__(self, base):
        return _power(term(base), self)

    def __lt__(self, other):
        return _compared("<", self, term(other))

    def __gt__(self, other):
        return _compared("<", term(other), self)

    def __eq__(self, other):
        return Condition(f"{self.at(PLUS)} == {term(other).at(PLUS)}")


def _binary(sign: str, left: Term, right: Term, level: int, inner: int) -> Term:
    counts = left.count is not None and right.count is not None and sign != "/"
    count = f"({left.count} {sign} {right.count})" if counts else None
    return Term(f"{left.at(level)} {sign} {right.at(inner)}", level, count)


def _power(base: Term, exponent: Term) -> Term:
    if exponent.count is not None:
        return Term(f"{base.at(ATOM)} ^+ {exponent.count}", POWER)
    if exponent.negated is not None and exponent.negated.count is not None:
        return Term(f"{base.at(ATOM)} ^- {exponent.negated.count}", POWER)
    if exponent.text == "1 / 2":
        return applied("Num.sqrt", base)
    return Term(f"{base.at(ATOM)} `^ {exponent.at(ATOM)}", POWER)


def _compared(sign, left, right):
    if left.count is not None and right.count is not None:
        return Condition(f"({left.count} {sign} {right.count})%N")
    return Condition(f"{left.at(PLUS)} {sign} {right.at(PLUS)}")


def count(name: str) -> Term:
    """A natural number by name."""
    return Term(f"{name}%:R", ATOM, name)


def term(value) -> Term:
    """A term as it is; a Python number as a literal.

    Raises:
        Unprintable: the number is no small fraction.
    """
    if isinstance(value, Term):
        return value
    if not isinstance(value, (int, float)):
        raise Unprintable(f"{type(value).__name__} has no Coq term")
    exact = Fraction(value).limit_denominator(1000)
    if float(exact) != float(value):
        raise Unprintable(f"{value} is no small fraction")
    if exact < 0:
        return -term(-value)
    if exact.denominator == 1:
        return Term(str(exact), ATOM, str(exact))
    return Term(f"{exact.numerator} / {exact.denominator}", TIMES)


def applied(function: str, *arguments) -> Term:
    """A function applied to terms."""
    terms = [term(each) for each in arguments]
    return Term(f"{function} {' '.join(each.at(ATOM) for each in terms)}", CALL)


class _Depth:
    """How many bound counts are in scope, so that each has a name of its own."""

    def __init__(self):
        self.names = list(INDICES)

    def bounded(self, sign: str, body: Callable, first, last) -> Term:
        """A sum or a product over a count from `first` to `last`."""
        name = self.names.pop(0)
        inside = term(body(count(name))).at(TIMES if sign == "prod" else POWER)
        self.names.insert(0, name)
        bounds = term(first).count, term(last).count
        if None in bounds:
            raise Unprintable("the ends of a sum or product must be counts")
        span = f"{bounds[0]} <= {name} < {bounds[1]}.+1"
        return Term(f"(\\{sign}_({span}) {_wrapped(inside)})", ATOM)


def _wrapped(text: str) -> str:
    """The text in one pair of parentheses."""
    depth = 0
    for place, each in enumerate(text):
        depth += (each == "(") - (each == ")")
        if depth == 0 and place < len(text) - 1:
            return f"({text})"
    return text


def _maximum(a, b) -> Term:
    """The larger one. The larger of a count and zero is the count: natural numbers stop at zero."""
    a, b = term(a), term(b)
    if a.count is not None and b.count == "0":
        return Term(f"{a.count}%:R", ATOM, a.count)
    if a.count is not None and b.count is not None:
        return Term(f"(maxn {a.count} {b.count})%:R", ATOM, f"(maxn {a.count} {b.count})")
    return applied("Num.max", a, b)


def _chosen(condition, yes, no) -> Term:
    if isinstance(condition, bool):
        return term(yes if condition else no)
    return Term(f"(if {condition.text} then {term(yes).text} else {term(no).text})", ATOM)


def _entry(values: Term, index) -> Term:
    position = term(index).count
    if position is None:
        raise Unprintable("an entry of a schedule must have a count for its index")
    return Term(f"{values.text} {position}", CALL)


def _iterated(step: Callable, first, times) -> Term:
    """A step from real numbers to real numbers, applied a count of times."""
    count_of = term(times).count
    if count_of is None:
        raise Unprintable("how often a step is applied must be a count")
    body = f"(fun x : R => {term(step(Term('x'))).text})"
    return Term(f"iter {count_of} {body} {term(first).at(ATOM)}", CALL)


def _mean_square_error(recursion: Term, t, variance, v2) -> Term:
    arguments = f"(fun=> {term(variance).text}) {term(v2).at(ATOM)} {recursion.text}"
    return Term(f"mean_square_error {arguments} {term(t).count}", CALL)


def _unprintable(name: str) -> Callable:
    def refuse(*_):
        raise Unprintable(f"{name} has no definition in the Coq libraries used here")

    return refuse


def gallina_namespace() -> Any:
    """Terms: the formula as Coq reads it."""
    depth = _Depth()
    known = {name: lambda x, f=f: applied(f, x) for name, f in FUNCTIONS.items()}
    return SimpleNamespace(
        **known,
        **{name: _unprintable(name) for name in ("gammaln", "digamma", "polygamma", "sinh")},
        expm1=lambda x: applied("expR", x) - 1,
        log1p=lambda x: applied("ln", 1 + term(x)),
        pi=Term("pi"),
        abs=lambda x: Term(f"`|{term(x).text} |"),
        maximum=_maximum,
        where=_chosen,
        entry=_entry,
        product=lambda body, first, last: depth.bounded("prod", body, first, last),
        total=lambda body, first, last: depth.bounded("sum", body, first, last),
        sum=lambda x: Term(f"(\\sum_i {_wrapped(term(x).text)})"),
        size=lambda x: Term("#|I|%:R", ATOM, "#|I|"),
        # The proofs assume that every category of the truth has positive probability.
        positive=lambda x: Term("#|I|%:R", ATOM, "#|I|"),
        iterate=_iterated,
        mean_square_error=_mean_square_error,
    )


FUNCTIONS = {"sqrt": "Num.sqrt", "exp": "expR", "log": "ln", "sin": "sin", "arctan": "atan"}
COUNTS = ("t", "rounds", "k")


def symbol(name: str, law) -> tuple[str, Term]:
    """The binder of a symbol and its term."""
    if name == "recursion":
        return "(n : nat -> R) (w : nat -> nat -> R)", Term("n w")
    if name in SCHEDULES:
        return f"({name} : nat -> R)", Term(name)
    if isinstance(law.domain(name), Simplex):
        return f"({name} : I -> R)", Term(f"{name} i", CALL)
    if name in COUNTS:
        return f"({name} : nat)", count(name)
    return f"({name} : R)", Term(name)


def definition(law) -> str:
    """The Coq definition of a law's formula."""
    symbols = {name: symbol(name, law) for name in law.symbols}
    value = term(law.body(gallina_namespace(), **{name: each[1] for name, each in symbols.items()}))
    binders = " ".join(each[0] for each in symbols.values())
    indexed = "{I : finType} " if "I -> R" in binders else ""
    head = f"Definition {law.name.replace('-', '_')} {indexed}{binders}".rstrip()
    body = textwrap.fill(
        value.text + ".", 98, initial_indent="  ", subsequent_indent="  ", break_long_words=False
    )
    head = textwrap.fill(f"{head} : R :=", 100, subsequent_indent="    ")
    return f"(* {law.name} *)\n{head}\n{body}\n"


def formulas(laws, first=()) -> str:
    """The file of definitions: some that are printed already, then those of laws."""
    return HEADER + "\n".join([*first, *map(definition, laws)]) + FOOTER
