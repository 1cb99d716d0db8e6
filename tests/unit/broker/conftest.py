import pytest

from tests.factories import custody as factory


@pytest.fixture
def custody():
    with factory.custody() as made:
        yield made
