"""Inputs: everything asked or given that somebody could take back, and which of them clash."""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from solver.plan import Input

EFFORT = 4.0


class Inputs:
    """The inputs of one CP-SAT model, each an assumption of it. Rules add themselves to `model`, enforced by
    the inputs they rest on."""

    def __init__(self) -> None:
        self.model = cp_model.CpModel()
        self.assumed: dict[Input, cp_model.IntVar] = {}

    def given(self, kind: str, sentence: str, **facts: str | int) -> cp_model.IntVar:
        """Whether this input is given, as the rules that rest on it may ask."""
        one = Input(kind, sentence, facts)
        if one not in self.assumed:
            self.assumed[one] = self.model.new_bool_var(sentence)
        return self.assumed[one]

    def smallest(self) -> list[Input]:
        """A smallest set of inputs that clash, promises first, or none."""
        names = list(self.assumed)
        if self.hold(names):
            return []
        core = self._refuted(names)
        for one in list(core):
            fewer = [other for other in core if other != one]
            if not self.hold(fewer):
                core = fewer
        return sorted(core, key=lambda one: (one.kind != "promise", names.index(one)))

    def hold(self, names: Sequence[Input]) -> bool:
        """Whether these inputs can hold together. Refuted only when the solver without presolve says so,
        too."""
        return any(self._asked(names, presolve)[0] != cp_model.INFEASIBLE for presolve in (True, False))

    def _refuted(self, names: Sequence[Input]) -> list[Input]:
        status, solver = self._asked(names, presolve=False)
        if status != cp_model.INFEASIBLE:
            return list(names)
        used = set(solver.sufficient_assumptions_for_infeasibility())
        core = [one for one in names if self.assumed[one].index in used]
        return core if core and not self.hold(core) else list(names)

    def _asked(
        self, names: Sequence[Input], presolve: bool
    ) -> tuple[cp_model.CpSolverStatus, cp_model.CpSolver]:
        self.model.clear_assumptions()
        self.model.add_assumptions([self.assumed[one] for one in names])
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = EFFORT
        solver.parameters.cp_model_presolve = presolve
        solver.parameters.catch_sigint_signal = False
        return solver.solve(self.model), solver
