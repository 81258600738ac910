"""Signing in through a provider of OpenID Connect: the code flow with state, nonce and PKCE, as Authlib does it.

What a provider answers is not ours to trust: whatever is wrong with it ends in one of two sentences, never in a fault.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.base_client.errors import MismatchingStateError
from authlib.integrations.flask_client import FlaskIntegration
from authlib.integrations.flask_client.apps import FlaskOAuth2App
from flask import request, session
from flask_babel import gettext as _
from requests import RequestException

from signatures.errors import RegisterError
from signatures.settings import Provider

SECONDS = 10  # for one answer of the provider
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""What an identity may be signed with: never `none`, and never a secret that the register shares."""

log = logging.getLogger("signatures")


class ProviderDown(RegisterError):
    """The provider did not answer, or not as one does."""

    code, title, status = "provider-down", "The identity provider does not answer", 502


class NotIdentified(RegisterError):
    """The provider's answer does not say who somebody is."""

    code, title, status = "not-identified", "You are not signed in", 403


class IdentityProvider:
    """The provider that the settings name."""

    def __init__(self, provider: Provider) -> None:
        """Point at it; it is asked when somebody first signs in."""
        self.issuer = provider.issuer
        self._client = FlaskOAuth2App(
            FlaskIntegration("editors"),
            name="editors",
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid", "code_challenge_method": "S256", "default_timeout": SECONDS},
        )

    def leave(self, return_to: str) -> Any:
        """Send the browser to the provider; state, nonce and the verifier of the code wait in its session."""
        with self._asking():
            self._metadata()
            for earlier in [name for name in session if name.startswith("_state_")]:
                session.pop(earlier)  # one sign-in at a time: a cookie has no room for many
            return self._client.authorize_redirect(return_to)

    def identity(self) -> str:
        """Read who came back, as issuer and subject."""
        with self._asking():
            issuer = self._metadata()["issuer"]
            if request.args.get("iss", issuer) != issuer:
                raise NotIdentified(_not_for_us())
            token = self._client.authorize_access_token(leeway=60, claims_options=self._claims(issuer))
            if "userinfo" not in token:
                raise NotIdentified(_not_for_us())
            return self.subject(str(token["userinfo"]["sub"]))

    def subject(self, sub: str) -> str:
        """Name a subject together with its issuer, which alone makes it one person."""
        return subject(self.issuer, sub)

    def _metadata(self) -> dict[str, Any]:
        """Read what the provider says of itself; another's name in it is refused."""
        metadata: dict[str, Any] = self._client.load_server_metadata()
        if str(metadata["issuer"]).rstrip("/") != self.issuer:
            raise NotIdentified(_("The identity provider bears another name than the settings say. Tell the operator."))
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [name for name in offered if name in ALGORITHMS]
        return metadata

    def _claims(self, issuer: str) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self._client.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn whatever goes wrong with the provider into a sentence; the log names the kind of fault and nothing else."""
        try:
            yield
        except RegisterError:
            raise
        except MismatchingStateError:
            raise NotIdentified(_("This sign-in was begun in another window or too long ago. Begin again.")) from None
        except OAuthError as error:
            log.warning("the identity provider refused: %s", type(error).__name__)
            raise NotIdentified(
                _("The identity provider did not sign you in. Begin again, or ask who keeps it.")
            ) from None
        except RequestException as error:
            log.warning("the identity provider cannot be asked: %s", type(error).__name__)
            raise ProviderDown(_down()) from None
        except Exception as error:  # noqa: BLE001 - a provider may answer anything, and each library says it in its own way
            log.warning("the identity provider's answer was refused: %s", type(error).__name__)
            raise NotIdentified(_not_for_us()) from None


def subject(issuer: str, sub: str) -> str:
    """Name a subject together with its issuer."""
    return f"{issuer.rstrip('/')}#{sub}"


def _down() -> str:
    return str(_("It cannot be reached just now. Try again in a moment, or sign in with a password."))


def _not_for_us() -> str:
    return str(_("What the identity provider answered cannot be taken: it is not for this sign-in. Begin again."))
