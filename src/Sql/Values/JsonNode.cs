using System.Globalization;
using System.Text;
using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Values;

/// <summary>The kinds of JSON values, in the order in which PostgreSQL sorts them.</summary>
internal enum JsonKind
{
    Null,
    String,
    Number,
    Boolean,
    Array,
    Object,
}

/// <summary>A value of JSON, parsed. It is never changed.</summary>
internal sealed class JsonNode(JsonKind kind)
{
    private const int MaxDepth = 1000;

    public JsonKind Kind { get; } = kind;

    public string Text { get; init; } = "";

    public Numeric Number { get; init; }

    public bool Flag { get; init; }

    public IReadOnlyList<JsonNode> Items { get; init; } = [];

    /// <summary>Of an object: as they were written, or one for each key, the last, in jsonb's order.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonNode>> Members { get; init; } = [];

    /// <summary>Where it stands in the text that was parsed, the end excluded.</summary>
    public (int Start, int End) Place { get; init; }

    /// <exception cref="SqlFault">It is no JSON (22P02), or one too deep (54000).</exception>
    public static JsonNode Parse(string text)
    {
        var reader = new Reader(text);
        return reader.ReadAll();
    }

    /// <summary>The last member of a key.</summary>
    public JsonNode? Member(string key)
    {
        for (int at = Members.Count - 1; at >= 0; at--)
        {
            if (Members[at].Key == key)
                return Members[at].Value;
        }

        return null;
    }

    /// <summary>An element; from the end where negative.</summary>
    public JsonNode? Item(int at)
    {
        if (Kind != JsonKind.Array)
            return null;
        if (at < 0)
            at += Items.Count;
        return at >= 0 && at < Items.Count ? Items[at] : null;
    }

    /// <summary>As jsonb: one member for each key, ordered by the length of keys, then by bytes.</summary>
    public JsonNode Normal() => Kind switch
    {
        JsonKind.Array => new JsonNode(JsonKind.Array) { Items = [.. Items.Select(static item => item.Normal())] },
        JsonKind.Object => new JsonNode(JsonKind.Object) { Members = NormalMembers(Members) },
        _ => this,
    };

    public static IReadOnlyList<KeyValuePair<string, JsonNode>> NormalMembers(IEnumerable<KeyValuePair<string, JsonNode>> members)
    {
        var last = new Dictionary<string, JsonNode>();
        foreach ((string key, JsonNode value) in members)
            last[key] = value.Normal();
        return
        [
            .. last.OrderBy(static one => Encoding.UTF8.GetByteCount(one.Key))
                .ThenBy(static one => one.Key, Comparer<string>.Create(TextOrder.Compare)),
        ];
    }

    /// <summary>As jsonb prints it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    /// <summary>The bare text of a string, else as printed.</summary>
    public string ToPlainText() => Kind == JsonKind.String ? Text : ToString();

    private void Append(StringBuilder text)
    {
        switch (Kind)
        {
            case JsonKind.Null:
                text.Append("null");
                break;
            case JsonKind.Boolean:
                text.Append(Flag ? "true" : "false");
                break;
            case JsonKind.Number:
                text.Append(Number.ToString());
                break;
            case JsonKind.String:
                JsonText.AppendString(text, Text);
                break;
            case JsonKind.Array:
                text.Append('[');
                for (int at = 0; at < Items.Count; at++)
                {
                    if (at > 0)
                        text.Append(", ");
                    Items[at].Append(text);
                }

                text.Append(']');
                break;
            default:
                text.Append('{');
                for (int at = 0; at < Members.Count; at++)
                {
                    if (at > 0)
                        text.Append(", ");
                    JsonText.AppendString(text, Members[at].Key);
                    text.Append(": ");
                    Members[at].Value.Append(text);
                }

                text.Append('}');
                break;
        }
    }

