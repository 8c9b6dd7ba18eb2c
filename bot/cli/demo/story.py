"""The story: every scene is played, told, and checked against what truly happened."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.cli.demo import screen
from bot.cli.demo.scene import Scene, TelegramScene, UntrueError
from bot.cli.demo.slack_scene import SlackScene
from bot.cli.demo.slack_story import SCENES as ON_SLACK
from bot.cli.demo.stage import BotFailedError, Stage, stage
from bot.cli.demo.summary import Line, summary
from bot.cli.demo.telegram_story import SCENES, unknown

_CARD_SECONDS: Final = 4

_HEAD: Final = """\
The real bot, with HTX, Telegram and Slack simulated on this machine. Nothing
leaves it. Left: the chat. Right: what the exchange received. About half a
minute; starting two bots …"""


OnTelegram = Callable[[TelegramScene], Awaitable[None]]
OnSlack = Callable[[SlackScene], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The scenes; the docstring of each is its title, in short up to the colon."""

    telegram: tuple[OnTelegram, ...] = SCENES
    slack: tuple[OnSlack, ...] = ON_SLACK
    beside: OnTelegram = unknown
    """It takes half a minute: it is played meanwhile, with a bot of its own, and told last."""


STORY: Final = Story()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One scene that is to be played, or is being played elsewhere."""

    title: str
    scene: Scene
    play: Callable[[], Awaitable[str | None]]
    """Ends when the scene has; what was not true, None when all was."""

    @property
    def what(self) -> str:
        """The title in short."""
        return self.title.partition(":")[0]


async def tell(say: Callable[[str], None], story: Story = STORY) -> bool:
    """Play every scene; True if every verdict was right. The first that was not ends the story."""
    for line in _HEAD.splitlines():
        say(line)
    lines: list[Line] = []
    times: list[tuple[float, float]] = []
    async with stage(card_seconds=_CARD_SECONDS, slack=True) as built, _beside(story.beside) as last:
        await built.start_bot()
        for number, act in enumerate((*_acts(built, story), last), start=1):
            for line in screen.heading(number, act.title):
                say(line)
            fault = await act.play()
            lines.append(_line(number, act, fault))
            for line in screen.side_by_side(act.scene.chat(), screen.received(act.scene.requests())):
                say(line)
            if fault is not None:
                say(f"✗ NOT TRUE: {fault}")
                say((act.scene.stage.folder / "bot.log").read_text("utf-8", "replace")[-4000:])
                break
            say("✓ what it said is what happened")
            times += [found] if (found := act.scene.times()) and act is not last else []
        await built.stop_bot()
    for line in summary(lines):
        say(line)
    if not all(line.true for line in lines):
        say(f"Not true: scene {lines[-1].number}. What comes after it was not played.")
        return False
    say(f"All {len(lines)} scenes: what was told is what happened.")
    if times:
        _say_times(say, times)
    return True


def _acts(built: Stage, story: Story) -> Iterator[Act]:
    """The scenes that are played one after the other."""
    for play in story.telegram:
        first = TelegramScene(stage=built)
        yield _act(play.__doc__, first, partial(play, first))
    for on_slack in story.slack:
        other = SlackScene(stage=built)
        yield _act(on_slack.__doc__, other, partial(on_slack, other))


def _act(title: str | None, scene: Scene, play: Callable[[], Awaitable[None]]) -> Act:
    return Act(title=(title or "").rstrip("."), scene=scene, play=partial(_play, scene, play))


@asynccontextmanager
async def _beside(last: OnTelegram) -> AsyncIterator[Act]:
    """A scene that is played from the beginning on, on a stage and with a bot of its own."""
    async with stage(card_seconds=_CARD_SECONDS) as built:
        scene = TelegramScene(stage=built)
        act = _act(last.__doc__, scene, partial(last, scene))

        async def play() -> str | None:
            await built.start_bot()
            return await act.play()

        playing = asyncio.ensure_future(play())
        try:
            yield Act(title=act.title, scene=scene, play=partial(_ended, playing))
        finally:
            playing.cancel()
            with suppress(asyncio.CancelledError):
                await playing
            await built.stop_bot()


async def _ended(playing: "asyncio.Future[str | None]") -> str | None:
    try:
        return await playing
    except BotFailedError as error:
        return str(error)


async def _play(scene: Scene, play: Callable[[], Awaitable[None]]) -> str | None:
    """Play one scene; what was not true, None when all was."""
    scene.begin()
    try:
        await play()
    except UntrueError as error:
        return str(error)
    except (TimeoutError, BotFailedError) as error:
        return f"{type(error).__name__}: {error}"
    await asyncio.sleep(0.2)  # the last edit of the card is on its way
    return None


def _line(number: int, act: Act, fault: str | None) -> Line:
    """The scene in one line; where nothing is left the next one has a coin of its own."""
    scene = act.scene
    line = Line(
        number=number,
        what=act.what,
        told=" → ".join(scene.told) or "-",
        happened=scene.truth(),
        true=fault is None,
    )
    if scene.emptied:
        scene.stage.next_contract()
    return line


def _say_times(say: Callable[[str], None], times: list[tuple[float, float]]) -> None:
    for what, found in zip(("request", "proof"), zip(*times, strict=True), strict=True):
        ms = sorted(seconds * 1000 for seconds in found)
        say(f"From tap to {what}: {ms[len(ms) // 2]:.0f} ms (median of {len(ms)}; slowest {ms[-1]:.0f} ms)")
