# XML: expat's events, errors and attributes; ElementTree, minidom and SAX on top of it.
import io
import xml.dom.minidom
import xml.etree.ElementTree as ElementTree
import xml.sax
from xml.parsers import expat

DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE list [
<!ELEMENT list (item*, (note|end)?)>
<!ATTLIST item kind CDATA "plain" id ID #REQUIRED>
<!ENTITY who "world &amp; all">
<!NOTATION gif SYSTEM "viewer">
]>
<!-- a comment --><list xmlns:x="urn:x"><item id="a">Hello &who;</item><x:item id="b" kind="odd">é<![CDATA[<raw>]]></x:item>
<?target some data?></list>"""


def attempt(function, *arguments, **keywords):
    try:
        print(function(*arguments, **keywords))
    except Exception as error:
        print(type(error).__name__, error)


HANDLERS = [name for name in dir(expat.XMLParserType) if name.endswith("Handler")]
print(HANDLERS)


def events(skip=("DefaultHandler", "DefaultHandlerExpand"), separator=None, **attributes):
    parser = expat.ParserCreate(namespace_separator=separator)
    for name, value in attributes.items():
        setattr(parser, name, value)
    for name in HANDLERS:
        if name in skip:
            continue

        def handler(*arguments, name=name):
            print(" ", name, *map(repr, arguments), parser.CurrentLineNumber, parser.CurrentColumnNumber)
            return 1

        setattr(parser, name, handler)
    return parser


print(events().Parse(DOCUMENT.encode(), True))
parser = events(separator=" ", buffer_text=True, ordered_attributes=True, specified_attributes=True)
data = DOCUMENT.encode()
for start in range(0, len(data), 100):
    parser.Parse(data[start:start + 100])
print(parser.Parse(b"", True), parser.ErrorCode)
parser = events(skip=[name for name in HANDLERS if not name.startswith("Default")])
parser.Parse("<a>text &lt; more<!-- c --></a>")
parser = expat.ParserCreate()
print(parser.ParseFile(io.BytesIO(data)), parser.buffer_size, parser.buffer_text, parser.intern)

for wrong in ("<a><b></a>", "<a", "", "<a>&nothing;</a>", "<a x='1' x='2'/>", "<a/><b/>", "<a>\x01</a>"):
    parser = expat.ParserCreate()
    try:
        parser.Parse(wrong, True)
    except expat.ExpatError as error:
        print(error, error.code, error.lineno, error.offset, expat.errors.messages[error.code])
attempt(expat.ParserCreate, namespace_separator="too long")
attempt(expat.ParserCreate, encoding=5)
attempt(expat.ParserCreate, intern=[])
attempt(expat.ParserCreate().ParseFile, 5)
attempt(setattr, expat.ParserCreate(), "buffer_size", 0)
attempt(expat.XMLParserType)
print(expat.ErrorString(3), expat.model.XML_CTYPE_SEQ, expat.native_encoding)


# A handler that raises ends the parsing; one that is taken away hears no more.
def start(name, attributes):
    if name == "c":
        raise ValueError("no c here")
    print(name, attributes)


parser = expat.ParserCreate()
parser.StartElementHandler = start
attempt(parser.Parse, "<a><b/><c/><d/></a>")
parser = expat.ParserCreate()


def once(text):
    print(text)
    parser.CharacterDataHandler = None


parser.CharacterDataHandler = once
print(parser.Parse("<a>one<b/>two<b/>three</a>", True))

# Encodings: expat's own, one of Python's, and one that does not fit.
for encoding in ("iso-8859-1", "cp1252", "utf-16", "koi8-r"):
    text = "<?xml version='1.0' encoding='%s'?><a>%s</a>" % (encoding, "ж" if encoding == "koi8-r" else "é")
    parser = expat.ParserCreate()
    parser.CharacterDataHandler = print
    parser.Parse(text.encode(encoding), True)
attempt(expat.ParserCreate().Parse, b"<?xml version='1.0' encoding='nonsense'?><a/>", True)

root = ElementTree.fromstring(DOCUMENT)
print([(element.tag, element.attrib, element.text, element.tail) for element in root.iter()])
print(ElementTree.tostring(root))
root.append(ElementTree.Element("new", number="1"))
ElementTree.indent(root)
print(ElementTree.tostring(root, encoding="unicode"))
print([element.get("id") for element in root.findall(".//item[@kind]")], root.find("{urn:x}item").text)
for event, element in ElementTree.iterparse(io.StringIO("<r><a>1</a><b>2</b></r>"), events=("start", "end")):
    print(event, element.tag)
attempt(ElementTree.fromstring, "<a><b></a>")
parser = ElementTree.XMLPullParser(events=("end",))
parser.feed("<r><one/>")
print([element.tag for _, element in parser.read_events()])

document = xml.dom.minidom.parseString("<a b='1'>text<c/></a>")
print(document.toxml(), len(document.getElementsByTagName("c")), document.documentElement.getAttribute("b"))


class Handler(xml.sax.ContentHandler):
    def startElement(self, name, attributes):
        print("start", name, dict(attributes))

    def characters(self, content):
        print("text", repr(content))


xml.sax.parseString(b"<a x='1'>one<b/>two</a>", Handler())
