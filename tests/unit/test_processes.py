"""What a process does for the others."""

import subprocess
import sys

import psutil

_CHILD = """
import psutil
from resnet_app.processes import make_way
make_way()
once = psutil.Process().nice()
make_way()
print(int(once), int(psutil.Process().nice()))
"""


def test_a_process_makes_way_for_those_that_answer_people():
    done = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True)
    once, twice = map(int, done.stdout.split())
    assert once == twice
    assert once != int(psutil.Process().nice())
