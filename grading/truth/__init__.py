"""The truth, one file a lecture: `lectureNN.py` has one function an exercise, called by the exercise's short name.

For the exercise "03.output_size" it is `lecture03.output_size(**arguments)`. It returns the expected answer as a plain
value: a number, string or tensor, or tuples, lists and dicts of them. It does what the exercise asks in the surest way
there is (torch's own operator), not in the way that the student is to find.
"""
