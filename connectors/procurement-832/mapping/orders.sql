-- orders → procurement_order. An order says nothing about a household: only the list of beneficiaries does.

-- The number was kept as a number: orders would fall together.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '订单编号', text_clean("订单编号"),
       '订单编号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE "订单编号" LIKE '%E+%';

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '订单编号', NULL, '有金额而没有订单编号，请补填', "_locator"
FROM landed
WHERE text_clean("订单编号") IS NULL
  AND money_fen("金额(元)") IS NOT NULL
  AND coalesce(blank("采购单位"), blank("商品名称")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("采购单位"))) IS NOT TRUE;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '下单时间', text_clean("下单时间"), '下单时间为空或不是日期，请补填', "_locator"
FROM landed
WHERE text_clean("订单编号") IS NOT NULL AND cn_date("下单时间") IS NULL
  AND is_footer(coalesce(blank("序号"), blank("订单编号"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("序号") OR is_footer("订单编号") OR text_clean("订单编号") IS NULL;

INSERT INTO procurement_order (order_no, ordered_at, buyer, buyer_uscc, buyer_kind, supplier, supplier_uscc, product,
                               product_class, quantity_milli, unit_price_micro, amount_fen, status, paid_on, received_on,
                               refund_fen, _locator)
SELECT text_clean("订单编号"), cn_date("下单时间"),
       text_clean("采购单位"), uscc("采购单位信用代码"), text_clean("采购类型"),
       text_clean("供应商名称"), uscc("供应商信用代码"),
       text_clean("商品名称"), text_clean("分类"),
       milli("数量"), unit_price("单价"), money_fen("金额(元)"),
       text_clean("订单状态"), cn_date("支付时间"), cn_date("验收时间"), money_fen("退款金额"),
       "_locator"
FROM accepted;
