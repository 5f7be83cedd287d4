"""Signs what the service answers: Ed25519 over the domain's words, a zero byte, and the answer."""

import base64
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from config import Config, Fault


@dataclass(frozen=True)
class Signer:
    key: Ed25519PrivateKey
    key_id: str
    domain: bytes

    @staticmethod
    def of(config: Config) -> "Signer":
        file = config.keys_folder / "signing_key.pem"
        remedy = "mend the Secret ai-service-secret, key signing_key_pem"
        try:
            key = load_pem_private_key(file.read_bytes(), password=None)
        except OSError as error:
            raise Fault(f"the signing key {file} cannot be read ({error.strerror}); the entrypoint writes it") from error
        # Their words may hold some of what they could not read.
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise Fault(f"the signing key is no private key in PEM without a password; {remedy}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise Fault(f"the signing key is of another kind than Ed25519; {remedy}")
        return Signer(key, config.key_id, config.domain.encode())

    def sign(self, payload: str) -> dict[str, str]:
        """What is sent: the payload as it was signed, and what is needed to see that it was."""
        signature = self.key.sign(self.domain + b"\0" + payload.encode())
        return {"payload": payload, "key": self.key_id, "signature": base64.b64encode(signature).decode()}

    def public_key(self) -> str:
        """PEM."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
