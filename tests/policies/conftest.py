"""Let pytest explain the assertions that the tables' tests share, and give those tests their rows."""

import pytest

pytest.register_assert_rewrite("tests.policies.cases")

from tests.policies import cases  # noqa: E402  (after its assertions are announced)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize the tests of packs."""
    cases.parametrize(metafunc)
