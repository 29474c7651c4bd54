"""Plans of experiments: one cure, several suspects, raw against normalized, the posted question."""

from collections.abc import Sequence
from itertools import combinations

from resnet_app.config import TrainingConfig
from resnet_app.doctor.causes import CAUSES
from resnet_app.doctor.rules.averages import QUICK
from resnet_app.doctor.treatment import treatment_for
from resnet_app.errors import RunError
from resnet_app.runs.experiment import Arm, Plan
from resnet_app.runs.run import Run

AS_IT_WAS = "As it was"
"""The arm that others are held against: the base, trained again."""

PLACEBO = Arm("Placebo, another seed", other_seed=True)

RAW, NORMALIZED = (
    Arm("Raw, 0…255", {"normalization": "raw"}),
    Arm("Normalized, 0…1", {"normalization": "unit"}),
)

FACTORS: dict[str, tuple[str, str, object]] = {
    "normalize": ("pixels 0…1", "normalization", "unit"),
    "pool": ("pooled head", "head", "pooled"),
    "follow": (f"momentum {QUICK:g}", "bn_momentum", QUICK),
    "hurry": ("rate 0.01", "learning_rate", 1e-2),
}
"""What the posted question's experiment changes: words, setting and value, by a short name."""

NORMALIZE_ONLY = "Normalize only"


def treatment_plan(run: Run, cause: str, placebo: bool = False) -> Plan:
    """Train ``run`` again with the one change that cures ``cause``: same seed, same data.

    Raises ``RunError`` if no change of settings or data can be made for it.
    """
    arms = (_cure(run, cause), *((PLACEBO,) if placebo else ()))
    return Plan(
        CAUSES[cause].title, "treatment", run.config, run.dataset_digest, arms, (run.config.seed,),
        original=run.id, cause=cause,
    )  # fmt: skip


def suspects_plan(run: Run, causes: Sequence[str], seeds: int) -> Plan:
    """Each of ``causes`` cured on its own, and nothing cured at all, with ``seeds`` seeds.

    The first seed is the run's own. Raises ``RunError`` as ``treatment_plan`` does.
    """
    arms = [Arm(AS_IT_WAS)]
    for cause in causes:
        arm = _cure(run, cause)
        if all(arm.name != other.name for other in arms):
            arms.append(arm)
    first = run.config.seed
    return Plan(
        "Several suspects", "suspects", run.config, run.dataset_digest, tuple(arms),
        tuple(range(first, first + seeds)), original=run.id,
    )  # fmt: skip


def is_treatable(run: Run, cause: str) -> bool:
    """Whether a rerun can apply the treatment of ``cause``."""
    return treatment_for(cause, run).applies


def _cure(run: Run, cause: str) -> Arm:
    treatment = treatment_for(cause, run)
    if not treatment.applies:
        raise RunError(
            "No setting cures this; what to do is said in words. "
            f"Received: {CAUSES[cause].title.lower()}"
        )
    return Arm(treatment.label, treatment.changes, treatment.edit, cause=cause)


def twin_plan(config: TrainingConfig, digest: str, batch_norm: bool = True) -> Plan:
    """Raw against normalized: two runs that differ in nothing else."""
    base = config.changed(batch_norm=batch_norm)
    where = "" if batch_norm else ", without batch normalization"
    title = f"Raw against normalized{where}"
    return Plan(title, "twin", base, digest, (RAW, NORMALIZED), (config.seed,))


def question_plan(base: TrainingConfig, digest: str, seeds: int, every_pair: bool) -> Plan:
    """The posted recipe and each of ``FACTORS`` alone; if ``every_pair``, all combinations."""
    names = tuple(FACTORS)
    sizes = range(len(names) + 1) if every_pair else range(2)
    chosen = [group for size in sizes for group in combinations(names, size)]
    arms = tuple(Arm(_arm_name(group), _changes(group)) for group in chosen)
    first = base.seed
    title = "The posted question"
    return Plan(title, "question", base, digest, arms, tuple(range(first, first + seeds)))


def _changes(group: Sequence[str]) -> dict[str, object]:
    return {FACTORS[name][1]: FACTORS[name][2] for name in group}


def _arm_name(group: Sequence[str]) -> str:
    if not group:
        return "As posted"
    if group == ("normalize",):
        return NORMALIZE_ONLY
    words = " + ".join(FACTORS[name][0] for name in group)
    return f"{words[0].upper()}{words[1:]}" + (" only" if len(group) == 1 else "")
