"""Fills worksheets in as a clerk would, and spoils them as clerks do. openpyxl stands in for the spreadsheet.

In: a verb and a workbook. Out: the workbook changed in place; JSON: the rows that must be refused, each with the column;
for `rows`, how many there are.
"""

import json
import sys

import openpyxl

verb, path = sys.argv[1:]
spoilt = []
book = openpyxl.load_workbook(path)
sheet = book.active
if verb == "rows":
    print(sheet.max_row)
    raise SystemExit
head = next(row for row in sheet.iter_rows() if any(cell.value == "办理结果" for cell in row))
first = head[0].row + 1
column = {cell.value: cell.column for cell in head if cell.value}
assert sheet.column_dimensions[openpyxl.utils.get_column_letter(column["事项编号"])].hidden, "the number is hidden"
lists = [validation for validation in sheet.data_validations.dataValidation if validation.type == "list"]
assert len(lists) == 3, lists
assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row), "no formula anywhere"


def put(row, **cells):
    for name, value in cells.items():
        sheet.cell(row, column[name]).value = value


rows = [row for row in range(first, sheet.max_row + 1) if sheet.cell(row, column["事项编号"]).value]
if verb == "fill":
    for nth, row in enumerate(rows):
        if nth % 2:
            put(row, 办理结果="不属实", 不属实原因="数据滞后", 情况说明="已入户核实，收入已补录")
        else:
            put(row, 办理结果="已处置", 采取措施="产业", 办理日期="2023-11-06", 情况说明="=已落实产业帮扶")
            sheet.cell(row, column["情况说明"]).data_type = "s"
elif verb == "close":
    for row in rows:
        put(row, 办理结果="办结")
elif verb == "behead":
    sheet.delete_cols(column["办理结果"])
elif verb == "break":
    number = lambda row: sheet.cell(row, column["事项编号"]).value
    ways = [
        ("事项编号", lambda row: put(row, 办理结果="受理", 事项编号=number(row)[:-1] + ("0" if number(row)[-1] != "0" else "1"))),
        ("办理结果", lambda row: put(row, 办理结果="同意")),
        ("不属实原因", lambda row: put(row, 办理结果="不属实", 情况说明="没有原因")),
        ("采取措施", lambda row: put(row, 办理结果="已处置", 采取措施="随便", 办理日期="2023-11-06", 情况说明="做了")),
        ("办理日期", lambda row: put(row, 办理结果="属实", 办理日期="下周", 情况说明="是")),
        ("情况说明", lambda row: put(row, 办理结果="退回")),
        ("事项编号", lambda row: put(row, 办理结果="受理", 事项编号=None)),
        ("办理结果", lambda row: put(row, 办理结果="办结")),
    ]
    assert len(rows) >= 2, "a sheet with some rows"
    for row, (name, spoil) in zip(rows, ways):
        spoil(row)
        spoilt.append([row, name])
book.save(path)
print(json.dumps(spoilt))
