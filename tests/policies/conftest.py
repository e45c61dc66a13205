"""Let pytest explain the assertions that the tables' tests share."""

import pytest

pytest.register_assert_rewrite("tests.policies.cases")
