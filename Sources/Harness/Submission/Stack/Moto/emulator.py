"""moto's server with corrections, each where moto 5.2.5 differs from AWS in what the stacks here rely on.

Arguments are moto_server's. The code of the stacks stays as AWS wants it; what the emulator gets wrong is set right
in the modules beside this one, and goes when moto does it itself.
"""

from __future__ import annotations

import sys

import answers
import functions
import machines
import models
import networks
import refreshes
import storage
import workflows
from moto.core.config import default_user_config
from moto.server import main

if __name__ == "__main__":
    for service in (answers, functions, machines, models, networks, refreshes, storage, workflows):
        service.correct()
    # A setting of moto's: without it an execution succeeds without a single state having run.
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    main(sys.argv[1:])
