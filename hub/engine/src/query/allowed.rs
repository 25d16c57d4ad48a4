//! What a question may be: one SELECT of functions that always say the same.
//! Here because a question must be repeatable over its snapshot and must change nothing.
//! In: SQL text, its plan. Out: the statement; or what is wrong with it, in words.
//! Not here: tables (mod) and masks (seen).

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::Result;
use crate::place::SqlText;

/// Most keywords, brackets and operators of a question: each may be a level of a tree that is walked by recursion.
const LEVELS_MAX: usize = 500;
/// What stands for a literal in a redacted question.
const REDACTED: &str = "?";

/// The one SELECT that `sql` is.
pub(super) fn one_select(sql: &SqlText) -> Result<DfStatement> {
    if levels(&sql.text) > LEVELS_MAX {
        let message = format!("a question has at most {LEVELS_MAX} keywords, brackets and operators");
        return Err(sql.refuse(message));
    }
    let parsed = Parser::parse_sql(&GenericDialect {}, &sql.text)
        .map_err(|error| sql.explain(&DataFusionError::SQL(Box::new(error), None)))?;
    let mut statements = parsed.into_iter();
    match (statements.next(), statements.next()) {
        (Some(query @ Statement::Query(_)), None) => Ok(DfStatement::Statement(Box::new(query))),
        (None, _) => Err(sql.refuse("there is no SELECT")),
        (Some(_), None) => Err(sql.refuse("only a SELECT is answered; nothing can be changed here")),
        (Some(_), Some(_)) => Err(sql.refuse("one SELECT at a time")),
    }
}

/// Tokens that may nest what stands beside them one level deeper.
pub(crate) fn levels(text: &str) -> usize {
    let tokens = Tokenizer::new(&GenericDialect {}, text)
        .tokenize()
        .unwrap_or_default();
    let flat = |token: &Token| {
        if let Token::Word(word) = token {
            return word.keyword == Keyword::NoKeyword;
        }
        matches!(
            token,
            Token::Whitespace(_)
                | Token::Number(..)
                | Token::SingleQuotedString(_)
                | Token::Comma
                | Token::Period
                | Token::RParen
                | Token::SemiColon
        )
    };
    tokens.iter().filter(|token| !flat(token)).count()
}

/// Refuses functions whose value is another tomorrow.
pub(super) fn functions(plan: &LogicalPlan) -> std::result::Result<(), String> {
    let mut refused = None;
    let walked = each_expression(plan, |expr| {
        if let Expr::ScalarFunction(call) = expr
            && call.func.signature().volatility != Volatility::Immutable
        {
            refused = Some(call.func.name().to_owned());
        }
    });
    match (walked, refused) {
        (Err(_), _) => Err("the question cannot be read".to_owned()),
        (Ok(()), Some(name)) => Err(format!(
            "{name}() is not allowed: its value is another at every call; write the date or number"
        )),
        (Ok(()), None) => Ok(()),
    }
}

/// Refuses results with two columns of one name: no format could keep them apart.
pub(super) fn names(plan: &LogicalPlan) -> std::result::Result<(), String> {
    let mut known = BTreeSet::new();
    for field in plan.schema().fields() {
        if !known.insert(field.name()) {
            return Err(format!(
                "two columns are called {}; name one with AS",
                field.name()
            ));
        }
    }
    Ok(())
}

/// `text` with `?` for every literal.
pub(super) fn redacted(text: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize() else {
        return String::new();
    };
    // Literals of every kind, and whatever the parser learns next, are hidden: better a question mark too many. What
    // stands in double quotes is meant for a name, but may be anything.
    let harmless = |token: &Token| {
        let plain_word = matches!(token, Token::Word(word) if word.quote_style.is_none());
        plain_word
            || matches!(
                token,
                Token::Comma
                    | Token::Period
                    | Token::LParen
                    | Token::RParen
                    | Token::SemiColon
                    | Token::StringConcat
            )
            || matches!(
                token,
                Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod
            )
            || matches!(
                token,
                Token::Eq | Token::Neq | Token::Lt | Token::Gt | Token::LtEq | Token::GtEq
            )
    };
    let shown = |token: Token| {
        if harmless(&token) {
            token.to_string()
        } else if matches!(token, Token::Whitespace(_)) {
            " ".to_owned()
        } else {
            REDACTED.to_owned()
        }
    };
    tokens.into_iter().map(shown).collect()
}

/// Shows `look` every expression of `plan`, subqueries included.
pub(super) fn each_expression(plan: &LogicalPlan, mut look: impl FnMut(&Expr)) -> DataFusionResult<()> {
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                look(expr);
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}
