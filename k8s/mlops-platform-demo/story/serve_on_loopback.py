"""The predictor, on 127.0.0.1: KServe's server listens on every address, which suits a pod and not a workstation."""

import sys

import uvicorn
from therapy.predictor import main

original = uvicorn.Config.__init__


def on_loopback(self: uvicorn.Config, *arguments: object, **options: object) -> None:
    """As the original, with another address."""
    original(self, *arguments, **{**options, "host": "127.0.0.1"})


uvicorn.Config.__init__ = on_loopback
sys.exit(main())
