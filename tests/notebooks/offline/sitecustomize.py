"""No network: on the path of a kernel, Python refuses every address but this machine's.

Python imports `sitecustomize` at its start. The kernel itself talks through ZeroMQ on loopback, which is left alone.
"""

import ipaddress
import socket

LOCAL_NAMES = {None, "", "localhost", socket.gethostname(), b"localhost"}


def is_local(host):
    """Return whether a host is this machine; a name is not looked up."""
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse(host):
    raise OSError(f"the network is off in this test; {host!r} was asked for")


class OfflineSocket(socket.socket):
    """A socket that connects to this machine only."""

    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
            refuse(address[0])
        return super().connect(address)

    def connect_ex(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
            refuse(address[0])
        return super().connect_ex(address)


look_up = socket.getaddrinfo


def getaddrinfo(host, *arguments, **options):
    """Look up this machine's names only."""
    return look_up(host, *arguments, **options) if is_local(host) else refuse(host)


socket.socket = OfflineSocket
socket.getaddrinfo = getaddrinfo
