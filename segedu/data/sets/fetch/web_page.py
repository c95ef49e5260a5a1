"""A web page that came in place of a file: networks that ask to log in answer every request with one."""

LOGIN = "it sent a web page in place of the file; a network that asks to log in does that"


def is_web_page(beginning: bytes) -> bool:
    """Return whether a file's first bytes are those of a web page.

    >>> is_web_page(b"\\n<!DOCTYPE html><title>Welcome"), is_web_page(b"PK\\x03\\x04")
    (True, False)
    """
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<!--"))
