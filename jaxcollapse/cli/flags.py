"""What the flags of several commands mean."""


def merged_configuration(config, flags):
    """Defaults, a TOML file and flags as one configuration; the later wins."""
    from . import configuration

    given = {name: value for name, value in flags.items() if value is not None}
    merged = {**configuration.DEFAULTS, **(configuration.read(config) if config else {}), **given}
    if isinstance(merged.get("truth"), str) and "=" in merged["truth"]:
        merged["truth"] = configuration.assignments(merged["truth"].split(";"))
    for what in ("family", "workflow", "selection", "decoding"):
        if isinstance(merged.get(what), str):
            merged[what] = configuration.written(merged[what])
    return merged


def generations_of(text, what="at") -> list[int] | None:
    """Generations from a comma list or a TOML array."""
    parts = text.split(",") if isinstance(text, str) else text
    try:
        return None if parts is None else [int(part) for part in parts]
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be generations separated by commas, got {text!r}") from None
