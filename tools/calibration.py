"""How far the confidence of answers can be relied on: of those given with about 0.9, nine in ten must be right."""

BANDS = [(0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01)]
# A band with fewer answers says nothing.
LEAST_ANSWERS = 10
# How far below its confidence the share of right answers may lie. Being right more often than said harms nobody.
GROSSLY = 0.15


def bands(answers):
    """Of (confidence, right) pairs: for each band that has any, its count, mean confidence and share of right ones."""
    rows = []
    for low, high in BANDS:
        inside = [(confidence, right) for confidence, right in answers if low <= confidence < high]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            rows.append((low, high, len(inside), mean, sum(right for _, right in inside) / len(inside)))
    return rows


def complaints(answers):
    """Sentences about the bands that promise much more than they keep."""
    return [
        f"of {count} answers given with {mean:.2f} on average only {share:.0%} are right"
        for _, _, count, mean, share in bands(answers)
        if count >= LEAST_ANSWERS and share < mean - GROSSLY
    ]


def table(answers):
    lines = ["confidence   answers  said   right"]
    for low, high, count, mean, share in bands(answers):
        lines.append(f"{low:.2f}-{min(high, 1):.2f}  {count:9}  {mean:.2f}  {share:6.1%}")
    return "\n".join(lines)