    private ref struct Reader(string text)
    {
        private int _at;
        private int _depth;

        public JsonNode ReadAll()
        {
            JsonNode node = Value();
            Blank();
            return _at == text.Length ? node : throw Invalid();
        }

        private JsonNode Value()
        {
            Blank();
            if (_at >= text.Length)
                throw Invalid();
            int start = _at;
            switch (text[_at])
            {
                case '{':
                    return Object(start);
                case '[':
                    return Array(start);
                case '"':
                    string value = String();
                    return new JsonNode(JsonKind.String) { Text = value, Place = (start, _at) };
                case 't' when Word("true"):
                    return new JsonNode(JsonKind.Boolean) { Flag = true, Place = (start, _at) };
                case 'f' when Word("false"):
                    return new JsonNode(JsonKind.Boolean) { Place = (start, _at) };
                case 'n' when Word("null"):
                    return new JsonNode(JsonKind.Null) { Place = (start, _at) };
                default:
                    return Number(start);
            }
        }

        private JsonNode Object(int start)
        {
            Enter();
            var members = new List<KeyValuePair<string, JsonNode>>();
            if (!Ends('}'))
            {
                do
                {
                    Blank();
                    if (_at >= text.Length || text[_at] != '"')
                        throw Invalid();
                    string key = String();
                    Blank();
                    if (_at >= text.Length || text[_at++] != ':')
                        throw Invalid();
                    members.Add(new(key, Value()));
                }
                while (More('}'));
            }

            _depth--;
            return new JsonNode(JsonKind.Object) { Members = members, Place = (start, _at) };
        }

        private JsonNode Array(int start)
        {
            Enter();
            var items = new List<JsonNode>();
            if (!Ends(']'))
            {
                do
                    items.Add(Value());
                while (More(']'));
            }

            _depth--;
            return new JsonNode(JsonKind.Array) { Items = items, Place = (start, _at) };
        }

        private void Enter()
        {
            _at++;
            if (++_depth > MaxDepth)
                throw new SqlFault(SqlState.ProgramLimitExceeded, $"JSON is nested deeper than {MaxDepth} levels");
        }

        private bool Ends(char end)
        {
            Blank();
            if (_at >= text.Length || text[_at] != end)
                return false;
            _at++;
            return true;
        }

        private bool More(char end)
        {
            Blank();
            if (_at >= text.Length)
                throw Invalid();
            char next = text[_at++];
            return next == ',' || (next == end ? false : throw Invalid());
        }

        private string String()
        {
            int plain = text.AsSpan(_at + 1).IndexOfAny('"', '\\');
            if (plain < 0)
                throw Invalid();
            if (text[_at + 1 + plain] == '"' && text.AsSpan(_at + 1, plain).IndexOfAnyInRange('\0', '\x1f') < 0)
            {
                string all = text.Substring(_at + 1, plain);
                _at += plain + 2;
                return all;
            }

            var value = new StringBuilder();
            for (_at++; _at < text.Length && text[_at] != '"'; _at++)
            {
                char one = text[_at];
                if (one < ' ')
                    throw Invalid();
                value.Append(one == '\\' ? Escape() : one);
            }

            if (_at++ >= text.Length)
                throw Invalid();
            return value.ToString();
        }

        private char Escape()
        {
            if (++_at >= text.Length)
                throw Invalid();
            switch (text[_at])
            {
                case '"' or '\\' or '/':
                    return text[_at];
                case 'b':
                    return '\b';
                case 'f':
                    return '\f';
                case 'n':
                    return '\n';
                case 'r':
                    return '\r';
                case 't':
                    return '\t';
                case 'u' when _at + 4 < text.Length && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture, out ushort code):
                    _at += 4;
                    return code == 0 ? throw new SqlFault(SqlState.UntranslatableCharacter, "unsupported Unicode escape sequence")
                        : (char)code;
                default:
                    throw Invalid();
            }
        }

        private JsonNode Number(int start)
        {
            int at = _at;
            if (at < text.Length && text[at] == '-')
                at++;
            int whole = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
            if (at == whole || (text[whole] == '0' && at > whole + 1))
                throw Invalid();
            if (at < text.Length && text[at] == '.')
            {
                int fraction = ++at;
                while (at < text.Length && char.IsAsciiDigit(text[at]))
                    at++;
                if (at == fraction)
                    throw Invalid();
            }

            if (at < text.Length && text[at] is 'e' or 'E')
            {
                at++;
                if (at < text.Length && text[at] is '+' or '-')
                    at++;
                int exponent = at;
                while (at < text.Length && char.IsAsciiDigit(text[at]))
                    at++;
                if (at == exponent)
                    throw Invalid();
            }

            _at = at;
            if (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
                throw Invalid();
            return new JsonNode(JsonKind.Number) { Number = NumericText.Parse(text[start..at]), Place = (start, at) };
        }

        private bool Word(string word)
        {
            if (!text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal) ||
                (_at + word.Length < text.Length && char.IsAsciiLetterOrDigit(text[_at + word.Length])))
                throw Invalid();
            _at += word.Length;
            return true;
        }

        private void Blank()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or '\n' or '\r')
                _at++;
        }

        private readonly SqlFault Invalid() => new(SqlState.InvalidTextRepresentation, "invalid input syntax for type json");
    }
}
