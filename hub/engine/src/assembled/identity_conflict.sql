-- Where the sources contradict each other about who somebody is, each as a named outcome.
SELECT DISTINCT 'number_on_two_people' AS kind, a.person_id, b.person_id AS other_person_id, a.household_id
FROM person a JOIN person b ON b.id_no = a.id_no AND b.person_id <> a.person_id
UNION ALL
SELECT DISTINCT 'person_in_two_households', a.person_id, CAST(NULL AS BIGINT UNSIGNED) AS other_person_id, a.household_id
FROM membership a JOIN membership b ON b.person_id = a.person_id AND b.household_id <> a.household_id
UNION ALL
SELECT DISTINCT 'person_with_two_numbers', a.person_id, CAST(NULL AS BIGINT UNSIGNED) AS other_person_id, a.household_id
FROM person a JOIN person b ON b.person_id = a.person_id AND b.id_no <> a.id_no
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
