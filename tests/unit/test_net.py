"""What is fetched from outside, and what is not, over real sockets and real TLS."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tzurot.net import FetchError, Outside, is_public, network

PUBLIC, ANOTHER = "93.184.216.34", "2606:2800:220:1::1"


class Resolver:
    """Gives its answers one after the other, and counts how often it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers.pop(0)


class Network(httpx.AsyncBaseTransport):
    """All addresses of the internet lie on this machine's one port; those in `silent` do not."""

    def __init__(self, port: int, verify: ssl.SSLContext, *, silent: frozenset[str]) -> None:
        self.port = port
        self.silent = silent
        self.connected: list[str] = []
        self.real = network(verify)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.connected.append(request.url.host)
        if request.url.host in self.silent:
            msg = "nobody is there"
            raise httpx.ConnectError(msg)
        request.url = request.url.copy_with(host="127.0.0.1", port=self.port)
        return await self.real.handle_async_request(request)

    async def aclose(self) -> None:
        await self.real.aclose()


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server of this name shows, and what a client trusts who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


class Site:
    """A server, with what it was asked."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        status, body, headers = 200, b"x" * 10, {}
        match request.path:
            case "/status":
                status = int(request.query["code"])
            case "/elsewhere":
                status, headers = 302, {"Location": f"{self.origin}/small"}
            case "/gzip":
                body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
            case "/cookie":
                headers = {"Set-Cookie": "known=1; Path=/"}
            case "/typed":
                headers = {"Content-Type": request.query["as"]}
            case "/endless" | "/drip":
                return await self.stream(request)
        return web.Response(status=status, body=body, headers=headers)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * (1 if request.path == "/drip" else 1000))
                await asyncio.sleep(0.02 if request.path == "/drip" else 0)
        except ConnectionError:
            return response

    async def start(self, context: ssl.SSLContext | None = None) -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    runner = await site.start()
    yield site
    await runner.cleanup()


@pytest.fixture
async def outside(site: Site) -> AsyncIterator[Outside]:
    outside = Outside(trusted=[site.origin])
    yield outside
    await outside.aclose()


async def refused(outside: Outside, url: str, timeout_s: float = 10) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await outside.get(url, most_bytes=1000, timeout_s=timeout_s)
    return caught.value


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8"),  # noqa: S104
        *("169.254.169.254", "172.16.0.1", "192.168.1.1", "192.0.0.192", "198.18.0.1"),
        *("168.63.129.16", "203.0.113.1", "224.0.0.1", "239.1.2.3", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"),
        *("64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::808:808", "100::1", "fc00::1"),
        *("2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "fe80::1"),
        *("fe80::1%1", "2606:4700::1111%1", "fec0::1", "ff02::1", "5f00::1", "", "localhost"),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, ANOTHER, "64:ff9b::808:808", "2606:4700::1111"])
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/a", "ftp://example.com/a", "file:///etc/passwd", "javascript:a"),
        *("//example.com/a", "example.com", "", "https://", "https:///a", "https://exa mple.com/"),
        *("https://example.com:8443/", "https://example.com:80/", "https://example.com:0/"),
        *("https://example.com:99999/", "https://user:word@example.com/", "https://u@example.com/"),
        *("https://example.com\\@127.0.0.1/", "https://example.com\n.net/", "https://%31.com/"),
        *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"),
        *(
            "https://[fe80::1%25eth0]/",
            "https://169.254.169.254/latest/meta-data",
            "https://\ud800/",
        ),
        *("https://１２７.0.0.1/", f"https://example.com/{'a' * 70_000}"),  # noqa: RUF001
    ],
)
async def test_addresses_that_are_never_asked(url: str) -> None:
    resolver = Resolver()
    outside = Outside(resolve=resolver)
    error = await refused(outside, url)
    assert error.is_final
    assert error.status is None
    assert not resolver.asked
    await outside.aclose()


@pytest.mark.parametrize("url", ["https://127.1/", "https://2130706433/", "https://localhost/"])
async def test_ways_to_write_this_machine(url: str) -> None:
    # The system's own resolver knows them all, without a network.
    outside = Outside()
    assert (await refused(outside, url)).is_final
    await outside.aclose()


async def test_one_private_address_among_public_ones_is_enough() -> None:
    outside = Outside(resolve=Resolver([PUBLIC, "10.0.0.1"]))
    assert (await refused(outside, "https://example.com/a")).is_final
    await outside.aclose()


async def test_a_name_that_is_not_found_may_be_later() -> None:
    async def unknown(_host: str, _port: int) -> list[str]:
        msg = "not known"
        raise OSError(msg)

    for resolve in (unknown, Resolver([])):
        outside = Outside(resolve=resolve)
        assert not (await refused(outside, "https://example.com/a")).is_final
        await outside.aclose()


async def test_the_connection_goes_to_the_address_that_was_checked(tmp_path: Path) -> None:
    server, trusting = certified(tmp_path, "pictures.example")
    site = Site()
    runner = await site.start(server)
    internet = Network(site.port, trusting, silent=frozenset())
    # Asked again, this name would be this machine.
    resolver = Resolver([PUBLIC], ["127.0.0.1"])
    outside = Outside(resolve=resolver, transport=internet)
    fetched = await outside.get("https://pictures.example/a%20b?c=%2F", most_bytes=10)
    assert fetched.content == b"x" * 10
    assert resolver.asked == [("pictures.example", 443)]
    assert internet.connected == [PUBLIC]
    assert site.asked[0].host == "pictures.example"
    assert site.asked[0].raw_path == "/a%20b?c=%2F"
    # The same server, by a name that it does not prove: a connection is not used twice.
    resolver.answers = [[PUBLIC]]
    error = await refused(outside, "https://other.example/a")
    assert not error.is_final
    assert len(site.asked) == 1
    await outside.aclose()
    await runner.cleanup()


async def test_a_silent_address_is_passed_over(tmp_path: Path) -> None:
    server, trusting = certified(tmp_path, "pictures.example")
    site = Site()
    runner = await site.start(server)
    internet = Network(site.port, trusting, silent=frozenset({ANOTHER}))
    outside = Outside(resolve=Resolver([ANOTHER, PUBLIC], [ANOTHER]), transport=internet)
    await outside.get("https://pictures.example/a", most_bytes=10)
    assert internet.connected == [ANOTHER, PUBLIC]
    assert not (await refused(outside, "https://pictures.example/a")).is_final
    await outside.aclose()
    await runner.cleanup()


async def test_a_trusted_origin_and_none_beside_it(site: Site, outside: Outside) -> None:
    fetched = await outside.get(f"{site.origin}/small", most_bytes=10, headers={"X-A": "1"})
    assert fetched.content == b"x" * 10
    request = site.asked[0]
    assert request.host == f"127.0.0.1:{site.port}"
    assert request.headers["Accept-Encoding"] == "identity"
    assert request.headers["X-A"] == "1"
    other = Site()
    runner = await other.start()
    assert (await refused(outside, f"{other.origin}/small")).is_final
    assert (await refused(outside, f"http://localhost:{site.port}/small")).is_final
    assert (await refused(outside, f"http://u:p@127.0.0.1:{site.port}/small")).is_final
    assert not other.asked
    assert len(site.asked) == 1
    await runner.cleanup()


async def test_the_environment_names_no_proxy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    later = Outside(trusted=[site.origin])
    assert (await later.get(f"{site.origin}/small", most_bytes=10)).content
    await later.aclose()


@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        *((304, True), (401, True), (403, True), (404, True), (410, True)),
        *((408, False), (429, False), (500, False), (503, False)),
    ],
)
async def test_statuses(site: Site, outside: Outside, status: int, *, is_final: bool) -> None:
    error = await refused(outside, f"{site.origin}/status?code={status}&hm=secret")
    assert (error.status, error.is_final) == (status, is_final)
    assert str(status) in str(error)
    assert "secret" not in str(error)


async def test_no_redirect_is_followed(site: Site, outside: Outside) -> None:
    error = await refused(outside, f"{site.origin}/elsewhere")
    assert (error.status, error.is_final) == (302, True)
    assert [request.path for request in site.asked] == ["/elsewhere"]


async def test_cookies_are_not_kept(site: Site, outside: Outside) -> None:
    for _ in range(2):
        await outside.get(f"{site.origin}/cookie", most_bytes=10)
    assert "Cookie" not in site.asked[1].headers


async def test_too_large_as_told_and_as_counted(site: Site, outside: Outside) -> None:
    with pytest.raises(FetchError, match="more than 9 bytes") as told:
        await outside.get(f"{site.origin}/small", most_bytes=9)
    assert told.value.is_final
    error = await refused(outside, f"{site.origin}/endless")
    assert error.is_final


async def test_a_slow_drip_ends_with_the_time(site: Site, outside: Outside) -> None:
    began = time.monotonic()
    error = await refused(outside, f"{site.origin}/drip?hm=secret", timeout_s=0.3)
    assert not error.is_final
    assert time.monotonic() - began < 5
    assert "secret" not in str(error)


async def test_a_server_that_is_not_there() -> None:
    gone = Site()
    runner = await gone.start()
    await runner.cleanup()
    trusting = Outside(trusted=[gone.origin])
    error = await refused(trusting, f"{gone.origin}/small")
    assert (error.status, error.is_final) == (None, False)
    await trusting.aclose()


async def test_what_is_compressed_is_refused(site: Site, outside: Outside) -> None:
    assert (await refused(outside, f"{site.origin}/gzip")).is_final


@pytest.mark.parametrize(
    ("told", "media_type"),
    [
        ("image/png", "image/png"),
        ("Image/PNG; charset=binary", "image/png"),
        ("text/html;charset=utf-8", "text/html"),
    ],
)
async def test_media_types(site: Site, outside: Outside, told: str, media_type: str) -> None:
    url = str(httpx.URL(f"{site.origin}/typed", params={"as": told}))
    assert (await outside.get(url, most_bytes=10)).media_type == media_type
