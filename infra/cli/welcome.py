"""What `kabinet run` prints when everything answers."""

from domain.people.tokens import KeyToken
from infra.demo.people import BILLING_KEY_ID, BILLING_SECRET, BILLING_SIGNING_SECRET, PASSWORD, STAFF_SECRET
from infra.setting_fields import without_password
from infra.settings import Settings

PEOPLE = (
    ("01", "resident: five suppliers, debts and a penalty"),
    ("02", "resident with an overpayment"),
    ("03", "representative of a legal entity with 40 meters"),
    ("04", "a person with both kinds of account"),
    ("11", "operator"),
    ("12", "senior operator"),
    ("13", "quality"),
    ("19", "administrator"),
)

_SIGNED = r"""  AT=$(date +%s); NONCE=$(openssl rand -hex 16)
  EMPTY=$(printf '' | openssl dgst -sha256 -r | cut -c1-64)
  SIGNATURE=$(printf 'GET\n/api/v1/me\n%s\n%s\n%s' $AT $NONCE $EMPTY \
    | openssl dgst -sha256 -hmac {secret} -r | cut -c1-64)
  curl -s {api}/me -H "X-Kabinet-Timestamp: $AT" -H "X-Kabinet-Nonce: $NONCE" \
    -H "X-Kabinet-Signature: $SIGNATURE" -H 'X-API-Key: {key}'"""


def text(settings: Settings) -> str:
    """Addresses, the demo's people and three lines to try."""
    api = f"http://127.0.0.1:{settings.port}/api/v1"
    sandbox = settings.yookassa_url.removesuffix("/v3") + "/sandbox"
    pick_access = r"""sed 's/.*"access_token":"\([^"]*\)".*/\1/'"""
    pick_account = r"""sed 's/^{"items":\[{"id":"\([^"]*\)".*/\1/'"""
    key = KeyToken(BILLING_KEY_ID, BILLING_SECRET)
    mail = f"http://127.0.0.1:{settings.sink_page_port}"
    people = "\n".join(f"  +7 900 000-00-{number}   {who}" for number, who in PEOPLE)
    return f"""
Kabinet is ready. Open this in a browser:

  Web cabinet    {settings.public_url}   (sign in as +7 900 000-00-01, password {PASSWORD})

  API            {api}   (interactive description: {settings.public_url}/schema)
  Payments       {sandbox}   (the provider's stand-in; its page opens from confirmation.url)
  Mail           {mail}   (every letter and code; SMTP on {settings.sink_port})
  Readings       {settings.mail_address}, SMTP on {settings.mail_port}   (docs/mail.md)
  Database       {without_password(settings.database_url)}
  Data           {settings.data}

Demo people, all with the password {PASSWORD}:
{people}
Staff (11 to 19) need a code too: `kabinet staff code +79000000019` shows one, or put the secret
{STAFF_SECRET} into an authenticator application. How it goes: docs/staff.md

The demo's billing comes with a key and signs every request (docs/systems.md). Ask as it does:
{_SIGNED.format(api=api, key=key, secret=BILLING_SIGNING_SECRET)}

Try (sign in; see what is owed; pay 2,000 roubles of it and open confirmation.url):
  TOKEN=$(curl -s {api}/sessions -H 'Content-Type: application/json' \\
    -d '{{"phone": "+79000000001", "password": "{PASSWORD}"}}' | {pick_access})
  ACCOUNT=$(curl -s {api}/accounts -H "Authorization: Bearer $TOKEN" | tee /dev/stderr | {pick_account})
  curl -s -X PUT {api}/accounts/$ACCOUNT/payments/$(python3 -c 'import uuid; print(uuid.uuid4())') \\
    -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"amount": {{"kopecks": 200000}}}}'

The worker tells of trouble only; with KABINET_LOG_LEVEL=info of every job it has done.

Open {settings.public_url} in a browser. Ctrl-C stops everything.
"""
