"""Many runs in one process: each as if it were the only one."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import threading
import time
import warnings
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from preview.engine import RenderError
from tests.preview.engine.clusters import explicit_admin_only, with_cluster
from tests.preview.engine.programs import graph_of, run


def _json(program: Path, stack: str, *, unknowns: bool) -> str:
    config = {
        "fleet:zones": json.dumps(["a", "b", "c"][: 3 if stack == "prod" else 1]),
        "aws:region": "ap-south-1",
    }
    rendering = run(program, stack=stack, config=config, unknowns=unknowns)
    return json.dumps(rendering.graph.to_json())


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program folder with modules of its own, transforms, secrets and one resource per zone."""
    (tmp_path / "Pulumi.yaml").write_text("name: fleet\nruntime: python\nmain: program/\n")
    folder = tmp_path / "program"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "__init__.py").write_text("")
    (folder / "parts" / "net.py").write_text(
        "import pulumi_aws as aws\n"
        "def make(zones):\n"
        "    vpc = aws.ec2.Vpc('vpc', cidr_block='10.0.0.0/16')\n"
        "    return [aws.ec2.Subnet(f's-{z}', vpc_id=vpc.id, availability_zone=z) for z in zones]\n"
    )
    (folder / "__main__.py").write_text(
        "import os\n"
        "import pulumi\n"
        "from parts.net import make\n"
        "def tag(args):\n"
        "    tags = {**(args.props.get('tags') or {}), 'stack': pulumi.get_stack()}\n"
        "    return pulumi.ResourceTransformResult({**args.props, 'tags': tags}, args.opts)\n"
        "pulumi.runtime.register_resource_transform(tag)\n"
        "subnets = make(pulumi.Config().require_object('zones'))\n"
        "pulumi.export('subnets', [subnet.id for subnet in subnets])\n"
        "pulumi.export('secret', pulumi.Output.secret(pulumi.get_project()))\n"
        "pulumi.export('folder', os.path.basename(os.getcwd()))\n"
    )
    return folder


def test_twenty_alternating_runs_give_the_same_bytes(program: Path) -> None:
    modes = [("prod", False), ("dev", True), ("dev", False), ("prod", True)]
    first = {mode: _json(program, mode[0], unknowns=mode[1]) for mode in modes}
    for _ in range(4):
        for stack, unknowns in modes:
            assert _json(program, stack, unknowns=unknowns) == first[stack, unknowns]
    assert len(set(first.values())) == 4
    prod = json.loads(first["prod", False])
    assert len(prod["exports"]["subnets"]) == 3
    assert prod["exports"]["folder"] == "program"
    assert {item["inputs"]["tags"]["stack"] for item in prod["resources"] if "aws:ec2" in item["type"]} == {
        "prod"
    }


def test_a_run_leaves_import_system_folder_and_threads_as_they_were(program: Path) -> None:
    _json(program, "dev", unknowns=False)
    path, folder, main = list(sys.path), Path.cwd(), sys.modules["__main__"]
    _json(program, "dev", unknowns=False)
    assert sys.path == path
    assert Path.cwd() == folder
    assert sys.modules["__main__"] is main
    assert not [name for name in sys.modules if name.partition(".")[0] == "parts"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("render")]
    assert gc.isenabled()


def test_a_changed_module_is_read_again(program: Path) -> None:
    before = _json(program, "dev", unknowns=False)
    source = program / "parts" / "net.py"
    source.write_text(source.read_text().replace("10.0.0.0/16", "10.99.0.0/16"))
    os.utime(source, (time.time() + 10, time.time() + 10))
    assert "10.99.0.0/16" in _json(program, "dev", unknowns=False)
    assert "10.99.0.0/16" not in before


def test_the_shell_of_a_person_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> None:
        aws.Provider("p")
        pulumi.export("zones", pulumi.Config().get("zones"))

    before = graph_of(program).to_json()
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("PULUMI_CONFIG", '{"fleet:zones": "x"}')
    monkeypatch.setenv("PULUMI_CONFIG_FLEET_ZONES", "y")
    assert graph_of(program).to_json() == before
    assert os.environ["AWS_REGION"] == "eu-north-1"


def test_no_task_or_coroutine_is_left_over(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        topic = aws.sns.Topic("t", opts=ResourceOptions(transforms=[explicit_admin_only]))
        topic.arn.apply(lambda arn: {}[arn])
        aws.ec2.get_ami_output(most_recent=True)

    with warnings.catch_warnings():
        # What other tests left over is not of this run.
        warnings.simplefilter("ignore")
        gc.collect()
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING, "asyncio"):
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", ResourceWarning)
        run(with_cluster(options=ResourceOptions(transforms=[explicit_admin_only])))
        with pytest.raises(RenderError):
            run(fails)
        gc.collect()
    assert caplog.records == []


def test_a_run_inside_a_callers_event_loop_context_is_possible() -> None:
    async def caller() -> int:
        return await asyncio.to_thread(lambda: len(graph_of(lambda: aws.sns.Topic("t")).resources))

    assert asyncio.run(caller()) == 3


def test_a_caller_that_keeps_the_collector_off_keeps_it_off() -> None:
    gc.disable()
    try:
        graph_of(lambda: aws.sns.Topic("t"))
        assert not gc.isenabled()
    finally:
        gc.enable()


def _chain(length: int) -> None:
    before: pulumi.Resource | None = None
    for number in range(length):
        after = ResourceOptions(depends_on=[before] if before is not None else [])
        component = pulumi.ComponentResource("fleet:x:Link", f"link-{number}", None, after)
        own = ResourceOptions(parent=component, depends_on=after.depends_on)
        for part in range(5):
            aws.sns.Topic(f"t-{number}-{part}", opts=own)
        before = component
