-- What cannot be used is refused, with a reason the sender understands; the rest becomes figures of an indicator.
INSERT INTO rejected (row, code, column, reason, _locator)
SELECT "_row", 'D37', '数值', '数值不是数字，请核对后重新报送', "_locator" FROM landed WHERE milli("数值") IS NULL;
INSERT INTO kpi_input (indicator, period, numerator_milli, _locator)
SELECT 'K5', '2023-09', milli("数值"), "_locator" FROM accepted;
