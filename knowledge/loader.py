"""All that is known, read once from the files of this folder; or every fault that is in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from knowledge.data_file import fit_entry, read_entries, read_toml
from knowledge.faults import Fault, KnowledgeError
from knowledge.references import Draft, find_broken_references
from knowledge.schema import Axis, College, Need, Project, Solution, Source, Story, Territory

HERE = Path(__file__).parent


@dataclass(frozen=True, eq=False)  # compared and hashed by identity, so that a function of it can be cached
class Knowledge:
    """What the files say, in their order (projects: by id). A lookup of an unknown id raises KeyError."""

    sources: tuple[Source, ...]
    axes: tuple[Axis, ...]
    needs: tuple[Need, ...]
    projects: tuple[Project, ...]
    territories: tuple[Territory, ...]
    colleges: tuple[College, ...]
    story: Story

    @cached_property
    def solutions(self) -> tuple[Solution, ...]:
        """The 16 solutions, in the order of the seed documents."""
        return tuple(solution for axis in self.axes for solution in axis.solutions)

    def source(self, source_id: str) -> Source:
        return self._sources_by_id[source_id]

    def axis(self, axis_id: str) -> Axis:
        return self._axes_by_id[axis_id]

    def solution(self, solution_id: str) -> Solution:
        return self._solutions_by_id[solution_id]

    def name_classification(self, label: str) -> str:
        """The short name of a solution ("A2.1") or of an axis ("A2"); of what is none, as an address may ask for, the label."""
        found = self._solutions_by_id.get(label) or self._axes_by_id.get(label)
        return found.short if found else label

    def need(self, need_id: str) -> Need:
        return self._needs_by_id[need_id]

    def project(self, project_id: str) -> Project:
        return self._projects_by_id[project_id]

    def territory(self, departement: str) -> Territory:
        return self._territories_by_departement[departement]

    def college(self, college_id: str) -> College:
        return self._colleges_by_id[college_id]

    @cached_property
    def _sources_by_id(self) -> dict[str, Source]:
        return {source.id: source for source in self.sources}

    @cached_property
    def _axes_by_id(self) -> dict[str, Axis]:
        return {axis.id: axis for axis in self.axes}

    @cached_property
    def _solutions_by_id(self) -> dict[str, Solution]:
        return {solution.id: solution for solution in self.solutions}

    @cached_property
    def _needs_by_id(self) -> dict[str, Need]:
        return {need.id: need for need in self.needs}

    @cached_property
    def _projects_by_id(self) -> dict[str, Project]:
        return {project.id: project for project in self.projects}

    @cached_property
    def _territories_by_departement(self) -> dict[str, Territory]:
        return {territory.departement: territory for territory in self.territories}

    @cached_property
    def _colleges_by_id(self) -> dict[str, College]:
        return {college.id: college for college in self.colleges}


def load_knowledge(folder: Path = HERE, communes: Collection[str] | None = None) -> Knowledge:
    """What the files of the folder say. ``communes``: the INSEE codes that exist, to compare places with.

    Raises KnowledgeError, with every fault of every file.
    """
    faults: list[Fault] = []
    draft = Draft(
        sources=read_entries(folder, "sources.toml", "source", Source, faults),
        axes=read_entries(folder, "axes.toml", "axis", Axis, faults),
        needs=read_entries(folder, "needs.toml", "need", Need, faults),
        territories=read_entries(folder, "territories.toml", "territory", Territory, faults, key="departement"),
        colleges=read_entries(folder, "colleges.toml", "college", College, faults),
        projects=_read_projects(folder, faults),
        story=_read_story(folder, faults),
        communes=communes,
    )
    faults += find_broken_references(draft)
    if faults or draft.story is None:
        raise KnowledgeError(faults)
    return Knowledge(
        draft.sources.entries,
        draft.axes.entries,
        draft.needs.entries,
        tuple(draft.projects.values()),
        draft.territories.entries,
        draft.colleges.entries,
        draft.story,
    )


def _read_projects(folder: Path, faults: list[Fault]) -> dict[str, Project]:
    files = sorted(f"projects/{path.name}" for path in (folder / "projects").glob("*.toml"))
    if not files:
        faults.append(Fault("projects", "", "", "no project file; restore the folder"))
    projects = {}
    for file in files:
        data = read_toml(folder, file, faults)
        project = None if data is None else fit_entry(Project, data, file, "", faults)
        if project is not None:
            projects[file] = project
    return projects


def _read_story(folder: Path, faults: list[Fault]) -> Story | None:
    data = read_toml(folder, "story.toml", faults)
    return None if data is None else fit_entry(Story, data, "story.toml", "", faults)
