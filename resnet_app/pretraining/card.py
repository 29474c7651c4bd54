"""The pretrained model's card: data, recipe, figures, limits, licences."""

from pathlib import Path
from typing import Any

from resnet_app.pretraining.grid import PENS, SIZES
from resnet_app.pretraining.nondigits import HELD_BACK_LETTERS
from resnet_app.runs.run import Run

_TEMPLATE = Path(__file__).with_name("card_template.md")


def write_card(run: Run, figures: dict[str, Any]) -> None:
    """Write ``card.md`` into the directory of ``run`` from what was measured."""
    pool = figures["pool"]  # pictures of each kind; their names would hide those of the figures
    text = _TEMPLATE.read_text(encoding="utf-8").format(
        **run.config.to_json(),
        **run.calibration().to_json(),
        **figures
        | {"scans_count": figures["scans"], "nondigits_count": figures["nondigits"]}
        | pool,
        round_count=len(figures["rounds"]),
        rounds_in_words=", then ".join(
            f"{epochs} epochs with writers 1 to {writer}" for epochs, writer in figures["rounds"]
        ),
        remark=f"\n\n{figures['since']}" if "since" in figures else "",
        grid=_grid(figures["cells"]),
        letters=" ".join(HELD_BACK_LETTERS),
        megabytes=(run.directory / "model.tflite").stat().st_size / 1e6,
    )
    (run.directory / "card.md").write_text(text, encoding="utf-8")


def _grid(cells: dict[str, float]) -> str:
    """A Markdown table, a row a pen, a column a size."""
    head = "| | " + " | ".join(f"{size:.0%}" for size in SIZES) + " |"
    rows = [
        f"| {pen} px | "
        + " | ".join(f"{cells[f'{pen} px, {size:.0%}']:.2%}" for size in SIZES)
        + " |"
        for pen in PENS
    ]
    return "\n".join([head, "|---" * (len(SIZES) + 1) + "|", *rows])
