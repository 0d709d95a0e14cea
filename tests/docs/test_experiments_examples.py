"""docs/experiments.md: its files are without mistakes beside the shipped policies."""

import re
import shutil

from jobs.decisions.policy_files import read_policies
from jobs.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "experiments.md").read_text(encoding="utf-8")


def test_the_files_of_the_page_are_without_mistakes(tmp_path):
    shutil.copytree(REPOSITORY / "policies", tmp_path / "policies")
    texts = dict(re.findall(r"```toml\n# policies/experiments/(\w+)\.toml(.*?)```", PAGE, re.DOTALL))
    for name, text in texts.items():
        (tmp_path / "policies" / "experiments" / f"{name}.toml").write_text(f"# {text}")
    found = {each.name: each for each in read_policies(tmp_path / "policies").experiments}
    assert found["short_reviews"].policies == ("user_refunds_short",)
    assert found["seller_holds"].is_switchback and len(texts) == PAGE.count("```toml") == 2
