"""A grader that plays one program, to be killed while it does."""

import sys

from contracts.cases import Case, sample
from contracts.subjects.program import ProgramSubject

case = Case(provider="oxen", body=sample("oxen"), deadline_s=60)
with ProgramSubject(sys.argv[1:]) as subject:
    subject.play(case)
