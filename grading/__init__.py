"""What knows the right answers: the truth behind the exercises, for the tests and the grader; never in the wheel."""
