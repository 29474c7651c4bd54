"""How phones find a session: the address that they are to open, and its QR code."""

import io
import ipaddress
import socket
from urllib.parse import urlsplit, urlunsplit

import psutil

from resnet_app.classroom.session import Session


def join_link(page: str, session: Session, host: str | None = None) -> str:
    """The address that students open, from that of the classroom page as a browser sees it.

    ``host`` takes the place of the page's own where phones cannot reach that.
    """
    parts = urlsplit(page)
    place = parts.netloc
    if host is not None:
        place = f"{host}:{parts.port}" if parts.port else host
    return urlunsplit((parts.scheme, place, parts.path, f"join={session.code}", ""))


def is_local(page: str) -> bool:
    """Whether ``page`` is an address that only this computer can open."""
    host = urlsplit(page).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def network_addresses() -> list[str]:
    """This computer's IPv4 addresses in its networks, the one that leads outside first."""
    found = {
        address.address
        for name, addresses in psutil.net_if_addrs().items()
        for address in addresses
        if address.family == socket.AF_INET and _is_up(name)
    }
    usual = _usual_address()
    known = sorted(address for address in found if _is_reachable(address))
    return sorted(known, key=lambda address: address != usual)


def _is_up(name: str) -> bool:
    state = psutil.net_if_stats().get(name)
    return state is None or state.isup


def _is_reachable(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return not parsed.is_loopback and not parsed.is_link_local


def _usual_address() -> str | None:
    """The address that packets to other networks would leave from; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation, RFC 5737
            return str(probe.getsockname()[0])
        except OSError:
            return None


def qr_code(link: str) -> bytes:
    """``link`` as a PNG, black on white with the border that a camera needs."""
    import segno

    buffer = io.BytesIO()
    segno.make(link, error="m", micro=False).save(buffer, kind="png", scale=8, border=4)
    return buffer.getvalue()
