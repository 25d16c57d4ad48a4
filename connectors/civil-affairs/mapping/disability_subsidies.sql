-- disability_subsidies → disability (a row for each row), income_event.
-- The person's number is the one given, else the first eighteen characters of the disability card.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("身份证号", "姓名"), '身份证号', NULL, refusal_reason(id_refusal("身份证号", "姓名")), "_locator"
FROM landed
WHERE id_refusal("身份证号", "姓名") IS NOT NULL;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '发放月份', text_clean("发放月份"),
       '发放月份为空或不是年月（如2023年10月），文件名中也没有月份，请补填', "_locator"
FROM landed
WHERE coalesce(month("发放月份"), month("_part")) IS NULL
  AND coalesce(blank("姓名"), blank("身份证号"), blank("残疾证号")) IS NOT NULL
  AND is_footer(coalesce(blank("序号"), blank("姓名"))) IS NOT TRUE;

-- An amount that nobody can be given.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '姓名', NULL, '有金额而没有姓名、身份证号和残疾证号，请补填领取人', "_locator"
FROM landed
WHERE coalesce(blank("姓名"), blank("身份证号"), blank("残疾证号")) IS NULL
  AND money_fen("金额") IS NOT NULL
  AND is_footer("序号") IS NOT TRUE;

-- Totals, notes and rows that name nobody.
INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或没有人员的行'
FROM landed
WHERE is_footer("序号") OR is_footer("姓名")
   OR coalesce(blank("姓名"), blank("身份证号"), blank("残疾证号")) IS NULL;

-- Kind and grade are the roll's own words, in words or codes; where it has none, the card's two digits after the number.
INSERT INTO disability (id_no, id_text, name, card_no, kind, grade, subsidy_kind, amount_fen, month, _locator)
SELECT coalesce(id_no("身份证号"), id_no("残疾证号")),
       coalesce(blank("身份证号"), blank("残疾证号")),
       blank("姓名"),
       coalesce(text_clean("残疾证号"), CASE WHEN disability_kind("身份证号") IS NOT NULL THEN text_clean("身份证号") END),
       coalesce(CASE text_clean("残疾类别") WHEN '1' THEN '视力' WHEN '2' THEN '听力' WHEN '3' THEN '言语' WHEN '4' THEN '肢体'
                                            WHEN '5' THEN '智力' WHEN '6' THEN '精神' WHEN '7' THEN '多重'
                                            ELSE replace(text_clean("残疾类别"), '残疾', '') END,
                disability_kind("残疾证号"), disability_kind("身份证号")),
       coalesce(CASE WHEN whole_number(translate(text_clean("残疾等级"), '一二三四级', '1234')) BETWEEN 1 AND 4
                     THEN whole_number(translate(text_clean("残疾等级"), '一二三四级', '1234')) END,
                disability_grade("残疾证号"), disability_grade("身份证号")),
       CASE WHEN "补贴类别" LIKE '%生活%' AND "补贴类别" LIKE '%护理%' THEN text_clean("补贴类别")
            WHEN "补贴类别" LIKE '%生活%' THEN '困难生活'
            WHEN "补贴类别" LIKE '%护理%' THEN '重度护理'
            ELSE text_clean("补贴类别") END,
       money_fen("金额"),
       coalesce(month("发放月份"), month("_part")),
       "_locator"
FROM accepted;

INSERT INTO income_event (id_no, id_text, name, category, item, amount_fen, period_from, period_to, semantic, unit_read,
                          _locator)
SELECT coalesce(id_no("身份证号"), id_no("残疾证号")),
       coalesce(blank("身份证号"), blank("残疾证号")),
       blank("姓名"), 'transfer', '残疾人两项补贴', money_fen("金额"), paid_month,
       CAST(paid_month + INTERVAL '1 month' - INTERVAL '1 day' AS DATE), 'monthly',
       CASE WHEN "金额" LIKE '%万%' THEN '万元' ELSE '元' END, "_locator"
FROM (SELECT *, coalesce(month("发放月份"), month("_part")) AS paid_month FROM accepted)
WHERE money_fen("金额") <> 0;
