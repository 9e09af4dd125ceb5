"""Writes ca.pem, certificate.pem and key.pem for a server on this machine into the folder that is named."""

import datetime
import ipaddress
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

folder = Path(sys.argv[1])
now = datetime.datetime.now(datetime.UTC)


def named(text: str) -> x509.Name:
    """Return the name of a certificate's subject or issuer."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """Return what every certificate has."""
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of a machine and its containers differ.
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=90))
    )


def usage(**given: bool) -> x509.KeyUsage:
    """Return a key usage in which what is not given is off."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: given.get(name, False) for name in names})


def write(name: str, content: bytes) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    fresh = folder / f"{name}.new"
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    fresh.replace(folder / name)


authority_key = ec.generate_private_key(ec.SECP256R1())
authority_id = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
authority = (
    builder("harness stack authority", "harness stack authority", authority_key)
    .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
    .add_extension(authority_id, critical=False)
    .sign(authority_key, hashes.SHA256())
)
key = ec.generate_private_key(ec.SECP256R1())
places = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
certificate = (
    builder("localhost", "harness stack authority", key)
    .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    .add_extension(usage(digital_signature=True), critical=True)
    .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    .add_extension(x509.SubjectAlternativeName(places), critical=False)
    .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id), critical=False)
    .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    .sign(authority_key, hashes.SHA256())
)
pem = serialization.Encoding.PEM
write(
    "key.pem",
    key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
)
write("certificate.pem", certificate.public_bytes(pem))
# Last: where this one is, all are.
write("ca.pem", authority.public_bytes(pem))
