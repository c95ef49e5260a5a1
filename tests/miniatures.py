"""Miniature copies of the real data sets' layouts, and servers that fail on request: tests of files run everywhere."""

import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HEIGHT, WIDTH = 10, 14


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array.astype(np.uint8)).save(path)


def picture(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (HEIGHT, WIDTH, 3))


def write_camvid(folder: Path) -> None:
    """Three train, two val, one test frame as .png, as in the original release; label rows 0 … 11, 11 is void."""
    for split, count in (("train", 3), ("val", 2), ("test", 1)):
        rows = []
        for number in range(count):
            name = f"{split}_{number:05}.png"
            label = np.tile(np.arange(WIDTH) % 12, (HEIGHT, 1))
            save(folder / "CamVid" / split / name, picture(number))
            save(folder / "CamVid" / f"{split}annot" / name, label)
            rows.append(f"/SegNet/CamVid/{split}/{name} /SegNet/CamVid/{split}annot/{name}")
        (folder / "CamVid" / f"{split}.txt").write_text("\n".join(rows) + "\n")


def write_pets(folder: Path) -> None:
    """Ten trainval and three test pets; a trimap's left column is pet, its right one border, the rest background."""
    base = folder / "oxford-iiit-pet"
    trimap = np.full((HEIGHT, WIDTH), 2)
    trimap[:, 0], trimap[:, -1] = 1, 3
    for split, first, count in (("trainval", 0, 10), ("test", 100, 3)):
        names = [f"Bengal_{first + number}" for number in range(count)]
        for number, name in enumerate(names):
            save(base / "images" / f"{name}.jpg", picture(number))
            save(base / "annotations" / "trimaps" / f"{name}.png", trimap)
        (base / "annotations" / f"{split}.txt").write_text("".join(f"{name} 1 1 1\n" for name in names))


def write_isbi(folder: Path) -> None:
    """Thirty slices; the left column is membrane."""
    label = np.full((HEIGHT, WIDTH), 255)
    label[:, 0] = 0
    for number in range(30):
        save(folder / "data/membrane/train/image" / f"{number}.png", picture(number)[..., 0])
        save(folder / "data/membrane/train/label" / f"{number}.png", label)


def write_dsb2018(folder: Path) -> None:
    """Ten images with two nuclei each: a 2×3 one at the top left, a 4×2 one that ends in the last pixel."""
    for number in range(10):
        name = f"{number:064x}"
        for mask, window in (("a", np.s_[:2, :3]), ("b", np.s_[-4:, -2:])):
            nucleus = np.zeros((HEIGHT, WIDTH))
            nucleus[window] = 255
            save(folder / "stage1_train" / name / "masks" / f"{mask}.png", nucleus)
        save(folder / "stage1_train" / name / "images" / f"{name}.png", picture(number))


WRITERS = {"camvid": write_camvid, "pets": write_pets, "isbi": write_isbi, "dsb2018": write_dsb2018}


@pytest.fixture
def miniature(tmp_path):
    """Return a function that writes a data set's layout into tmp_path/NAME and returns that folder."""

    def write(name: str) -> Path:
        folder = tmp_path / name
        WRITERS[name](folder)
        return folder

    return write


class Mirror(ThreadingHTTPServer):
    """A server of one file on loopback, with the faults asked for; `ranges` lists what was asked of it."""

    daemon_threads = True

    def __init__(
        self, body, *, etag='"one"', resumable=True, cut=None, status=200, stall=False, sized=True, headers=None
    ):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.etag, self.resumable, self.cut = body, etag, resumable, cut
        self.fault, self.stall, self.sized, self.headers = status, stall, sized, headers or {}
        self.shift = 0  # bytes by which a resumed answer is off
        self.ranges: list[str | None] = []
        self.release = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/file"

    def close(self):
        self.release.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        mirror, wanted = self.server, self.headers.get("Range")
        mirror.ranges.append(wanted)
        if mirror.stall:
            mirror.release.wait(20)
            return
        if mirror.fault != 200:
            self.send_error(mirror.fault)
            return
        self.send_body(mirror, self.start_of(mirror, wanted))

    def start_of(self, mirror, wanted):
        unchanged = self.headers.get("If-Range") in (None, mirror.etag)
        return int(wanted[6:-1]) + mirror.shift if wanted and mirror.resumable and unchanged else 0

    def send_body(self, mirror, start):
        if start >= len(mirror.body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(mirror.body) - 1}/{len(mirror.body)}")
        if mirror.etag:
            self.send_header("ETag", mirror.etag)
        for name, value in mirror.headers.items():
            self.send_header(name, value)
        if mirror.sized:
            self.send_header("Content-Length", str(len(mirror.body) - start))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(mirror.body[start : mirror.cut])

    def log_message(self, *args):
        pass


@pytest.fixture
def mirror(monkeypatch):
    """Return a function that starts a `Mirror`; all are closed at the end."""
    monkeypatch.setenv("no_proxy", "*")
    started: list[Mirror] = []

    def start(*args, **faults):
        started.append(Mirror(*args, **faults))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def dead_url(monkeypatch):
    """Return a URL on a port where nobody listens."""
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/file"
