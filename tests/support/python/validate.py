"""validate.py KIND: reads [[name, document], ...] from standard input, prints a JSON list of what is wrong with them.

A document is read whole from standard input before anything is printed.
"""

import json
import sys


def html(text):
    """Parse errors of the HTML standard, and what a page that is sent to others must not have."""
    import html5lib

    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse(text)
    for (line, column), code, _ in parser.errors:
        yield f"line {line}, column {column}: {code}"

    elements = [element for element in page.iter() if isinstance(element.tag, str)]
    ids = [element.get("id") for element in elements if element.get("id")]
    for name in {name for name in ids if ids.count(name) > 1}:
        yield f"id {name} twice"
    if page.get("lang") is None:
        yield "no language"
    landmarks = [element.tag for element in elements if element.tag in ("main", "nav", "footer")]
    if landmarks != ["nav", "main", "footer"]:
        yield f"landmarks {landmarks}"
    levels = [int(element.tag[1]) for element in elements if element.tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels[:1] != [1] or any(after > before + 1 for before, after in zip(levels, levels[1:])):
        yield f"headings out of order: {levels}"
    scripts = [element for element in elements if element.tag == "script"]
    if len(scripts) != 1 or len(scripts[0].attrib) > 0:
        yield f"{len(scripts)} scripts"
    for element in elements:
        tag = element.tag.rpartition("}")[2]
        if tag in ("link", "img", "iframe", "object", "embed", "base", "use", "image"):
            yield f"<{tag}>"
        for name, value in element.attrib.items():
            if str(name).startswith("on") or name == "style":
                yield f"{name} on <{tag}>"
            if name in ("src", "href", "action", "formaction") and not value.startswith("#"):
                yield f"<{tag}> leads to {value}"
            if name == "href" and value[1:] not in ids:
                yield f"nothing is called {value}"
            if name == "aria-labelledby" and value not in ids:
                yield f"<{tag}> is labelled by {value}, which is not there"
        if tag == "svg" and (element.get("role") != "img" or not element.get("aria-label")):
            yield "a picture without a text"
        if tag == "input" and not any(element in label.iter() for label in elements if label.tag == "label"):
            yield f"input {element.get('name')} without a label"


KINDS = {"html": html}

if __name__ == "__main__":
    judge = KINDS[sys.argv[1]]
    documents = json.load(sys.stdin)
    json.dump([f"{name}: {complaint}" for name, text in documents for complaint in judge(text)], sys.stdout)
