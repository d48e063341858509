//! `/languages/el`: what calculated fields can be made of, told by the language itself, and whether one can be computed.

use axum::Json;
use lakehead_expression::function::Times;
use lakehead_expression::{Expression, Function, Kind, Param, functions};
use lakehead_model::expression::OPERATORS;
use serde_json::{Value, json};

use crate::api::body::JsonBody;
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem};

/// `GET /languages/el/operators`
pub(super) async fn list_operators(_caller: Caller) -> Json<Value> {
    let shown = OPERATORS.iter().map(|operator| {
        json!({
            "operatorSymbol": operator.symbol, "methodName": operator.method, "numberOfOperands": operator.operands,
            "description": operator.description, "example": operator.example,
        })
    });
    Json(shown.collect())
}

/// `POST /languages/el/validate`: the documented sample has the text one level deeper than the documented schema.
pub(super) async fn validate(_caller: Caller, JsonBody(body): JsonBody) -> Answer<Json<Value>> {
    let text = body.get("expression").and_then(|text| text.get("expression").or(Some(text))).and_then(Value::as_str);
    let text = text.ok_or_else(|| {
        Problem::new("MAPPER-1001-400", "`expression` is missing or no text; send the calculated field to look at")
    })?;
    Ok(Json(match Expression::compile(text) {
        Ok(_) => json!({ "validationStatus": "succeeded", "error": "none" }),
        Err(error) => json!({ "validationStatus": "failed", "error": error.to_string() }),
    }))
}

/// `GET /languages/el/functions`: one entry per number of arguments that a function takes.
pub(super) async fn list_functions(_caller: Caller) -> Json<Value> {
    Json(functions::all().flat_map(overloads).collect())
}

fn overloads(function: &'static Function) -> impl Iterator<Item = Value> {
    let least = function.params.iter().take_while(|param| param.times != Times::Optional).count();
    (least..=function.params.len()).map(|count| entry(function, &function.params[..count]))
}

fn entry(function: &Function, params: &[Param]) -> Value {
    let (example, result) = function.example;
    let types: Vec<&str> = params.iter().map(simple_type).collect();
    let dots = if params.iter().any(|param| param.times == Times::Repeated) { "..." } else { "" };
    let params: Vec<Value> = params.iter().enumerate().map(|(n, param)| shown(n + 1, param)).collect();
    json!({
        "category": function.category.label(),
        "function": function.name,
        "description": function.summary,
        "syntax": format!("{} {}({}{dots})", simple(function.returns), function.name, types.join(", ")),
        "returns": function.summary,
        "returnType": java(function.returns),
        "example": example,
        "result": result,
        "params": params,
        "since": 1,
    })
}

fn shown(position: usize, param: &Param) -> Value {
    let class = match param.times {
        Times::Repeated => format!("[L{};", java(param.kind)),
        Times::Once | Times::Optional => java(param.kind).to_owned(),
    };
    json!({
        "name": param.name,
        "description": param.description,
        "type": param.kind.name(),
        "dataType": class,
        "position": position,
    })
}

fn simple_type(param: &Param) -> &'static str {
    simple(param.kind)
}

/// The class without its package.
fn simple(kind: Kind) -> &'static str {
    java(kind).rsplit('.').next().unwrap_or_default()
}

/// The class that clients know the kind by.
const fn java(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "java.lang.Boolean",
        Kind::Integer => "java.lang.Long",
        Kind::Number => "java.lang.Double",
        Kind::Text => "java.lang.String",
        Kind::Date => "java.time.ZonedDateTime",
        Kind::Array => "java.util.List",
        Kind::Object => "java.util.Map",
        Kind::Null | Kind::Any => "java.lang.Object",
    }
}
