"""Cards and results: the rules of the house, as properties."""

import csv
import re
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import card
from bot.model import Button, ButtonKind, MassCancel, Message, Order, Side, State, Style
from bot.words import plain, results, triggers
from scripts import card_kit as kit
from scripts.card_reports import pickers
from scripts.card_samples import lives
from tests.card_strategies import conclusions, endings, orders_in, pendings

SAMPLES: Final = {name: message for name, _, message in lives()}
UNSAFE: Final = {"cancel", "ok", "yes", "no", "abort", "close", "continue"}
QUIET: Final = settings(max_examples=60, deadline=None)


def body(message: Message) -> str:
    return "\n".join((message.title, *message.lines))


def kinds(buttons: tuple[Button, ...]) -> list[ButtonKind]:
    return [button.action.kind for button in buttons]


def table(message: Message) -> list[dict[str, str]]:
    return list(csv.DictReader(message.attachment.content.splitlines())) if message.attachment else []


@QUIET
@given(pendings() | endings() | conclusions())
def test_a_card_has_at_most_eight_lines(record: MassCancel) -> None:
    """Title included, a card never has more than eight lines, the last ends with its id, and none breaks."""
    message = card.card(record, kit.TAIL)
    assert 1 + len(message.lines) <= 8
    assert message.lines[-1].endswith(f"#{record.id}")
    assert sum(line.startswith("Positions stay. ") for line in message.lines) == 1
    assert all(line.strip() == line != "" and "\n" not in line for line in (message.title, *message.lines))


@QUIET
@given(pendings())
def test_a_card_counts_triggers_or_says_that_they_are_not_counted(record: MassCancel) -> None:
    """A count of triggers, none of them included, is said only where they were read; else: not counted."""
    known = record.preview.triggers if record.preview else None
    line = next(line for line in card.card(record, kit.TAIL).lines if line.startswith("Positions stay. "))
    if known is None:
        assert line == "Positions stay. Triggers and TP/SL stay (not counted)."
    elif known:
        assert line == f"Positions stay. {len(known)} trigger{'s' * (len(known) > 1)} will STAY."
    else:
        assert line == "Positions stay. No triggers open."


@QUIET
@given(conclusions())
def test_zero_left_never_hides_an_open_trigger(record: MassCancel) -> None:
    """The first line of a result counts the open triggers; without a read it says that they are not counted."""
    message, known = card.result(record, kit.HEAD), triggers.live_of(record)
    live = re.search(r" · (\d+) triggers? open$", message.title)
    assert (int(live[1]) if live else 0) == len(known or ())
    assert ("No triggers open" in message.lines) is (record.state is State.ZERO_LEFT and known == ())
    assert ("Triggers and TP/SL stay (not counted)" in message.lines) is (
        record.state is State.ZERO_LEFT and known is None
    )


@QUIET
@given(pendings())
def test_the_red_button_is_first_and_the_safe_one_last(record: MassCancel) -> None:
    """A card has one button that fires, first and red; the last keeps; those between only ask."""
    buttons = card.card(record, kit.TAIL).buttons
    first, *between, last = kinds(buttons)
    assert (first, last, set(between) - {ButtonKind.ASK}) == (ButtonKind.CONFIRM, ButtonKind.KEEP, set())
    assert [button.style for button in buttons] == [Style.DANGER, *[Style.PLAIN] * (len(buttons) - 1)]
    assert buttons[0].action.mass_cancels == buttons[-1].action.mass_cancels == (record.id,)


@QUIET
@given(pendings() | endings() | conclusions())
def test_no_button_is_called_by_a_word_that_can_be_misread(record: MassCancel) -> None:
    """No button says only "Cancel", "OK" or "Yes", and the safe one does not say cancel at all."""
    shown = card.card(record, kit.TAIL).buttons + (card.result(record, kit.HEAD).buttons if record.verdict else ())
    for button in shown:
        assert button.label.strip().lower() not in UNSAFE
        assert (button.style is Style.DANGER) is (button.action.kind is ButtonKind.CONFIRM)
        if button.action.kind is ButtonKind.KEEP:
            assert "cancel" not in button.label.lower()


