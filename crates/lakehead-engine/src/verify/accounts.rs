//! The numbers of each batch of the table against each other: rows read, rejected, landed, taken out, in its files, and in
//! the ledger.

use lakehead_model::batch::BatchStatus;
use lakehead_store::BatchAccount;

use super::{Findings, Kind, Subject, VerifyError};

pub(super) async fn compare(subject: &Subject<'_>, findings: &mut Findings) -> Result<(), VerifyError> {
    let mut after = String::new();
    loop {
        let mut tx = subject.engine.store.read().await?;
        let page = tx.accounts_after(subject.scope, &subject.dataset_id, &after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        last.batch_id.clone_into(&mut after);
        for account in &page {
            if let Some(message) = fault(account) {
                findings.add(Kind::Different, &account.batch_id, message);
            }
        }
    }
}

/// What does not add up.
fn fault(account: &BatchAccount) -> Option<String> {
    let BatchAccount { status, read, written, failed, undone, in_files, in_ledger, flow_id, .. } = account;
    if status != BatchStatus::Success.as_str() {
        return (*in_ledger != 0).then(|| format!("is `{status}`, but the ledger has {in_ledger} rows of it"));
    }
    let left = written - undone;
    if *read != written + failed {
        Some(format!("read {read} rows, but landed {written} and rejected {failed}"))
    } else if *in_files != left {
        Some(format!("landed {written} rows and {undone} were taken out, but its files have {in_files}"))
    } else if *in_ledger != left {
        Some(format!("has {left} rows in the table, but the ledger of `{flow_id}` has entries for {in_ledger}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> BatchAccount {
        BatchAccount {
            batch_id: "b".into(),
            flow_id: "f".into(),
            status: "success".into(),
            read: 11,
            written: 10,
            failed: 1,
            undone: 4,
            in_files: 6,
            in_ledger: 6,
        }
    }

    #[test]
    fn every_number_is_held_against_the_others() {
        assert_eq!(fault(&account()), None);
        assert!(fault(&BatchAccount { read: 12, ..account() }).unwrap().starts_with("read 12"));
        assert!(fault(&BatchAccount { in_files: 5, ..account() }).unwrap().contains("its files have 5"));
        assert!(fault(&BatchAccount { in_ledger: 5, ..account() }).unwrap().contains("entries for 5"));
        assert!(fault(&BatchAccount { status: "inactive".into(), ..account() }).unwrap().contains("inactive"));
        assert_eq!(fault(&BatchAccount { status: "failed".into(), in_ledger: 0, ..account() }), None);
    }
}
