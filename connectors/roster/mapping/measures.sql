-- measures → measure. A measure that belongs to no household, or of no kind, is no measure.

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '户编号', NULL, '缺少户编号，无法归户', "_locator"
FROM landed
WHERE blank("户编号") IS NULL
  AND coalesce(blank("措施类别"), blank("措施名称")) IS NOT NULL
  AND is_footer(coalesce(blank("措施类别"), blank("措施名称"))) IS NOT TRUE;

-- 户编号 kept as a number: Excel has cut its last digits, nobody can restore them.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '户编号', blank("户编号"),
       '户编号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE blank("户编号") LIKE '%E+%';

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '措施类别', NULL, '措施类别和措施名称都为空，请补填', "_locator"
FROM landed
WHERE blank("户编号") IS NOT NULL AND is_footer("户编号") IS NOT TRUE
  AND coalesce(text_clean("措施类别"), text_clean("措施名称")) IS NULL;

INSERT INTO filtered (row, reason)
SELECT "_row", '没有户编号的行（合计、备注或空行）'
FROM landed
WHERE blank("户编号") IS NULL OR is_footer("户编号");

-- The kind as the rules name it: 产业帮扶 is 产业. A kind that is none of them stays as written. A day of completion says that
-- the measure is done, whatever stands beside it; nothing at all says nothing.
INSERT INTO measure (household_no, "group", measure_name, planned_on, applied_on, done_on, done, responsible, _locator)
SELECT blank("户编号"),
       CASE WHEN kind LIKE '%公益%' THEN '公益性岗位'
            WHEN kind LIKE '%义务教育%' THEN '义务教育'
            WHEN kind LIKE '%产业%' THEN '产业'
            WHEN kind LIKE '%就业%' OR kind LIKE '%务工%' THEN '就业'
            WHEN kind LIKE '%金融%' OR kind LIKE '%信贷%' THEN '金融'
            WHEN kind LIKE '%住房%' OR kind LIKE '%危房%' THEN '住房'
            WHEN kind LIKE '%饮水%' THEN '饮水'
            WHEN kind LIKE '%健康%' OR kind LIKE '%医疗%' THEN '健康'
            WHEN kind LIKE '%教育%' THEN '教育'
            WHEN kind LIKE '%搬迁%' THEN '搬迁'
            WHEN kind LIKE '%综合保障%' OR kind LIKE '%兜底%' THEN '综合保障'
            WHEN kind LIKE '%社会帮扶%' OR kind = '社会' THEN '社会'
            ELSE kind END,
       text_clean("措施名称"),
       cn_date("制定时间"), cn_date("申报时间"), cn_date("落实时间"),
       CASE WHEN cn_date("落实时间") IS NOT NULL OR text_clean("是否落实") IN ('已落实', '落实') THEN true
            WHEN text_clean("是否落实") IN ('未落实', '正在落实') THEN false
            ELSE yes_no("是否落实") END,
       cn_name("责任人"), "_locator"
FROM (SELECT *, coalesce(text_clean("措施类别"), text_clean("措施名称")) AS kind FROM accepted);
