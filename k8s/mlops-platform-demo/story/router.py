"""Traefik in front of the predictors: one address, each version its share of the requests."""

import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from processes import BIN, Program, free_port


@dataclass(frozen=True)
class Backend:
    """A version that serves, and where."""

    version: str
    port: int


class Router:
    """A Traefik of our own; the shares are a file that it watches."""

    def __init__(self, folder: Path) -> None:
        self.port, self.admin = free_port(), free_port()
        self.routes = folder / "routes" / "routes.yaml"
        self.routes.parent.mkdir(exist_ok=True)
        # YAML reads JSON, and JSON needs no library.
        static = folder / "traefik.yaml"
        static.write_text(
            json.dumps(
                {
                    "entryPoints": {
                        "web": {"address": f"127.0.0.1:{self.port}"},
                        "traefik": {"address": f"127.0.0.1:{self.admin}"},
                    },
                    "api": {"insecure": True, "dashboard": False},
                    "ping": {},
                    "metrics": {"prometheus": {"entryPoint": "traefik"}},
                    "providers": {"file": {"directory": str(self.routes.parent), "watch": True}},
                    "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
                }
            )
        )
        self.program = Program("traefik", [str(BIN / "traefik"), f"--configfile={static}"], folder)
        self.program.wait_for(f"http://127.0.0.1:{self.admin}/ping", 30)

    def share(self, weights: dict[Backend, int]) -> None:
        """Gives each version its weight; returns when Traefik has taken it over."""
        # The port is part of the name: a version that comes again elsewhere is another service to Traefik's answer.
        names = {backend: f"version-{backend.version}-{backend.port}" for backend in weights}
        services = {
            name: {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{backend.port}"}]}}
            for backend, name in names.items()
        }
        services["relief"] = {
            "weighted": {"services": [{"name": names[backend], "weight": weights[backend]} for backend in weights]}
        }
        routers = {"relief": {"rule": "PathPrefix(`/v2/models/relief`)", "service": "relief", "entryPoints": ["web"]}}
        partial = self.routes.with_suffix(".partial")
        partial.write_text(json.dumps({"http": {"routers": routers, "services": services}}))
        partial.rename(self.routes)
        wanted = {name: weights[backend] for backend, name in names.items()}
        end = time.monotonic() + 30
        while self.weights() != wanted:
            if time.monotonic() > end:
                raise TimeoutError(f"Traefik has not taken over {wanted} after 30 s:\n{self.program.tail()}")
            time.sleep(0.1)

    def weights(self) -> dict[str, int]:
        """The weights that Traefik goes by at this moment, as its API tells."""
        try:
            url = f"http://127.0.0.1:{self.admin}/api/http/services/relief@file"
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 an address of 127.0.0.1
                services = json.load(answer)["weighted"]["services"]
        except OSError:
            return {}
        return {each["name"].removesuffix("@file"): each["weight"] for each in services}
