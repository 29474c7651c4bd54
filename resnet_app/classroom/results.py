"""What the models read of a class so far: counted inside the database, so that looking is cheap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resnet_app.classroom.database import reading
from resnet_app.classroom.session import Session
from resnet_app.config import CLASSES
from resnet_app.runs.run import Evaluation

Numbers = NDArray[np.float64]
"""(G,) one number for each group of equal answers."""


@dataclass(frozen=True, eq=False)
class Reader:
    """One model on this class; ``unsure`` drawings were not answered, yet count by its guess."""

    evaluation: Evaluation
    unsure: int
    alone: int
    """Drawings that it read right and the other model did not; 0 without another."""


@dataclass(frozen=True, eq=False)
class ClassResults:
    """``handed_in`` drawings by ``students``, of which ``removed`` ones count nowhere else."""

    students: int
    handed_in: int
    removed: int
    model: Reader
    rival: Reader | None

    @property
    def kept(self) -> int:
        """Drawings that count."""
        return self.handed_in - self.removed


def count_results(session: Session) -> ClassResults:
    """The results of the drawings that are there now."""
    with reading() as connection:
        groups = connection.execute(
            "SELECT asked, answer, rival_answer, sure, rival_sure, COUNT(*) FROM contribution "
            "WHERE session = ? AND hidden = 0 GROUP BY 1, 2, 3, 4, 5",
            (session.id,),
        ).fetchall()
        students, handed_in, removed = connection.execute(
            "SELECT COUNT(DISTINCT student), COUNT(*), COALESCE(SUM(hidden), 0) "
            "FROM contribution WHERE session = ?",
            (session.id,),
        ).fetchone()
    table = np.array(groups, float).reshape(-1, 6)  # NaN where there is no rival
    asked, answer, rival, sure, rival_sure, count = table.T
    only = (asked == answer) & (asked != rival), (asked != answer) & (asked == rival)
    model = _reader(asked, answer, sure, count, only[0] & (session.rival is not None))
    second = _reader(asked, rival, rival_sure, count, only[1]) if session.rival else None
    return ClassResults(students, handed_in, removed, model, second)


def _reader(
    asked: Numbers, answer: Numbers, sure: Numbers, count: Numbers, alone: NDArray[np.bool_]
) -> Reader:
    """Sum up groups of ``count`` equal answers; ``alone`` marks those that only this model knew."""
    confusion = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(confusion, (asked.astype(int), answer.astype(int)), count.astype(int))
    return Reader(Evaluation(confusion), int(count[sure == 0].sum()), int(count[alone].sum()))
