"""The desk on Slack: the same people in one channel, which is shared with another company."""

from simulator.slack import SlackSimulator


class SlackDesk:
    """A simulated workspace; `sim` is not started yet."""

    def __init__(self) -> None:
        self.sim = SlackSimulator()
        self.ann = self.sim.person(id="U11", name="Ann")
        self.bo = self.sim.person(id="U12", name="Bo")
        self.mallory = self.sim.person(id="U99", name="Mallory", team="T9")
        """Of the other company: she sees the channel, and its buttons."""
        people = [self.ann, self.bo, self.mallory]
        self.desk = self.sim.channel(id="C1", name="desk", members=people, ext_shared=True)

    def config(self) -> str:
        """The table of the configuration."""
        team, channel = self.ann.user.team, self.desk.id
        return f'[slack]\nbase_url = "{self.sim.api_url}"\nteam = "{team}"\nchannels = ["{channel}"]\n'

    def secrets(self) -> str:
        """What the keystore wants: bot token, app token, signing secret, one a line."""
        given = self.sim.secrets
        return f"{given.bot_token}\n{given.app_token}\n{given.signing_secret}\n"
