"""When a message is taken in but not answered: against spam, and against whoever makes us pay for texting numbers abroad.

A signed message is never refused: Twilio does not support 429, and what the person asked for is done all the same.
An emergency is always answered. Whoever is not, is told so once that day, if they were answered before.
The largest losses known of "SMS pumping" are to foreign and premium numbers (twilio.com/docs/glossary/what-is-sms-pumping-fraud);
it is told by runs of numbers that begin alike, which Twilio too blocks by prefix (twilio.com/docs/api/errors/60410).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

import phonenumbers
from phonenumbers import PhoneNumberType
from sqlalchemy import ColumnElement, Date, Row, Table, bindparam, case, delete, func, literal_column, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Delete

from bot.known import PARIS
from bot.sms import count_segments
from service.database import INSERTS, Insert
from service.keyring import Keyring, normalise_address
from service.models import ReplyCount
from service.settings import SettingsError

# France, its territories overseas with calling codes of their own, and the countries that Grand Est borders.
COUNTRIES = "FR GP GF MQ RE YT PM BL MF NC PF WF BE LU DE CH"
DEAR = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)
# The count of all replies is kept in parts, so that two people's messages seldom wait for each other's commit.
PARTS = tuple(f"all:{digit:x}" for digit in range(16))
# A block is what numbers have in common but for their last 4 digits, 10,000 numbers: numbers rented together are in a few
# blocks, and of the people who write to us on one day hardly any two are in the same.
BLOCK_DIGITS = 4
KEPT_DAYS = 2  # today's, and what a purge just after midnight would cut short
LAST_WORD = (
    "Nous ne pouvons plus vous répondre pour l'instant, jusqu'à demain au plus tard. Vos messages nous parviennent. "
    "Urgence : 15 ou 112, ou 114 par SMS."
)
_table = cast(Table, ReplyCount.__table__)
_day = bindparam("day", type_=Date)
# Written into the statement: a list of values would be spread out anew for each message.
_parts: list[ColumnElement[str]] = [literal_column(f"'{part}'") for part in PARTS]
_spent = select(func.coalesce(func.sum(_table.c.segments), 0).label("spent"))
_spent_today = _spent.where(_table.c.day == _day, _table.c.subject.in_(_parts)).subquery()
_own = _table.alias()
_is_own = (_own.c.day == _day) & (_own.c.subject == bindparam("subject"))
_block = _table.alias()
_is_block = (_block.c.day == _day) & (_block.c.subject == bindparam("block"))
_counts = (  # one row, even of a first message
    select(_spent_today, _own, _block.c.segments.label("spent_by_block"))
    .outerjoin_from(_spent_today, _own, _is_own)
    .outerjoin(_block, _is_block)
)
FRANCE = 33
_FRENCH_MOBILE = re.compile(rf"\+{FRANCE}[67]\d{{8}}", re.ASCII)  # 06 and 07: mobiles, by Arcep's plan; none is dear
_COUNTRY_LIST = re.compile(r"^[A-Z]{2}([ ,]+[A-Z]{2})*$")


class Reason(StrEnum):
    """Why a reply is withheld."""

    NUMBER = "number"  # this number was answered often enough
    BLOCK = "block"  # the numbers beside this one were answered often enough
    COUNTRY = "country"  # numbers of this country, or of this price, are not answered
    SPENDING = "spending"  # the day's segments are spent


def _find_calling_codes(countries: str) -> frozenset[int]:
    """The calling codes of a list of countries. Raises ValueError when there is no such country."""
    codes = {phonenumbers.country_code_for_region(country) for country in re.split("[ ,]+", countries)}
    if 0 in codes:
        raise ValueError(countries)
    return frozenset(codes)


@dataclass(frozen=True)
class GuardRules:
    """What is answered: ``calling_codes`` are those of the countries."""

    calling_codes: frozenset[int] = _find_calling_codes(COUNTRIES)
    most_an_hour: int = 60  # replies to one number: one a minute, for an hour
    most_a_day: int = 150  # the same
    # A day, to a block: of its 10,000 people some 800 live in Grand Est (5.5 of 68 million), of whom 100 may write 10 times.
    # To spend the segments of all, somebody must rent numbers in ten blocks.
    most_segments_each_block: int = 2_000
    most_segments: int = 20_000  # a day, to all: the 10,000 messages of service.sending_rules, of two segments


@dataclass(frozen=True)
class Verdict:
    """What is said to a message in the end, nothing when ``text`` is empty; and why it is not its own reply."""

    text: str
    reason: Reason | None = None


@dataclass(frozen=True)
class Spending:
    """What was answered in all on one day."""

    replies: int
    segments: int
    withheld: int


def read_guard_rules(values: Mapping[str, object]) -> GuardRules:
    """The rules in ``values`` (the environment). Raises SettingsError for a bad one."""

    def number(name: str, default: int) -> int:
        value = str(values.get(name) or default).strip()
        if not value.isascii() or not value.isdecimal() or int(value) < 1:
            raise SettingsError(f"{name} is not a number, 1 or more: {value}")
        return int(value)

    countries = str(values.get("VOIX_COUNTRIES") or COUNTRIES).strip().upper()
    try:
        if not _COUNTRY_LIST.match(countries):
            raise ValueError(countries)
        calling_codes = _find_calling_codes(countries)
    except ValueError as error:
        raise SettingsError(f"VOIX_COUNTRIES is not a list of countries such as FR BE LU DE CH: {countries}") from error
    return GuardRules(
        calling_codes,
        most_an_hour=number("VOIX_MOST_REPLIES_AN_HOUR_EACH", GuardRules.most_an_hour),
        most_a_day=number("VOIX_MOST_REPLIES_A_DAY_EACH", GuardRules.most_a_day),
        most_segments_each_block=number("VOIX_MOST_SEGMENTS_PER_DAY_EACH_BLOCK", GuardRules.most_segments_each_block),
        most_segments=number("VOIX_MOST_SEGMENTS_PER_DAY", GuardRules.most_segments),
    )


def _write_count(insert: type[Insert]) -> Insert:
    """The statement that adds a count to what was counted that day."""
    made, kept = insert(_table), _table.c
    more = {name: kept[name] + made.excluded[name] for name in ("replies", "segments", "withheld")}
    same_hour = kept.hour == made.excluded.hour
    that_hour = case((same_hour, kept.replies_that_hour), else_=0) + made.excluded.replies_that_hour
    changed = {**more, "hour": made.excluded.hour, "replies_that_hour": that_hour}
    return made.on_conflict_do_update(index_elements=["day", "subject"], set_=changed)


_add_count = {name: _write_count(insert) for name, insert in INSERTS.items()}  # made once: asked for each message


def weigh(
    session: Session, rules: GuardRules, keyring: Keyring, sender: str, text: str, now: dt.datetime, *, is_safety: bool
) -> Verdict:
    """Whether ``text`` is said to ``sender``, who is held by the caller: their messages are weighed one by one.

    Those of two people are not, on PostgreSQL: the segments of a day and of a block may be overrun by the replies under
    way at once.
    """
    if is_safety:
        return Verdict(text)
    here = now.astimezone(PARIS)
    subject, block = _hide(keyring, sender, here.date())
    today = session.execute(_counts, {"day": here.date(), "subject": subject, "block": block}).one()
    segments = count_segments(text)
    reason = None
    if not _is_of_country(rules, sender):
        reason = Reason.COUNTRY
    elif (today.replies or 0) >= rules.most_a_day or _count_that_hour(today, here) >= rules.most_an_hour:
        reason = Reason.NUMBER
    elif (today.spent_by_block or 0) + segments > rules.most_segments_each_block:
        reason = Reason.BLOCK
    elif today.spent + segments > rules.most_segments:
        reason = Reason.SPENDING
    if reason is None:
        return Verdict(text)
    is_told = (today.replies or 0) > 0 and today.withheld == 0
    return Verdict(LAST_WORD if is_told else "", reason)


def count(session: Session, keyring: Keyring, sender: str, verdict: Verdict, now: dt.datetime) -> None:
    """Count what was said, or not. To be called last: whoever counts in the same part waits until the commit."""
    if not verdict.text and verdict.reason is None:
        return  # nothing was to be said
    here = now.astimezone(PARIS)
    subject, block = _hide(keyring, sender, here.date())
    row = {
        "day": here.date(),
        "hour": here.hour,
        "replies": int(bool(verdict.text)),
        "replies_that_hour": int(bool(verdict.text)),
        "segments": count_segments(verdict.text),
        "withheld": int(verdict.reason is not None),
    }
    rows = [{**row, "subject": one} for one in (subject, block, f"all:{subject[-1]}")]
    session.execute(_add_count[session.get_bind().dialect.name], rows)


def read_spending(session: Session, now: dt.datetime) -> Spending:
    """What was answered in all today."""
    sums = (
        func.coalesce(func.sum(column), 0) for column in (ReplyCount.replies, ReplyCount.segments, ReplyCount.withheld)
    )
    today = now.astimezone(PARIS).date()
    found = session.execute(select(*sums).where(ReplyCount.day == today, ReplyCount.subject.in_(PARTS))).one()
    return Spending(found[0], found[1], found[2])


def forget_counts(now: dt.datetime) -> Delete:
    """What the daily purge does to the counts."""
    return delete(ReplyCount).where(ReplyCount.day <= now.astimezone(PARIS).date() - dt.timedelta(days=KEPT_DAYS))


def _count_that_hour(today: Row[Any], here: dt.datetime) -> int:
    return today.replies_that_hour if today.hour == here.hour else 0


def _hide(keyring: Keyring, sender: str, day: dt.date) -> tuple[str, str]:
    """A number and its block as they are counted: other pseudonyms each day, none of which is that of the person."""
    number = normalise_address(sender)
    counted = (f"replies:{day.isoformat()}:{number}", f"block:{day.isoformat()}:{number[:-BLOCK_DIGITS]}")
    subject, block = (keyring.make_pseudonyms(one)[0] for one in counted)
    return subject, block


def _is_of_country(rules: GuardRules, sender: str) -> bool:
    """Whether the number is one of the countries that are answered, at no higher price; a short code is of none."""
    address = normalise_address(sender)
    if _FRENCH_MOBILE.fullmatch(address):
        return FRANCE in rules.calling_codes  # as nearly all come, and spared the parser
    if not address.removeprefix("+").isdecimal():
        return True  # no telephone: it costs nothing
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return False
    return number.country_code in rules.calling_codes and phonenumbers.number_type(number) not in DEAR
