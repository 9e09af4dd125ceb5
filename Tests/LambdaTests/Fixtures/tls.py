"""S3 behind TLS: ends it with a certificate of an authority of its own, and passes everything on.

Writes the authority's certificate to the file named first. It runs until it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import ssl
import sys
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    """Valid for an hour."""
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer)]
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(extension, critical=True)
        .sign(signer, hashes.SHA256())
    )


def context(authority_file: str, host: str) -> ssl.SSLContext:
    """A server for the host and for each name below it, as S3's own certificate."""
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate("tests", "tests", authority, authority, x509.BasicConstraints(ca=True, path_length=0))
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.DNSName("*." + host)])
    leaf = certificate(host, "tests", key, authority, names)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder, "chain.pem")
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain.write_bytes(secret + leaf.public_bytes(serialization.Encoding.PEM))
        made.load_cert_chain(chain)
    Path(authority_file).write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return made


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either side ends."""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while part := await reader.read(1 << 16):
            writer.write(part)
            await writer.drain()
    writer.close()


async def run(arguments: argparse.Namespace) -> None:
    """Serves until cancelled."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", arguments.upstream)
        await asyncio.gather(copy(reader, outer), copy(inner, writer))

    server = await asyncio.start_server(
        serve, "127.0.0.1", arguments.port, ssl=context(arguments.authority, arguments.host)
    )
    async with server:
        await server.serve_forever()


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("authority")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("upstream", type=int)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
