"""What pandas reads from small CSV texts, as the released program would.

Writes packages/cli/test/golden/pandas_csv.json:

- `tables`: texts with a first line of column names, as `pandas.read_csv` with its defaults reads them (`default`, where
  a value that is no text is kept as JSON: null for NaN) and as text throughout (`text`);
- `lines`: drawn texts without column names, field by field, each line filled up with empty fields to `WIDTH`.

    python reference/cli/pandas_csv.py
"""

import io
import json
import random
from pathlib import Path

import pandas

OUTPUT = Path(__file__).resolve().parents[2] / "packages/cli/test/golden/pandas_csv.json"

HEADER = "img_path,source_prompt,target_prompt\n"
WIDTH = 12

TABLES = {
    "plain": HEADER + "a.png,a cat,a dog\nb.png,a car,a bus\n",
    "no newline at the end": HEADER + "a.png,a cat,a dog",
    "CRLF": (HEADER + "a.png,a cat,a dog\nb.png,a car,a bus\n").replace("\n", "\r\n"),
    "CR only": (HEADER + "a.png,a cat,a dog\nb.png,a car,a bus\n").replace("\n", "\r"),
    "mixed line ends": HEADER + "a.png,a cat,a dog\r\nb.png,a car,a bus\rc.png,a hat,a cap\n",
    "byte order mark": "\ufeff" + HEADER + "a.png,a cat,a dog\n",
    "byte order mark before a quoted name": '\ufeff"img_path",source_prompt,target_prompt\na.png,a cat,a dog\n',
    "quotes inside": HEADER + 'sign.jpg,a sign that says "open",a sign that says "closed"\n',
    "an inch mark": HEADER + 'tv.jpg,a 19" screen,a 24" screen\n',
    "quoted with commas": HEADER + 'a.png,"a cat, asleep","a dog, awake"\n',
    "doubled quotes": HEADER + 'a.png,"a ""big"" cat","""dog"""\n',
    "text after a closing quote": HEADER + 'a.png,"a cat" asleep,"a dog"s "own"\n',
    "a blank before a quote": HEADER + 'a.png, "a cat", "a dog"\n',
    "quoted newlines": HEADER + 'a.png,"a cat\nasleep","a dog\r\nawake"\n',
    "single quotes": HEADER + "a.png,'a cat','a dog'\n",
    "a quote that does not end": HEADER + 'a.png,"a cat,a dog\nb.png,a car,a bus\n',
    "a last line of blanks": HEADER + "a.png,a cat,a dog\n   \n",
    "a last line of tabs": HEADER + "a.png,a cat,a dog\n\t\t\n",
    "empty lines": "\n\n" + HEADER + "\na.png,a cat,a dog\n\n\nb.png,a car,a bus\n\n",
    "lines of commas at the end": HEADER + "a.png,a cat,a dog\n,,\n,,\n",
    "a line of commas in the middle": HEADER + "a.png,a cat,a dog\n,,\nb.png,a car,a bus\n",
    "a missing last field": HEADER + "a.png,a cat,a dog\ndark.jpg,thunder\n",
    "two missing last fields": HEADER + "dark.jpg\na.png,a cat,a dog\n",
    "one field too many": HEADER + "a.png,a cat,a dog\nb.png,a car,red,a bus\n",
    "one field too many in the first row": HEADER + "b.png,a car,red,a bus\n",
    "an empty field too many": HEADER + "a.png,a cat,a dog\nb.png,a car,a bus,\n",
    "more columns": "id,img_path,source_prompt,target_prompt,note\n7,a.png,a cat,a dog,good\n",
    "columns without a name": "img_path,source_prompt,target_prompt,,\na.png,a cat,a dog,,\n",
    "a column twice": "img_path,source_prompt,target_prompt,target_prompt\na.png,a cat,a dog,a cow\n",
    "other order": "target_prompt,img_path,source_prompt\na dog,a.png,a cat\n",
    "backslashes": HEADER + "images\\a.png,a cat,a \\ dog\n",
    "blanks around fields": HEADER + " a.png , a cat , a dog \n",
    "accents, composed and decomposed": HEADER + "caf\u00e9.png,caf\u00e9,cafe\u0301\n",
    "beyond the basic plane": HEADER + "a.png,a \U0001f408,a \U0001f436\n",
    "words that pandas takes for nothing": HEADER + "a.png,null,NA\nb.png,None,nan\nc.png,N/A,a dog\n",
    "numbers": HEADER + "001,1,2.0\n002,3,4\n",
    "truth values": HEADER + "a.png,True,FALSE\nb.png,False,TRUE\n",
    "empty": "",
    "names only": HEADER,
    "names only, no newline": HEADER.strip(),
    "empty quoted fields": HEADER + 'a.png,"",""\n"","",""\n',
}

PIECES = ["a", "b c", "é", '"', '"', '""', ",", ",", ",", " ", "\t", "\n", "\n", "\r\n", "'", "\\", ";"]


def jsonable(value):
    return value if isinstance(value, (str, bool)) else None if pandas.isna(value) else float(value)


def rows_of(frame):
    return [[jsonable(value) for value in row] for row in frame.to_numpy(dtype=object).tolist()]


def read(text, **options):
    try:
        return pandas.read_csv(io.BytesIO(text.encode()), **options)
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError) as error:
        return str(error).replace("Error tokenizing data. C error: ", "").strip()


def table(name, text):
    default = read(text)
    if isinstance(default, str):
        return {"name": name, "text": text, "error": default}
    if not isinstance(default.index, pandas.RangeIndex):
        return {"name": name, "text": text, "error": "takes the first column for an index"}
    as_text = read(text, dtype=str, keep_default_na=False, na_filter=False)
    return {
        "name": name,
        "text": text,
        "columns": list(default.columns),
        "default": rows_of(default),
        "rows": rows_of(as_text),
    }


def drawn_text(rng):
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 16)))


def lines(text):
    frame = read(text, header=None, names=range(WIDTH), index_col=False, dtype=str, na_filter=False)
    if isinstance(frame, str):
        return {"text": text, "error": frame}
    return {"text": text, "rows": [[value or "" for value in row] for row in rows_of(frame)]}


def one_a_line(cases):
    return "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]"


def main():
    rng = random.Random(20)
    drawn = sorted({drawn_text(rng) for _ in range(500)})
    tables = one_a_line(table(name, text) for name, text in TABLES.items())
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(f'{{"width": {WIDTH}, "tables": {tables}, "lines": {one_a_line(map(lines, drawn))}}}\n')


main()
