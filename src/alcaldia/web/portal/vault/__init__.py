"""The citizen's own vault: what the city holds, who may use it, who looked; and the no-debt certificate."""
