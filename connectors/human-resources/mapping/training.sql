-- training → training. The subsidy goes to the class, not to the household: no income event.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("aac147", "aac003"), 'aac147', NULL, refusal_reason(id_refusal("aac147", "aac003")), "_locator"
FROM landed
WHERE id_refusal("aac147", "aac003") IS NOT NULL;

-- A place in a class of nobody.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', 'aac147', NULL, '有培训信息而没有证件号码和姓名，请补填参训人', "_locator"
FROM landed
WHERE blank("aac147") IS NULL AND blank("aac003") IS NULL
  AND coalesce(blank("期次"), blank("开班日期"), blank("证书编号")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("培训机构"), blank("工种"), blank("期次"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或没有人员的行'
FROM landed
WHERE is_footer("序号") OR is_footer("aac147") OR is_footer("aac003")
   OR (blank("aac147") IS NULL AND blank("aac003") IS NULL);

INSERT INTO training (id_no, id_text, name, provider, occupation, class_no, starts_on, ends_on, days, subsidy_fen,
                      certificate_no, _locator)
SELECT id_no("aac147"), "aac147", blank("aac003"),
       text_clean("培训机构"), text_clean("工种"), text_clean("期次"),
       cn_date("开班日期"), cn_date("结业日期"),
       whole_number(replace(text_clean("培训天数"), '天', '')),
       money_fen("补贴金额"), text_clean("证书编号"), "_locator"
FROM accepted;
