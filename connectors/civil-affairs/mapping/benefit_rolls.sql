-- benefit_rolls → assistance_payment (a row for each row), assistance_unit, income_event, disability.
-- A row is a person of an assistance household in a month. Where the row names nobody but the head, the person is the head.
-- A person whose number is wrong stays, without id_no; a number Excel has cut is nobody's and goes back.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("身份证号", "姓名"), '身份证号', NULL, refusal_reason(id_refusal("身份证号", "姓名")), "_locator"
FROM landed
WHERE id_refusal("身份证号", "姓名") IS NOT NULL;

-- An amount of somebody must be of some month: the row's, else the file's.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '发放月份', text_clean("发放月份"),
       '发放月份为空或不是年月（如2023年10月），文件名中也没有月份，请补填', "_locator"
FROM landed
WHERE coalesce(month("发放月份"), month("_part")) IS NULL
  AND is_footer(coalesce(blank("序号"), blank("家庭编号"), blank("姓名"))) IS NOT TRUE
  AND coalesce(blank("姓名"), blank("身份证号"), blank("户主姓名"), blank("户主身份证号")) IS NOT NULL;

-- Neither the row nor the file's name (特困供养名册-202310.xlsx) says which kind of assistance it is.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '保障类别', NULL,
       '保障类别为空，文件名中也没有说明，请填写农村低保、城市低保、特困供养、低保边缘、刚性支出困难或临时救助', "_locator"
FROM landed
WHERE text_clean("保障类别") IS NULL
  AND NOT regexp_like(split_part("_locator", '!', 1), '特困|五保|边缘|低边|刚性|支出型|临时救助|低保')
  AND is_footer(coalesce(blank("序号"), blank("家庭编号"), blank("姓名"))) IS NOT TRUE
  AND coalesce(blank("姓名"), blank("身份证号"), blank("户主姓名"), blank("户主身份证号")) IS NOT NULL;

-- An amount that nobody can be given.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '姓名', NULL, '有金额而没有姓名和身份证号，请补填领取人', "_locator"
FROM landed
WHERE coalesce(blank("姓名"), blank("身份证号"), blank("户主姓名"), blank("户主身份证号")) IS NULL
  AND money_fen("月保障金额") IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("家庭编号"), blank("县"), blank("乡"), blank("村"))) IS NOT TRUE;

-- Totals, signatures and notes below the table.
INSERT INTO filtered (row, reason)
SELECT "_row", '合计、签字或备注行'
FROM landed
WHERE is_footer("序号") OR is_footer("家庭编号") OR is_footer("户主姓名") OR is_footer("姓名")
   OR is_footer("县") OR is_footer("乡") OR is_footer("村");

-- Rows that name nobody; and rows below a household that hold nothing but what was filled down from it.
INSERT INTO filtered (row, reason)
SELECT "_row", '没有人员的行（空行或模板行）'
FROM landed
WHERE blank("姓名") IS NULL AND blank("身份证号") IS NULL
  AND (coalesce(blank("户主姓名"), blank("户主身份证号")) IS NULL
       OR (money_fen("月保障金额") IS NULL AND whole_number("保障人数") IS NULL));

-- The roll read once for all that follows: each row with its person, its household, what kind of assistance it is, whose the
-- amount is, and which row of the household's the amount is counted on.
CREATE VIEW units AS
WITH roll AS (
  SELECT "_row", "_locator",
         CASE WHEN excel_cut("家庭编号") IS NOT TRUE THEN text_clean("家庭编号") END AS own_unit_no,
         coalesce(blank("身份证号"),
                  CASE WHEN blank("姓名") IS NULL OR cn_name_key("姓名") = cn_name_key("户主姓名")
                       THEN blank("户主身份证号") END) AS id_text,
         coalesce(blank("姓名"), CASE WHEN blank("身份证号") IS NULL THEN blank("户主姓名") END) AS name,
         blank("户主姓名") AS head_name,
         blank("户主身份证号") AS head_id_text,
         coalesce(month("发放月份"), month("_part")) AS month,
         coalesce(text_clean("保障类别"), split_part("_locator", '!', 1)) AS category_text,
         text_clean("分类") AS class,
         text_clean("供养方式") AS care,
         whole_number("保障人数") AS covered,
         money_fen("月保障金额") AS amount_fen,
         CASE WHEN "月保障金额" LIKE '%万%' THEN '万元' ELSE '元' END AS unit_read,
         CASE WHEN "金额口径" LIKE '%户%' OR "金额口径" LIKE '%家庭%' THEN '户'
              WHEN "金额口径" LIKE '%人%' THEN '人' END AS stated_basis,
         month("享受起始年月") AS since,
         cn_date("停发时间") AS stopped_on,
         text_clean("停保原因") AS stop_reason,
         text_clean("县") AS county,
         text_clean("乡") AS town,
         text_clean("村") AS village
  FROM accepted
), kinds AS (
  SELECT *,
         coalesce(own_unit_no, id_no(head_id_text),
                  cn_name_key(head_name) || '|' || coalesce(village_key(village), ''), "_locator") AS unit,
         coalesce(id_no(id_text) = id_no(head_id_text), cn_name_key(name) = cn_name_key(head_name), false) AS is_head,
         CASE WHEN regexp_like(category_text, '特困|五保') THEN '特困供养'
              WHEN regexp_like(category_text, '边缘|低边') THEN '低保边缘'
              WHEN regexp_like(category_text, '刚性|支出型') THEN '刚性支出困难'
              WHEN category_text LIKE '%临时救助%' THEN '临时救助'
              WHEN regexp_like(category_text, '城市|城镇') THEN '城市低保'
              WHEN regexp_like(category_text, '农村|低保|最低生活保障') THEN '农村低保'
              ELSE category_text END AS category
  FROM roll
)
SELECT *,
       coalesce(own_unit_no, min("_locator") OVER same_unit) AS unit_no,
       max(covered) OVER same_unit AS covered_people,
       count(*) OVER same_unit AS listed,
       max(CASE WHEN is_head THEN 1 ELSE 0 END) OVER same_unit AS heads_listed,
       coalesce(max(stated_basis) OVER same_unit,
                CASE WHEN min(amount_fen) OVER same_unit < max(amount_fen) OVER same_unit THEN '人'
                     ELSE '户' END) AS basis,
       row_number() OVER (PARTITION BY unit, month, category
                          ORDER BY amount_fen IS NULL, NOT is_head, "_row") AS nth
