-- social_insurance → social_insurance. A contribution base is what a wage is compared with, not income.

-- A number Excel has cut tells nobody, and name and number in each other's column are not put right by guessing.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("aac147", "aac003"), 'aac147', NULL, refusal_reason(id_refusal("aac147", "aac003")), "_locator"
FROM landed
WHERE id_refusal("aac147", "aac003") IS NOT NULL;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D22', '费款所属期', text_clean("费款所属期"),
       '费款所属期为空或不是一个月份（如202310），请每月一行填写', "_locator"
FROM landed
WHERE coalesce(month("费款所属期"), CASE WHEN blank("费款所属期") IS NULL THEN month("_part") END) IS NULL
  AND coalesce(blank("aac147"), blank("aac003")) IS NOT NULL
  AND is_footer(coalesce(blank("aac147"), blank("aac003"))) IS NOT TRUE;

INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', '险种', NULL, '险种为空，请填写养老、医疗、失业、工伤等险种', "_locator"
FROM landed
WHERE text_clean("险种") IS NULL
  AND coalesce(blank("aac147"), blank("aac003")) IS NOT NULL
  AND is_footer(coalesce(blank("aac147"), blank("aac003"))) IS NOT TRUE;

-- A contribution of nobody.
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", 'D37', 'aac147', NULL, '有缴费信息而没有证件号码和姓名，请补填参保人', "_locator"
FROM landed
WHERE blank("aac147") IS NULL AND blank("aac003") IS NULL
  AND money_fen("缴费基数") IS NOT NULL
  AND is_footer(coalesce(blank("险种"), blank("费款所属期"))) IS NOT TRUE;

INSERT INTO filtered (row, reason)
SELECT "_row", '合计、备注或没有人员的行'
FROM landed
WHERE is_footer("aac147") OR is_footer("aac003") OR (blank("aac147") IS NULL AND blank("aac003") IS NULL);

-- A month that is told but is not one (202301-202306) is refused above rather than taken for the file's month.
INSERT INTO social_insurance (id_no, id_text, name, insurance, base_fen, month, status, employer_uscc, _locator)
SELECT id_no("aac147"), "aac147", blank("aac003"),
       text_clean("险种"), money_fen("缴费基数"),
       coalesce(month("费款所属期"), month("_part")),
       text_clean("参保状态"), uscc("aab998"), "_locator"
FROM accepted;
