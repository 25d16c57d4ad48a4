-- public_posts → public_post (a row for each row), income_event.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("aac147", "aac003"), 'aac147', NULL, refusal_reason(id_refusal("aac147", "aac003")), "_locator"
FROM landed
WHERE id_refusal("aac147", "aac003") IS NOT NULL;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '发放月份', text_clean("发放月份"),
       '发放月份为空或不是年月（如2023年10月），文件名中也没有月份，请补填', "_locator"
FROM landed
WHERE coalesce(month("发放月份"), month("_part")) IS NULL
  AND coalesce(blank("aac147"), blank("aac003")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("aac147"), blank("aac003"))) IS NOT TRUE;

-- An amount that nobody can be given.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', 'aac147', NULL, '有发放金额而没有证件号码和姓名，请补填领取人', "_locator"
FROM landed
WHERE blank("aac147") IS NULL AND blank("aac003") IS NULL
  AND money_fen("实发金额") IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("岗位名称"), blank("聘用单位"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或没有人员的行'
FROM landed
WHERE is_footer("序号") OR is_footer("aac147") OR is_footer("aac003")
   OR (blank("aac147") IS NULL AND blank("aac003") IS NULL);

INSERT INTO public_post (id_no, id_text, name, post_name, post_kind, employer, starts_on, agreement_ends_on,
                         monthly_standard_fen, fund_source, month, paid_fen, _locator)
SELECT id_no("aac147"), "aac147", blank("aac003"),
       text_clean("岗位名称"), text_clean("岗位类别"), text_clean("聘用单位"),
       cn_date("上岗时间"),
       cn_date_end("协议到期"),
       money_fen("月补贴标准"), text_clean("资金来源"),
       coalesce(month("发放月份"), month("_part")),
       money_fen("实发金额"),
       "_locator"
FROM accepted;

-- The month the pay is for, not the day it came: the ledger knows no other.
INSERT INTO income_event (id_no, id_text, name, category, item, amount_fen, period_from, period_to, semantic, unit_read,
                          _locator)
SELECT id_no("aac147"), "aac147", blank("aac003"), 'wage', '公益性岗位收入', money_fen("实发金额"), paid_month,
       CAST(paid_month + INTERVAL '1 month' - INTERVAL '1 day' AS DATE), 'monthly',
       CASE WHEN "实发金额" LIKE '%万%' THEN '万元' ELSE '元' END, "_locator"
FROM (SELECT *, coalesce(month("发放月份"), month("_part")) AS paid_month FROM accepted)
WHERE money_fen("实发金额") <> 0;
