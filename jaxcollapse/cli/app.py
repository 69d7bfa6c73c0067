"""The application, and how a command ends: an error is one line and a status."""

import sys

from cyclopts import App, CycloptsError

app = App(
    name="jaxcollapse",
    help="The laboratory for the theory of model collapse.",
    help_format="plaintext",
)


def main() -> None:
    """Run a command; any error is one line on stderr and a non-zero status."""
    try:
        status = app(
            sys.argv[1:], exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as error:
        sys.exit(_refused(str(error).strip() or type(error).__name__, 2))
    except (ValueError, LookupError, OSError) as error:
        sys.exit(_refused(str(error), 1))
    except KeyboardInterrupt:
        sys.exit(_refused("interrupted; what was finished is kept", 130))
    sys.exit(status or 0)


def _refused(message: str, status: int) -> int:
    print("jaxcollapse: " + " ".join(message.split()), file=sys.stderr)
    return status
