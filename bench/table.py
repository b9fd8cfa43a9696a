"""Results as tables: printed for people, CSV and JSON for machines."""
import csv
import json


def text_of(value):
    if value is None:
        return "-"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def aligned(rows):
    """Lines of columns: the first to the left, the others to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if at == 0 else cell.rjust(width)
                 for at, (cell, width) in enumerate(zip(row, widths))]
        yield "  " + "  ".join(cells).rstrip()


class Table:
    """The figures of one bench, and what they are held against."""

    def __init__(self, name, title, columns):
        self.name, self.title, self.columns = name, title, columns
        self.rows, self.checks, self.notes = [], [], []

    def add(self, *cells):
        assert len(cells) == len(self.columns)
        self.rows.append(cells)

    def check(self, what, value, sense, bound, unit=""):
        """Holds a figure against its bound. `sense` is '<=' or '>='; value None: not measured."""
        verdict = "not measured"
        if value is not None:
            verdict = "ok" if (value <= bound if sense == "<=" else value >= bound) else "MISSED"
        self.checks.append({"what": what, "value": value, "sense": sense, "bound": bound,
                            "unit": unit, "verdict": verdict})

    def note(self, text):
        self.notes.append(text)

    def missed(self):
        return [check for check in self.checks if check["verdict"] == "MISSED"]

    def text(self):
        lines = [f"{self.name}: {self.title}"]
        lines += aligned([[text_of(cell) for cell in row] for row in [self.columns, *self.rows]])
        if self.checks:
            lines.append("")
            lines += aligned([("", "measured", "bound", "")] + [
                (check["what"], f"{text_of(check['value'])} {check['unit']}".rstrip(),
                 f"{check['sense']} {text_of(check['bound'])}", check["verdict"])
                for check in self.checks])
        lines += [f"  * {note}" for note in self.notes]
        return "\n".join(lines) + "\n"

    def save(self, folder, head):
        """Writes NAME.csv and NAME.json; the head is in both."""
        folder.mkdir(exist_ok=True)
        with open(folder / f"{self.name}.csv", "w", newline="", encoding="utf-8") as file:
            for name, value in head.items():
                file.write(f"# {name}: {value}\n")
            writer = csv.writer(file)
            writer.writerow(self.columns)
            writer.writerows(self.rows)
            writer.writerow([])
            writer.writerow(["check", "value", "sense", "bound", "verdict"])
            for check in self.checks:
                writer.writerow([check[key] for key in ("what", "value", "sense", "bound",
                                                        "verdict")])
        with open(folder / f"{self.name}.json", "w", encoding="utf-8") as file:
            json.dump({"head": head, "bench": self.name, "title": self.title,
                       "rows": [dict(zip(self.columns, row)) for row in self.rows],
                       "checks": self.checks, "notes": self.notes}, file, indent=1)
