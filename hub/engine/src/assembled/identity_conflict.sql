-- Where the sources contradict each other about who somebody is, each as a named outcome.
-- What is shared is found by grouping, which spills, and only that is joined: a join of a city with itself does not.
WITH shared_number AS (
  SELECT id_no FROM person WHERE id_no IS NOT NULL GROUP BY id_no HAVING min(person_id) <> max(person_id)
), of_several AS (
  SELECT person_id FROM membership WHERE person_id IS NOT NULL GROUP BY person_id
  HAVING min(household_id) <> max(household_id)
), of_two_numbers AS (
  SELECT person_id FROM person WHERE person_id IS NOT NULL GROUP BY person_id HAVING min(id_no) <> max(id_no)
)
SELECT DISTINCT 'number_on_two_people' AS kind, a.person_id, b.person_id AS other_person_id, a.household_id
FROM shared_number s JOIN person a ON a.id_no = s.id_no JOIN person b ON b.id_no = a.id_no AND b.person_id <> a.person_id
UNION ALL
SELECT DISTINCT 'person_in_two_households', m.person_id, CAST(NULL AS BIGINT UNSIGNED) AS other_person_id, m.household_id
FROM of_several s JOIN membership m ON m.person_id = s.person_id WHERE m.household_id IS NOT NULL
UNION ALL
SELECT DISTINCT 'person_with_two_numbers', p.person_id, CAST(NULL AS BIGINT UNSIGNED) AS other_person_id, p.household_id
FROM of_two_numbers s JOIN person p ON p.person_id = s.person_id WHERE p.id_no IS NOT NULL
UNION ALL
SELECT DISTINCT 'born_after_today', person_id, CAST(NULL AS BIGINT UNSIGNED) AS other_person_id, household_id
FROM person WHERE birth_date > DATE '$day'
UNION ALL
SELECT DISTINCT l.oddity, l.person_id, CAST(NULL AS BIGINT UNSIGNED) AS other_person_id, m.household_id
FROM person_link l LEFT JOIN membership m ON m.person_id = l.person_id
WHERE l.oddity IS NOT NULL
UNION ALL
SELECT DISTINCT 'doubtful_link', l.person_id, CAST(NULL AS BIGINT UNSIGNED) AS other_person_id, m.household_id
FROM person_link l LEFT JOIN membership m ON m.person_id = l.person_id
WHERE l.standing = 'doubtful'
UNION ALL
SELECT DISTINCT 'unit_of_several_households', CAST(NULL AS BIGINT UNSIGNED) AS person_id,
                CAST(NULL AS BIGINT UNSIGNED) AS other_person_id, household_id
FROM household_link WHERE oddity IS NOT NULL
