using System.Globalization;
using System.Text;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Reads the text that a <see cref="SchemaPrinter"/> wrote. Any other text is a <see cref="CodecException"/> that names the
/// place.</summary>
internal sealed class SchemaParser
{
    private const int MaxNesting = 64;
    private readonly string _text;
    private readonly Dictionary<string, SchemaDefinition> _definitions = [];
    private readonly List<string> _mentioned = [];
    private int _at;
    private int _nesting;

    private SchemaParser(string text) => _text = text;

    public static SchemaDocument Parse(string text)
    {
        var parser = new SchemaParser(text);
        SchemaNode root = parser.Node();
        parser.Expect("\n");
        while (parser._at < text.Length)
            parser.Definition();

        foreach (string name in parser._mentioned)
            if (!parser._definitions.ContainsKey(name))
                throw new CodecException($"Stored schema is damaged: '{name}' is mentioned and not defined.");
        return new SchemaDocument(root, parser._definitions);
    }

    private void Definition()
    {
        string name = Name();
        Expect(" = ");
        SchemaDefinition definition = Peek('{') ? new(name, new SchemaRecord(name, Fields()), Cases: null)
            : new(name, Record: null, Cases());
        if (!_definitions.TryAdd(name, definition))
            throw Damaged($"'{name}' is defined twice");
        Expect("\n");
    }

    private List<SchemaRecord> Cases()
    {
        var cases = new List<SchemaRecord>();
        var names = new HashSet<string>();
        do
        {
            string name = Name();
            if (!names.Add(name))
                throw Damaged($"case '{name}' is there twice");
            Expect(" ");
            cases.Add(new SchemaRecord(name, Fields()));
        }
        while (Accept(" | "));
        return cases;
    }

    private List<SchemaField> Fields()
    {
        var fields = new List<SchemaField>();
        if (Accept("{}"))
            return fields;

        var names = new HashSet<string>();
        Expect("{ ");
        do
        {
            string name = Name();
            if (!names.Add(name))
                throw Damaged($"field '{name}' is there twice");
            Expect(": ");
            fields.Add(new SchemaField(name, Node()));
        }
        while (Accept(", "));
        Expect(" }");
        return fields;
    }

    private SchemaNode Node()
    {
        if (++_nesting > MaxNesting)
            throw Damaged($"types nest more than {MaxNesting} deep");

        SchemaNode node = Peek('(') ? Tuple() : Named();
        _nesting--;
        return Accept("?") ? new SchemaNode.Optional(node) : node;
    }

    private SchemaNode.Tuple Tuple()
    {
        var items = new List<SchemaNode>();
        Expect("(");
        if (!Accept(")"))
        {
            do
                items.Add(Node());
            while (Accept(", "));
            Expect(")");
        }

        return new SchemaNode.Tuple(items);
    }

    private SchemaNode Named()
    {
        bool isQuoted = Peek('"');
        string name = Name();
        if (!isQuoted && name is "list" or "set")
        {
            Expect("<");
            SchemaNode element = Node();
            Expect(">");
            return new SchemaNode.Sequence(name is "set", element);
        }

        if (!isQuoted && name is "map")
        {
            Expect("<");
            SchemaNode key = Node();
            Expect(", ");
            SchemaNode value = Node();
            Expect(">");
            return new SchemaNode.Map(key, value);
        }

        if (!isQuoted && Scalar.Named(name) is { } scalar)
            return new SchemaNode.OfScalar(scalar);

        _mentioned.Add(name);
        return new SchemaNode.Reference(name);
    }

    private string Name()
    {
        if (Peek('"'))
            return Quoted();

        int start = _at;
        while (_at < _text.Length && SchemaPrinter.IsNameChar(_text[_at]))
            _at++;
        return _at > start ? _text[start.._at] : throw Damaged("a name is expected");
    }

    private string Quoted()
    {
        var name = new StringBuilder();
        for (_at++; !Accept("\""); _at++)
        {
            if (_at >= _text.Length)
                throw Damaged("a name does not end");
            if (_text[_at] != '\\')
            {
                name.Append(_text[_at]);
                continue;
            }

            if (_at + 5 > _text.Length
                || !ushort.TryParse(_text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out ushort code))
                throw Damaged("an escape is not four hexadecimal digits");
            name.Append((char)code);
            _at += 4;
        }

        return name.ToString();
    }

    private bool Peek(char c) => _at < _text.Length && _text[_at] == c;

    private bool Accept(string token)
    {
        if (string.CompareOrdinal(_text, _at, token, 0, token.Length) != 0)
            return false;
        _at += token.Length;
        return true;
    }

    private void Expect(string token)
    {
        if (!Accept(token))
            throw Damaged($"'{token.Replace("\n", "end of line", StringComparison.Ordinal)}' is expected");
    }

    private CodecException Damaged(string why) => new($"Stored schema is damaged at character {_at}: {why}.");
}
