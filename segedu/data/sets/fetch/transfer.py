"""One file from one of its mirrors to the disk: resumed after a cut, checked before it gets its final name."""

import errno
import hashlib
import http.client
import json
import os
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from segedu.data.sets.fetch.progress_line import DownloadLine, megabytes
from segedu.data.sets.fetch.web_page import LOGIN, is_web_page

TIMEOUT = 30.0  # seconds without a byte
CHUNK = 1 << 18  # bytes


class DownloadError(OSError):
    """A download that failed; its text is one sentence with the file and the cure."""


class MirrorError(Exception):
    """Why one mirror did not give the file; the next one may."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of the manifest: its name here, where it can be had, and what is publicly known of its bytes."""

    name: str
    mirrors: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None

    @property
    def checkable(self) -> bool:
        """Whether a hash is known, so that a wrong byte would be noticed."""
        return bool(self.sha256 or self.md5)


def download(file: RemoteFile, folder: Path) -> Path:
    """Return the path of the file in `folder`; fetch it from the first mirror that gives it whole.

    What has arrived stays as NAME.part when the network cuts, and the next call goes on from there.
    A file that is already there under its name, put there by hand for instance, is checked and
    used.

    Raises:
        DownloadError: no mirror gave the file, the disk is full, or the file that is there is
            damaged.
    """
    final = folder / file.name
    for path in (final, part_of(final), _notes(part_of(final))):
        if path.is_dir():
            raise DownloadError(f"{path} is a folder where a file is to be; move it away, and fetch again.")
    if final.exists():
        if fault := find_fault(file, final):
            raise DownloadError(f"{final} {fault}; delete it, and fetch again.")
        return final
    reasons = []
    for url in file.mirrors:
        try:
            fetch_from(url, file, folder)
        except MirrorError as error:
            reasons.append(f"{urlsplit(url).netloc}: {error}")
        else:
            return final
    left = max(resumable_bytes(part_of(final), url, file) for url in file.mirrors)
    again = f"again, to go on from {megabytes(left)}" if left else "again"
    raise DownloadError(
        f"{file.name} could not be fetched ({'; '.join(reasons)}); check the network and try {again}, "
        f"or save {file.mirrors[0]} as {final} by other means and try again."
    )


def fetch_from(url: str, file: RemoteFile, folder: Path) -> None:
    """Fetch a file from one mirror, check it, and only then give it its final name."""
    final = folder / file.name
    part = part_of(final)
    if not (file.checkable and part.exists() and find_fault(file, part) is None):
        receive(url, file, part)
    if fault := find_fault(file, part):
        discard(part)
        raise MirrorError(f"the file that came {fault}")
    if not file.checkable:
        print(f"{file.name}: sha256 {digest(part, 'sha256')}; not verified, because no hash of it is published.")
    os.replace(part, final)
    discard(part)


