-- employment → employment_spell. A wage agreed on is a rate, not money that was paid: no income event.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("aac147", "aac003"), 'aac147', NULL, refusal_reason(id_refusal("aac147", "aac003")), "_locator"
FROM landed
WHERE id_refusal("aac147", "aac003") IS NOT NULL;

-- An employment of nobody.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', 'aac147', NULL, '有就业信息而没有证件号码和姓名，请补填', "_locator"
FROM landed
WHERE blank("aac147") IS NULL AND blank("aac003") IS NULL
  AND coalesce(blank("aab004"), blank("aab998"), blank("abc913")) IS NOT NULL
  AND is_footer("aab004") IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或没有人员的行'
FROM landed
WHERE is_footer("aac147") OR is_footer("aac003") OR (blank("aac147") IS NULL AND blank("aac003") IS NULL);

-- A contract that ends in a month ends with its last day. Work outside the province is told by the division's first two
-- digits, or by another province's name; Anhui is 34.
INSERT INTO employment_spell (id_no, id_text, name, employer, employer_uscc, industry, occupation, status, work_place,
                              out_of_province, starts_on, ends_on, left_on, left_reason, monthly_wage_fen, valid, _locator)
SELECT id_no("aac147"), "aac147", blank("aac003"),
       text_clean("aab004"), uscc("aab998"), text_clean("aab022"), text_clean("aca111"), text_clean("aac016"),
       text_clean("aab299"),
       province_code("aab299") <> '34',
       cn_date("abc913"),
       cn_date_end("abc914"),
       cn_date("abc916"), text_clean("abc917"),
       money_fen("bcc720"),
       coalesce(yes_no("aae100"), CASE text_clean("aae100") WHEN '有效' THEN true WHEN '无效' THEN false END),
       "_locator"
FROM accepted;
