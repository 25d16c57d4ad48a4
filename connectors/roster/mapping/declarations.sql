-- declarations → declaration. The clocks of two and of twenty working days start with the day it was filed.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("证件号码", "姓名"), '证件号码', NULL, refusal_reason(id_refusal("证件号码", "姓名")), "_locator"
FROM landed
WHERE id_refusal("证件号码", "姓名") IS NOT NULL;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '申报编号', NULL, '缺少申报编号，无法跟踪办理情况，请补填', "_locator"
FROM landed
WHERE text_clean("申报编号") IS NULL
  AND coalesce(blank("姓名"), blank("证件号码"), blank("申报事由")) IS NOT NULL;

-- The number was kept as a number: requests would fall together.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '申报编号', text_clean("申报编号"),
       '申报编号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE "申报编号" LIKE '%E+%';

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("申报编号") OR text_clean("申报编号") IS NULL;

INSERT INTO declaration (request_no, id_no, id_text, name, phone, county, town, village, matter, filed_on, accepted_on,
                         finished_on, result, _locator)
SELECT text_clean("申报编号"), id_no("证件号码"), "证件号码", blank("姓名"), phone("联系电话"),
       text_clean("县"), text_clean("乡"), text_clean("村"), text_clean("申报事由"),
       cn_date("申报时间"), cn_date("受理时间"), cn_date("办结时间"), text_clean("结果"), "_locator"
FROM accepted;
