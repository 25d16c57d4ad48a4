-- subsidies → subsidy (a row for each row), income_event.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("aac147", "aac003"), 'aac147', NULL, refusal_reason(id_refusal("aac147", "aac003")), "_locator"
FROM landed
WHERE id_refusal("aac147", "aac003") IS NOT NULL;

-- A payment to nobody.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', 'aac147', NULL, '有金额而没有证件号码和姓名，请补填领取人', "_locator"
FROM landed
WHERE blank("aac147") IS NULL AND blank("aac003") IS NULL
  AND money_fen("金额") IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("补贴类别"))) IS NOT TRUE;

-- A payment of nothing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '金额', NULL, '金额为空或不是金额，请按元填写实际发放数', "_locator"
FROM landed
WHERE coalesce(blank("aac147"), blank("aac003")) IS NOT NULL
  AND money_fen("金额") IS NULL
  AND is_footer(coalesce(blank("序号"), blank("aac147"), blank("aac003"))) IS NOT TRUE;

-- A payment for nobody knows what.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '补贴类别', NULL,
       '补贴类别为空，请填写跨省交通、一次性创业、高校毕业生就业、稳岗或雨露计划等', "_locator"
FROM landed
WHERE coalesce(blank("aac147"), blank("aac003")) IS NOT NULL
  AND text_clean("补贴类别") IS NULL
  AND is_footer(coalesce(blank("序号"), blank("aac147"), blank("aac003"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或没有人员的行'
FROM landed
WHERE is_footer("序号") OR is_footer("aac147") OR is_footer("aac003") OR is_footer("补贴类别")
   OR (blank("aac147") IS NULL AND blank("aac003") IS NULL);

INSERT INTO subsidy (id_no, id_text, name, kind, amount_fen, paid_on, basis, _locator)
SELECT id_no("aac147"), "aac147", blank("aac003"),
       CASE WHEN "补贴类别" LIKE '%交通%' THEN '跨省交通'
            WHEN "补贴类别" LIKE '%创业%' THEN '一次性创业'
            WHEN "补贴类别" LIKE '%雨露%' THEN '雨露计划'
            WHEN "补贴类别" LIKE '%稳岗%' THEN '稳岗'
            WHEN "补贴类别" LIKE '%毕业生%' THEN '高校毕业生就业'
            ELSE text_clean("补贴类别") END,
       money_fen("金额"), cn_date("发放日期"), text_clean("依据"), "_locator"
FROM accepted;

-- Income of the day it was paid. Where only the month or the year of the payment is told, of that whole span; without
-- either, of the file's month; without that, the payment is known and the income is not dated, so there is none.
INSERT INTO income_event (id_no, id_text, name, category, item, amount_fen, period_from, period_to, semantic, unit_read,
                          paid_on, _locator)
SELECT id_no("aac147"), "aac147", blank("aac003"), 'transfer',
       CASE WHEN "补贴类别" LIKE '%交通%' THEN '跨省交通补贴'
            WHEN "补贴类别" LIKE '%雨露%' THEN '雨露计划补助'
            ELSE '就业创业补贴' END,
       money_fen("金额"), paid,
       CASE precision WHEN 'D' THEN paid
                      WHEN 'Y' THEN CAST(paid + INTERVAL '1 year' - INTERVAL '1 day' AS DATE)
                      ELSE CAST(paid + INTERVAL '1 month' - INTERVAL '1 day' AS DATE) END,
       'once',
       CASE WHEN "金额" LIKE '%万%' THEN '万元' ELSE '元' END,
       CASE precision WHEN 'D' THEN paid END,
       "_locator"
FROM (SELECT *, coalesce(cn_date("发放日期"), month("_part")) AS paid,
             coalesce(date_precision("发放日期"), 'M') AS precision
      FROM accepted)
WHERE money_fen("金额") <> 0 AND paid IS NOT NULL;
