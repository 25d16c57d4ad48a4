-- stations → pv_station.

-- The number was kept as a number: stations would fall together.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '发电户号', text_clean("发电户号"),
       '发电户号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE "发电户号" LIKE '%E+%';

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '发电户号', NULL, '有电站信息而没有发电户号，请补填', "_locator"
FROM landed
WHERE text_clean("发电户号") IS NULL
  AND coalesce(blank("电站名称"), blank("并网日期")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("电站名称"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("序号") OR is_footer("发电户号") OR is_footer("电站名称") OR text_clean("发电户号") IS NULL;

INSERT INTO pv_station (station_no, name, owner, owner_uscc, county, town, village, capacity_w, connected_on,
                        catalogue_batch, _locator)
SELECT text_clean("发电户号"), text_clean("电站名称"), text_clean("产权单位"), uscc("统一社会信用代码"),
       text_clean("县"), text_clean("乡"), text_clean("村"),
       watts("装机容量(kW)"), cn_date("并网日期"), text_clean("补贴目录批次"), "_locator"
FROM accepted;
