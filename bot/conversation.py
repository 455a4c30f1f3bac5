"""Conversations as generators that are replayed over what the person already answered.

A flow yields an ``Ask`` for each question and returns an ``End`` (said, and done) or a ``Go`` (on to another flow).
Nothing of the generator is stored: only the answers, each under its question's key, and the question on the table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Self

from bot.effects import Effect
from bot.folding import as_phrase
from bot.known import Known

MISSES_BEFORE_A_WAY_OUT = 3  # misunderstandings in a row; then a person is offered instead of the same question
LONGEST_OPTION_CHAIN = 8  # flows that may hand over to one another in one turn; more is a loop, and a defect


@dataclass(frozen=True)
class Option:
    """One proposed answer: ``code`` is kept, ``label`` is shown, ``words`` are other ways to say it (folded)."""

    code: str
    label: str
    words: tuple[str, ...] = ()


YES_NO = (
    Option("yes", "Oui", ("o", "ok", "oui merci", "d'accord", "daccord", "bien sur", "ouais", "volontiers")),
    Option("no", "Non", ("n", "nan", "non merci", "surtout pas")),
)

# A position, however it is typed: "2", "2)", "(2)", "02"; not "-2" or "2 enfants".
_NUMBER = re.compile(r"^[\s(]*0?([1-9][0-9]?)[\s.)!]*$", re.ASCII)

Reader = Callable[["Said"], str | None]


@dataclass(frozen=True)
class Said:
    """What arrived: the words, and the point of a location message (WGS 84 degrees) if it was one."""

    text: str
    point: tuple[float, float] | None = None


def keep_words(said: Said) -> str | None:
    """The reader of an open question: any words will do, but there must be some."""
    return said.text.strip() or None


@dataclass(frozen=True)
class Ask:
    """A question. The answer kept is an option's code, or what ``read`` makes of the words; None is "not understood"."""

    key: str
    text: str
    options: tuple[Option, ...] = ()
    read: Reader | None = None  # None: options only, or any words when there are no options
    hint: str = "Je n'ai pas compris."  # said before the question is asked again


@dataclass(frozen=True)
class End:
    """The flow's last words, and what is to be done."""

    text: str
    effects: tuple[Effect, ...] = ()
    options: tuple[Option, ...] = ()  # shortcuts for the web chat: the code is the message to send


@dataclass(frozen=True)
class Go:
    """On to another flow, some of whose questions are already answered."""

    flow: str
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class AskIf:
    """A question that there may be no reason to ask: ``find`` looks for one, and is not called once the conversation is
    past it. The flow gets "" when it was not asked."""

    key: str
    find: Callable[[], Ask | None]


Flow = Generator[Ask | AskIf, str, End | Go]
FlowMaker = Callable[[Known], Flow]


class ConversationError(Exception):
    """A defect of a flow or a state that cannot be read; never something a citizen did."""


