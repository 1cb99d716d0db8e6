"""What the server is given: whole pages as a list and closed, streams as they are."""

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from alcaldia.project.whole_answers import whole


def asked(answer):
    return whole(lambda environ, start_response: answer)({}, None)


@pytest.mark.django_db
def test_a_page_is_a_list_and_closed_already():
    page = HttpResponse(b"hola")
    assert asked(page) == [b"hola"]
    assert page.closed


def test_a_stream_stays_one():
    stream = StreamingHttpResponse(iter([b"a", b"b"]))
    assert asked(stream) is stream
    assert not stream.closed


def test_what_is_no_answer_of_django_is_left_alone():
    assert asked([b"x"]) == [b"x"]
