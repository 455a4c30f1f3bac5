"""What one knowledge file says of another: every id named exists, none is missing, none is there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from knowledge.data_file import EntryList
from knowledge.faults import Fault
from knowledge.schema import Axis, College, Fact, Need, Project, Source, Story, Territory

DEPARTEMENTS = ("08", "10", "51", "52", "54", "55", "57", "67", "68", "88")

# The solutions of each axis in the seed documents, in their order. Stored answers name them: never renumber.
SOLUTION_IDS = {
    f"A{axis}": tuple(f"A{axis}.{number}" for number in range(1, count + 1))
    for axis, count in enumerate((2, 2, 6, 6), start=1)
}


@dataclass(frozen=True)
class Draft:
    """What was read and fits the schema, before the files are compared. ``projects`` by file."""

    sources: EntryList[Source]
    axes: EntryList[Axis]
    needs: EntryList[Need]
    territories: EntryList[Territory]
    colleges: EntryList[College]
    projects: dict[str, Project]
    story: Story | None
    communes: Collection[str] | None  # INSEE codes; None: not compared


def find_broken_references(draft: Draft) -> Iterator[Fault]:
    """Every fault between files. A file that could not be read is not compared: it has its own fault."""
    for written in (draft.sources, draft.needs, draft.territories, draft.colleges):
        yield from _ids_written_twice(written)
    if draft.axes.readable:
        yield from _check_axes(draft)
    if draft.territories.readable:
        yield from _check_territories(draft)
    yield from _check_colleges(draft)
    if draft.story:
        yield from _check_source(draft, draft.story.source, "story.toml", "", "source")
        for also in draft.story.also_in:
            yield from _check_source(draft, also, "story.toml", "", "also_in")
    for file, project in draft.projects.items():
        yield from _check_project(draft, file, project)


def _ids_written_twice(
    written: EntryList[Source] | EntryList[Need] | EntryList[Territory] | EntryList[College],
) -> Iterator[Fault]:
    for entry_id, count in Counter(written.ids).items():
        if count > 1:
            yield Fault(written.file, entry_id, "", f"there are {count} entries of this name; keep one or rename")


def _check_axes(draft: Draft) -> Iterator[Fault]:
    file = draft.axes.file
    if draft.axes.ids != tuple(SOLUTION_IDS):
        yield Fault(
            file,
            "",
            "",
            f"the axes must be {' '.join(SOLUTION_IDS)}, each once and in this order; restore them",
        )
    for axis in draft.axes.entries:
        yield from _check_source(draft, axis.source, file, axis.id, "source")
        expected = SOLUTION_IDS[axis.id]
        if tuple(solution.id for solution in axis.solutions) != expected:
            message = f"the ids must be {' '.join(expected)}, each once and in this order; restore them"
            yield Fault(file, axis.id, "solutions", message)
    yield from _shorts_written_twice(draft)


def _shorts_written_twice(draft: Draft) -> Iterator[Fault]:
    shorts = [(axis.id, axis.short) for axis in draft.axes.entries]
    shorts += [(solution.id, solution.short) for axis in draft.axes.entries for solution in axis.solutions]
    counts = Counter(short for _, short in shorts)
    for entry_id, short in shorts:
        if counts[short] > 1:
            message = f'"{short}" names {counts[short]} entries, which nobody could tell apart; change one'
            yield Fault(draft.axes.file, entry_id, "short", message)


def _check_territories(draft: Draft) -> Iterator[Fault]:
    file = draft.territories.file
    for departement in DEPARTEMENTS:
        if departement not in draft.territories.ids:
            yield Fault(file, departement, "", "this département has no territory; add its [[territory]]")
    for territory in draft.territories.entries:
        name = territory.departement
        yield from _check_source(draft, territory.source, file, name, "source")
        if territory.continued:
            yield from _check_source(draft, territory.continued.source, file, f"{name} · continued", "source")
        yield from _check_facts(draft, territory.facts, file, name)
        for number, quote in enumerate(territory.quotes, start=1):
            yield from _check_source(draft, quote.source, file, f"{name} · quotes[{number}]", "source")


def _check_colleges(draft: Draft) -> Iterator[Fault]:
    file = draft.colleges.file
    for college in draft.colleges.entries:
        yield from _check_source(draft, college.source, file, college.id, "source")
    if draft.story and draft.colleges.readable and len(draft.colleges.ids) != draft.story.cts_colleges:
        message = (
            f"there are {len(draft.colleges.ids)} colleges and story.toml says {draft.story.cts_colleges}; correct one"
        )
        yield Fault(file, "", "", message)


def _check_project(draft: Draft, file: str, project: Project) -> Iterator[Fault]:
    if file != f"projects/{project.id}.toml":
        message = f'"{project.id}" is not the name of the file; name the file {project.id}.toml or correct the id'
        yield Fault(file, "", "id", message)
    yield from _check_source(draft, project.source, file, "", "source")
    yield from _check_facts(draft, project.facts, file, "")
    for number, served in enumerate(project.needs, start=1):
        if draft.needs.readable and served.need not in draft.needs.ids:
            message = f'unknown need "{served.need}"; add it to needs.toml or correct it'
            yield Fault(file, f"needs[{number}]", "need", message)
    for solution in project.solutions:
        if not any(solution in solutions for solutions in SOLUTION_IDS.values()):
            yield Fault(file, "", "solutions", f'unknown solution "{solution}"; choose one of axes.toml')
    if not project.place.insee.startswith(project.departement):
        message = f"{project.place.insee} is not in département {project.departement}; correct one of the two"
        yield Fault(file, "place", "insee", message)
    places = [("place", "insee", project.place.insee)]
    places += [("reach", "communes", insee) for insee in project.reach.communes]
    for entry, field, insee in places:
        if draft.communes is not None and insee not in draft.communes:
            message = f'unknown commune "{insee}"; write an INSEE code of communes.csv, not a postcode'
            yield Fault(file, entry, field, message)


def _check_facts(draft: Draft, facts: tuple[Fact, ...], file: str, name: str) -> Iterator[Fault]:
    for number, fact in enumerate(facts, start=1):
        entry = f"{name} · facts[{number}]" if name else f"facts[{number}]"
        yield from _check_source(draft, fact.source, file, entry, "source")


def _check_source(draft: Draft, source: str, file: str, entry: str, field: str) -> Iterator[Fault]:
    if draft.sources.readable and source not in draft.sources.ids:
        yield Fault(file, entry, field, f'unknown source "{source}"; add it to sources.toml or correct it')
