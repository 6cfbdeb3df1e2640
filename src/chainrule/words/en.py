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
    # stepping through
    "step-back": "Previous step",
    "step-next": "Next step",
    "step-all": "All steps",
    "step-of": "step {place} of {count}",
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
    "note-end": "{function} is not differentiable where {argument} = 0.",
    "note-boundary": "On the boundary of a condition the side that it chooses is differentiated.",
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
    "check-one-sided": (
        "numeric, {method} ({points} points, max relative error {error}; "
        "a branch was only seen to go one way)"
    ),
    "check-unverified": "not verified: {reason}",
    "check-failed": (
        "The check failed, so the answer is withheld. This is a bug: please report the expression."
    ),
    # where the output cannot show it
    "narrow-output": (
        "note: the output ({encoding}) lacks characters of the derivation, so this is the answer "
        "in the text syntax; --format latex or PYTHONIOENCODING=utf-8 give the derivation"
    ),
    # checking an answer
    "verdict-right": "right ({verdict}, {points} points)",
    "verdict-one-sided": (
        "right as far as was seen ({verdict}, {points} points): a branch only went one way"
    ),
    "verdict-where": (
        "right where {condition}: the answer needs {condition} ({verdict}, {points} points)"
    ),
    "verdict-needs": "{sentence}; the answer needs {condition}",
    "verdict-wrong": "no: {reason}",
    "verdict-error": "relative error {error} at a random point",
    "verdict-differs": "the values differ",
    "verdict-example": "at {point} it is {wrong}, the derivative {right}",
    "verdict-answer": "The derivative is {answer}",
    "line-wrong": "line {number}: {text}: {reason}",
    "lines-right": "right: all {count} lines hold",
    "lines-unfinished": (
        "right so far: all {count} lines hold, but none says what d{output}/d{wrt} is"
    ),
    "line-not-equal": "the two sides are not equal",
    "slip-likewise": "{said}; and likewise at {parts}",
    "slip-value": "this is the function itself, not its derivative",
    "slip-lower-order": "this is the derivative of order {order}; differentiate once more",
    "slip-higher-order": (
        "this is the derivative of order {order}; it was differentiated once too often"
    ),
    "slip-other-variable": "this is the derivative with respect to {by}",
    "slip-transposed": (
        "this is the transpose of the derivative; rows belong to the expression, columns to "
        "the variable, and a gradient has the shape of the variable"
    ),
    "slip-sign": "the sign is wrong: the derivative is the negative of this",
    "slip-factor": "a constant factor is off: the derivative is {factor} times this",
    "slip-factor-varying": (
        "a factor is off, and it is not constant: the derivative is {factor} times this"
    ),
    "slip-factor-scalar": "the factor {factor} is missing",
    "slip-factor-divided": "the factor {factor} is too much: it has to be divided out",
    "slip-mean": "the factor 1/n of {part} is missing: a mean was differentiated like a sum",
    "slip-mean-extra": "{part} is a sum, not a mean: there is no factor 1/n",
    "slip-mean-factor": "the factor {factor} is missing",
    "slip-power-exponent": "power rule at {part}: the exponent {exponent} goes down by one",
    "slip-power-factor": "power rule at {part}: the exponent {exponent} becomes a factor",
    "slip-power-sign": (
        "power rule at {part}: the sign of the exponent {exponent} is the sign of the factor"
    ),
    "slip-not-differentiated-inside": "{part} was kept where its derivative belongs",
    "slip-integrated": "{part} was integrated instead of differentiated",
    "slip-exponential-log": (
        "{part} has the variable in its exponent: the logarithm of the base is missing"
    ),
    "slip-exponential-as-power": (
        "{part} has the variable in its exponent: the power rule does not apply"
    ),
    "slip-quotient-sign": (
        "quotient rule at {part}: the sign of the term with the derivative of the "
        "denominator is wrong"
    ),
    "slip-quotient-order": "quotient rule at {part}: the two terms of the numerator are exchanged",
    "slip-quotient-square": "quotient rule at {part}: the denominator {below} has to be squared",
    "slip-quotient-term": (
        "quotient rule at {part}: the term with the derivative of {factor} by {by} is missing"
    ),
    "slip-quotient-of-derivatives": (
        "the derivative of the quotient {part} is not the quotient of the derivatives"
    ),
    "slip-product-of-derivatives": (
        "the derivative of the product {part} is not the product of the derivatives"
    ),
    "slip-product-rule": (
        "product rule at {product}: {factor} depends on {by} too, and its term is missing"
    ),
    "slip-product-factor": (
        "product rule at {of}: the derivative of {inner} has to be multiplied by {factor}"
    ),
    "slip-paths-dropped": (
        "{by} reaches {node} along several paths, and only some of them are there"
    ),
    "slip-path-dropped": "{by} also reaches {node} through {through}, and that path is missing",
    "slip-term-dropped": "the derivative of the term {term} is missing",
    "slip-term-sign": "the term {term} has the wrong sign",
    "slip-term-factor": "the term {term} has to be multiplied by {factor}",
    "slip-extra-term": "the term {term} is too much",
    "slip-inner": (
        "chain rule: this stops at {of}; its derivative with respect to {by} is missing as a factor"
    ),
    "slip-outer": "chain rule: the derivative of {of} by {inner} is missing as a factor",
    "slip-only-inner": (
        "chain rule: this is the derivative of {of} alone; what is done with it has to be "
        "differentiated too"
    ),
    "slip-function-sign": "the derivative of {part} has the other sign",
    "slip-function-kept": "{part} is not its own derivative",
    "slip-function-derivative": "the derivative of {part} is not {wrote} (u its argument)",
    "slip-minus-dropped": "the minus sign of {part} was lost",
    "slip-branch": "{part} has another branch, where its derivative is different",
    "slip-part": "this is right on a part only: elsewhere another branch decides",
    "slip-norm": (
        "the derivative of {part} by its argument u is u/norm2(u): divided by the norm, without "
        "another factor"
    ),
    "slip-inverse-sign": (
        "the derivative of {part} has a minus sign: d(U⁻¹) = −U⁻¹·dU·U⁻¹ (U its argument)"
    ),
    "slip-inverse-sides": (
        "the derivative of {part} has the inverse on both sides: d(U⁻¹) = −U⁻¹·dU·U⁻¹ "
        "(U its argument)"
    ),
    "slip-inverse-transpose": (
        "the inverses of d(U⁻¹) = −U⁻¹·dU·U⁻¹ are transposed the wrong way at {part} "
        "(U its argument)"
    ),
    "slip-determinant-transpose": "the derivative of {part} has the inverse transposed",
    "slip-determinant-factor": (
        "the derivative of {part} by its argument U has the determinant as a factor: det(U)·U⁻ᵀ"
    ),
    "slip-logdet-factor": (
        "the derivative of {part} by its argument U is U⁻ᵀ, without the determinant"
    ),
    "slip-determinant-other": "the derivative of {part} by its argument U is U⁻ᵀ",
    "slip-softmax": (
        "the Jacobian of {part} by its argument is diag(p) − p·pᵀ, p its value: entries on and "
        "off the diagonal"
    ),
    "slip-logsumexp": (
        "the derivative of {part} by its argument is the softmax: divided by the sum"
    ),
    "slip-trace": "the derivative of {part} by its argument is the identity matrix, not all ones",
    "slip-constant-kept": "{constant} does not depend on the variable: its derivative is 0",
    "slip-term-missing": "{term} is missing: the derivative is this plus {term}",
    "slip-added": "{constant} is added that does not belong there",
    "slip-missing-transpose": "a transpose is wrong: {wrote} has to be {meant}",
    "slip-factor-transposed": "the derivative of {of} by {inner} has to be transposed",
    "slip-order": "the order of factors is wrong: {wrote} has to be {meant}",
    "slip-product-wanted": "a matrix product is needed: {wrote} has to be {meant}",
    "slip-elementwise-wanted": "a product element by element is needed: {wrote} has to be {meant}",
    "slip-symmetric": "this is right only for symmetric {matrix}",
    "slip-convention": (
        "this is the derivative in the convention {convention} for symmetric matrices"
    ),
    "slip-shape": "the derivative is a {needed}, the answer a {found}",
    "slip-shape-turned": (
        "the derivative is a {needed}, the answer a {found}: it would fit transposed"
    ),
    "slip-missing-diag": (
        "these are the entries of the diagonal: the derivative is the diagonal matrix with "
        "them, diag(…)"
    ),
    "slip-extra-diag": "the derivative is a vector; this is the diagonal matrix with its entries",
    "slip-not-summed": "the entries of this have to be added up: the expression is a sum over them",
    "slip-summed": "the entries must not be added up: the derivative is a vector or matrix",
    "slip-product-rule-again": (
        "product rule at {product}: {by} occurs several times, and only some of the terms are there"
    ),
    "slip-shape-contradiction": (
        "its parts do not fit together ({message}); the derivative is a {needed}"
    ),
    "slip-shape-parts": "its parts do not fit together ({message})",
    "slip-text-transpose": "a transpose is wrong: with {meant} it would be right",
    "slip-text-elementwise": "the wrong product: with {meant} it would be right",
    "slip-text-order": "the order of factors is wrong: with {meant} it would be right",
    "slip-constant-factor": "the constant {constant} of {of} is missing",
    "line-name": "{name} is not known here: define it in an earlier line",
    "slip-shape-of-name": "the sides have different shapes: a {needed} and a {found}",
}
