//! What is wrong with a call.

use lakehead_model::expression::Expr;

use super::CompileError;
use super::part::Part;
use crate::function::{Function, Times};
use crate::operators::methods::{self, Method};
use crate::{functions, kinds};

/// The method of this name, if it takes so many arguments.
pub(super) fn method(name: &str, given: usize, position: usize) -> Result<&'static Method, CompileError> {
    let Some(method) = methods::find(name) else {
        let known = methods::names().collect::<Vec<_>>().join("`, `");
        let message = format!("there is no method `{}`; there are `{known}`", short(name));
        return Err(CompileError { position, message });
    };
    if given != method.arguments {
        let message = format!("`{name}` takes {} arguments, but {given} are given", method.arguments);
        return Err(CompileError { position, message });
    }
    Ok(method)
}

/// The function of this name, if it takes so many arguments.
pub(super) fn function(name: &str, given: usize, position: usize) -> Result<&'static Function, CompileError> {
    let function = functions::find(name).ok_or_else(|| unknown(name, position))?;
    count(function, given, position)?;
    Ok(function)
}

/// Whether what is given is what the parameters take, as far as that is known.
pub(super) fn kinds(function: &Function, given: &[Expr], arguments: &[Part]) -> Result<(), CompileError> {
    for (n, argument) in arguments.iter().enumerate() {
        let Some(param) = function.param(n) else { continue };
        if !kinds::fits(argument.kind, param.kind) {
            let message = format!(
                "`{}` of `{}` takes a value of kind {}, but one of kind {} is given",
                param.name,
                function.name,
                param.kind.name(),
                argument.kind.name()
            );
            return Err(CompileError { position: given[n].position, message });
        }
    }
    Ok(())
}

fn unknown(name: &str, position: usize) -> CompileError {
    let lower = name.to_ascii_lowercase();
    let near = functions::all().find(|function| function.name == lower || close(function.name, &lower));
    let cure = match near {
        Some(function) => format!("did you mean `{}`?", function.name),
        None => "see `GET /languages/el/functions` for those there are".to_owned(),
    };
    CompileError { position, message: format!("there is no function `{}`; {cure}", short(name)) }
}

/// Whether two names differ by one character, left out, put in or changed.
fn close(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    let skip = |rest: &[u8]| rest.get(1..).unwrap_or_default().to_vec();
    skip(rest_a) == skip(rest_b) || skip(rest_a) == rest_b || rest_a == skip(rest_b)
}

fn short(name: &str) -> String {
    name.chars().take(50).collect()
}

fn count(function: &Function, given: usize, position: usize) -> Result<(), CompileError> {
    let times = |times: &[Times]| function.params.iter().filter(|param| times.contains(&param.times)).count();
    let least = times(&[Times::Once]);
    let most = if times(&[Times::Repeated]) > 0 { usize::MAX } else { function.params.len() };
    let together = times(&[Times::Repeated]).max(1);
    let before = function.params.len() - times(&[Times::Repeated]);
    if (least..=most).contains(&given) {
        if given <= before || (given - before).is_multiple_of(together) {
            return Ok(());
        }
        let message = format!(
            "`{}` takes {together} arguments together, so one is missing: {}",
            function.name,
            function.syntax()
        );
        return Err(CompileError { position, message });
    }
    let expected = match most {
        usize::MAX => format!("at least {least}"),
        most if most == least => least.to_string(),
        most => format!("{least} to {most}"),
    };
    let message =
        format!("`{}` takes {expected} arguments, but {given} are given: {}", function.name, function.syntax());
    Err(CompileError { position, message })
}
