-- graduates → graduate.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row",
       CASE id_kind("aac147") WHEN 'scientific' THEN 'D03' WHEN 'truncated' THEN 'D04' ELSE 'D29' END,
       'aac147', NULL,
       CASE id_kind("aac147")
         WHEN 'scientific' THEN '证件号码在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新填写'
         WHEN 'truncated' THEN '证件号码末几位被表格改成了0，请对照证件核对后以文本重新填写'
         ELSE '姓名与证件号码两列填反，请对调后重新报送' END,
       "_locator"
FROM landed
WHERE id_kind("aac147") IN ('scientific', 'truncated')
   OR (id_no("aac147") IS NULL AND id_no("aac003") IS NOT NULL);

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
