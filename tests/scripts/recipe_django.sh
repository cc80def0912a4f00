#!/usr/bin/env bash
# docs/existing-application.md, Django: Django itself creates users, groups and memberships in each of its ways, as
# the owner of its tables and nothing more. After each, the organization is what a plain query over auth_user,
# auth_group and auth_user_groups says, and everybody sees the deals that such a query finds.
# PYTHON names an interpreter that has Django and psycopg; without it, pip installs them. Skipped where it cannot.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/support/python.sh

find_python "${PYTHON_PACKAGES[@]}"
"$python" -c 'import django, psycopg' 2>/dev/null || {
    echo "SKIPPED: docs/existing-application.md was not tried with Django: $python has no django and psycopg"
    exit 77
}

database=recipe_django
directory=$(mktemp -d)
cleanup() {
    rm -rf "$directory"
    dropdb --if-exists --force $database
}
trap cleanup EXIT
createdb -T "$PG_SHARING_TEMPLATE" $database
psql -X -q -v ON_ERROR_STOP=1 -d $database -c 'CREATE ROLE django_app LOGIN' -c 'GRANT CREATE ON SCHEMA public TO django_app'

# The statements of the page, which a database administrator runs once Django has made its tables.
awk '/^### / { in_part = $0 == "### Django" } in_part && $0 == "```sql" { inside = 1; next } $0 == "```" { inside = 0 } inside' \
    docs/existing-application.md >"$directory/declare.sql"
[ -s "$directory/declare.sql" ]

mkdir "$directory/crm"
cat >"$directory/crm/settings.py" <<'PYTHON'
import os
SECRET_KEY = "for a test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "crm.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                  "django.contrib.messages", "crm"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
              "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": [
    "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": "django_app",
                         "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"]}}
PYTHON
cat >"$directory/crm/models.py" <<'PYTHON'
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

class Deal(models.Model):
    title = models.CharField(max_length=50)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False)
    team = models.ForeignKey(Group, null=True, on_delete=models.DO_NOTHING, db_constraint=False)
PYTHON
cat >"$directory/crm/urls.py" <<'PYTHON'
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
PYTHON
# A fixture names groups and users that come later in it.
cat >"$directory/people.json" <<'JSON'
[{"model": "auth.user", "pk": 500, "fields": {"username": "fixed", "password": "x", "groups": [50, 51]}},
 {"model": "auth.user", "pk": 501, "fields": {"username": "fixed too", "password": "x", "is_active": false, "groups": [51]}},
 {"model": "auth.group", "pk": 51, "fields": {"name": "Later", "permissions": []}},
 {"model": "auth.group", "pk": 50, "fields": {"name": "Latest", "permissions": []}}]
JSON
cat >"$directory/recipe.py" <<'PYTHON'
import os
import subprocess
os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
import django
django.setup()
import logging
logging.disable(logging.CRITICAL)
import psycopg
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import Error, IntegrityError, connection, transaction
from django.test import Client
from crm.models import Deal

call_command("migrate", run_syncdb=True, verbosity=0)
Deal.objects.bulk_create(Deal(title=f"{o} {t}", owner_id=o, team_id=t) for o in [None, *range(1, 14), 500, 501] for t in (None, 1, 2, 50, 51))
User.objects.create_user("before", password="x")
subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "declare.sql"], check=True, stdout=subprocess.DEVNULL)
dba = psycopg.connect(user=os.environ.get("PGUSER", "postgres"), autocommit=True)

PAIRS = {
    "users": ("SELECT id::text, username::text, is_active FROM auth_user",
              "SELECT key, name, active FROM sharing.users WHERE source_id IS NOT NULL"),
    "who is gone": ("SELECT NULL WHERE false",
                    "SELECT key FROM sharing.users WHERE source_id IS NULL AND active"),
    "groups": ("SELECT id::text, name::text FROM auth_group",
               "SELECT key, name FROM sharing.groups"),
    "members": ("SELECT group_id::text, user_id::text FROM auth_user_groups",
                "SELECT g.key, u.key FROM sharing.group_users m JOIN sharing.groups g ON g.id = m.group_id JOIN sharing.users u ON u.id = m.user_id"),
}
SEEN = """SELECT array_agg(d.id ORDER BY d.id) FROM crm_deal d, auth_user u WHERE u.id = %s AND u.is_active
    AND (d.owner_id = u.id OR d.team_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = u.id))"""

def rows(query, *arguments):
    return dba.execute(query, arguments).fetchall()

def deals_of(user):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('sharing.user_key', %s, true)", [str(user)])
        return list(Deal.objects.order_by("id").values_list("id", flat=True))

def check(step):
    for what, (told, stored) in PAIRS.items():
        told, stored = sorted(rows(told)), sorted(rows(stored))
        assert told == stored, f"{step}, {what}: {told} and not {stored}"
    seen = [deals_of(user) for user in range(0, 15)] + [deals_of(500), deals_of(501)]
    expected = [rows(SEEN, user)[0][0] or [] for user in [*range(0, 15), 500, 501]]
    assert seen == expected, f"{step}: {seen} and not {expected}"
    print("ok", step)
    return seen

