"""The one guarded client for addresses that come from outside: what people and models post."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from types import MappingProxyType
from typing import Final

import httpx

Resolve = Callable[[str, int], Awaitable[Iterable[str]]]
"""Gives the addresses of a host and port; raises OSError."""

MOST_CONNECTIONS: Final = 32
MOST_ADDRESSES: Final = 3
"""Of one host, how many are tried."""
LONGEST_NAME: Final = 200
"""Characters of an address in an error's text."""
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_HOST_NAME: Final = re.compile(r"[a-z0-9._-]+")
_MAY_PASS: Final = frozenset({408, 425, 429})
_UNICAST: Final = IPv6Network("2000::/3")
"""All that IPv6 has given out. Source: IANA, IPv6 Global Unicast Address Assignments."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Where a host that has only IPv6 sees the others: the last 32 bits are an IPv4 address."""
_NEVER: Final = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # the protocols' own; a cloud's metadata at .192
            "168.63.129.16/32",  # a cloud's own services, at an address that looks public
            "2001::/23",  # the protocols' own, Teredo among them, which hides an IPv4 address
            "2002::/16",  # 6to4, which hides one too
            "3fff::/20",  # documentation
        ),
    )
)
"""What Python 3.11 takes for global, or not in all its releases for what it is."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave; `media_type` is in lower case, without parameters, blank if none."""

    content: bytes
    media_type: str


class FetchError(Exception):
    """Nothing was fetched; the text names the address without its query, which may be secret.

    `status` is that of the answer, if one came. `is_final`: asking again later is of no use.
    """

    def __init__(self, why: str, *, status: int | None = None, is_final: bool) -> None:
        super().__init__(why)
        self.status = status
        self.is_final = is_final


def network(verify: ssl.SSLContext | None = None) -> httpx.AsyncHTTPTransport:
    """Return httpx's network without its client: no cookies, redirects or proxies are known there.

    `verify` takes the place of the usual authorities.
    """
    return httpx.AsyncHTTPTransport(
        verify=verify or True,
        trust_env=False,
        # No connection is used twice: it belongs to an IP address here, and the next request may be
        # for another name there, for which TLS has verified nothing.
        limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=0),
    )


