-- Who belonged to which household from which export to which: months without a gap between two exports are one row.
WITH exports AS (
  SELECT _stream, month, row_number() OVER (PARTITION BY _stream ORDER BY month) AS nth,
         lead(month) OVER (PARTITION BY _stream ORDER BY month) AS next_month
  FROM (SELECT DISTINCT _stream, month FROM membership_month WHERE month IS NOT NULL)
), seen AS (
  SELECT m._stream, m.household_id, m.person_id, m.month, e.nth, e.next_month,
         min(m.relation) AS relation, bool_or(m.is_head) AS is_head
  FROM membership_month m JOIN exports e ON (e._stream IS NOT DISTINCT FROM m._stream) AND e.month = m.month
  WHERE m.household_id IS NOT NULL AND m.person_id IS NOT NULL
  GROUP BY m._stream, m.household_id, m.person_id, m.month, e.nth, e.next_month
), spells AS (
  SELECT *, CAST(nth AS BIGINT)
            - CAST(row_number() OVER (PARTITION BY _stream, household_id, person_id ORDER BY nth) AS BIGINT) AS spell
  FROM seen
)
SELECT household_id, person_id, min(month) AS from_month,
       CASE WHEN count(next_month) = count(*) THEN max(next_month) END AS until_month,
       min(nth) = 1 AS from_the_first,
       last_value(relation ORDER BY nth) AS relation,
       last_value(is_head ORDER BY nth) AS is_head
FROM spells
GROUP BY _stream, household_id, person_id, spell
