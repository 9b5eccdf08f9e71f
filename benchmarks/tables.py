"""How results are shown."""

from collections.abc import Sequence
from statistics import median


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A small table: words to the left, numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(header), *cells]) for i in range(len(header))]
    print(f"\n{title}")
    for line in [list(header), *cells]:
        first, *others = zip(line, widths, strict=True)
        print("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]), flush=True)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of runs that followed one another: slow minutes of the machine cancel out."""
    return median(one / other for one, other in zip(ours, theirs, strict=False) if other)


def aim(what: str, value: float, *, least: float | None = None, most: float | None = None) -> None:
    """One line: the figure, the aim, and whether it is met."""
    met = (least is None or value >= least) and (most is None or value <= most)
    wanted = f">= {least:g}" if least is not None else f"<= {most:g}"
    print(f"{what}: {value:.2f}  (aim {wanted}: {'met' if met else 'NOT met'})", flush=True)
