"""What a diagnostic says can be read back, whatever a rule, a name or a reason holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.framework.wording import Status, Wording, is_error, is_exempted, one_line, place_of, read, write

lines = st.text(min_size=1, max_size=60).map(one_line).filter(bool)
aspects = st.none() | st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
exemptions = st.tuples(
    st.dates().map(lambda day: day.isoformat()), st.just("platform-team@example.com"), lines
)
places = st.builds(place_of, lines, st.just("aws:rds/instance:Instance"))


statuses: st.SearchStrategy[Status] = st.sampled_from(("violation", "not judged", "exempted", "error"))
wordings = st.builds(Wording, statuses, places, lines, lines, aspects, exemptions)


@given(wordings)
def test_a_text_is_read_as_it_was_written(any_wording: Wording) -> None:
    wording = any_wording if any_wording.status == "exempted" else replace(any_wording, exemption=None)
    text = write(wording)
    found = read(text, wording.place)
    assert (found.status, found.place, found.remedy) == (wording.status, wording.place, wording.remedy)
    assert found.message == wording.message or (wording.aspect is None and wording.message.startswith("["))
    assert found.exemption == wording.exemption or ").: " in str(wording.exemption)
    assert is_exempted(text) == (wording.status == "exempted")
    assert is_error(text) == (wording.status == "error")


def test_a_foreign_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not a diagnostic of these packs"):
        read("something else", "postgres")
    with pytest.raises(ValueError, match="not a diagnostic about redis"):
        read("postgres: it is wrong\nMend: Do it.", "redis")
