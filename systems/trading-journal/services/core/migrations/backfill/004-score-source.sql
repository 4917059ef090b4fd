-- Rows that were scored before the trigger was there. What is written meanwhile, the trigger copies.
-- fairway: batch 1000
-- fairway: count SELECT count(*) FROM reflections
WITH batch AS (
  SELECT id FROM reflections
  WHERE :cursor::uuid IS NULL OR id > :cursor::uuid
  ORDER BY id LIMIT :batch
), moved AS (
  UPDATE reflections SET score_source = scored_by FROM batch
  WHERE reflections.id = batch.id AND score_source IS NULL AND scored_by IS NOT NULL
)
SELECT id AS cursor FROM batch ORDER BY id;
