"""Measures what all GPUs of a job exchange at the same time; started by torchrun on every node."""

from __future__ import annotations

import argparse
import os
import time

import torch
import torch.distributed as dist


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--least", type=float, default=0, help="GB/s below which the check fails")
    parser.add_argument("--mib", type=int, default=256, help="size of what is summed (%(default)s)")
    parser.add_argument("--rounds", type=int, default=50, help="how often (%(default)s)")
    arguments = parser.parse_args()

    has_gpus = torch.cuda.is_available()
    dist.init_process_group("nccl" if has_gpus else "gloo")
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if has_gpus else torch.device("cpu")
    if has_gpus:
        torch.cuda.set_device(device)
    count, rank = dist.get_world_size(), dist.get_rank()
    values = torch.zeros(arguments.mib * 2**20 // 4, device=device)

    def once() -> None:
        dist.all_reduce(values)
        if has_gpus:
            torch.cuda.synchronize()

    values.fill_(rank)
    once()
    if values[0].item() != count * (count - 1) / 2:
        raise SystemExit(f"network_check: rank {rank} got a wrong sum")
    values.zero_()
    dist.barrier()
    start = time.perf_counter()
    for _ in range(arguments.rounds):
        once()
    seconds = (time.perf_counter() - start) / arguments.rounds
    # A ring sends and receives 2(n-1)/n times the data: what nccl-tests calls bus bandwidth.
    bandwidth = values.numel() * 4 / seconds * 2 * (count - 1) / count / 1e9
    if rank == 0:
        print(
            f"{count} ranks, {arguments.mib} MiB: {seconds * 1000:.1f} ms, {bandwidth:.2f} GB/s on the bus", flush=True
        )
    dist.destroy_process_group()
    if bandwidth < arguments.least:
        raise SystemExit(f"network_check: {bandwidth:.2f} GB/s are below {arguments.least}")


if __name__ == "__main__":
    main()
