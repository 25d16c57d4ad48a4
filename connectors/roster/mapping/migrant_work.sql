-- migrant_work → employment_spell (a row for each row), income_event.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("证件号码", "姓名"), '证件号码', NULL, refusal_reason(id_refusal("证件号码", "姓名")), "_locator"
FROM landed
WHERE id_refusal("证件号码", "姓名") IS NOT NULL;

-- Nobody can be told from the row.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '证件号码', NULL, '有务工信息而没有证件号码和姓名，请补填', "_locator"
FROM landed
WHERE blank("证件号码") IS NULL AND blank("姓名") IS NULL
  AND coalesce(blank("务工所在地"), blank("务工企业名称"), blank("务工月收入")) IS NOT NULL
  AND is_footer("户编号") IS NOT TRUE;

-- 户编号 kept as a number: Excel has cut its last digits, nobody can restore them.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '户编号', blank("户编号"),
       '户编号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE blank("户编号") LIKE '%E+%';

INSERT INTO filtered (row, reason)
SELECT "_row", '没有人员的行（合计、备注或空行）'
FROM landed
WHERE is_footer("户编号") OR is_footer("姓名") OR (blank("证件号码") IS NULL AND blank("姓名") IS NULL);

-- Who does not work away may work at home: a wage or an employer says so. A row without either is kept as one that is not
-- valid: that somebody was asked is worth knowing. Work outside the province is told by another province's name, or by a
-- code that is not Anhui's 34.
INSERT INTO employment_spell (household_no, id_no, id_text, name, employer, industry, status, work_place, out_of_province,
                              starts_on, ends_on, monthly_wage_fen, channel, transport_subsidy_fen, valid, _locator)
SELECT blank("户编号"), id_no("证件号码"), "证件号码", blank("姓名"),
       text_clean("务工企业名称"), text_clean("所属行业"),
       CASE WHEN yes_no("是否外出务工") THEN '外出务工'
            WHEN yes_no("是否外出务工") IS NULL THEN NULL
            WHEN coalesce(text_clean("务工企业名称"), text_clean("务工月收入")) IS NOT NULL THEN '本地务工'
            ELSE '未务工' END,
       text_clean("务工所在地"),
       province_code("务工所在地") <> '34',
       cn_date("开始时间"),
       cn_date_end("结束时间"),
       money_fen("务工月收入"), text_clean("就业渠道"), money_fen("年度交通费补助"),
       CASE WHEN yes_no("是否外出务工") OR coalesce(text_clean("务工企业名称"), text_clean("务工月收入")) IS NOT NULL THEN true
            WHEN yes_no("是否外出务工") IS FALSE THEN false END,
       "_locator"
FROM accepted;

-- The month's wage is income of the month the export is of, when the work was going on in it. An export that is of no
-- month tells no income.
INSERT INTO income_event (household_no, id_no, id_text, name, category, item, amount_fen, period_from, period_to, semantic,
                          unit_read, _locator)
SELECT blank("户编号"), id_no("证件号码"), "证件号码", blank("姓名"), 'wage', '务工收入', money_fen("务工月收入"),
       seen_month, CAST(seen_month + INTERVAL '1 month' - INTERVAL '1 day' AS DATE), 'monthly',
       CASE WHEN "务工月收入" LIKE '%万%' THEN '万元' ELSE '元' END, "_locator"
FROM (SELECT *, month("_part") AS seen_month FROM accepted)
WHERE money_fen("务工月收入") <> 0
  AND seen_month IS NOT NULL
  AND (cn_date("开始时间") IS NULL OR cn_date("开始时间") < seen_month + INTERVAL '1 month')
  AND (cn_date("结束时间") IS NULL OR cn_date("结束时间") >= seen_month);
