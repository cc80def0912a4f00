#!/usr/bin/env bash
# Looking at the settings: diagrams are read by those for whom they are written. Of an organization whose names
# are quotes, arrows, line breaks, HTML and text that turns direction, Graphviz draws as many boxes as there are
# roles, groups, offices and modules, with the names as their text; and Mermaid's own parser finds as many.
# Skipped without Graphviz. Without Mermaid (MERMAID names a folder in which 'npm install mermaid jsdom' ran)
# that half is skipped alone.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v dot >/dev/null || {
    echo 'SKIPPED: no diagram was drawn: Graphviz (dot) is not here'
    exit 77
}
directory=$(mktemp -d)
cleanup() {
    rm -rf "$directory"
    dropdb --if-exists diagrams
}
trap cleanup EXIT

createdb -T "$PG_SHARING_TEMPLATE" diagrams
psql -X -q -v ON_ERROR_STOP=1 -d diagrams >/dev/null <<'SQL'
SET client_min_messages = warning;
CREATE TABLE names (n integer GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO names (name) VALUES ('a"b'), ('c"]; evil --> r0 %%'), ('back\slash\'), ('\N \G \l'), ('<script>alert(1)</script>'), ('<b>bold</b><br>'),
    ('#quot; #35;'), ('&amp; &lt;b&gt;'), (E'line\nbreak\r\n\tand tab'), ('%%{init: {"theme": "dark"}}%%'), ('style x:#fff; end'), ('`*markdown* _x_`'),
    ('1. list'), ('- list'), (E'\u202eturned\u2066 \u05e9\u05dc\u05d5\u05dd'), ('end'), ('subgraph'), (repeat('x', 63)), (repeat(E'\u00e9', 199)), ('it''s {|} -- [x](y)');
SELECT sharing.create_role(name) FROM names ORDER BY n;
SELECT sharing.move_role(n.name, o.name) FROM names n JOIN names o ON o.n = n.n - 1 WHERE n.n % 4 <> 0 ORDER BY n.n;
SELECT sharing.create_office(name, security => n % 2 = 0) FROM names ORDER BY n;
SELECT sharing.create_group(n::text, name) FROM names ORDER BY n;
SELECT sharing.add_member(name, 'role_and_subordinates:' || name) FROM names ORDER BY n;
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT n, name FROM names ORDER BY n LOOP
        EXECUTE format('CREATE TABLE t%s (id integer PRIMARY KEY, above integer, %I text, "owner" text)', one.n, left(one.name, 30));
        PERFORM sharing.protect(format('t%s', one.n)::regclass, owner => left(one.name, 30)::name, module => one.name || ' ');
        IF one.n > 1 THEN
            PERFORM sharing.relate(format('t%s', one.n)::regclass, 'above', 't1', when_column => left(one.name, 30)::name, when_value => one.name);
        END IF;
        PERFORM sharing.add_rule(one.name || ' ', 'role:' || one.name, 'group:' || one.name, 'read_only', superiors => true);
        IF one.n % 2 = 0 THEN
            PERFORM sharing.apply_rules();
        END IF;
    END LOOP;
END
$$;
SQL
draw() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d diagrams -c "SELECT sharing.diagram('$1'$2)" >"$3"; }
draw dot '' "$directory/all.dot"
draw dot ", 'end '" "$directory/one.dot"
draw mermaid '' "$directory/all.mmd"
draw mermaid ", 'a\"b '" "$directory/one.mmd"

for picture in all one; do
    dot -Tsvg "$directory/$picture.dot" -o "$directory/$picture.svg" 2>"$directory/said"
    [ ! -s "$directory/said" ] || {
        echo "Graphviz says of $picture:"
        cat "$directory/said"
        exit 1
    }
done
# What Graphviz drew, against the names as the database has them, without what diagrams cannot show.
python3 - "$directory" <<'PYTHON'
import subprocess, sys, xml.etree.ElementTree as tree
svg = tree.parse(sys.argv[1] + '/all.svg').getroot()
name = lambda tag: '{http://www.w3.org/2000/svg}' + tag
boxes = {}
for group in svg.iter(name('g')):
    if group.get('class') == 'node':
        boxes[group.find(name('title')).text] = ''.join(''.join(text.itertext()) for text in group.iter(name('text')))
rows = subprocess.run(['psql', '-X', '-q', '-A', '-t', '-R', '\x1e', '-d', 'diagrams', '-c', 'SELECT name FROM names'], capture_output=True, check=True).stdout.decode()
squeezed = lambda text: ''.join(c for c in text.replace('\u202e', '\ufffd').replace('\u2066', '\ufffd') if not c.isspace())
names = [squeezed(row) for row in rows.rstrip('\n').split('\x1e')]
assert len(names) == 20, names
for kind in 'rgom':
    drawn = [squeezed(text) for box, text in boxes.items() if box[0] == kind]
    assert len(drawn) == len(names), (kind, len(drawn))
    for one in names:
        assert any(text.startswith(one) for text in drawn), (kind, one, drawn)
arrows = [group for group in svg.iter(name('g')) if group.get('class') == 'edge']
# 14 roles below another, 20 rules, 19 relations.
assert len(arrows) == 14 + 20 + 19, len(arrows)
PYTHON

if [ -n "${MERMAID:-}" ] && command -v node >/dev/null; then
    cat >"$directory/parse.mjs" <<'JAVASCRIPT'
import { createRequire } from 'module';
import { pathToFileURL } from 'url';
import { readFileSync } from 'fs';
const from = createRequire(process.env.MERMAID + '/package.json');
const { JSDOM } = from('jsdom');
globalThis.window = new JSDOM('').window;
globalThis.document = window.document;
const { default: mermaid } = await import(pathToFileURL(process.env.MERMAID + '/node_modules/mermaid/dist/mermaid.core.mjs'));
mermaid.initialize({ startOnLoad: false });
const found = {};
for (const picture of ['all', 'one']) {
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(readFileSync(`${process.argv[2]}/${picture}.mmd`, 'utf8'));
    found[picture] = [db.getVertices().size, db.getEdges().length];
}
console.log(JSON.stringify(found));
JAVASCRIPT
    found=$(node "$directory/parse.mjs" "$directory")
    # One module: its parents have none, its children are all others.
    [ "$found" = '{"all":[80,53],"one":[22,20]}' ] || {
        echo "Mermaid finds $found"
        exit 1
    }
else
    echo "SKIPPED: Mermaid's parser (MERMAID names no folder that has it)"
fi