@dataclass(frozen=True)
class State:
    """All that is kept of a conversation between two messages."""

    flow: str | None = None
    answers: tuple[tuple[str, str], ...] = ()
    asked: str | None = None  # key of the question on the table
    shown: tuple[str, ...] = ()  # its options' codes in the order shown: "2" keeps meaning what was shown
    misses: int = 0  # misunderstandings in a row
    pages: tuple[str, ...] = ()  # what is still to be read with SUITE

    def to_json(self) -> str:
        """The state as JSON text; ``from_json`` gives an equal one back."""
        return json.dumps(
            {
                "flow": self.flow,
                "answers": self.answers,
                "asked": self.asked,
                "shown": self.shown,
                "misses": self.misses,
                "pages": self.pages,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The state written by ``to_json``. Raises ConversationError when it is not one."""
        try:
            kept = json.loads(text)
            return cls(
                flow=kept["flow"],
                answers=tuple((key, answer) for key, answer in kept["answers"]),
                asked=kept["asked"],
                shown=tuple(kept["shown"]),
                misses=int(kept["misses"]),
                pages=tuple(kept["pages"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ConversationError(f"unreadable conversation state: {error}") from error


@dataclass(frozen=True)
class Turn:
    """Our side of one exchange: what is said, what is offered, what is to be done, what is kept."""

    text: str
    state: State
    options: tuple[Option, ...] = ()
    effects: tuple[Effect, ...] = ()


def advance(state: State, said: Said, known: Known, flows: Mapping[str, FlowMaker]) -> Turn:
    """Take ``said`` as the answer to the question on the table.

    When a deploy put another question there, that one is asked instead: words never answer a question that was not shown.
    """
    if state.flow is None or state.flow not in flows or state.asked is None:
        raise ConversationError("there is no question on the table")
    step, _ = replay(flows[state.flow], known, state.answers, state.asked)
    if not isinstance(step, Ask) or step.key != state.asked:
        return resume(state, known, flows)
    code = read_answer(step, state.shown, said)
    if code is None:
        return _ask_again(state, step)
    return resume(replace(state, answers=(*state.answers, (step.key, code)), misses=0), known, flows)


def is_choice(state: State, said: Said, known: Known, flows: Mapping[str, FlowMaker]) -> bool:
    """Whether ``said`` is one of the options shown with the question on the table, of which there must be one."""
    step, _ = replay(flows[state.flow or ""], known, state.answers, state.asked)
    if not isinstance(step, Ask) or step.key != state.asked:
        return False
    return read_answer(replace(step, read=lambda said: None), state.shown, said) is not None


def start(flow: str, answers: tuple[tuple[str, str], ...], known: Known, flows: Mapping[str, FlowMaker]) -> Turn:
    """Begin ``flow``, some of whose questions are already answered."""
    return resume(State(flow=flow, answers=answers), known, flows)


def resume(state: State, known: Known, flows: Mapping[str, FlowMaker]) -> Turn:
    """Replay the state's flow to its next question or its end, through any flows it hands over to."""
    for _ in range(LONGEST_OPTION_CHAIN):
        if state.flow is None:
            raise ConversationError("no flow to resume")
        step, used = replay(flows[state.flow], known, state.answers, state.asked)
        if isinstance(step, End):
            return Turn(step.text, State(), step.options, step.effects)
        if isinstance(step, Go):
            state = State(flow=step.flow, answers=step.answers)
            continue
        shown = tuple(option.code for option in step.options)
        return Turn(step.text, State(state.flow, used, step.key, shown), step.options)
    raise ConversationError(f"flows hand over to one another without end, at {state.flow}")


def step_back(state: State, known: Known, flows: Mapping[str, FlowMaker]) -> Turn | None:
    """Forget the last answer and ask its question again; None when nothing was answered yet."""
    if state.flow not in flows or not state.answers:
        return None
    return resume(replace(state, answers=state.answers[:-1], asked=None), known, flows)


def replay(
    make_flow: FlowMaker, known: Known, answers: tuple[tuple[str, str], ...], asked: str | None
) -> tuple[Ask | End | Go, tuple[tuple[str, str], ...]]:
    """Run a flow over ``answers``: its next step, and the answers it used. ``asked``: the question on the table before.

    Answers are a prefix of the conversation: a question that a deploy put between two of them is simply asked
    next, and what was answered after it is asked again, since it may now mean something else. An answer whose code
    is no more (a commune that merged, a project that ended) is asked for again too.
    """
    known_answers = dict(answers)
    used: list[tuple[str, str]] = []
    flow = make_flow(known)
    try:
        step = next(flow)
        while True:
            if step.key in known_answers:
                answer = known_answers.pop(step.key)
                used.append((step.key, answer))
            elif isinstance(step, Ask):
                return step, tuple(used)
            else:
                # What comes after it was asked: it was passed by then, and still is.
                is_past = bool(known_answers) or asked not in {None, step.key, *dict(used)}
                ask = None if is_past else step.find()
                if ask is not None:
                    return ask, tuple(used)
                answer = ""
            step = flow.send(answer)
    except StopIteration as stop:
        end: End | Go = stop.value
        return end, tuple(used)
    except LookupError:
        if not used:
            raise
        return replay(make_flow, known, tuple(used[:-1]), asked)


def read_answer(ask: Ask, shown: tuple[str, ...], said: Said) -> str | None:
    """The code that ``said`` answers to ``ask`` with, or None when it is not understood.

    A number chooses among the options *as they were shown*; what it stood for counts as said, should it no longer be
    among the options. Then come labels and their other words, and last the question's own reader.
    """
    if (number := _NUMBER.match(said.text)) and int(number[1]) <= len(shown):
        said = Said(shown[int(number[1]) - 1])
    word = as_phrase(said.text)
    for option in ask.options:
        if option.code in shown and word in map(as_phrase, (option.code, option.label, *option.words)):
            return option.code
    if ask.read is not None:
        return ask.read(said)
    return None if ask.options else keep_words(said)


def _ask_again(state: State, ask: Ask) -> Turn:
    misses = state.misses + 1
    text = f"{ask.hint}\n{ask.text}"
    if misses >= MISSES_BEFORE_A_WAY_OUT:
        text = f"{ask.hint} Envoyez RETOUR, MENU, ou CONTACT pour joindre quelqu'un.\n{ask.text}"
    still_there = {option.code: option for option in ask.options}
    options = tuple(still_there[code] for code in state.shown if code in still_there) or ask.options
    shown = tuple(option.code for option in options)
    return Turn(text, replace(state, misses=misses, shown=shown), options)
