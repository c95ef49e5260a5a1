"""The tests, a package so that what they share is importable from anywhere: tests.widgets.lab_server."""
