-- incomes → declared_income. Amounts come in yuan and become whole fen; a household's year needs its net income and the
-- people it is divided by, everything else may be missing. A row is refused for the first reason that fits.

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '户编号', NULL, '缺少户编号，无法归户', "_locator"
FROM landed
WHERE blank("户编号") IS NULL AND blank("年度") IS NOT NULL;

-- 户编号 kept as a number: Excel has cut its last digits, nobody can restore them.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D03', '户编号', blank("户编号"),
       '户编号在表格中被存成数值，末尾数字已丢失，请把该列设为文本后重新导出', "_locator"
FROM landed
WHERE blank("户编号") LIKE '%E+%';

-- A person's part of the year beside the household's would be counted twice.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D25', '人编号', NULL, '按人填报的收入尚不支持，请导出按户汇总的收入表', "_locator"
FROM landed
WHERE blank("户编号") NOT LIKE '%E+%' AND blank("人编号") IS NOT NULL;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '年度', blank("年度"), '年度不是四位年份', "_locator"
FROM landed
WHERE blank("户编号") NOT LIKE '%E+%' AND blank("人编号") IS NULL
  AND (whole_number("年度") IS NULL OR whole_number("年度") NOT BETWEEN 2000 AND 2099);

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '纯收入', blank("纯收入"), '纯收入为空或不是金额', "_locator"
FROM landed
WHERE blank("户编号") NOT LIKE '%E+%' AND blank("人编号") IS NULL
  AND whole_number("年度") BETWEEN 2000 AND 2099
  AND money_fen("纯收入") IS NULL;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '年度家庭人口数', blank("年度家庭人口数"), '年度家庭人口数为空或不是正整数，无法计算人均', "_locator"
FROM landed
WHERE blank("户编号") NOT LIKE '%E+%' AND blank("人编号") IS NULL
  AND whole_number("年度") BETWEEN 2000 AND 2099
  AND money_fen("纯收入") IS NOT NULL
  AND (whole_number("年度家庭人口数") IS NULL OR whole_number("年度家庭人口数") <= 0);

-- Totals, signatures and notes below the table.
INSERT INTO filtered (row, reason)
SELECT "_row", '没有户编号和年度的行（合计、备注或空行）'
FROM landed
WHERE blank("户编号") IS NULL AND blank("年度") IS NULL;

INSERT INTO declared_income (household_no, year, net_income_fen, wage_fen, public_post_fen, business_fen, industry_award_fen,
                             business_cost_fen, cost_subsidy_fen, property_fen, asset_dividend_fen, transfer_fen,
                             family_planning_fen, low_income_benefit_fen, destitute_support_fen, pension_fen, ecology_fen,
                             other_transfer_fen, people_year, people_now, per_capita_declared_fen, _locator)
SELECT blank("户编号"),
       whole_number("年度"),
       money_fen("纯收入"),
       money_fen("工资性收入"),
       money_fen("公益性岗位收入"),
       money_fen("生产经营性收入"),
       money_fen("产业奖励"),
       money_fen("生产经营性支出"),
       money_fen("专项用于减少生产经营性支出的补贴"),
       money_fen("财产性收入"),
       money_fen("资产收益扶贫分红"),
       money_fen("转移性收入"),
       money_fen("计划生育金"),
       money_fen("最低生活保障金"),
       money_fen("特困人员救助供养金"),
       money_fen("养老金或离退休金"),
       money_fen("生态补偿金"),
       money_fen("其他转移性收入"),
       whole_number("年度家庭人口数"),
       whole_number("当前家庭人口数"),
       money_fen("人均纯收入"),
       "_locator"
FROM accepted;