def receive(url: str, file: RemoteFile, part: Path) -> None:
    """Write the mirror's bytes to `part`, after those that are there already if they are known to be of this file."""
    start = resumable_bytes(part, url, file)
    try:
        response = urllib.request.urlopen(request_for(url, part, start), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if start and error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            discard(part)
            return receive(url, file, part)
        raise MirrorError(one_line(f"HTTP {error.code} {error.reason}")) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MirrorError(network_reason(error)) from None
    with response:
        resumed = start > 0 and continues_at(response, start)
        if response.status == 206 and not resumed:
            raise MirrorError("it sent another part of the file than was asked for")
        length = content_length(response)
        total = None if length is None else length + start * resumed
        first = read_chunk(response)
        refuse_another_file(response, b"" if resumed else first, total, file)
        total = file.size or total
        remember(part, url, response)
        write_stream(response, first, part, start if resumed else 0, total)
    have = part.stat().st_size
    if total and have < total:
        raise MirrorError(f"it ended after {megabytes(have)} of {megabytes(total)}")
    return None


def content_length(response: http.client.HTTPResponse) -> int | None:
    """Return how many bytes a mirror says it sends, None if it says nothing that is a number."""
    text = response.headers.get("Content-Length", "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def refuse_another_file(
    response: http.client.HTTPResponse,
    beginning: bytes,
    total: int | None,
    file: RemoteFile,
) -> None:
    """Raise MirrorError, before a byte is written, for a web page and for another size than the file has."""
    is_page = response.headers.get_content_type() == "text/html" or is_web_page(beginning[:512])
    if is_page and not file.name.endswith((".html", ".htm")):
        raise MirrorError(LOGIN)
    if file.size is not None and total is not None and total != file.size:
        raise MirrorError(f"it sends a file of {total} bytes instead of {file.size}: another version, or a login page")


def request_for(url: str, part: Path, start: int) -> urllib.request.Request:
    """Return a request for the bytes from `start` on, or for all if the file has changed since."""
    headers = {"User-Agent": "segedu", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator := recall(part).get(url):
            headers["If-Range"] = validator
    return urllib.request.Request(url, headers=headers)


def resumable_bytes(part: Path, url: str, file: RemoteFile) -> int:
    """Return how many bytes of `part` to keep: none if it may be of another file.

    It goes on from the mirror that it came from, if that names its versions; with a hash to check
    the end by, from another mirror, too.
    """
    validators = recall(part)
    known = any(validators.values()) if file.checkable else bool(validators.get(url))
    if not (known and part.exists()):
        return 0
    size = part.stat().st_size
    return size if file.size is None or size < file.size else 0


def continues_at(response: http.client.HTTPResponse, start: int) -> bool:
    """Whether the server sends the rest only; a server without Range support sends all."""
    return response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {start}-")


def write_stream(
    response: http.client.HTTPResponse,
    first: bytes,
    part: Path,
    start: int,
    total: int | None,
) -> None:
    """Append the body, of which `first` was read, to the first `start` bytes of `part`."""
    line = DownloadLine(part.name.removesuffix(".part"), total)
    chunk = first
    try:
        with part.open("r+b" if start else "wb") as out:
            out.seek(start)
            out.truncate()
            have = start
            while chunk:
                out.write(chunk)
                have += len(chunk)
                line.show(have)
                chunk = read_chunk(response)
    except OSError as error:
        discard(part)  # a full disk needs the space more than the next try needs the bytes
        raise DownloadError(f"{part.parent} can't hold {part.name} ({error.strerror}); {disk_cure(error)}.") from None
    finally:
        line.end()


def read_chunk(response: http.client.HTTPResponse) -> bytes:
    """Return the next bytes, none at the end; the network's errors become the mirror's."""
    try:
        return response.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise MirrorError(network_reason(error)) from None


def network_reason(error: Exception) -> str:
    """Return what went wrong in a few words.

    >>> network_reason(urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")))
    'no connection (Connection refused)'
    """
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer for {TIMEOUT:g} s"
    if isinstance(cause, socket.gaierror):
        return "its name can't be looked up; this machine seems to be offline"
    if isinstance(cause, http.client.IncompleteRead):
        return "the connection was cut"
    return one_line(f"no connection ({getattr(cause, 'strerror', None) or cause})")


def one_line(text: str) -> str:
    """Return a text on one line.

    >>> one_line("redirected\\n  too often")
    'redirected too often'
    """
    return " ".join(text.split())


def disk_cure(error: OSError) -> str:
    """Return how to mend a disk's error, as the end of a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space, or choose another folder with --root or $SEGEDU_DATA, and fetch again"
    return "choose a folder that you may write to with --root or $SEGEDU_DATA"


def find_fault(file: RemoteFile, path: Path) -> str | None:
    """Return what is wrong with the bytes of a file, or None."""
    if file.size is not None and path.stat().st_size != file.size:
        return f"has {path.stat().st_size} bytes instead of {file.size}"
    for algorithm, expected in (("sha256", file.sha256), ("md5", file.md5)):
        if expected and (actual := digest(path, algorithm)) != expected:
            return f"is damaged or another version: its {algorithm} is {actual} instead of {expected}"
    return None


def digest(path: Path, algorithm: str) -> str:
    """Return the hexadecimal hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def part_of(final: Path) -> Path:
    """Return where a file grows until it is whole.

    >>> part_of(Path("images.tar.gz")).name
    'images.tar.gz.part'
    """
    return final.with_name(f"{final.name}.part")


def remember(part: Path, url: str, response: http.client.HTTPResponse) -> None:
    """Store by what the mirror tells this version of the file from others: a strong ETag, else the date."""
    etag = response.headers.get("ETag", "")
    validator = etag if etag.startswith('"') else response.headers.get("Last-Modified")
    _notes(part).write_text(json.dumps({url: validator}), encoding="utf-8")


def recall(part: Path) -> dict[str, str | None]:
    """Return what `remember` stored: the validator of the URL from which the part came."""
    try:
        notes = json.loads(_notes(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(notes, dict):
        return {}
    return {url: validator for url, validator in notes.items() if isinstance(validator, str)}


def discard(part: Path) -> None:
    """Remove a part and its notes."""
    part.unlink(missing_ok=True)
    _notes(part).unlink(missing_ok=True)


def _notes(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")
