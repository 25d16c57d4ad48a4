//! Every name a log line may carry, with what it is.
//! Here because who searches a year of lines must find one thing under one name, and a new name is a decision.
//! In: nothing. Out: the list; the manual's table is compared with it, and so is every line of our code (tests/tidy).
//! Not here: values. None is ever a name, a number or a phone of a person.

/// The names, by letter: name, Chinese, English.
pub(super) const FIELDS: [(&str, &str, &str); 58] = [
    ("accepted", "接收的行数", "rows accepted"),
    ("address", "监听地址", "where it listens"),
    ("attempt", "第几次推送", "which attempt"),
    ("bytes", "字节数", "bytes"),
    ("category", "故障类别", "a fault's category"),
    ("cause", "故障原因", "a fault's cause"),
    ("cleared", "消除的预警数", "warnings cleared"),
    ("configuration", "配置的哈希", "a configuration's hash"),
    ("connector", "数据源编号", "a connector's id"),
    ("count", "次数", "how many times"),
    ("credential", "凭据编号", "a credential's id"),
    ("done", "已办的条数", "answers done"),
    ("due", "何时再试", "when it is due"),
    ("elapsed_ms", "用时，毫秒", "milliseconds it took"),
    ("error", "错误", "what failed"),
    ("event", "代码，不随文字变化", "a stable code"),
    ("event_id", "推送消息编号", "a pushed event's id"),
    ("events", "事件条数", "how many events"),
    ("fault", "故障类别", "a failed run's category"),
    ("files", "文件数", "files"),
    ("files_refused", "未收的文件数", "files not taken"),
    ("filtered", "略过的行数", "rows left out"),
    ("foreign", "不属于本库的文件数", "files of other databases"),
    ("from", "原时刻", "the moment before"),
    ("gap", "缺哪一年的日历", "which year a calendar lacks"),
    ("held", "待确认的期数", "parts held"),
    ("interrupted", "中断的运行数", "runs broken off"),
    ("line", "插件的日志原文（已脱敏）", "what a plugin said, masked"),
    ("message", "说明", "the sentence"),
    ("method", "HTTP 方法", "an HTTP method"),
    ("metrics", "指标监听地址", "where numbers are told"),
    ("nominal", "名义时刻", "a fire's nominal time"),
    ("opened", "新增的预警数", "warnings opened"),
    ("orphans", "清扫的文件数", "files swept"),
    ("outcome", "结果", "what it came to"),
    ("plugin", "插件名", "a plugin's name"),
    ("plugin_target", "插件内的模块", "the module within a plugin"),
    ("reason", "原因", "why"),
    ("refused", "拒收的条数", "how many were refused"),
    ("rejected", "退回的行数", "rows refused"),
    ("repeated", "重复的条数", "answers that came again"),
    ("route", "接口路径（不含编号）", "a route, without ids"),
    ("rows", "读入的行数", "rows read"),
    ("rule", "规则编号", "a rule's id"),
    ("rules", "规则条数", "how many rules"),
    ("run", "运行编号", "a run's id"),
    ("schedule", "调度编号", "a schedule's id"),
    ("seq", "审计日志序号", "a place in the audit log"),
    ("since", "自何时起", "since when"),
    ("sink", "推送端点", "an endpoint"),
    ("standing", "端点状态", "how an endpoint stands"),
    ("state", "状态", "how it stands"),
    ("status", "HTTP 状态码", "an HTTP status"),
    ("stream", "数据流", "a stream"),
    ("to", "新时刻", "the moment after"),
    ("version", "版本", "a version"),
    ("wait_ms", "多久后再试，毫秒", "milliseconds until the next try"),
    ("why", "原因", "why"),
];

/// Whether a line may carry `name`.
pub(super) fn is_listed(name: &str) -> bool {
    FIELDS
        .binary_search_by_key(&name, |(listed, _, _)| listed)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_the_manual_has_all_of_it() {
        assert!(FIELDS.is_sorted_by(|one, other| one.0 < other.0));
        let manual = include_str!("../../docs/operating.md");
        let (_, table) = manual.split_once("| 字段 field |").unwrap();
        let rows: Vec<&str> = table
            .lines()
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .collect();
        let listed: Vec<String> = FIELDS
            .iter()
            .map(|(name, chinese, english)| format!("| `{name}` | {chinese} / {english} |"))
            .collect();
        assert_eq!(rows, listed);
    }
}
