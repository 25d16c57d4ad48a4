-- members → household, person, membership.
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
-- a risk is removed, and nobody can work, only when every row says so.
INSERT INTO household (household_no, county, town, village, village_group, household_type, monitored_kind,
                       risk_removed, no_labour, _locator)
SELECT blank("户编号"),
       min(blank("县")),
       min(blank("乡")),
       min(blank("村")),
       min(blank("组")),
       coalesce(min(blank("户类型")) FILTER (WHERE blank("与户主关系") = '户主'), min(blank("户类型"))),
       max(blank("监测对象类别")),
       bool_and(yes_no("风险是否已消除")),
       bool_and(yes_no("整户无劳动力兜底保障户")),
       coalesce(min("_locator") FILTER (WHERE blank("与户主关系") = '户主'), min("_locator"))
FROM accepted
GROUP BY blank("户编号");

INSERT INTO person (household_no, person_no, id_no, id_text, name, relation, phone, _locator)
SELECT blank("户编号"), blank("人编号"), id_no("证件号码"), "证件号码", blank("姓名"), blank("与户主关系"),
       blank("联系电话"), "_locator"
FROM accepted;

INSERT INTO membership (household_no, person_no, id_no, relation, is_head, _locator)
SELECT blank("户编号"), blank("人编号"), id_no("证件号码"), blank("与户主关系"),
       coalesce(blank("与户主关系") = '户主', false), "_locator"
FROM accepted;
