-- reserves → procurement_reserve. The totals and the reserve are in 万元 unless the value itself names a unit.

-- A declaration of nobody.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '单位名称', NULL, '有填报内容而没有单位名称，请补填', "_locator"
FROM landed
WHERE text_clean("单位名称") IS NULL
  AND coalesce(blank("食堂采购总额(万元)"), blank("统一社会信用代码")) IS NOT NULL
  AND is_footer("序号") IS NOT TRUE;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '年度', text_clean("年度"), '年度为空或不是四位年份，文件名中也没有年份，请补填', "_locator"
FROM landed
WHERE coalesce(year("年度"), year("_part")) IS NULL
  AND text_clean("单位名称") IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("单位名称"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或空行'
FROM landed
WHERE is_footer("序号") OR is_footer("单位名称") OR text_clean("单位名称") IS NULL;

-- A cell formatted as a percentage holds 0.1 for 10 %. The two amounts tell which of the two it is.
INSERT INTO procurement_reserve (unit_name, unit_uscc, division, authority, has_canteen, year, canteen_total_fen,
                                 reserve_basis_points, reserve_fen, status, filed_on, _locator)
SELECT unit_name, unit_uscc, division, authority, has_canteen, year, total,
       CASE WHEN abs(stated * 100 - reserve * 10000 / nullif(total, 0)) < abs(stated - reserve * 10000 / nullif(total, 0))
            THEN stated * 100 ELSE stated END,
       reserve, status, filed_on, "_locator"
FROM (SELECT text_clean("单位名称") AS unit_name,
             uscc("统一社会信用代码") AS unit_uscc,
             coalesce(division_code("区划"), text_clean("区划")) AS division,
             text_clean("主管部门") AS authority,
             yes_no(replace(text_clean("有无食堂"), '食堂', '')) AS has_canteen,
             coalesce(year("年度"), year("_part")) AS year,
             money_fen_in("食堂采购总额(万元)", '万元') AS total,
             percent_bp("预留比例(%)") AS stated,
             money_fen_in("预留份额(万元)", '万元') AS reserve,
             text_clean("填报状态") AS status,
             cn_date("填报日期") AS filed_on,
             "_locator"
      FROM accepted);
