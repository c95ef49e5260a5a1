"""What all exercises share; it knows no single one of them.

`engine.py` says what an exercise is and runs it, `compare.py` says what is wrong with a value, `rules.py` holds
"without `F.conv2d`", `student.py` looks at a function from outside, `report.py` writes what is printed, `store.py`
keeps the expected values, `public.py` is what a student calls.
"""