@QUIET
@given(pendings())
def test_title_and_button_carry_count_and_scope(record: MassCancel) -> None:
    """The first line has the count and the whole scope; the button has the same count."""
    scope, preview = record.scope, record.preview
    title, label = card.card(record, kit.TAIL).title, card.card(record, kit.TAIL).buttons[0].label
    every = scope.contract == "ALL"
    assert ("EVERY contract" if every else scope.contract) in title
    if scope.side is not Side.ANY or scope.position_side.value != "any":
        said = plain.of_kind(scope, "@").split("@") if every else [plain.filters(scope)]
        assert all(part in title for part in said)
    if preview is None:
        assert "count unknown" in title
        assert label == "Cancel orders (count unknown)"
    elif preview.orders:
        n = len(preview.orders)
        assert re.search(rf"Cancel (ALL )?{n}\b.*\?", title)
        assert label == f"Cancel {n} order" + "s" * (n > 1)
        assert scope.account in title or not every
    else:
        assert "0 open" in title
        assert label == "Send cancel-all anyway"


@QUIET
@given(pendings())
def test_a_late_preview_adds_no_button(record: MassCancel) -> None:
    """The edit of a card has the two buttons it was sent with, of the same kinds and in the same places."""
    sent = card.card(kit.pending(record.scope), kit.TAIL)
    edit = card.edited_card(record, kit.TAIL)
    assert kinds(edit.buttons) == kinds(sent.buttons) == [ButtonKind.CONFIRM, ButtonKind.KEEP]
    assert [button.action for button in edit.buttons] == [button.action for button in sent.buttons]
    assert 1 + len(edit.lines) <= 8


@QUIET
@given(endings() | conclusions())
def test_a_card_that_ended_cannot_fire(record: MassCancel) -> None:
    """Whatever its end, a card has no button that decides; one that ran out offers a new card."""
    buttons = kinds(card.card(record, kit.TAIL).buttons)
    expected = [ButtonKind.ASK] if record.state is State.EXPIRED and record.replaced_by is None else []
    assert buttons == expected


@QUIET
@given(conclusions())
def test_a_result_tells_who_what_and_how_it_ended(record: MassCancel) -> None:
    """A result is loud, has the verdict and scope first, names both people, and has no button that fires."""
    message = card.result(record, kit.HEAD)
    assert record.decided_by is not None
    assert results.verdict_words(record) in message.title
    assert plain.scope_title(record.scope) in message.title
    for who in (record.asked_by, record.decided_by):
        assert plain.name(who) in body(message)
    assert message.lines[-1] == f"#{record.id} · log {kit.HEAD}"
    assert message.lines[0].startswith(f"{record.scope.account} · ")
    assert {ButtonKind.CONFIRM, ButtonKind.KEEP}.isdisjoint(kinds(message.buttons))
    assert message.loud


@QUIET
@given(conclusions())
def test_the_words_of_a_result_are_true(record: MassCancel) -> None:
    """Filled only on HTX's word, cancelled never of a later check, success never without a proof."""
    verdict, message = record.verdict, card.result(record, kit.HEAD)
    assert verdict is not None
    text = body(message)
    for phrase in (
        "filled or cancelled",
        "cancelled or filled",
        "filled already (1063)",
        "which filled is not known",
    ):
        text = text.replace(phrase, "")
    assert ("filled" in text) is bool(verdict.filled and verdict.proof)
    assert ("ZERO LEFT" in text) is (verdict.proof is not None and not verdict.proof.left)
    assert ("Nothing was cancelled." in text) is (verdict.not_run is not None)
    assert ("Assume orders are still OPEN" in text) is (record.state is State.UNKNOWN)
    if verdict.later:
        assert not re.search(r"\d cancelled", text)
    for part, whole in re.findall(r"([\d,]+) of ([\d,]+) ", text):
        assert int(part) <= int(whole)


