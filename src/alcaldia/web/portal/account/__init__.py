"""The citizen's account: enter, register, devices, sessions, recovery, acting for others. No personal datum is shown."""