def refused(step, error, doing):
    before = [sorted(rows(told)) for told, _ in PAIRS.values()]
    try:
        with transaction.atomic():
            doing()
    except error as problem:
        code = getattr(problem.__cause__, "sqlstate", None)
        assert before == [sorted(rows(told)) for told, _ in PAIRS.values()], step
        check(f"{step}: {type(problem).__name__} {code}")
        return str(problem)
    raise AssertionError(f"{step} was not refused")

check("declared")

form = UserCreationForm({"username": "form", "password1": "over the hills", "password2": "over the hills"})
form.save()
form = AdminUserCreationForm({"username": "form2", "usable_password": "false"})
form.save()
check("forms that create")
one, two = Group.objects.create(name="One"), Group.objects.create(name="Two")
user = User.objects.get(username="form")
form = UserChangeForm({"username": "Form", "is_active": "on", "date_joined": "2026-01-01", "groups": [one.pk, two.pk]}, instance=user)
form.save()
assert user.groups.count() == 2
check("a form that changes, with groups")

call_command("loaddata", "people.json", verbosity=0)
check("a fixture whose users come before their groups")
call_command("loaddata", "people.json", verbosity=0)
check("the fixture again")

root = User.objects.create_superuser("root", password="root")
browser = Client()
stamp = rows("SELECT stamp FROM sharing.generation")
browser.force_login(root)
assert User.objects.get(pk=root.pk).last_login and rows("SELECT stamp FROM sharing.generation") == stamp, "last_login"

def post(path, data):
    answer = browser.post(f"/admin/auth/{path}", data)
    assert answer.status_code == 302, answer.context["errors"] if answer.context else answer

post("user/add/", {"username": "admin-made", "usable_password": "true", "password1": "over the hills", "password2": "over the hills"})
made = User.objects.get(username="admin-made")
check("the admin adds a user")
post(f"user/{made.pk}/change/", {"username": "made", "is_active": "on", "date_joined_0": "2026-01-01", "date_joined_1": "10:00", "groups": [two.pk]})
assert list(made.groups.all()) == [two]
check("the admin changes one")
post("group/add/", {"name": "Made"})
post("group/", {"action": "delete_selected", "_selected_action": [Group.objects.get(name="Made").pk], "post": "yes"})
check("the admin deletes groups")
post("user/", {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"})
check("the admin deletes users")

everybody = list(User.objects.exclude(username="root"))
one.user_set.set(everybody)
check("set() from the group")
user.groups.set([two])
check("set() from the user")
user.groups.add(one, two)
user.groups.remove(two)
check("add() and remove()")
two.user_set.add(*everybody)
two.user_set.clear()
check("clear()")

User.objects.bulk_create(User(username=f"bulk{n}") for n in range(3))
User.objects.bulk_create([User(username="bulk0"), User(username="bulk3")], ignore_conflicts=True)
User.objects.bulk_create([User(username="bulk1", is_active=False)], update_conflicts=True, unique_fields=["username"], update_fields=["is_active"])
Through = User.groups.through
Through.objects.bulk_create(Through(user=u, group=two) for u in User.objects.filter(username__startswith="bulk"))
check("bulk_create()")
bulk = list(User.objects.filter(username__startswith="bulk"))
for n, u in enumerate(bulk):
    u.username, u.is_active = f"changed{n}", n % 2 == 0
User.objects.bulk_update(bulk, ["username", "is_active"])
check("bulk_update()")
User.objects.filter(username__startswith="changed").update(is_active=False)
Through.objects.filter(group=two).update(group=one)
Group.objects.filter(pk=two.pk).update(name="Second")
check("update()")
User.objects.filter(username="changed1").delete()
Group.objects.update_or_create(name="Second", defaults={"name": "Two"})
User.objects.get_or_create(username="got", defaults={"is_active": False})
check("delete(), update_or_create(), get_or_create()")
again = User(pk=User.objects.get(username="got").pk, username="got again")
again.save()
check("save() with a key that is there")

with transaction.atomic():
    three = Group.objects.create(name="Three")
    try:
        with transaction.atomic():
            three.user_set.set(everybody)
            Group.objects.create(name="One")
    except IntegrityError:
        pass
    three.user_set.add(user)
    User.objects.create(username="rolled back later")
    sid = transaction.savepoint()
    User.objects.all().update(is_active=False)
    transaction.savepoint_rollback(sid)
check("savepoints")
try:
    with transaction.atomic():
        User.objects.all().delete()
        Group.objects.all().delete()
        raise KeyError
except KeyError:
    pass
before = check("a view that fails")
assert any(before)

three.user_set.add(user)
dba.execute("SELECT sharing.add_rule('crm_deal', 'group:Three', 'group:One', 'read_only')")
text = refused("a group that a rule names", Error, three.delete)
assert 'group "Three" is still in use' in text, text
dba.execute("SELECT sharing.discard_changes()")
three.delete()
check("a group that no rule names")
User.objects.filter(pk=user.pk).delete()
assert rows("SELECT active FROM sharing.users WHERE key = %s", str(user.pk)) == [(False,)]
check("delete() deactivates")

call_command("flush", verbosity=0, interactive=False)
check("flush")
assert not rows("SELECT FROM sharing.users WHERE active")
User.objects.create_user("after", password="x").groups.add(Group.objects.create(name="One"))
check("and on")
PYTHON
(cd "$directory" && PGDATABASE=$database PYTHONPATH=$directory "$python" recipe.py)
