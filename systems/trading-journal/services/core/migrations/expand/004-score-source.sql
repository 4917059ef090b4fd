-- `scored_by` says how a score came about, not by whom: it becomes `score_source`. Until contract both are there, and
-- whoever writes one of them writes the other: the code before knows only the first, the code from now on only the second.
ALTER TABLE reflections ADD COLUMN score_source text;

CREATE FUNCTION reflections_copy_score_source() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.score_source := coalesce(NEW.score_source, NEW.scored_by);
    NEW.scored_by := NEW.score_source;
  ELSIF NEW.score_source IS DISTINCT FROM OLD.score_source THEN
    NEW.scored_by := NEW.score_source;
  ELSE
    NEW.score_source := NEW.scored_by;
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER reflections_score_source BEFORE INSERT OR UPDATE OF scored_by, score_source ON reflections
  FOR EACH ROW EXECUTE FUNCTION reflections_copy_score_source();
