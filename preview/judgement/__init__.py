"""Policy findings of a stack, from the real packs run through the SDK's analyzer code."""

from policies.framework.environments import environment_of
from preview.judgement.documents import ReadError, read_resources
from preview.judgement.findings import Finding, Judgement
from preview.judgement.in_process import judge
from preview.judgement.process import judge_process

__all__ = ["Finding", "Judgement", "ReadError", "environment_of", "judge", "judge_process", "read_resources"]
