"""The index and its cache: renewed when stale, ignored when damaged, safe when two start at once."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.encoder.static_vectors import Vectors
from knowledge.entries import Contact, Library
from knowledge.matching import index
from knowledge.matching.index import open_index
from knowledge.matching.matcher import Matcher
from knowledge.matching.similarity import Postings, letter_keys, stem_keys
from tests.support.small_library import LIBRARY


@pytest.fixture(scope="module")
def vectors() -> Vectors | None:
    return Vectors.load()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("index-*.npz"))


def test_a_cached_index_gives_the_same_matches(tmp_path: Path) -> None:
    first, second = Matcher(LIBRARY, cache=tmp_path), Matcher(LIBRARY, cache=tmp_path)
    assert len(files(tmp_path)) == 1
    for question in ("dla form", "respite for my son", "not the ehcp, i mean extra help in lessons", "hello"):
        assert first.match(question, "oldham") == second.match(question, "oldham")


def test_an_index_is_not_built_again_while_it_is_sound(
    tmp_path: Path, vectors: Vectors | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index(LIBRARY, vectors, tmp_path)
    monkeypatch.setattr(index, "build", lambda *_: pytest.fail("built again"))
    open_index(LIBRARY, vectors, tmp_path)


def test_other_content_has_another_index(tmp_path: Path, vectors: Vectors | None) -> None:
    open_index(LIBRARY, vectors, tmp_path)
    more = replace(LIBRARY.entries[0], also_called=("another name",))
    open_index(replace(LIBRARY, entries=(more, *LIBRARY.entries[1:])), vectors, tmp_path)
    assert len(files(tmp_path)) == 2


def test_a_new_phone_number_needs_no_new_index(tmp_path: Path, vectors: Vectors | None) -> None:
    open_index(LIBRARY, vectors, tmp_path)

    def library(number: str) -> Library:
        reached = replace(LIBRARY.entries[0], answer=f"Ring {number}.", contacts=(Contact("", phone=number),))
        return replace(LIBRARY, entries=(reached, *LIBRARY.entries[1:]), digest=number)

    assert index.key(library("0161 496 0111"), vectors) == index.key(library("0161 496 0999"), vectors)
    assert index.key(library("0161 496 0111"), vectors) != index.key(LIBRARY, vectors)


def test_without_vectors_there_is_another_index(vectors: Vectors | None) -> None:
    if vectors is None:
        pytest.skip("no word vectors are installed")
    assert index.key(LIBRARY, None) != index.key(LIBRARY, vectors)


def test_a_change_of_code_makes_an_index_stale(
    tmp_path: Path, vectors: Vectors | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = index.key(LIBRARY, vectors)
    monkeypatch.setattr(index, "CODE", index.CODE[1:])
    assert index.key(LIBRARY, vectors) != before


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "pickled"])
def test_a_damaged_index_is_ignored_and_built_again(tmp_path: Path, vectors: Vectors | None, damage: str) -> None:
    open_index(LIBRARY, vectors, tmp_path)
    (file,) = files(tmp_path)
    sound = file.read_bytes()
    if damage == "pickled":
        np.savez(file, allow_pickle=True, words=np.array([{"a": 1}], dtype=object))
    else:
        middle = len(sound) // 2
        flipped = sound[:middle] + bytes([sound[middle] ^ 255]) + sound[middle + 1 :]
        file.write_bytes({"empty": b"", "cut": sound[:middle], "flipped": flipped}[damage])
    assert open_index(LIBRARY, vectors, tmp_path).counts["badge"] > 0
    assert file.read_bytes()[:2] == b"PK"
    assert index._load(file, vectors) is not None


def test_a_folder_that_cannot_be_made_is_no_fault(tmp_path: Path, vectors: Vectors | None) -> None:
    (tmp_path / "file").write_text("here")
    assert open_index(LIBRARY, vectors, tmp_path / "file" / "cache").counts


def test_no_half_written_file_is_left(tmp_path: Path, vectors: Vectors | None) -> None:
    open_index(LIBRARY, vectors, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [files(tmp_path)[0].name]


def test_old_indexes_are_removed(tmp_path: Path, vectors: Vectors | None) -> None:
    for number in range(index.MOST_OLD + 4):
        more = replace(LIBRARY.entries[0], also_called=(f"name {number}",))
        open_index(replace(LIBRARY, entries=(more, *LIBRARY.entries[1:])), vectors, tmp_path)
    assert len(files(tmp_path)) == index.MOST_OLD + 1


@pytest.mark.slow
def test_two_processes_may_start_at_once(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\nfrom pathlib import Path\nfrom tests.support.small_library import LIBRARY\n"
        "from knowledge.matching.matcher import Matcher\nprint(Matcher(LIBRARY, cache=Path(sys.argv[1])).match('dla form').sure.id)"
    )
    call = [sys.executable, "-c", code, str(tmp_path), str(root)]
    both = [subprocess.Popen(call, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in both] == ["national/dla"] * 2
    assert len(files(tmp_path)) == 1


def _by_words(text: str) -> NDArray[np.uint64]:
    return stem_keys(text.split())


def test_a_text_is_most_like_itself() -> None:
    texts = ["blue badge", "blue sky", "taxi to school"]
    for keys in (letter_keys, _by_words):
        postings = Postings.build(texts, keys)
        cosines = postings.cosines(keys("blue badge"))
        assert cosines.argmax() == 0
        assert cosines[0] == pytest.approx(1, abs=1e-3)
        assert cosines[2] < cosines[1] < 1


def test_a_sketch_is_near_the_cosine() -> None:
    texts = [
        "how do i get a blue badge for my son",
        "how do i get a blue badge for my daughter",
        "taxi to a special school",
    ]
    postings = Postings.build(texts, letter_keys)
    near = postings.gram(np.arange(3))
    assert near[0, 1] == pytest.approx(float(postings.cosines(letter_keys(texts[0]))[1]), abs=0.15)
    assert np.diag(near) == pytest.approx(np.ones(3))


def test_an_empty_text_is_like_nothing() -> None:
    postings = Postings.build(["blue badge", ""], letter_keys)
    assert not postings.cosines(stem_keys([])).any()
