#!/usr/bin/env bash
# docs/connect.md, Django and SQLAlchemy: their code runs as it stands. Each person gets their own rows, over one
# connection; a view that fails leaves nothing of its own; and what the page says of ATOMIC_REQUESTS alone is so.
# PYTHON names an interpreter that has them; without it, pip installs them. Skipped, one by one, where they are not.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/support/python.sh

find_python "${PYTHON_PACKAGES[@]}"
driver=
for module in psycopg psycopg2; do
    "$python" -c "import $module" 2>/dev/null && driver=$module && break
done
todo=()
for part in Django SQLAlchemy; do
    if [ -n "$driver" ] && "$python" -c "import ${part,,}" 2>/dev/null; then
        todo+=("$part")
    else
        echo "SKIPPED: docs/connect.md was not run by $part: $python has no ${part,,} and psycopg"
    fi
done
[ ${#todo[@]} -gt 0 ] || exit 77

directory=$(mktemp -d)
cleanup() {
    rm -rf "$directory"
    dropdb --if-exists connect_python
}
trap cleanup EXIT

createdb -T "$PG_SHARING_TEMPLATE" connect_python
psql -X -q -v ON_ERROR_STOP=1 -d connect_python >/dev/null <<'SQL'
CREATE ROLE connect_python_app LOGIN;
CREATE TABLE leads (id integer PRIMARY KEY, company text, owner_id integer);
INSERT INTO leads VALUES (1, 'Alster Marine', 2), (2, 'Borkum Ferries', 2), (3, 'Deichwerk', 3);
GRANT SELECT, UPDATE ON leads TO connect_python_app;
SELECT sharing.create_user(2, 'Ben'), sharing.create_user(3, 'Chloe');
SELECT sharing.protect('leads', owner => 'owner_id');
SELECT sharing.trust('connect_python_app');
SQL

# The blocks of a part of the page: its first, its second.
block() {
    awk -v part="## $1" -v wanted="$2" '/^## / { in_part = $0 == part } in_part && $0 == "```python" { n++; inside = 1; next }
        $0 == "```" { inside = 0 } inside && n == wanted' docs/connect.md
}

export PGDATABASE=connect_python DRIVER=$driver
for part in "${todo[@]}"; do
    case $part in
        Django)
            mkdir -p "$directory/crm"
            block Django 1 >"$directory/crm/sharing.py"
            {
                cat <<'PYTHON'
import os
SECRET_KEY = "for a test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "crm.urls"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": "connect_python_app",
    "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"], "CONN_MAX_AGE": None}}
PYTHON
                # The middleware that knows the user is the test's own: no table of sessions is needed.
                block Django 2 | sed 's/django.contrib.auth.middleware.AuthenticationMiddleware/crm.views.KnowTheUser/'
            } >"$directory/crm/settings.py"
            cat >"$directory/crm/views.py" <<'PYTHON'
from types import SimpleNamespace
from django.db import connection
from django.http import HttpResponse

class KnowTheUser:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        key = request.GET.get("user")
        request.user = SimpleNamespace(pk=key and int(key), is_authenticated=bool(key))
        return self.get_response(request)

class SetBeforeTheView(KnowTheUser):
    def __call__(self, request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('sharing.user_key', %s, true)", [request.GET["user"]])
        return self.get_response(request)

def leads(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM leads ORDER BY id")
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute("UPDATE leads SET company = company || '.' RETURNING pg_backend_pid()")
        request.backends.append(cursor.fetchall())
    if "fail" in request.GET:
        raise ValueError("on purpose")
    return HttpResponse(",".join(map(str, ids)))
PYTHON
            cat >"$directory/crm/urls.py" <<'PYTHON'
from django.urls import path
from crm import views
urlpatterns = [path("leads", views.leads)]
PYTHON
            cat >"$directory/django_requests.py" <<'PYTHON'
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
import django
django.setup()
import logging
logging.disable(logging.CRITICAL)
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory

def request(user, extra=""):
    asked = RequestFactory().get(f"/leads?user={user}{extra}")
    asked.backends = []
    return handler.get_response(asked)

def companies():
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT set_config('sharing.user_key', '2', true)")
        cursor.execute("SELECT company FROM leads ORDER BY id")
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute("COMMIT")
    return found

handler = WSGIHandler()
for user, ids in [("2", b"1,2"), ("3", b"3"), ("", b""), ("2", b"1,2"), ("9", b"")]:
    answer = request(user)
    assert (answer.status_code, answer.content) == (200, ids), (user, answer.status_code, answer.content)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads")
        assert cursor.fetchone() == (0,), "after the request the connection is nobody's"
before = companies()
assert request("2", "&fail=").status_code == 500
assert companies() == before, "what a view that failed has written"
assert request("").content == b""
assert request("2").content == b"1,2" and companies() != before

settings.MIDDLEWARE = ["crm.views.SetBeforeTheView", "crm.views.KnowTheUser"]
handler = WSGIHandler()
assert settings.DATABASES["default"]["ATOMIC_REQUESTS"] and request("2").content == b"", "ATOMIC_REQUESTS alone"
PYTHON
            (cd "$directory" && PYTHONPATH=$directory "$python" django_requests.py)
            ;;
        SQLAlchemy)
            {
                cat <<'PYTHON'
import os
from sqlalchemy import Integer, String, create_engine, select
from sqlalchemy.orm import declarative_base
from sqlalchemy import Column
engine = create_engine(f"postgresql+{os.environ['DRIVER']}://connect_python_app@/{os.environ['PGDATABASE']}?host={os.environ['PGHOST']}&port={os.environ['PGPORT']}", pool_size=1, max_overflow=0)
class Lead(declarative_base()):
    __tablename__ = "leads"
    id = Column(Integer, primary_key=True)
    company = Column(String)
PYTHON
                block SQLAlchemy 1
                cat <<'PYTHON'
def ids(session):
    return [lead.id for lead in session.scalars(select(Lead).order_by(Lead.id))]

assert sorted(lead.id for lead in leads) == [1, 2], leads
for user, seen in [(3, [3]), (2, [1, 2]), (9, [])]:
    with Session(engine, info={"user_key": user}) as session:
        assert ids(session) == seen, (user, ids(session))
        session.commit()
        assert ids(session) == seen, "after a commit"
        session.rollback()
        assert ids(session) == seen, "after a rollback"
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM leads")).scalar() == 0, "left in the connection"
with Session(engine) as session:
    assert ids(session) == [], "without a user"
with Session(engine.execution_options(isolation_level="AUTOCOMMIT"), info={"user_key": 2}) as session:
    assert ids(session) == [], "AUTOCOMMIT"
PYTHON
            } >"$directory/with_sqlalchemy.py"
            "$python" "$directory/with_sqlalchemy.py"
            ;;
    esac
    echo "ok $part"
done
