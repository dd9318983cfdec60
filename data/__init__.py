"""Reading tables of claims: the words they may use, the gate they pass, the cases that ship."""
