//! The code of an MFA device, asked of the person at the terminal. It reads no terminal itself, and shows no code.

use crate::aws::access::{AccessError, Ask};

/// How often a person may mistype.
const ATTEMPTS: usize = 3;

/// A code of six digits for the device of a profile.
pub(super) fn code(ask: Ask, profile: &str, serial: &str) -> Result<String, AccessError> {
    let refused =
        |problem: String| AccessError::Mfa { profile: profile.to_owned(), serial: serial.to_owned(), problem };
    let mut prompt = format!("Enter MFA code for {serial}: ");
    for _ in 0..ATTEMPTS {
        match ask(&prompt) {
            Ok(Some(answer)) if is_code(answer.trim()) => return Ok(answer.trim().to_owned()),
            Ok(Some(_)) => prompt = format!("An MFA code has 6 digits. Enter MFA code for {serial}: "),
            Ok(None) => return Err(refused(format!("there is no terminal to ask on; {}", elsewhere(profile)))),
            Err(error) => return Err(refused(format!("no code was entered: {error}"))),
        }
    }
    Err(refused("no code of 6 digits was entered".to_owned()))
}

fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What to do where there is no one to ask.
fn elsewhere(profile: &str) -> String {
    format!(
        "get credentials first with `eval \"$(aws configure export-credentials --profile {profile} --format env)\"` and \
         run without --profile, or use a role that needs no MFA (in CI)"
    )
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io;

    use super::*;

    const SERIAL: &str = "arn:aws:iam::111122223333:mfa/me";

    thread_local! {
        static ANSWERS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
        static PROMPTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    fn answering(prompt: &str) -> io::Result<Option<String>> {
        PROMPTS.with_borrow_mut(|prompts| prompts.push(prompt.to_owned()));
        ANSWERS.with_borrow_mut(|answers| match answers.pop() {
            Some(answer) => Ok(Some(answer.to_owned())),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        })
    }

    fn asked(mut answers: Vec<&'static str>) -> Result<String, AccessError> {
        answers.reverse();
        ANSWERS.set(answers);
        code(answering, "audit", SERIAL)
    }

    #[test]
    fn only_six_digits_are_a_code() {
        assert_eq!(asked(vec!["123456\n"]).unwrap(), "123456");
        assert_eq!(asked(vec!["12345\n", "abcdef\n", " 654321 \r\n"]).unwrap(), "654321");
        assert_eq!(
            PROMPTS.take()[1..3],
            [
                format!("Enter MFA code for {SERIAL}: "),
                format!("An MFA code has 6 digits. Enter MFA code for {SERIAL}: ")
            ]
        );
        for answers in [vec!["1", "2", "3", "123456"], vec!["１２３４５６", "12345a", "+12345", "123456"]] {
            assert_eq!(
                asked(answers).unwrap_err().to_string(),
                "the profile `audit` asks for an MFA code (mfa_serial arn:aws:iam::111122223333:mfa/me): \
                 no code of 6 digits was entered"
            );
        }
    }

    #[test]
    fn an_end_of_input_ends_the_asking() {
        assert_eq!(
            asked(vec![]).unwrap_err().to_string(),
            "the profile `audit` asks for an MFA code (mfa_serial arn:aws:iam::111122223333:mfa/me): \
             no code was entered: unexpected end of file"
        );
    }

    #[test]
    fn without_a_terminal_it_says_what_to_do() {
        let error = code(|_| Ok(None), "audit", SERIAL).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the profile `audit` asks for an MFA code (mfa_serial arn:aws:iam::111122223333:mfa/me): there is no \
             terminal to ask on; get credentials first with `eval \"$(aws configure export-credentials --profile audit \
             --format env)\"` and run without --profile, or use a role that needs no MFA (in CI)"
        );
    }
}
