-- graduates → graduate.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("aac147", "aac003"), 'aac147', NULL, refusal_reason(id_refusal("aac147", "aac003")), "_locator"
FROM landed
WHERE id_refusal("aac147", "aac003") IS NOT NULL;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '毕业年度', text_clean("毕业年度"), '毕业年度为空或不是四位年份，请补填', "_locator"
FROM landed
WHERE year("毕业年度") IS NULL
  AND coalesce(blank("aac147"), blank("aac003")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("aac147"), blank("aac003"))) IS NOT TRUE;

-- A graduate without name and number.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', 'aac147', NULL, '有毕业信息而没有证件号码和姓名，请补填', "_locator"
FROM landed
WHERE blank("aac147") IS NULL AND blank("aac003") IS NULL
  AND year("毕业年度") IS NOT NULL
  AND is_footer("序号") IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或没有人员的行'
FROM landed
WHERE is_footer("序号") OR is_footer("aac147") OR is_footer("aac003")
   OR (blank("aac147") IS NULL AND blank("aac003") IS NULL);

INSERT INTO graduate (id_no, id_text, name, year, level, employed, employer, employed_on, _locator)
SELECT id_no("aac147"), "aac147", blank("aac003"),
       year("毕业年度"), text_clean("学历层次"),
       CASE WHEN text_clean("是否就业") IN ('已就业', '就业') THEN true
            WHEN text_clean("是否就业") IN ('未就业', '待业') THEN false
            ELSE yes_no("是否就业") END,
       text_clean("就业单位"), cn_date("就业时间"), "_locator"
FROM accepted;
