"""What a page needs to compute beside itself: the code of a worker, as text; `kit/compute.js` is the other end."""

from segedu.widgets.linker import scope_name, scopes


def worker_source(module: str) -> dict[str, str]:
    """Return a module, such as "kit/network/job.js", as `kit/compute.js` takes it: its "code" and its exports' "name".

    The code holds all that the module imports; the module's default export has `start`. Raises ValueError as the
    linker's `scopes` does.

    >>> worker_source("kit/network/job.js")["name"]
    'kit$network$job'
    """
    return {"code": scopes(module), "name": scope_name(module)}
