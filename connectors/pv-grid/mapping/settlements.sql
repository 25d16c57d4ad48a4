-- settlements → pv_settlement. Nothing is computed here: whether readings, energy and money agree is a rule's question.

-- The number was kept as a number: stations would fall together.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '发电户号', text_clean("发电户号"),
       '发电户号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE "发电户号" LIKE '%E+%';

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '发电户号', NULL, '有结算金额或电量而没有发电户号，请补填', "_locator"
FROM landed
WHERE text_clean("发电户号") IS NULL
  AND coalesce(blank("本月示数"), blank("结算年月")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("结算年月"))) IS NOT TRUE;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '结算年月', text_clean("结算年月"),
       '结算年月为空或不是年月（如202310），文件名中也没有月份，请补填', "_locator"
FROM landed
WHERE coalesce(month("结算年月"), month("_part")) IS NULL
  AND text_clean("发电户号") IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("发电户号"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("序号") OR is_footer("发电户号") OR is_footer("结算年月") OR text_clean("发电户号") IS NULL;

-- Readings are what the meter shows, in kWh before the multiplier.
INSERT INTO pv_settlement (station_no, month, reading_before_wh, reading_after_wh, multiplier_milli, energy_wh, price_micro,
                           energy_fee_fen, subsidy_price_micro, subsidy_energy_wh, subsidy_fen, payable_fen, tax_fen,
                           paid_fen, paid_on, _locator)
SELECT text_clean("发电户号"), coalesce(month("结算年月"), month("_part")),
       watt_hours("上月示数"), watt_hours("本月示数"), milli("倍率"),
       watt_hours("上网电量(kWh)"), unit_price("上网电价(元/kWh)"), money_fen("上网电费(元)"),
       unit_price("补贴单价"), watt_hours("补贴电量"), money_fen("补贴金额"),
       money_fen("应付合计"), money_fen("税额"), money_fen("实付金额"), cn_date("付款日期"), "_locator"
FROM accepted;
