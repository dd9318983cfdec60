"""Lines of claims.csv for the small case."""


def line(name, value, as_of, published=None, source="blue", **other):
    cells = {
        "id": name, "source": source, "quantity": "killed", "bound": "about", "value": value,
        "from": "2020-01-01", "as_of": as_of, "published": published or as_of, "scope": "harbour",
        "url": f"https://a.example/{name}", "confidence": "high", **other,
    }  # fmt: skip
    order = (
        "id source quantity bound value low high from as_of published scope derived_from via url "
        "wording ambiguity confidence note"
    ).split()
    return ",".join(
        f'"{text}"' if "," in (text := str(cells.get(name, ""))) else text for name in order
    )
