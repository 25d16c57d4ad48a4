-- What became of households between two exports. Somebody who is in another household from the very export on that no
-- longer has them here has moved; what kind of move, the two households tell.
WITH gone AS (
  SELECT * FROM membership_history WHERE until_month IS NOT NULL
), come AS (
  SELECT * FROM membership_history WHERE NOT from_the_first
), life AS (
  SELECT household_id, min(from_month) AS begins,
         CASE WHEN count(until_month) = count(*) THEN max(until_month) END AS ends
  FROM membership_history GROUP BY household_id
), deaths AS (
  SELECT person_id, min(died_on) AS died_on FROM death_record WHERE person_id IS NOT NULL GROUP BY person_id
), moves AS (
  SELECT coalesce(g.until_month, c.from_month) AS month, coalesce(g.person_id, c.person_id) AS person_id,
         g.household_id AS left_id, c.household_id AS joined_id, c.relation
  FROM gone g FULL JOIN come c
    ON c.person_id = g.person_id AND c.from_month = g.until_month AND c.household_id <> g.household_id
)
SELECT m.month,
       CASE WHEN m.joined_id IS NULL AND d.died_on < m.month + INTERVAL '1 month' THEN 'died'
            WHEN m.joined_id IS NULL THEN 'left'
            WHEN m.left_id IS NULL THEN 'joined'
            WHEN m.relation IN ('配偶', '之儿媳', '之女婿') AND j.begins < m.month THEN 'married'
            WHEN j.begins = m.month THEN 'split'
            WHEN l.ends = m.month THEN 'merged'
            ELSE 'moved' END AS kind,
       m.person_id, m.left_id AS household_id, m.joined_id AS to_household_id
FROM moves m
LEFT JOIN life l ON l.household_id = m.left_id
LEFT JOIN life j ON j.household_id = m.joined_id
LEFT JOIN deaths d ON d.person_id = m.person_id
UNION ALL
SELECT month, 'new_head' AS kind, person_id, household_id, household_id AS to_household_id FROM new_head_told
