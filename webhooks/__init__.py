"""Messages' doors. Each does, in order: authenticate, parse, one service call, commit, answer. No rule, no query."""
