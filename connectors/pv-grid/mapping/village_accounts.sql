-- village_accounts → pv_account. Of two rows for one village and year both stay; a rule says so.

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '村', NULL, '有金额而没有村名，请补填', "_locator"
FROM landed
WHERE text_clean("村") IS NULL
  AND coalesce(money_fen("到账金额"), money_fen("可分配金额")) IS NOT NULL
  AND year("年度") IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("年度"))) IS NOT TRUE;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '年度', text_clean("年度"), '年度为空或不是四位年份，文件名中也没有年份，请补填', "_locator"
FROM landed
WHERE coalesce(year("年度"), year("_part")) IS NULL
  AND text_clean("村") IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("村"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("序号") OR is_footer("村") OR is_footer("年度") OR text_clean("村") IS NULL;

INSERT INTO pv_account (village, year, received_fen, rent_fen, upkeep_fen, insurance_fen, distributable_fen, posts_fen,
                        works_fen, awards_fen, industry_fen, balance_fen, county_received_on, town_paid_on,
                        village_received_on, published_from, published_to, _locator)
SELECT text_clean("村"), coalesce(year("年度"), year("_part")),
       money_fen("到账金额"), money_fen("土地租金"), money_fen("运维费"), money_fen("保险费"),
       money_fen("可分配金额"), money_fen("公益岗支出"), money_fen("小型公益支出"), money_fen("奖补支出"),
       money_fen("产业支出"), money_fen("结余"),
       cn_date("到县日期"), cn_date("拨付乡镇日期"), cn_date("到村账日期"), cn_date("公示起"), cn_date("公示止"),
       "_locator"
FROM accepted;
