"""Where laws are tried."""

from jaxcollapse.theory.cases import default_cases
from jaxcollapse.theory.symbols import symbols_of


def symbols_at(law):
    """The symbols of a law at the first place where it is tried."""
    case = default_cases(law)[0]
    if isinstance(case, dict):
        return {name: value for name, value in case.items() if name in law.parameters}
    recursion, generations = case
    found = symbols_of(recursion, min([generations, *recursion.schedules.values()]))
    return {name: found[name] for name in law.parameters if name in found}
