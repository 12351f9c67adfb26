"""Linear algebra. `A B` are square matrices, `P` is symmetric and positive definite."""

from __future__ import annotations

from adcompile.catalogue.entries import Entry, Family, entry

# How many times larger than rounding errors may be: of products, of what goes through a factorization, of vectors.
PRODUCT, SOLVED, VECTORS = 8.0, 1e3, 1e4


def _solved(names: str, *cases: str, loss: float = SOLVED) -> Entry:
    """An entry of what goes through a factorization. Whole numbers could make a singular matrix."""
    return entry(names, *cases, integers=False, loss=loss)


FAMILY = Family(
    "linear algebra",
    (
        entry(
            "np.dot .dot",
            "np.dot(v, w)",
            "x.dot(z)",
            "np.dot(x.T, y)",
            "np.dot(u, x.T)",
            "np.dot(x, 2.0)",
            loss=PRODUCT,
        ),
        entry("np.matmul", "np.matmul(x, y.T)", "x @ z", "u @ x.T", "u @ u.transpose(0, 2, 1)", loss=PRODUCT),
        entry("np.vdot", "np.vdot(x, y)", loss=PRODUCT),
        entry("np.inner", "np.inner(x, y)", "np.inner(v, w)", "np.inner(u, z)", loss=PRODUCT),
        entry("np.outer", "np.outer(v, z)", "np.outer(x, s)", loss=PRODUCT),
        entry(
            "np.tensordot",
            "np.tensordot(x, y)",
            "np.tensordot(u, x, axes=([1, 2], [0, 1]))",
            "np.tensordot(v, z, 0)",
            "np.tensordot(u, z, 1)",
            loss=PRODUCT,
        ),
        entry(
            "np.einsum",
            'np.einsum("ij,kj->ik", x, y)',
            'np.einsum("bij,bkj->bik", u, u)',
            'np.einsum("ii", A)',
            'np.einsum("i,ij,j->", z, x.T @ x, z)',
            'np.einsum("...j,j", u, z)',
            'np.einsum("ij,ij->i", x, z[None])',
            'np.einsum("ij,jk->ik", x, x[:1])',
            'np.einsum("i,i", z, z[:1])',
            'np.einsum("...i,ij", u[:, :1], A[:1])',
            'np.einsum("ij,i,kj->ik", x[:, :1], v[:1], y)',
            loss=10.0 * PRODUCT,
        ),
        entry("np.kron", "np.kron(A, x)", "np.kron(v, z)"),
        entry("np.cross", "np.cross(A, B)", "np.cross(x, y, axis=0)", loss=PRODUCT),
        entry("np.trace .trace", "np.trace(A)", "x.trace(1)", "np.trace(u, axis1=1, axis2=2)"),
        entry("np.linalg.multi_dot", "np.linalg.multi_dot([A, x, z])", "np.linalg.multi_dot([A, B, x])", loss=SOLVED),
        entry(
            "np.linalg.matrix_power",
            "np.linalg.matrix_power(A, 3)",
            "np.linalg.matrix_power(A, 0)",
            "np.linalg.matrix_power(A, -2)",
            "np.linalg.matrix_power(1.0 * A, 3 * n)",
            "np.linalg.matrix_power(np.stack((A, B)), 0)",
            "np.linalg.matrix_power(np.stack((A, B)), 3)",
            loss=SOLVED,
        ),
        entry(
            "np.linalg.norm",
            "np.linalg.norm(x)",
            "np.linalg.norm(x, axis=0)",
            "np.linalg.norm(v, 1)",
            "np.linalg.norm(x, np.inf, axis=-1, keepdims=True)",
            "np.linalg.norm(v, 3)",
            'np.linalg.norm(u, "fro", axis=(0, 2))',
            "np.linalg.norm(x, 1)",
            "np.linalg.norm(u, 2, axis=(0, 2), keepdims=True)",
            'np.linalg.norm(x, "nuc")',
            loss=PRODUCT,
        ),
        _solved("np.linalg.solve", "np.linalg.solve(A, x)", "np.linalg.solve(A, B[0])", "np.linalg.solve(A.T, B.T)"),
        _solved("np.linalg.inv", "np.linalg.inv(A)", "np.linalg.inv(np.stack((A, B)))"),
        _solved("np.linalg.pinv", "np.linalg.pinv(x)", "np.linalg.pinv(u)"),
        _solved("np.linalg.det", "np.linalg.det(A)", "np.linalg.det(np.stack((A, B)))"),
        _solved("np.linalg.slogdet", "np.linalg.slogdet(A)", "np.linalg.slogdet(np.stack((A, B)))[1]"),
        _solved("np.linalg.cholesky", "np.linalg.cholesky(P)", "np.linalg.cholesky(P, upper=True)"),
        _solved(
            "np.linalg.qr",
            "np.linalg.qr(A)",
            'np.linalg.qr(x.T, mode="r")',
            "np.linalg.qr(np.stack((x.T, y.T)))",
            loss=VECTORS,
        ),
        _solved(
            "np.linalg.svd",
            "np.linalg.svd(x, compute_uv=False)",
            "np.linalg.svd(x, full_matrices=False)[2] ** 2",
            "np.linalg.svd(u, full_matrices=False)[0] ** 2",
            "np.linalg.svd(u, compute_uv=False)",
            loss=VECTORS,
        ),
        _solved("np.linalg.eigh", "np.linalg.eigh(P)[1] ** 2", 'np.linalg.eigh(P, UPLO="U")[1] ** 2', loss=VECTORS),
        _solved("np.linalg.eigvalsh", "np.linalg.eigvalsh(P)"),
        _solved("np.linalg.lstsq", "np.linalg.lstsq(x.T, z)[0]", "np.linalg.lstsq(x.T, y.T)[0]"),
        _solved("np.linalg.cond", "np.linalg.cond(A)", "np.linalg.cond(A, 1)", "np.linalg.cond(u)"),
        entry("np.linalg.matrix_rank", "np.linalg.matrix_rank(x)", "np.linalg.matrix_rank(u)", discrete=True),
        entry("np.linalg.matmul", "np.linalg.matmul(x, y.T)", loss=PRODUCT),
        entry("np.linalg.outer", "np.linalg.outer(v, z)", loss=PRODUCT),
        entry("np.linalg.cross", "np.linalg.cross(A, B)", loss=PRODUCT),
        entry("np.linalg.tensordot", "np.linalg.tensordot(u, x)", loss=PRODUCT),
        entry("np.linalg.trace", "np.linalg.trace(u, offset=1)"),
        entry("np.linalg.diagonal", "np.linalg.diagonal(u)"),
        entry("np.matrix_transpose np.linalg.matrix_transpose", "np.matrix_transpose(u)"),
        entry("np.vecdot np.linalg.vecdot", "np.vecdot(x, y)", "np.linalg.vecdot(x, y, axis=0)", loss=PRODUCT),
        _solved("np.linalg.svdvals", "np.linalg.svdvals(x)"),
        entry("np.linalg.vector_norm", "np.linalg.vector_norm(x)", "np.linalg.vector_norm(x, axis=0)", loss=PRODUCT),
        entry("np.linalg.matrix_norm", "np.linalg.matrix_norm(u)", loss=PRODUCT),
    ),
)

