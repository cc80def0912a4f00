-- Attack: the owner of a protected table hangs code on triggers, rules, policies and constraints.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
\c - town
CREATE FUNCTION town.trigger_attacks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM town.attack();
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON town.places FOR EACH ROW EXECUTE FUNCTION town.trigger_attacks();
CREATE TRIGGER z_after AFTER INSERT OR UPDATE OR DELETE ON town.places FOR EACH ROW EXECUTE FUNCTION town.trigger_attacks();
CREATE TRIGGER a_statement BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON town.places EXECUTE FUNCTION town.trigger_attacks();
CREATE CONSTRAINT TRIGGER deferred AFTER UPDATE OR DELETE ON town.visits DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION town.trigger_attacks();
CREATE RULE also AS ON UPDATE TO town.visits DO ALSO SELECT town.attack();
CREATE POLICY attacks ON town.places USING (town.attacks(1) = 1);
CREATE POLICY attacks ON town.visits AS RESTRICTIVE USING (town.attacks(1) = 1);
ALTER TABLE town.places ADD CHECK (town.attacks(1) = 1) NOT VALID;
\i :attack_calls
