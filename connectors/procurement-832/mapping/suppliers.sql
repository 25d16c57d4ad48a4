-- suppliers → supplier.

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '企业名称', NULL, '有信用代码而没有企业名称，请补填', "_locator"
FROM landed
WHERE text_clean("企业名称") IS NULL AND uscc("统一社会信用代码") IS NOT NULL
  AND is_footer("序号") IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("序号") OR is_footer("企业名称") OR text_clean("企业名称") IS NULL;

-- A licence valid until a month or a year is valid until its last day.
INSERT INTO supplier (name, uscc, county, legal_person, products, households_helped, link_kind, valid_until, status,
                      _locator)
SELECT text_clean("企业名称"), uscc("统一社会信用代码"), text_clean("所在县"), cn_name("法人"),
       text_clean("主营产品"),
       whole_number(replace(text_clean("带动脱贫户数"), '户', '')),
       text_clean("联结方式"),
       cn_date_end("资质有效期"),
       text_clean("状态"), "_locator"
FROM accepted;
