"""A failing program ends in one line that says what and where; nothing is guessed."""

from __future__ import annotations

import gc
import textwrap
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from preview.engine import RenderError
from tests.preview.engine.programs import run


def written(folder: Path, source: str) -> Path:
    """Write a program folder."""
    (folder / "Pulumi.yaml").write_text("name: fleet\nruntime: python\n")
    (folder / "__main__.py").write_text(textwrap.dedent(source))
    return folder


def test_an_exception_names_type_message_and_line(tmp_path: Path) -> None:
    program = written(tmp_path, "import pulumi\n\nraise ValueError('no\\n  such zone')\n")
    with pytest.raises(RenderError) as failure:
        run(program)
    assert str(failure.value) == "ValueError: no such zone (__main__.py:3)"


def test_an_exception_inside_apply_comes_out() -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        vpc.id.apply(lambda vpc_id: {}[vpc_id])

    with pytest.raises(RenderError, match=r"KeyError: 'vpc-.*\(tests/preview/engine/test_failures.py:\d+\)"):
        run(program)


def test_missing_configuration_names_the_key() -> None:
    with pytest.raises(RenderError, match="fleet:owner"):
        run(lambda: pulumi.Config().require("owner"))


def test_the_exit_of_a_program_passes_through(tmp_path: Path) -> None:
    program = written(tmp_path, "import sys\nprint('a line', file=sys.stderr)\nsys.exit(2)\n")
    with pytest.raises(SystemExit) as exit_:
        run(program)
    assert exit_.value.code == 2
    assert gc.isenabled()


def test_a_folder_without_entry_point_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"holds no __main__\.py"):
        run(tmp_path)


def test_an_unanswered_look_up_is_named_with_what_is_allowed() -> None:
    with pytest.raises(
        RenderError, match=r"aws:ec2/getAmi:getAmi has no offline answer.*aws:index/getRegion"
    ):
        run(lambda: aws.ec2.get_ami(most_recent=True))


def test_an_unanswered_look_up_in_output_form_fails_too() -> None:
    with pytest.raises(RenderError, match="aws:index/getAvailabilityZones:getAvailabilityZones"):
        run(lambda: aws.get_availability_zones_output(state="available"))


def test_policy_documents_are_not_looked_up() -> None:
    with pytest.raises(RenderError, match="aws:iam/getPolicyDocument"):
        run(lambda: aws.iam.get_policy_document(statements=[]))


def test_another_stacks_outputs_are_refused() -> None:
    with pytest.raises(RenderError, match=r"stack reference 'org/p/prod'.*must be a setting"):
        run(lambda: pulumi.StackReference("org/p/prod"))


@pytest.mark.parametrize(
    ("program", "token"),
    [
        (lambda: kubernetes.helm.v4.Chart("c", chart="c"), "kubernetes:helm.sh/v4:Chart"),
        (lambda: kubernetes.yaml.v2.ConfigFile("f", file="f.yaml"), "kubernetes:yaml/v2:ConfigFile"),
    ],
)
def test_other_remote_components_are_refused(program: object, token: str) -> None:
    with pytest.raises(RenderError, match=f"{token} .* remote component"):
        run(program)  # type: ignore[arg-type]


def test_a_circle_of_dependencies_is_refused() -> None:
    class Circle(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("fleet:x:Circle", "circle")
            vpc = aws.ec2.Vpc("vpc", opts=pulumi.ResourceOptions(depends_on=[self], parent=self))
            self.register_outputs({"id": vpc.id})

    with pytest.raises(RenderError, match="circular dependency"):
        run(Circle)


def test_a_failed_run_leaves_no_trace_for_the_next() -> None:
    def fails() -> None:
        aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        raise ValueError("halfway")

    with pytest.raises(RenderError):
        run(fails)
    assert gc.isenabled()
    assert len(run(lambda: aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")).graph.resources) == 3
