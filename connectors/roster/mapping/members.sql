-- members → household, person, membership, disability (card numbers).
-- A row is refused only when no household can be told from it. A person whose ID number is wrong stays, without id_no.

-- 户编号 missing, but a person is there.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '户编号', NULL, '缺少户编号，无法归户', "_locator"
FROM landed
WHERE blank("户编号") IS NULL
  AND (blank("姓名") IS NOT NULL OR blank("证件号码") IS NOT NULL);

-- 户编号 kept as a number: Excel has cut its last digits, nobody can restore them.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '户编号', blank("户编号"),
       '户编号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE blank("户编号") LIKE '%E+%';

-- Totals, signatures and notes below the table.
INSERT INTO filtered (row, reason)
SELECT "_row", '没有户编号、姓名和证件号码的行（合计、备注或空行）'
FROM landed
WHERE blank("户编号") IS NULL AND blank("姓名") IS NULL AND blank("证件号码") IS NULL;

-- The household's columns repeat on every member's row. Where members disagree on the type, the head's row decides;
-- a risk is removed, nobody can work, and the water is safe only when every row says so: 否 on one row is 否, and 是 beside
-- blanks is unknown. A dwelling is unsafe when one row says so.
INSERT INTO household (household_no, county, town, village, village_group, natural_village, household_type, monitored_kind,
                       first_identified_on, identified_month, removed_month, risk_1, risk_2, risk_3, risk_4, risk_5,
                       risk_removed, no_labour, unsafe_house, safe_water, people_now, phone, data_date, _locator)
SELECT blank("户编号"),
       min(blank("县")),
       min(blank("乡")),
       min(blank("村")),
       coalesce(min(blank("组")), min(blank("自然村"))),
       min(blank("自然村")),
       coalesce(min(blank("户类型")) FILTER (WHERE is_head), min(blank("户类型"))),
       max(blank("监测对象类别")),
       min(cn_date("首次识别时间")),
       max(month("识别监测时间")),
       max(month("消除监测时间")),
       max(text_clean("风险1")), max(text_clean("风险2")), max(text_clean("风险3")), max(text_clean("风险4")),
       max(text_clean("风险5")),
       CASE WHEN bool_or(yes_no("风险是否已消除") IS FALSE) THEN false
            WHEN bool_and(yes_no("风险是否已消除") IS TRUE) THEN true END,
       CASE WHEN bool_or(yes_no("整户无劳动力兜底保障户") IS FALSE) THEN false
            WHEN bool_and(yes_no("整户无劳动力兜底保障户") IS TRUE) THEN true END,
       bool_or(yes_no("是否危房户")),
       CASE WHEN bool_or(yes_no("是否解决安全饮水") IS FALSE) THEN false
            WHEN bool_and(yes_no("是否解决安全饮水") IS TRUE) THEN true END,
       coalesce(max(whole_number("人数")), count(*)),
       coalesce(min(phone("户联系电话")), min(phone("联系电话")) FILTER (WHERE is_head)),
       max(cn_date("数据日期")),
       coalesce(min("_locator") FILTER (WHERE is_head), min("_locator"))
FROM (SELECT *, coalesce(relation("与户主关系") = '户主', false) AS is_head FROM accepted)
GROUP BY blank("户编号");

-- Sex and birth are the ID number's, never a column's: exports know two codes for sex. Codes become the system's words; a word
-- that is none of them stays as written.
INSERT INTO person (household_no, person_no, id_no, id_text, id_kind, name, relation, birth_date, sex, ethnicity, education,
                    schooling, health, labour, work_months, phone, _locator)
SELECT blank("户编号"), blank("人编号"), id_no("证件号码"), "证件号码", id_kind("证件号码"), blank("姓名"),
       coalesce(relation("与户主关系"), blank("与户主关系")),
       birth_date(id_no("证件号码")),
       sex(id_no("证件号码")),
       coalesce(ethnicity("民族"), text_clean("民族")),
       coalesce(education("文化程度"), text_clean("文化程度")),
       text_clean("在校生状况"),
       coalesce(health("健康状况"), text_clean("健康状况")),
       text_clean("劳动技能"),
       whole_number("务工时间(月)"),
       coalesce(phone("联系电话"), blank("联系电话")),
       "_locator"
FROM accepted;

INSERT INTO membership (household_no, person_no, id_no, name, relation, is_head, since, _locator)
SELECT blank("户编号"), blank("人编号"), id_no("证件号码"), blank("姓名"), coalesce(relation("与户主关系"), blank("与户主关系")),
       coalesce(relation("与户主关系") = '户主', false), month("人员识别时间"), "_locator"
FROM accepted;

-- The same month by month; an export that is of no month tells no history.
INSERT INTO membership_month (household_no, person_no, id_no, name, month, relation, is_head, _locator)
SELECT blank("户编号"), blank("人编号"), id_no("证件号码"), blank("姓名"), export_month,
       coalesce(relation("与户主关系"), blank("与户主关系")), coalesce(relation("与户主关系") = '户主', false), "_locator"
FROM (SELECT *, coalesce(month("_part"), month("数据日期")) AS export_month FROM accepted)
WHERE export_month IS NOT NULL;

-- A disability card's number (20 or 22 characters) tells its holder's disability.
INSERT INTO disability (id_no, id_text, name, card_no, kind, grade, month, _locator)
SELECT id_no("证件号码"), "证件号码", blank("姓名"), text_clean("证件号码"), disability_kind("证件号码"),
       disability_grade("证件号码"), coalesce(month("数据日期"), month("_part")), "_locator"
FROM accepted
WHERE disability_kind("证件号码") IS NOT NULL;
