"""Greek letters and their names: the one table of the LaTeX reader and the LaTeX printer."""

from __future__ import annotations

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "ς": "varsigma", "σ": "sigma", "τ": "tau",
    "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma",
    "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma",
    "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
SPELLED = frozenset(GREEK.values()) | {"epsilon", "phi"}
# Macros to letters; variants are the same letter to a reader.
LETTERS = {macro: letter for letter, macro in GREEK.items()} | {
    "epsilon": "ε", "phi": "φ", "vartheta": "θ", "varrho": "ρ", "varkappa": "κ",
    "ell": "l",
}  # fmt: skip
