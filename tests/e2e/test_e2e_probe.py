import time
from pathlib import Path
from tests.e2e.world import World
async def test_a(tmp_path: Path) -> None:
    """x."""
    for i in range(3):
        f = tmp_path / str(i); f.mkdir()
        t=time.monotonic()
        async with World(folder=f) as world:
            print("start", time.monotonic()-t); t=time.monotonic()
            world.place(14)
            r = await world.run()
            print(r.text, time.monotonic()-t); t=time.monotonic()
            await world.crash(); print("crash", time.monotonic()-t); t=time.monotonic()
            await world.start(); print("start", time.monotonic()-t); t=time.monotonic()
            await world.move(31); print("move", time.monotonic()-t); t=time.monotonic()
        print("stop", time.monotonic()-t)
        print(world.audit())
