-- standards → assistance_standard. Only the rural basic standards are compared: of 低保 the rural one, of 特困 the basic
-- living standard, not the one for care. Without division, kind, amount and day a standard is no standard.

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '区划', NULL, '区划为空，请填写县（市、区）名称或区划代码', "_locator"
FROM landed
WHERE text_clean("区划") IS NULL AND money_fen("月标准") IS NOT NULL;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '类别', text_clean("类别"), '类别应为低保或特困', "_locator"
FROM landed
WHERE text_clean("区划") IS NOT NULL AND is_footer("区划") IS NOT TRUE
  AND money_fen("月标准") IS NOT NULL
  AND NOT regexp_like(coalesce("类别", ''), '低保|最低生活|特困');

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '月标准', text_clean("月标准"), '月标准为空或不是金额，请按每人每月多少元填写', "_locator"
FROM landed
WHERE text_clean("区划") IS NOT NULL AND is_footer("区划") IS NOT TRUE
  AND text_clean("类别") IS NOT NULL AND coalesce(money_fen("月标准"), 0) <= 0;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '执行日期', text_clean("执行日期"), '执行日期为空或不是日期，请按2023年7月1日的格式填写', "_locator"
FROM landed
WHERE text_clean("区划") IS NOT NULL AND is_footer("区划") IS NOT TRUE
  AND text_clean("类别") IS NOT NULL AND cn_date("执行日期") IS NULL;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("区划")
   OR (text_clean("区划") IS NULL AND money_fen("月标准") IS NULL)
   OR (text_clean("类别") IS NULL AND money_fen("月标准") IS NULL);

INSERT INTO filtered (row, reason)
SELECT "_row", '城市低保标准或照料护理标准，不在核验范围'
FROM landed
WHERE "类别" LIKE '%护理%' OR ("类别" LIKE '%城市%' AND "类别" NOT LIKE '%农村%');

INSERT INTO assistance_standard (division, kind, monthly_fen, effective_on, previous_monthly_fen,
                                 previous_consumption_fen, _locator)
SELECT coalesce(division_code("区划"), text_clean("区划")),
       CASE WHEN "类别" LIKE '%特困%' THEN '特困' ELSE '低保' END,
       money_fen("月标准"),
       cn_date("执行日期"),
       money_fen("上年标准"),
       money_fen("上年度人均消费支出"),
       "_locator"
FROM accepted;
