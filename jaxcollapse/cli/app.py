"""The application, and how a command ends: an error is one line and a status."""

import os
import sys

from cyclopts import App, CycloptsError

from ..interrupts import interrupts

app = App(
    name="jaxcollapse",
    help="The laboratory for the theory of model collapse.",
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)


def main() -> None:
    """Run a command; any error is one line on stderr and status 2.

    Status 1 is that of a command which did its work and found a failure.
    """
    try:
        _check_words(sys.argv[1:])
        with interrupts():
            status = app(
                sys.argv[1:], exit_on_error=False, print_error=False, result_action="return_value"
            )
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads the output has seen enough, as in `jaxcollapse laws | head -1`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except CycloptsError as error:
        sys.exit(_refused(str(error).strip() or type(error).__name__, 2))
    except (ValueError, LookupError, OSError) as error:
        sys.exit(_refused(str(error), 2))
    except KeyboardInterrupt:
        sys.exit(_refused("interrupted; what was finished is kept", 130))
    sys.exit(status or 0)


def _check_words(words: list[str]) -> None:
    """Raise a `ValueError` for a flag or an argument without content, which stands for nothing."""
    for before, word in zip(["", *words], words, strict=False):
        if not word or (word.startswith("--") and word.endswith("=")):
            name = word.rstrip("=") or (before if before[2:] and before[:2] == "--" else "")
            raise ValueError(f"{name or 'an argument'} must have a value, got ''")


def _refused(message: str, status: int) -> int:
    print("jaxcollapse: " + " ".join(message.split()), file=sys.stderr)
    return status
