"""English sentences. Keys are shared with words/zh.py."""

WORDS = {
    # headings
    "problem": "Problem",
    "given": "Given",
    "inferred": "inferred",
    "rule": "Rule",
    "flow": "Data flow",
    "introduce": "Introduce intermediate variables",
    "partial": "Differentiate each in isolation",
    "combine": "Combine",
    "substitute": "Substitute back",
    "simplify": "Simplify",
    "result": "Result",
    "where": "where",
    "checked": "Checked",
    "code": "NumPy",
    "order": "Derivative of order {order}",
    "differential": "In differentials",
    "more-steps": "… and {count} more of this kind",
    "layout": "{layout} layout",
    "shape": "shape {shape}",
    # why this rule
    "rule-single": "One data-flow path leads from {wrt} to the output: {route}.",
    "rule-total": (
        "{wrt} reaches the output along {paths} data-flow paths: {routes}. "
        "What each path contributes is added."
    ),
    "rule-vector": (
        "Vectors take part on the way from {wrt} to the output: Jacobians are multiplied."
    ),
    "rule-vector-paths": (
        "Vectors take part, and {wrt} reaches the output along {paths} data-flow paths: "
        "{routes}. Jacobians are multiplied along each path and the products added."
    ),
    "rule-matrix": (
        "A matrix is on the way from {wrt} to the output, so each Jacobian would have four "
        "axes; every derivative is written in the shape of its variable instead."
    ),
    "rule-differential": (
        "Every intermediate gets its differential, linear in d{wrt}; what multiplies d{wrt} in "
        "the end is the derivative."
    ),
    "rule-none": "The expression does not contain {wrt}, so its derivative is zero.",
    # reasons of steps
    "introduce-reason": "intermediate variable",
    "output-reason": "the output",
    "sum-rule": "sum rule",
    "power-rule": "power rule",
    "product-rule": "product rule: each factor in turn",
    "quotient-rule": "quotient rule",
    "constant-factor": "linear: the other factors are held fixed",
    "function": "derivative of {function}",
    "linear": "{function} is linear",
    "identity": "the variable itself",
    "entries": "entry by entry",
    "diagonal": "element-wise, so the Jacobian is diagonal",
    "scalar-expansion": "scalar expansion: {name} reaches every element",
    "sum-reduction": "sum reduction: every element counts once",
    "combine-product": "chain rule: the product along the path",
    "combine-sum": "total derivative: the direct term and one product for each intermediate",
    "one-path-remark": "with a single path this is the single-variable chain rule",
    "substitute-partials": "put in the partial derivatives",
    "substitute-back": "replace the intermediate variables by what they stand for",
    "simplify-reason": "simplify",
    "gradient": "the gradient is this row written as a column, the shape of the variable",
    "pullback": "chain rule, from the output back",
    "pushforward": "chain rule, from the variable on",
    "differential-reason": "differential: product rule and linearity",
    "contributions": "one term for each way it is used",
    "contribution": "through {name}: {part}",
    "read-off-trace": (
        "Frobenius product and cyclic trace: dy = tr(Gᵀ dX), and G is the derivative"
    ),
    "read-off-inner": "dy = gᵀ dx, and g is the gradient",
    "read-off-scalar": "the factor of the differential is the derivative",
    "read-off-jacobian": "dy = J dx, and J is the Jacobian",
    "collect": "collect the differential",
    "family": "Block-diagonal: {of} {name} by {by} {name} of {wrt}",
    "axis-entry": "entry",
    "axis-row": "row",
    "axis-column": "column",
    # notes
    "note-kink": "{function} is not differentiable where its argument is 0; 0 is used there.",
    "note-tie": (
        "{function} is not differentiable where its arguments are equal; "
        "each gets half of the derivative there."
    ),
    "note-tie-number": (
        "{function} is not differentiable where its arguments are equal; 0 is used there."
    ),
    "note-domain": "{function} {note}.",
    "note-needs": "The input needs {condition}.",
    "note-index": "No matrix notation: {reason}.",
    "note-kronecker": (
        "Rows are vec of the expression, columns vec of the variable (columns stacked)."
    ),
    "note-kronecker-turned": (
        "Rows are vec of the variable, columns vec of the expression (columns stacked)."
    ),
    "note-kronecker-hessian": ("Rows and columns are vec of the variable (columns stacked)."),
    "note-rows": "Row expansion: {row} is added to (multiplied into) every row of a matrix.",
    "note-function": "{function} is an unknown function of one number, applied to each element.",
    "note-symmetric-free": (
        "{wrt} is {property}; it is varied freely here (other conventions: projected, unique)."
    ),
    "note-symmetric-projected": (
        "{wrt} is {property}: this is (G + Gᵀ)/2, the gradient among symmetric matrices."
    ),
    "note-symmetric-unique": (
        "{wrt} is {property}: this is G + Gᵀ - G ⊙ I, by the entries on and above the diagonal."
    ),
    "note-lower": "{wrt} is lower triangular: only entries on and below the diagonal vary.",
    "note-diagonal": "{wrt} is diagonal: only entries on the diagonal vary.",
    # curvature
    "curvature-convex": "Curvature: convex in {wrt} (certified).",
    "curvature-concave": "Curvature: concave in {wrt} (certified).",
    "curvature-affine": "Curvature: affine in {wrt}.",
    "curvature-unknown": "Curvature in {wrt}: unknown (neither convex nor concave certified).",
    # the check
    "check-exact": "exact, {method} ({points} points)",
    "check-numeric": "numeric, {method} ({points} points, max relative error {error})",
    "check-unverified": "not verified: {reason}",
    "check-failed": (
        "The check failed, so the answer is withheld. This is a bug: please report the expression."
    ),
}
