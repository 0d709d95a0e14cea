"""The policies that a back-test is asked for: which file is meant, and whether two policies can be compared."""

from pathlib import Path

from jobs.decisions.policy_documents import shown
from jobs.decisions.policy_files import Policies, Policy, read_policy
from jobs.errors import UserError
from jobs.settings import REPOSITORY


def policy_of_file(name: str) -> Policy:
    """Return the policy of a file, given from the working folder, from the repository, or as a whole path.

    Raises:
        UserError: there is no such file, or it has mistakes.
    """
    path = Path(name).expanduser()
    file = path if path.is_absolute() or path.exists() else REPOSITORY / path
    if not file.is_file():
        raise UserError(f"{name}: no such file. Expected the TOML file of a policy, such as policies/seller.toml. "
                        "make policies shows the names of all of them")
    return read_policy(file)


def require_comparable(candidate: Policy, other: Policy | None, policies: Policies, folder: Path) -> None:
    """Require that the folder has the queues of the policies, and that both decide on the same kind of entity.

    Raises:
        UserError: a policy's queue is not there or does not have its risks, or the entities differ.
    """
    for policy in (candidate, *([other] if other else [])):
        queue = policies.queues.get(policy.queue)
        if queue is None:
            raise UserError(f"{shown(policy.path)}: queue {policy.queue!r} is not in {shown(folder / 'queues.toml')}. "
                            f"Expected one of: {', '.join(sorted(policies.queues))}")
        missing = [f"{policy.entity}/{risk}" for risk in policy.risks if f"{policy.entity}/{risk}" not in queue.risks]
        if missing:
            raise UserError(f"{shown(policy.path)}: queue {policy.queue!r} does not have {', '.join(missing)}. "
                            f"Expected the risks of the policy among its risks in {shown(folder / 'queues.toml')}")
    if other and other.entity != candidate.entity:
        raise UserError(f"{shown(other.path)}: decides on {other.entity}, and {shown(candidate.path)} on "
                        f"{candidate.entity}. Expected two policies of one kind of entity")
