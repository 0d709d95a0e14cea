"""Alerts by mail: VIGIL_NOTIFIER=examples.airflow.notifiers.smtp:NOTIFIER

The server and the sender are Airflow's connection `smtp_default`; copy this file and change the recipients.

    export AIRFLOW_CONN_SMTP_DEFAULT='{"conn_type": "smtp", "host": "smtp.example.com", "port": 465, "login": "vigil",
                                       "password": "...", "extra": {"from_email": "vigil@example.com"}}'
"""

from airflow.providers.smtp.notifications.smtp import SmtpNotifier

NOTIFIER = SmtpNotifier(to=["risk-on-call@example.com"], subject="{{ vigil.subject }}",
                        html_content="<pre>{{ vigil.text | e }}</pre>")
