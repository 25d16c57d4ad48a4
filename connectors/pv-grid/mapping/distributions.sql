-- distributions → pv_distribution (a row for each row), income_event.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("证件号码", "姓名"), '证件号码', NULL, refusal_reason(id_refusal("证件号码", "姓名")), "_locator"
FROM landed
WHERE id_refusal("证件号码", "姓名") IS NOT NULL;

-- A payment to nobody.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '姓名', NULL, '有金额而没有姓名和证件号码，请补填领取人', "_locator"
FROM landed
WHERE blank("姓名") IS NULL AND blank("证件号码") IS NULL
  AND money_fen("金额") IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("村"))) IS NOT TRUE;

-- A payment of nothing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '金额', NULL, '金额为空或不是金额，请按元填写实际发放数', "_locator"
FROM landed
WHERE coalesce(blank("姓名"), blank("证件号码")) IS NOT NULL
  AND money_fen("金额") IS NULL
  AND is_footer(coalesce(blank("序号"), blank("村"), blank("姓名"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或没有人员的行'
FROM landed
WHERE is_footer("序号") OR is_footer("村") OR is_footer("姓名")
   OR (blank("姓名") IS NULL AND blank("证件号码") IS NULL);

-- The month may be told without its year (10月), which then is 年度's.
INSERT INTO pv_distribution (id_no, id_text, name, village, year, use, post, month, amount_fen, paid_on, _locator)
SELECT id_no("证件号码"), "证件号码", blank("姓名"), text_clean("村"),
       coalesce(year("年度"), year("_part")),
       CASE WHEN "用途" LIKE '%劳务%' THEN '公益劳务'
            WHEN "用途" LIKE '%公益%' OR "用途" LIKE '%岗%' THEN '公益岗'
            WHEN "用途" LIKE '%奖%' OR "用途" LIKE '%补助%' THEN '奖补'
            WHEN text_clean("用途") IS NULL AND text_clean("岗位") IS NOT NULL THEN '公益岗'
            ELSE '其他' END,
       text_clean("岗位"),
       coalesce(month("月份"), month(concat(year("年度"), '年', replace(text_clean("月份"), '月', ''), '月'))),
       money_fen("金额"), cn_date("发放日期"), "_locator"
FROM accepted;

-- Pay for a post or for labour is wages, the rest is the holder's share in the asset. It is income of its month; without
-- one, of the day it was paid; without that, of the year. Undated it is no event.
INSERT INTO income_event (id_no, id_text, name, category, item, amount_fen, period_from, period_to, semantic, unit_read,
                          paid_on, _locator)
SELECT id_no("证件号码"), "证件号码", blank("姓名"),
       CASE WHEN is_work THEN 'wage' ELSE 'property' END,
       CASE WHEN is_work THEN '公益性岗位收入' ELSE '光伏收益分红' END,
       money_fen("金额"),
       coalesce(of_month, paid, new_year),
       CASE WHEN of_month IS NOT NULL THEN CAST(of_month + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)
            WHEN paid IS NOT NULL THEN paid
            ELSE CAST(new_year + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) END,
       CASE WHEN of_month IS NOT NULL THEN 'monthly' WHEN paid IS NOT NULL THEN 'once' ELSE 'yearly' END,
       CASE WHEN "金额" LIKE '%万%' THEN '万元' ELSE '元' END,
       paid, "_locator"
FROM (SELECT *,
             coalesce(month("月份"), month(concat(year("年度"), '年', replace(text_clean("月份"), '月', ''), '月'))) AS of_month,
             cn_date("发放日期") AS paid,
             cn_date(concat(coalesce(year("年度"), year("_part")), '-01-01')) AS new_year,
             coalesce("用途" LIKE '%劳务%' OR "用途" LIKE '%公益%' OR "用途" LIKE '%岗%',
                      text_clean("岗位") IS NOT NULL) AS is_work
      FROM accepted)
WHERE money_fen("金额") <> 0 AND coalesce(of_month, paid, new_year) IS NOT NULL;