FROM kinds
WINDOW same_unit AS (PARTITION BY unit, month, category);

-- The amount is counted once per household, month and kind when it is the household's (户): on the head's row, else on the
-- first row that has it. When the roll does not say whose it is, equal amounts on all rows are the household's and
-- different ones are people's: counting a household's amount once for each member would be the worse mistake.
INSERT INTO assistance_payment (id_no, id_text, name, unit_no, month, category, class, care, covered_people, amount_fen,
                                amount_basis, since, stopped_on, stop_reason, county, town, village, _locator)
SELECT id_no(id_text), id_text, name, unit_no, month, category, class, care, covered_people,
       CASE WHEN basis = '人' OR nth = 1 THEN amount_fen END,
       basis, since, stopped_on, stop_reason, county, town, village, "_locator"
FROM units
UNION ALL
-- A head who is not among the members listed is covered when the roll covers more people than it lists.
SELECT id_no(head_id_text), head_id_text, head_name, unit_no, month, category, class, care, covered_people,
       NULL, basis, since, stopped_on, stop_reason, county, town, village, "_locator"
FROM units
WHERE nth = 1 AND heads_listed = 0 AND covered_people > listed AND id_no(head_id_text) IS NOT NULL;

-- The household of the roll (救助单位), which is neither the registered household nor the roster's.
INSERT INTO assistance_unit (unit_no, month, category, class, head_name, head_id_no, covered_people, people_listed,
                             amount_fen, county, town, village, _locator)
SELECT unit_no, month, category, min(class),
       coalesce(max(head_name), max(name) FILTER (WHERE is_head)),
       coalesce(max(id_no(head_id_text)), max(id_no(id_text)) FILTER (WHERE is_head)),
       max(covered_people), count(*), sum(CASE WHEN basis = '人' OR nth = 1 THEN amount_fen END),
       min(county), min(town), min(village), min("_locator")
FROM units
GROUP BY unit_no, month, category;

-- What was paid is income of the person on whose row it is counted; the roll's own number tells the household.
INSERT INTO income_event (id_no, id_text, name, household_hint, category, item, amount_fen, period_from, period_to,
                          semantic, unit_read, _locator)
SELECT id_no(id_text), id_text, name, unit_no, 'transfer',
       CASE category WHEN '农村低保' THEN '最低生活保障金'
                     WHEN '城市低保' THEN '最低生活保障金'
                     WHEN '特困供养' THEN '特困人员救助供养金'
                     WHEN '临时救助' THEN '临时救助金'
                     ELSE '其他转移性收入' END,
       amount_fen, month, CAST(month + INTERVAL '1 month' - INTERVAL '1 day' AS DATE),
       CASE category WHEN '临时救助' THEN 'once' ELSE 'monthly' END,
       unit_read, "_locator"
FROM units
WHERE amount_fen <> 0 AND (basis = '人' OR nth = 1);

-- A disability card's number tells its holder's disability.
INSERT INTO disability (id_no, id_text, name, card_no, kind, grade, month, _locator)
SELECT id_no("身份证号"), "身份证号", blank("姓名"), text_clean("身份证号"),
       disability_kind("身份证号"), disability_grade("身份证号"), coalesce(month("发放月份"), month("_part")), "_locator"
FROM accepted
WHERE disability_kind("身份证号") IS NOT NULL;
