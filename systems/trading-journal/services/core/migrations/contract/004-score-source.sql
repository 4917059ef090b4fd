DROP TRIGGER reflections_score_source ON reflections;
DROP FUNCTION reflections_copy_score_source();
ALTER TABLE reflections DROP COLUMN scored_by;

-- Where core kept its migrations before they had phases; no code that reads it can come back any more.
DROP TABLE IF EXISTS schema_migrations;