class Outside:
    """Fetches over https, from public addresses only, one answer at a time and no further.

    `trusted` are origins, such as http://127.0.0.1:8788, that are ours by configuration: those may
    be http, private, and at any port. `resolve` and `transport` take the places of the system's
    resolver and of the network.
    """

    def __init__(
        self,
        *,
        trusted: Collection[str] = (),
        resolve: Resolve | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._trusted = frozenset(_origin(httpx.URL(one)) for one in trusted)
        self._resolve = resolve or _resolve
        self._transport = transport or network()

    async def get(
        self,
        url: str,
        *,
        most_bytes: int,
        timeout_s: float = 10,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Fetched:
        """Return what is at this address, if it is at most `most_bytes`; raises FetchError.

        `timeout_s` seconds are for all of it, from the name's resolution to the last byte.
        """
        target = _parsed(url)
        try:
            async with asyncio.timeout(timeout_s):
                response = await self._answer(target, headers, timeout_s)
                async with aclosing(response):
                    return await _read(response, target, most_bytes)
        except TimeoutError as error:
            msg = f"{_named(target)} was not there within {timeout_s:g} s"
            raise FetchError(msg, is_final=False) from error
        except httpx.TransportError as error:
            msg = f"{_named(target)} cannot be reached: {type(error).__name__}"
            raise FetchError(msg, is_final=False) from error

    async def aclose(self) -> None:
        """Close every connection; what is under way fails."""
        await self._transport.aclose()

    async def _answer(
        self, target: httpx.URL, headers: Mapping[str, str], timeout_s: float
    ) -> httpx.Response:
        if _origin(target) in self._trusted:
            return await self._send(target, headers, {})
        addresses = await self._checked(target)
        # A server that is silent at one address leaves time for the next.
        extensions: dict[str, object] = {"timeout": {"connect": timeout_s / len(addresses)}}
        if _literal(target.host) is None:
            extensions["sni_hostname"] = target.raw_host.decode("ascii")
        for address in addresses[:-1]:
            try:
                return await self._send(target, headers, extensions, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._send(target, headers, extensions, addresses[-1])

    async def _send(
        self,
        target: httpx.URL,
        headers: Mapping[str, str],
        extensions: dict[str, object],
        address: str | None = None,
    ) -> httpx.Response:
        """Ask; with an `address`, the connection goes there, and nothing is resolved again."""
        sent = httpx.Headers({"User-Agent": "tzurot", "Accept": "*/*", **headers})
        sent["Host"] = target.netloc.decode("ascii")
        # Of what is compressed, the size is known only once it is unpacked.
        sent["Accept-Encoding"] = "identity"
        url = target if address is None else target.copy_with(host=address)
        request = httpx.Request("GET", url, headers=sent, extensions=extensions)
        return await self._transport.handle_async_request(request)

    async def _checked(self, target: httpx.URL) -> list[str]:
        """Return where this host is, if all of it is public."""
        if target.scheme != "https":
            raise _refused(target, "is not https")
        if target.port is not None:
            raise _refused(target, "has a port of its own")
        if _literal(target.host) is not None:
            addresses = [target.host]
        elif _HOST_NAME.fullmatch(target.raw_host.decode("ascii")):
            addresses = await self._resolved(target)
        else:
            raise _refused(target, "has no host that can be looked up")
        if not all(map(is_public, addresses)):
            raise _refused(target, "does not lie on the public internet")
        return addresses[:MOST_ADDRESSES]

    async def _resolved(self, target: httpx.URL) -> list[str]:
        try:
            found = await self._resolve(target.raw_host.decode("ascii"), 443)
        except UnicodeError as error:
            raise _refused(target, "has no host that can be looked up") from error
        except OSError as error:
            msg = f"{_named(target)} has a host that cannot be found"
            raise FetchError(msg, is_final=False) from error
        addresses = list(dict.fromkeys(found))
        if not addresses:
            msg = f"{_named(target)} has a host without an address"
            raise FetchError(msg, is_final=False)
        return addresses


def is_public(address: str) -> bool:
    """Whether this IP address is one that everybody reaches, and hides none that is not."""
    found = _literal(address)
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return False
        if found in _NAT64:
            return is_public(str(IPv4Address(int(found) & 0xFFFF_FFFF)))
        if found not in _UNICAST:
            return False
    return (
        found is not None
        and found.is_global
        and not (found.is_multicast or found.is_reserved)
        and not any(found in network for network in _NEVER)
    )


async def _read(response: httpx.Response, target: httpx.URL, most_bytes: int) -> Fetched:
    if not response.is_success:
        raise _no_success(target, response.status_code)
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise _refused(target, "is compressed, though nobody asked for that")
    too_large = _refused(target, f"has more than {most_bytes} bytes")
    told = response.headers.get("Content-Length", "")
    if told.isdecimal() and int(told) > most_bytes:
        raise too_large
    content = bytearray()
    async for part in response.aiter_raw():
        content += part
        if len(content) > most_bytes:
            raise too_large
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    return Fetched(bytes(content), media_type.strip().lower())


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _parsed(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        # Not quoted: nobody knows where in it a secret would stand.
        msg = "what should be fetched is no address"
        raise FetchError(msg, is_final=True) from None
    if not target.host or target.scheme not in ("https", "http"):
        msg = "what should be fetched is no address of the web"
        raise FetchError(msg, is_final=True)
    if target.userinfo:
        raise _refused(target, "names a user")
    return target


def _no_success(target: httpx.URL, status: int) -> FetchError:
    what = "leads elsewhere" if httpx.codes.is_redirect(status) else "was refused"
    is_final = not (httpx.codes.is_server_error(status) or status in _MAY_PASS)
    return FetchError(f"{_named(target)} {what}: {status}", status=status, is_final=is_final)


def _refused(target: httpx.URL, why: str) -> FetchError:
    return FetchError(f"{_named(target)} {why}", is_final=True)


def _named(target: httpx.URL) -> str:
    """Return the address for a text that is logged: without user, query and fragment."""
    path = target.raw_path.partition(b"?")[0]
    return f"{target.scheme}://{(target.netloc + path).decode('ascii')}"[:LONGEST_NAME]


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    # The default port of a scheme is None here.
    return url.scheme, url.host, url.port


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
