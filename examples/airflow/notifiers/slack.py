"""Alerts by a webhook of Slack: VIGIL_NOTIFIER=examples.airflow.notifiers.slack:NOTIFIER

The webhook is a secret. It is Airflow's connection `slack_webhook`, whose password is the path of the webhook:

    export AIRFLOW_CONN_SLACK_WEBHOOK='{"conn_type": "http", "schema": "https", "host": "hooks.slack.com",
                                        "password": "services/T000/B000/XXXX"}'
"""

import json
from urllib.request import Request, urlopen

from airflow.sdk import BaseNotifier, Connection

SECONDS = 10


class SlackWebhook(BaseNotifier):
    """Posts an alert to a channel. Slack, Mattermost and Rocket.Chat read the same JSON."""

    template_fields = ("text",)

    def __init__(self, text: str, connection: str = "slack_webhook"):
        super().__init__()
        self.text, self.connection = text, connection

    def notify(self, context) -> None:
        server = Connection.get(self.connection)
        port = f":{server.port}" if server.port else ""
        request = Request(f"{server.schema}://{server.host}{port}/{server.password}",
                          data=json.dumps({"text": self.text}).encode(), headers={"Content-Type": "application/json"})
        with urlopen(request, timeout=SECONDS):
            pass


NOTIFIER = SlackWebhook("*{{ vigil.subject }}*\n{{ vigil.text }}")
