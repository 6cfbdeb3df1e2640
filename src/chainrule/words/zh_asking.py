"""错误信息：问题、数值、文件。What is wrong with anything but the text of an expression."""

ASKING = {
    "() is a scalar, (n) a vector, (m,n) a matrix; declare another shape or mend the use": (
        "() 是标量，(n) 是向量，(m,n) 是矩阵；请改变声明的形状或更正用法"
    ),
    "--bounds {}={}": "--bounds {}={}：写法不对",
    "--pyodide takes the npm package {} {}, unpacked": "--pyodide 需要已解开的 npm 包 {} {}",
    "--resume goes on with a file": "--resume 要接着一个文件写下去",
    "--resume reads {}, and it is no regular file": "--resume 要读取 {}，而它不是普通文件",
    "--{} {}": "--{} {}：写法不对",
    "1 gradient, 2 Hessian": "1 是梯度，2 是黑塞矩阵",
    "`*` between two rows": "`*` 在两个行向量之间",
    "`*` between two vectors": "`*` 在两个向量之间",
    "`*` needs as many columns on the left as rows on the right, found a {} and a {}": (
        "`*` 要求左边的列数等于右边的行数，而这里是{*}与{*}"
    ),
    "`*` of a {} with a {} to its right": "`*` 的左边是{*}，右边是{*}",
    "`,` puts blocks side by side, `;` below each other: [x; 1], [A, b]": (
        "`,` 把分块左右并排，`;` 把分块上下叠放：[x; 1]、[A, b]"
    ),
    "`let` and `assume` are for expressions that are text": (
        "`let` 与 `assume` 用于文本形式的表达式"
    ),
    "`{}` needs operands of one shape, found a {} and a {}": (
        "`{}` 要求各运算对象形状相同，而这里是{*}与{*}"
    ),
    "a constant is a finite number, found {}": "常数应为有限的数，而这里是 {}",
    "a dense matrix of {} entries": "稠密矩阵有 {} 个元素",
    "a derivation has at most {} lines": "推导最多 {} 行",
    "a derivation is checked for the first order only": "推导只能按一阶导数检查",
    "a derivation of more than {} bytes": "推导超过 {} 字节",
    "a derivative with more than two axes on the right": "右边是多于两个维度的导数",
    "a divisor or a determinant is 0 whatever the variables, as in 1/(x - x)": (
        "无论变量取何值，除数或行列式恒为 0，例如 1/(x - x)"
    ),
    "a line is an equation: u = ..., du/dx = ...": "每一行是一个等式：u = ...，du/dx = ...",
    "a line of {} has no end within {} bytes": "{} 中有一行超过 {} 字节仍未结束",
    "a lower bound of {} is above the upper one": "{} 的下界大于上界",
    "a matrix of shape {} has no inverse": "形状为 {} 的矩阵没有逆矩阵",
    "a name has one shape and the same properties everywhere": (
        "同一名称处处只有一种形状和相同的性质"
    ),
    "a problem is a JSON object": "问题应为 JSON 对象",
    "a problem needs an expr, a string": "问题需要 expr，且为字符串",
    "a problem of more than {} bytes": "问题超过 {} 字节",
    "a product with {} indices": "乘积有 {} 个指标",
    "a row goes to the left of a matrix: x'*A": "行向量放在矩阵的左边：x'*A",
    "a subscript of an object is `:` or an integer from 0, found {}": (
        "对象的下标应为 `:` 或从 0 开始的整数，而这里是 {}"
    ),
    "a transpose may be missing; a scalar goes with every shape": (
        "可能缺少转置；标量与任何形状都相配"
    ),
    "a vector is a list, a matrix a list of rows": "向量写成列表，矩阵写成各行的列表",
    "a vector literal takes scalars, found a {}": "向量的分量应为标量，而这里是{*}",
    "a {} is no block of a matrix": "{*}不能作矩阵的分块",
    "an expression is not made into an array": "表达式不能变为数组",
    "an integer of more than {} digits": "整数超过 {} 位数字",
    'an object carries its properties: matrix("A", "n", "n", "spd")': (
        '对象自带性质：matrix("A", "n", "n", "spd")'
    ),
    'as 2, 0.1 or "1/3"': '例如 2、0.1 或 "1/3"',
    "ask for a lower order, or for a part of the expression at a time": (
        "请降低阶数，或只求表达式的一部分"
    ),
    "at these sizes the derivative has too many entries to be shown as numbers": (
        "在这些维数下，导数的元素太多，无法用数值显示"
    ),
    "axis=0 goes down the columns, axis=1 along the rows": "axis=0 沿各列向下，axis=1 沿各行",
    "blocks of different {} in a line: {} and {}": "同一排分块的{*}不同：{} 与 {}",
    "both ends are included, the first is not larger": "两端都包括在内，起点不大于终点",
    "byte {} is not UTF-8": "第 {} 字节不是 UTF-8",
    "byte {} of {} is not UTF-8": "{1} 的第 {0} 字节不是 UTF-8",
    "byte {} of the line is not UTF-8": "这一行的第 {} 字节不是 UTF-8",
    "call it something else": "请换一个名称",
    "cannot compute with a {}": "不能用 {} 计算",
    "cannot listen at {}, port {}: {}": "无法监听 {}，端口 {}：{}",
    "cannot open {}: {}": "无法打开 {}：{}",
    "cannot read standard input: {}": "无法读取标准输入：{}",
    "cannot read {}: {}": "无法读取 {}：{}",
    "cannot use {}: {}": "无法使用 {}：{*}",
    "cannot write standard output: {}": "无法写入标准输出：{}",
    "cannot write {}: {}": "无法写入 {}：{}",
    "choose smaller sizes": "请用较小的维数",
    "code is a list of targets": "code 是目标的列表",
    "complex numbers are not supported": "不支持复数",
    "compute with it as it is: A @ x, np.exp(x), np.sum(x)": (
        "请直接用它计算：A @ x、np.exp(x)、np.sum(x)"
    ),
    "could not compare: {}": "无法比较：{}",
    "give a start for {}, or declare its shape with integers": (
        "给出 {} 的初值，或用整数声明它的形状"
    ),
    "give another start": "请给出另一个初值",
    "give it with the values: operator(..., {}=5)": "请与各值一起给出：operator(..., {}=5)",
    "here it takes {}": "在这里它的参数是 {}",
    "in NumPy a vector beside a matrix is a row, in kron(a, B) of the text a column": (
        "与矩阵相配的向量，在 NumPy 中是行向量，在文本的 kron(a, B) 中是列向量"
    ),
    "install npm, or say --pyodide with the npm package {}": (
        "安装 npm，或用 --pyodide 指定 npm 包 {}"
    ),
    "it goes from 1 to {}": "它的范围是 1 到 {}",
    "lang is en or zh": "lang 应为 en 或 zh",
    "leave out the transpose, or write a product: x.T @ y, x @ y.T": (
        "去掉转置，或写成乘积：x.T @ y、x @ y.T"
    ),
    "let and assume are objects": "let 与 assume 应为对象",
    "line {} of {} is no result": "{1} 的第 {0} 行不是结果",
    "line {} of {} is no result of this file's problem": "{1} 的第 {0} 行不是本文件中问题的结果",
    "matvec, diagonal and solve need none": "matvec、diagonal 与 solve 都不需要它",
    "minimize needs SciPy": "minimize 需要 SciPy",
    "name a new or an empty folder": "请指定新的或空的文件夹",
    "no code generator for {}": "没有 {} 的代码生成器",
    "no convention {}": "没有约定 {}",
    "no language {}": "没有语言 {}",
    "no layout {}": "没有布局 {}",
    "no method {}": "没有方法 {}",
    "no style {}": "没有推导方式 {}",
    "not a JSON object: {}": "不是 JSON 对象：{}",
    "np.kron of a {} and a {}": "np.kron 的参数是{*}与{*}",
    "np.linalg.norm of a {} with ord={}": "对{*}不能用 ord={} 的 np.linalg.norm",
    "np.savez(FILE, X=X, y=y) writes one": "np.savez(FILE, X=X, y=y) 可写出这样的文件",
    "np.{} with these arguments": "np.{} 不支持这些参数",
    "np.{}.{} of an expression": "不能对表达式使用 np.{}.{}",
    "npm could not fetch {}": "npm 未能取得 {}",
    "numpy, jax and torch have it": "numpy、jax 与 torch 中有",
    "of its trace, or by a scalar, even higher derivatives are found": (
        "对它的迹求导，或对标量求导，可以有更高阶"
    ),
    "only a scalar can be minimised, this is a {}": "只能最小化标量，而这里是{*}",
    "only a square matrix has a diagonal": "只有方阵才有对角线",
    "order is an integer": "order 应为整数",
    "out is a name in this problem": "out 是本问题中的名称",
    "out is for one derivative at a time, in NumPy": "out 只用于 NumPy 中的单个导数",
    "over names each variable to be found once, found {}": (
        "over 中每个待求变量只列一次，而这里是 {}"
    ),
    "put a variable in place of an array": "用变量代替数组",
    "put a variable in place of that part of the expression": "用一个变量代替表达式的这一部分",
    "ranges are written in the text syntax: X[1:k,:], from 1 to k with both ends": (
        "范围用文本语法书写：X[1:k,:]，从 1 到 k，两端都包括在内"
    ),
    "say --pyodide with the npm package {}": "用 --pyodide 指定 npm 包 {}",
    "say --token or set CHAINRULE_TOKEN": "用 --token，或设置 CHAINRULE_TOKEN",
    "say --wrt x": "用 --wrt x 指定",
    "say which with --out": "用 --out 指定文件",
    "subscript {} is beyond the size {}": "下标 {} 超出维数 {}",
    "subscript {}: subscripts start at 1": "下标 {}：下标从 1 开始",
    "sum(...) or norm2(...)^2 of it is one": "它的 sum(...) 或 norm2(...)^2 是标量",
    "the JSON object is nested more than {} deep": "JSON 对象的嵌套超过 {} 层",
    "the answer takes too much memory": "结果占用内存过多",
    "the array API has no diagonal of more than two axes": "array API 没有多于两个维度的对角线",
    "the bounds of {} are a pair (low, high)": "{} 的界应为一对数 (low, high)",
    (
        "the check of step {} (order {}) failed, so the answer is withheld "
        "(relative error {}); please report the expression"
    ): ("第 {} 步（{} 阶）验证未通过，答案不予显示（相对误差 {}）；请报告该表达式"),
    (
        "the check of the answer failed, so it is withheld (relative error "
        "{}); please report the expression"
    ): ("答案验证未通过，不予显示（相对误差 {}）；请报告该表达式"),
    "the data lack {}": "数据缺少 {}",
    "the derivation grows too long and is given up": "推导过长，已放弃",
    "the derivatives of a function of a matrix have rules up to the third": (
        "矩阵函数的导数法则只到三阶"
    ),
    "the expression has no value anywhere: division by zero at every point tried": (
        "表达式处处无值：所试各点的除数都为零"
    ),
    "the expression has no value at these numbers": "表达式在这些数值处没有值",
    "the expression or its gradient is not finite at {}": "表达式或其梯度在{*}处不是有限数",
    "the generated code is not the derivative: withheld": "生成的代码与导数不符，不予显示",
    "the order is 1 to {}, found {}": "阶数为 1 到 {}，而这里是 {}",
    "the order is an integer, found {}": "阶数应为整数，而这里是 {}",
    "the page does not say which engine it uses": "网页没有说明所用的引擎",
    "the page is not part of this installation": "此安装不含网页",
    "the range {}:{} is empty": "范围 {}:{} 为空",
    "the rows between `;` differ in their number of blocks": "`;` 之间各行的分块数不同",
    "the rows of {} differ in length": "{*}的各行长度不同",
    "the server needs packages that are missing ({})": "缺少服务器所需的包（{}）",
    "the size {} is an integer from 1 to {}": "维数 {} 应为 1 到 {} 的整数",
    "the size {} is not known": "维数 {} 未知",
    "the token has {} letters and digits or more": "令牌至少要有 {} 个字母和数字",
    "the value of {} has no rows or rows of different lengths": "{} 的值没有行，或各行长度不同",
    "the value of {} holds a number beyond double precision": "{} 的值中有超出双精度的数",
    "the value of {} holds {}, not a number": "{} 的值中有 {}，它不是数",
    "the variable {} has no value": "变量 {} 没有值",
    "the variables are {}; declare others with let": "变量有 {}；其他变量用 let 声明",
    "the workers cannot be started: {}": "无法启动工作进程：{}",
    "there is no array-API code for {}: the standard has nothing to build it from": (
        "没有 {} 的 array-API 代码：该标准不足以构成它"
    ),
    "there is no axis {} in a {}": "{1*}没有维度 {0}",
    "there is no code for the function {}": "没有函数 {} 的代码",
    "there is no rule for np.{}": "np.{} 没有求导法则",
    "there is no rule for the function {}": "函数 {} 没有求导法则",
    "there is {}": "可用 {}",
    "these do: {}": "这些可以：{}",
    "they hold {}": "数据中有 {}",
    "this function of NumPy does not tell a row from a vector": (
        "NumPy 的这个函数不区分行向量与向量"
    ),
    "this is a bug in chainrule, please report the expression: {}": (
        "这是 chainrule 的程序错误，请报告该表达式：{}"
    ),
    "this should not have happened; please report the expression": (
        "不应出现这种情况；请报告该表达式"
    ),
    "transpose the vector: x'*A, or put it on the right: A*x": "把向量转置：x'*A，或放到右边：A*x",
    "try another --port": "请换一个 --port",
    "two different variables are called {}": "两个不同的变量都叫 {}",
    "widgets need anywidget": "组件需要 anywidget",
    "line {}: d{}/d{} cannot be judged: {} is not written as a function of {} in the lines above": (
        "第 {} 行：无法判断 d{}/d{}：以上各行没有把 {} 写成 {} 的函数"
    ),
    "say in a line what {} is in {}": "请用一行写出 {} 用 {} 表示的式子",
    "with respect to what? Found {}": "对哪个变量求导？这里的变量：{*}",
    "without --resume the file is written anew": "不用 --resume 则重新写入文件",
    "write --bounds NAME=LOW,HIGH, as w=0,1 or w=0,": (
        "写成 --bounds NAME=LOW,HIGH，例如 w=0,1 或 w=0,"
    ),
    "write --{} NAME=...": "写成 --{} NAME=...",
    "write it with a matrix that is free, as L*L' for a positive definite one": (
        "用自由变动的矩阵表示它，例如正定矩阵写成 L*L'"
    ),
    "write to another file": "请写入另一个文件",
    "write u = ... or dy/dx = ...": "写成 u = ... 或 dy/dx = ...",
    "write x[1]": "写成 x[1]",
    "write x[i] for a vector and X[i,j], X[i,:] or X[:,j] for a matrix": (
        "向量写成 x[i]，矩阵写成 X[i,j]、X[i,:] 或 X[:,j]"
    ),
    "wrt is a variable, found {}": "wrt 应为变量，而这里是 {}",
    "wrt is the name of a variable": "wrt 应为变量的名称",
    "x'*y is the inner product, x*y' the outer product, x.*y element by element": (
        "x'*y 是内积，x*y' 是外积，x.*y 是逐元素乘积"
    ),
    "{} are given by name": "{*}按名称给出",
    "{} can be reached from other machines, so a token is needed": (
        "其他机器可以访问 {}，因此需要令牌"
    ),
    "{} has a value but is not a variable": "给出了 {} 的值，但它不是变量",
    "{} has no {}": "{} 中没有 {}",
    "{} has the shape {}, needed is {}": "{*}的形状是 {}，应为 {}",
    "{} holds other files": "{} 中有其他文件",
    "{} holds {} at {}, counted from 0": "{0*}在 {2} 处（从 0 数起）的元素是 {1}",
    "{} holds {}, which are no real numbers": "{*}的元素是 {}，不是实数",
    "{} in {} is not that of Pyodide {}": "{1} 中的 {0} 不属于 Pyodide {2}",
    "{} is a variable of the expression": "{} 是表达式中的变量",
    "{} is a {}, and nothing says how large {} is": "{} 是{*}，但没有给出 {} 是多少",
    "{} is a {}, its value has {} axes": "{} 是{*}，而它的值有 {} 个维度",
    "{} is a {}: {} entries here, its value has {}": "{} 是{*}：这里应有 {} 个元素，而它的值有 {}",
    "{} is a {}{}, but {}": "{} 是{*}{}，但{*}",
    "{} is an object": "{} 应为对象",
    "{} is assumed {}: its entries cannot vary one by one": "{} 设为 {}：它的元素不能各自变动",
    "{} is declared {}, its value is not": "{} 声明为 {}，它的值却不是",
    "{} is given for each variable by name": "{*}按变量的名称给出",
    "{} is no name and no derivative": "{} 既不是名称，也不是导数",
    "{} is not a variable of the expression": "{} 不是表达式中的变量",
    "{} is not here, and npm, which would fetch it, is not installed": (
        "这里没有 {}，而用来取得它的 npm 没有安装"
    ),
    "the code needs {}, which is not installed": "代码需要 {}，而它没有安装",
    "install it, or ask for the code as text": "请安装它，或只要代码的文本",
    "{} is the file that is read": "{} 正是要读取的文件",
    "{} is to be fixed, but is not in the expression": "{} 要固定，但表达式中没有它",
    "{} is unknown, so it has no value": "{} 是未知函数，没有值",
    "{} is {}, the value of {} has {}": "{} 是 {}，而 {} 的值中是 {}",
    "{} must be a number, a vector or a matrix; {}": "{*}应为数、向量或矩阵；{*}",
    "{} must be a string": "{} 应为字符串",
    "{} needs arguments of shape {}, found {}": "{} 要求参数的形状为 {*}，而这里是{*}",
    "{} of a row and a matrix": "不能对行向量与矩阵使用 {}",
    "{} problem(s) met a bug in chainrule, please report those that say so": (
        "有 {} 个问题遇到 chainrule 的程序错误，请报告结果中如此说明的问题"
    ),
    "{} speaks of {}, which is not to be found": "{*}提到 {}，但它不是待求的变量",
    "{} subscript(s) for a {}": "对{1*}用了 {0} 个下标",
    "{} takes no bounds": "{} 不接受界",
    "{} would be {} at these sizes, not 1 or more": "{} 在这些维数下为 {}，而它至少为 1",
    "{}(a', B) is {}(a, B')'": "{}(a', B) 即 {}(a, B')'",
}