@QUIET
@given(conclusions())
def test_of_many_orders_there_is_a_file(record: MassCancel) -> None:
    """More than ten orders come as a file that parses back to them, each with what became of it."""
    verdict, message = record.verdict, card.result(record, kit.HEAD)
    assert verdict is not None
    left = verdict.proof.left if verdict.proof else ()
    read = {row.order_id: row for row in (*(record.preview.orders if record.preview else ()), *left)}
    known = {*verdict.cancelled, *verdict.filled, *verdict.gone, *read}
    if verdict.not_run is not None or len(known) <= 10:
        assert message.attachment is None
        return
    lines = table(message)
    assert sorted(told["order_id"] for told in lines) == sorted(known)
    for told in lines:
        id_ = told["order_id"]
        if id_ in read:
            assert told == same(read[id_], told["result"])
        members = {"cancelled": verdict.cancelled, "filled": verdict.filled, "gone": verdict.gone}
        members["open"] = tuple(order.order_id for order in left)
        named = {fate for fate, ids in members.items() if id_ in ids}
        assert {told["result"]} == (named if verdict.proof and named else {"unknown"})


def same(row: Order, result: str) -> dict[str, str]:
    """An order as a line of the file, written down independently."""
    price = "" if row.price is None else format(row.price, "f")
    names = {"contract_code": "contract", "trade_volume": "filled"}
    odd = {names.get(name, name): value for name, value in row.odd if name != "order_id"}
    return {
        "order_id": row.order_id,
        "client_order_id": row.client_order_id or "",
        "contract": row.contract,
        "side": row.side or "",
        "position_side": row.position_side or "",
        "price": price,
        "volume": format(row.volume, "f"),
        "filled": format(row.filled, "f"),
        "reduce_only": "yes" if row.reduce_only else "no",
        "trigger": row.trigger.value if row.trigger else "",
        "result": result,
        **odd,
    }


def test_without_a_proof_the_file_calls_no_order_cancelled() -> None:
    """HTX says fourteen cancelled and the books cannot be read: the file says unknown of each."""
    rows = table(SAMPLES["result-unknown-answered"])
    assert [row["result"] for row in rows] == ["unknown"] * 14


@QUIET
@given(st.lists(st.integers(0, 40), unique=True, max_size=20).flatmap(lambda ids: orders_in(kit.EVERYTHING, ids)))
def test_a_list_of_orders_names_them_or_brings_a_file(rows: tuple[Order, ...]) -> None:
    """Up to ten orders stand in the list; of more the first five, how many are missing, and a file of all."""
    message = card.order_list(kit.EVERYTHING, rows, None, kit.READ)
    assert message.title.startswith(f"{len(rows)} open · EVERY contract")
    assert not message.buttons
    if len(rows) > 10:
        assert table(message) == [same(row, "open") for row in rows]
        assert f"and {len(rows) - 5} more, all in the file" in message.lines
    else:
        assert len(message.lines) == len(rows) + 2
        assert message.attachment is None


def test_pickers_ask_with_one_word_more_and_fire_nothing() -> None:
    """Every button of a picker keeps the words that were said and adds exactly one."""
    for name, _, message in pickers():
        assert set(kinds(message.buttons)) == {ButtonKind.PICK}
        assert len(message.buttons) <= card.MAX_PICKS + 1
        assert "Nothing was sent." in body(message)
        for button in message.buttons:
            command = button.action.command
            assert command is not None
            assert command.words is not None
            assert (command.words.side.value, command.words.position_side.value) == ("buy", "long")
            assert (command.words.contract is None) is (name == "picker-account")
            assert command.words.account is not None


def test_a_copy_and_a_spent_picker_have_no_buttons() -> None:
    """The group's copy of a private result, and a picker after its pick, say the same and offer nothing."""
    result = SAMPLES["result-open-two"]
    copy = card.copied(result, "a private chat")
    assert (copy.title, copy.lines[:-1], copy.buttons, copy.loud) == (result.title, result.lines, (), True)
    assert "a private chat" in copy.lines[-1]
    assert "done" not in copy.lines[-1].lower()
    picker = next(pickers())[2]
    spent = card.without_buttons(picker)
    assert (spent.title, spent.lines, spent.buttons) == (picker.title, picker.lines, ())
