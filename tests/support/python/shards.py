"""Runs a shell command once for each index from 0, on workers of Dask's: `shards.py COUNT COMMAND`.

The index is in the variable `i`. Prints the exit codes, in the indexes' order, as JSON.
"""

import json
import os
import subprocess
import sys


def shard(command: str, index: int) -> int:
    return subprocess.run(["sh", "-c", command], env={**os.environ, "i": str(index)}, stdout=subprocess.DEVNULL).returncode


def main() -> None:
    from dask.distributed import Client, LocalCluster

    count, command = int(sys.argv[1]), sys.argv[2]
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster, Client(cluster) as client:
        jobs = [client.submit(shard, command, index, pure=False) for index in range(count)]
        print(json.dumps(client.gather(jobs)))


if __name__ == "__main__":
    main()