SCIPY = Family(
    "`scipy.linalg`",
    (
        _solved(
            "linalg.solve_triangular",
            "linalg.solve_triangular(P, x)",
            "linalg.solve_triangular(P, B[1], lower=True)",
            "linalg.solve_triangular(P, x, trans=1, unit_diagonal=True)",
        ),
        _solved("linalg.cho_factor", "linalg.cho_factor(P, lower=True)[0]"),
        _solved("linalg.cho_solve", "linalg.cho_solve((np.linalg.cholesky(P), True), x)"),
        _solved("linalg.solve", "linalg.solve(A, x)", 'linalg.solve(P, B[0], assume_a="pos")'),
        _solved("linalg.cholesky", "linalg.cholesky(P)", "linalg.cholesky(P, lower=True)"),
        _solved("linalg.inv", "linalg.inv(A)"),
        _solved("linalg.pinv", "linalg.pinv(x)"),
        _solved("linalg.det", "linalg.det(A)"),
        _solved("linalg.norm", "linalg.norm(x)", "linalg.norm(x, 1)", loss=PRODUCT),
        _solved(
            "linalg.eigh", "linalg.eigh(P, driver='evd')[1] ** 2", "linalg.eigh(P, eigvals_only=True)", loss=VECTORS
        ),
        _solved("linalg.eigvalsh", "linalg.eigvalsh(P)"),
        _solved("linalg.svd", "linalg.svd(x, full_matrices=False)[1]", "linalg.svd(x, compute_uv=False)"),
        _solved("linalg.svdvals", "linalg.svdvals(x)"),
        _solved("linalg.lstsq", "linalg.lstsq(x.T, z)[0]"),
        _solved("linalg.qr", 'linalg.qr(A, mode="economic")', loss=VECTORS),
        entry("linalg.block_diag", "linalg.block_diag(A, x, v)"),
        _solved("linalg.expm", "linalg.expm(A)", "linalg.expm(5.0 * A - 10.0)"),
    ),
)
