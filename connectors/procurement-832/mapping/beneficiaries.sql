-- beneficiaries → supplier_beneficiary (a row for each row), income_event.
-- Only this list makes sales the income of somebody; orders alone are never attributed to a household.

-- 户编号 kept as a number: Excel has cut its last digits, nobody can restore them.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '户编号', text_clean("户编号"),
       '户编号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE "户编号" LIKE '%E+%';

-- Neither household nor person can be told.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '户编号', NULL, '户编号、证件号码和姓名都为空，无法核对带动对象，请补填', "_locator"
FROM landed
WHERE coalesce(blank("户编号"), blank("证件号码"), blank("姓名")) IS NULL
  AND coalesce(blank("供应商信用代码"), blank("年增收金额")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("供应商信用代码"))) IS NOT TRUE;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '供应商信用代码', NULL, '供应商信用代码为空，无法归到供应商，请补填', "_locator"
FROM landed
WHERE text_clean("供应商信用代码") IS NULL
  AND coalesce(blank("户编号"), blank("证件号码"), blank("姓名")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("户编号"), blank("姓名"))) IS NOT TRUE;

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("证件号码", "姓名"), '证件号码', NULL, refusal_reason(id_refusal("证件号码", "姓名")), "_locator"
FROM landed
WHERE id_refusal("证件号码", "姓名") IS NOT NULL;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("序号") OR is_footer("供应商信用代码") OR is_footer("户编号") OR is_footer("姓名")
   OR coalesce(blank("供应商信用代码"), blank("户编号"), blank("证件号码"), blank("姓名"), blank("年增收金额")) IS NULL;

-- A code that fails its check stays as text, so that the supplier can still be asked.
INSERT INTO supplier_beneficiary (household_no, id_no, id_text, name, supplier_uscc, link_kind, year, yearly_gain_fen,
                                  _locator)
SELECT blank("户编号"), id_no("证件号码"), "证件号码", blank("姓名"),
       coalesce(uscc("供应商信用代码"), text_clean("供应商信用代码")),
       text_clean("联结方式"), coalesce(year("年度"), year("_part")), money_fen("年增收金额"), "_locator"
FROM accepted;

-- The gain is of the whole calendar year; without a year it is of no time, so there is no event.
INSERT INTO income_event (household_no, id_no, id_text, name, category, item, amount_fen, period_from, period_to, semantic,
                          unit_read, _locator)
SELECT blank("户编号"), id_no("证件号码"), "证件号码", blank("姓名"), 'business', '带贫增收', money_fen("年增收金额"),
       new_year, CAST(new_year + INTERVAL '1 year' - INTERVAL '1 day' AS DATE), 'yearly',
       CASE WHEN "年增收金额" LIKE '%万%' THEN '万元' ELSE '元' END, "_locator"
FROM (SELECT *, cn_date(concat(coalesce(year("年度"), year("_part")), '-01-01')) AS new_year FROM accepted)
WHERE money_fen("年增收金额") <> 0 AND new_year IS NOT NULL;
