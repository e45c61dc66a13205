"""The SDK's analyzer, with four things around it.

1. A resource is handed only to the policies that are about its type, and a message is turned into Python
   objects once, not once for each policy: 170 rules over 1,000 resources would convert each one 170 times.
2. An exempted finding goes out as advisory, whatever the rule's level; a rule that raised, as mandatory.
3. Secrets keep their mark, so that rules can ask for it and messages can leave them out.
4. Nothing else: levels, configuration and texts are the SDK's. A test judges the same stacks with the SDK's
   servicer alone and demands the same diagnostics.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer  # the pinned SDK's own; there is no public one

from policies.framework.pack import Pack
from policies.framework.rules import Kind
from policies.framework.run import Run, policies_of
from policies.framework.wording import is_error, is_exempted

_VERSION: Final = "0.0.1"
"""What the SDK always answers; the engine takes the version from PulumiPolicy.yaml."""


class PackServicer(_PolicyAnalyzerServicer):
    """The analyzer of one pack in one run."""

    def __init__(self, pack: Pack, run: Run) -> None:
        policies = policies_of(pack, run)
        super().__init__(pack.name, _VERSION, policies, EnforcementLevel.MANDATORY)
        self.pack = pack
        self._run = run
        self._by_type: dict[str, list[Policy]] = {}
        rules = {rule.id: rule for rule in pack.rules}
        for policy in policies:
            if (rule := rules[policy.name]).kind is Kind.RESOURCE:
                for token in rule.subjects:
                    self._by_type.setdefault(token, []).append(policy)
        self._mends = any(rule.remediate for rule in pack.rules)
        self._servicers: dict[str, _PolicyAnalyzerServicer] = {}
        self._configuration: Any = None

    def Configure(self, request: Any, _context: Any) -> empty_pb2.Empty:  # noqa: ANN401, N802  (gRPC's names)
        """Take levels and settings; the analyzers of single types take the same."""
        self._configuration = request
        self._servicers.clear()
        return super().Configure(request, _context)

    def Analyze(self, request: Any, _context: Any) -> analyzer_pb2.AnalyzeResponse:  # noqa: ANN401, N802
        """Judge one resource by the rules about its type."""
        self._run.see(request)
        servicer = self._servicer_for(request.type)
        if servicer is None:
            return analyzer_pb2.AnalyzeResponse()
        bare = analyzer_pb2.AnalyzeRequest(type=request.type, urn=request.urn, name=request.name)
        return _settled(servicer.Analyze(bare, _context))

    def _servicer_for(self, token: str) -> _PolicyAnalyzerServicer | None:
        if token not in self._by_type:
            return None
        if token not in self._servicers:
            servicer = _PolicyAnalyzerServicer(
                self.pack.name, _VERSION, self._by_type[token], EnforcementLevel.MANDATORY
            )
            if self._configuration is not None:
                servicer.Configure(self._configuration, None)
            self._servicers[token] = servicer
        return self._servicers[token]

    def AnalyzeStack(self, request: Any, _context: Any) -> analyzer_pb2.AnalyzeResponse:  # noqa: ANN401, N802
        """Judge the whole stack."""
        self._run.see_stack(request)
        return _settled(super().AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), _context))

    def Remediate(self, request: Any, _context: Any) -> analyzer_pb2.RemediateResponse:  # noqa: ANN401, N802
        """Let the rules that can mend a resource do so."""
        if not self._mends:
            return analyzer_pb2.RemediateResponse()
        self._run.see(request)
        return super().Remediate(request, _context)


def _settled(response: analyzer_pb2.AnalyzeResponse) -> analyzer_pb2.AnalyzeResponse:
    for diagnostic in response.diagnostics:
        text = diagnostic.message.removeprefix(f"{diagnostic.description}\n")
        if is_exempted(text):
            diagnostic.enforcementLevel = analyzer_pb2.ADVISORY
        elif is_error(text):
            diagnostic.enforcementLevel = analyzer_pb2.MANDATORY
    return response
