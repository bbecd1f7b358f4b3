"""Evaluates AWS's endpoint rules: where each service is in each region of each partition, as botocore has it.

Usage: hosts.py SERVICE…

Prints one JSON object: `partitions`, as botocore's table has them, and `hosts`, one object for each service, region and
combination of FIPS and dual stack: `{"service", "partition", "region", "fips", "dual_stack"}` with `host` and
`signing_region`, or `error` where the rules refuse. Regions are all that are listed, one more of each partition that is
not, and one that no partition claims.
"""

import itertools
import json
import sys
from urllib.parse import urlsplit

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import Loader

LOADER = Loader()
PARTITIONS = LOADER.load_data("partitions")
# S3 is asked with the bucket in the path.
BUCKET = {"Bucket": "example-bucket", "ForcePathStyle": True}


def main() -> None:
    """Answers on standard output."""
    hosts = [
        resolved(service, provider, partition, region, fips, dual_stack)
        for service in sys.argv[1:]
        for provider in [EndpointProvider(LOADER.load_service_model(service, "endpoint-rule-set-1"), PARTITIONS)]
        for partition, region in regions()
        for fips, dual_stack in itertools.product([False, True], repeat=2)
    ]
    json.dump({"partitions": PARTITIONS["partitions"], "hosts": hosts}, sys.stdout)


def regions() -> list:
    """Pairs of partition and region."""
    pairs = []
    for partition in PARTITIONS["partitions"]:
        listed = list(partition["regions"])
        # Named like the partition's first region that is one: the word and the number are new.
        real = next(region for region in listed if not region.endswith("-global"))
        area = real.rsplit("-", 2)[0]
        pairs += [(partition["id"], region) for region in [*listed, f"{area}-nowhere-97"]]
    return [*pairs, ("aws", "xx-nowhere-1")]


def resolved(service, provider, partition, region, fips, dual_stack) -> dict:
    answer = {
        "service": service,
        "partition": partition,
        "region": region,
        "fips": fips,
        "dual_stack": dual_stack,
    }
    more = BUCKET if service == "s3" else {}
    try:
        endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack, **more)
    except EndpointProviderError as error:
        return {**answer, "error": str(error)}
    url = urlsplit(endpoint.url)
    path = "/example-bucket" if service == "s3" else ""
    if url.scheme != "https" or url.path != path:
        raise ValueError(f"an endpoint of another form: {endpoint.url}")
    schemes = endpoint.properties.get("authSchemes") or [{}]
    signing = schemes[0].get("signingRegion", region)
    name = schemes[0].get("signingName", service)
    return {**answer, "host": url.netloc, "signing_region": signing, "signing_name": name}


if __name__ == "__main__":
    main()
