"""Does what a batch transform job asks, with the model's real container: the emulator starts no jobs."""

from __future__ import annotations

import json
from typing import Any

from story.containers import Container
from story.runner import place


def run(sagemaker: Any, s3: Any, name: str, container: Container) -> int:
    """Score each line as the job's own description says; return how many were answered.

    A line that the model refuses fails the whole job, as SageMaker does it, and nothing is written.
    """
    job = sagemaker.describe_transform_job(TransformJobName=name)
    given, wanted = job["TransformInput"], job["TransformOutput"]
    member = job["DataProcessing"]["InputFilter"].removeprefix("$.")
    headers = {"Content-Type": given["ContentType"], "Accept": wanted["Accept"]}
    bucket, prefix = place(given["DataSource"]["S3DataSource"]["S3Uri"])
    target, folder = place(wanted["S3OutputPath"])
    answered = 0
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
        lines = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode().splitlines()
        written = []
        for line in lines:
            record = json.loads(line)
            status, _, content = container.invoke(json.dumps(record[member]).encode(), headers)
            if status != 200:
                raise ValueError(f"{item['Key']}: {status} {content.decode()}")
            written.append(json.dumps(record | {"SageMakerOutput": json.loads(content)}))
        s3.put_object(Bucket=target, Key=f"{folder}/{item['Key']}.out", Body="\n".join(written).encode())
        answered += len(written)
    return answered
