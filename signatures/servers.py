"""What an address of PostgreSQL must say, also one that names several servers of which one is the primary.

Its sentences never repeat the address: it may hold a password.
"""

from __future__ import annotations

WRITABLE = ("read-write", "primary")
FORM = "Write postgresql://user@host:port/name."
SEVERAL = "postgresql://user@host-one,host-two,host-three/name?target_session_attrs=read-write"


def address_findings(name: str, address: str) -> list[str]:
    """Refuse an address that cannot be read, or one of several servers that does not say which of them is meant."""
    given = _parts(address)
    if given is None:
        return [f"{name}: the address of the PostgreSQL server cannot be read. {FORM}"]
    hosts, ports = (given.get(word, "").split(",") for word in ("host", "port"))
    if any(port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536) for port in ports):
        return [f"{name}: a port is a number from 1 to 65535. {FORM}"]
    if len(ports) not in (1, len(hosts)):
        return [f"{name}: {len(hosts)} servers and {len(ports)} ports. Give one port, or one for each server."]
    if len(hosts) > 1 and given.get("target_session_attrs") not in WRITABLE:
        return [
            f"{name} names several servers, so it must say that the one that takes writes is meant. Write {SEVERAL}"
        ]
    return []


def standby_findings(name: str, address: str, primary: str) -> list[str]:
    """Refuse a standby that cannot be one: none of PostgreSQL, or several, which may differ in what they know."""
    if not primary.startswith(("postgresql:", "postgres:")) or not address.startswith(("postgresql:", "postgres:")):
        return [f"{name} names a standby of a PostgreSQL server, so SIGNATURES_DATABASE must name that server."]
    if names_several(address):
        return [f"{name}: name one server, the one nearest to this host. Where it does not answer, the primary does."]
    return address_findings(name, address)


def names_several(address: str) -> bool:
    """Tell whether an address names several servers, of which another one may become the primary."""
    return "," in (_parts(address) or {}).get("host", "")


def each_server(address: str) -> list[dict[str, str]]:
    """Split an address into those of the servers that it names."""
    given = _parts(address) or {}
    hosts, ports = (given.get(word, "").split(",") for word in ("host", "port"))
    if len(hosts) == 1 or "hostaddr" in given:
        return [given]
    ports = ports if len(ports) == len(hosts) else ports * len(hosts)
    alike = {name: value for name, value in given.items() if name not in ("host", "port")}
    pairs = zip(hosts, ports, strict=True)
    return [{**alike, "host": host} | ({"port": port} if port else {}) for host, port in pairs]


def _parts(address: str) -> dict[str, str] | None:
    from psycopg import ProgrammingError, conninfo  # noqa: PLC0415 - an extra

    try:
        return {name: str(value) for name, value in conninfo.conninfo_to_dict(address).items()}
    except (ProgrammingError, ValueError):
        return None
