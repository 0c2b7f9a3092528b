using System.Text;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>JSON, made and changed.</summary>
internal static class JsonMakers
{
    [SqlFunction("to_json", IsSafe = true)]
    public static Json ToJson<T>(T value) => new(TextOf(value!));

    [SqlFunction("to_jsonb", IsSafe = true)]
    public static Jsonb ToJsonb<T>(T value) => Jsonb.Parse(TextOf(value!));

    [SqlFunction("jsonb_concat")]
    public static Jsonb Concat(Jsonb left, Jsonb right)
    {
        JsonNode l = left.ToNode(), r = right.ToNode();
        if (l.Kind == JsonKind.Object && r.Kind == JsonKind.Object)
            return Jsonb.Of(new JsonNode(JsonKind.Object) { Members = [.. l.Members, .. r.Members] });
        return Jsonb.Of(new JsonNode(JsonKind.Array) { Items = [.. Items(l), .. Items(r)] });
    }

    [SqlOperator("-")]
    public static Jsonb Remove(Jsonb json, string key)
    {
        JsonNode node = json.ToNode();
        return node.Kind switch
        {
            JsonKind.Object => Jsonb.Of(new JsonNode(JsonKind.Object) { Members = [.. node.Members.Where(member => member.Key != key)] }),
            JsonKind.Array => Jsonb.Of(new JsonNode(JsonKind.Array)
            {
                Items = [.. node.Items.Where(item => item.Kind != JsonKind.String || item.Text != key)],
            }),
            _ => throw new SqlFault(SqlState.InvalidParameterValue, "cannot delete from scalar"),
        };
    }

    [SqlOperator("-")]
    public static Jsonb Remove(Jsonb json, int at)
    {
        JsonNode node = json.ToNode();
        if (node.Kind == JsonKind.Object)
            throw new SqlFault(SqlState.InvalidParameterValue, "cannot delete from object using integer index");
        if (node.Kind != JsonKind.Array)
            throw new SqlFault(SqlState.InvalidParameterValue, "cannot delete from scalar");
        int index = at < 0 ? at + node.Items.Count : at;
        return Jsonb.Of(new JsonNode(JsonKind.Array) { Items = [.. node.Items.Where((_, place) => place != index)] });
    }

    [SqlFunction("jsonb_strip_nulls", IsSafe = true)]
    public static Jsonb StripNulls(Jsonb json) => Jsonb.Of(Strip(json.ToNode()));

    [SqlFunction("jsonb_pretty", IsSafe = true)]
    public static string Pretty(Jsonb json)
    {
        var text = new StringBuilder();
        Indent(json.ToNode(), 0, text);
        return text.ToString();
    }

    /// <summary>A value as JSON.</summary>
    public static string TextOf(object value)
    {
        switch (value)
        {
            case bool flag:
                return flag ? "true" : "false";
            case short or int or long:
                return ValueText.Of(value);
            case Numeric { IsFinite: true } number:
                return number.ToString();
            case double number when double.IsFinite(number):
                return FloatText.Of(number);
            case float number when float.IsFinite(number):
                return FloatText.Of(number);
            case Json json:
                return json.Text;
            case Jsonb json:
                return json.Text;
            case ISqlArray array:
                IEnumerable<string> items = Enumerable.Range(0, array.Count).Select(at => array[at] is { } item ? TextOf(item) : "null");
                return $"[{string.Join(',', items)}]";
            case Timestamp timestamp:
                return Quoted(DateTimeText.ToJson(timestamp, ""));
            case TimestampTz instant:
                return Quoted(DateTimeText.ToJson(instant.Utc, "+00:00"));
            default:
                return Quoted(ValueText.Of(value));
        }
    }

    private static string Quoted(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        JsonText.AppendString(text, value);
        return text.ToString();
    }

    private static IReadOnlyList<JsonNode> Items(JsonNode node) => node.Kind == JsonKind.Array ? node.Items : [node];

    private static JsonNode Strip(JsonNode node) => node.Kind switch
    {
        JsonKind.Object => new JsonNode(JsonKind.Object)
        {
            Members = [.. node.Members.Where(static one => one.Value.Kind != JsonKind.Null).Select(static one =>
                new KeyValuePair<string, JsonNode>(one.Key, Strip(one.Value)))],
        },
        JsonKind.Array => new JsonNode(JsonKind.Array) { Items = [.. node.Items.Select(Strip)] },
        _ => node,
    };

    private static void Indent(JsonNode node, int depth, StringBuilder text)
    {
        if (node.Kind is not (JsonKind.Array or JsonKind.Object))
        {
            text.Append(node);
            return;
        }

        bool isArray = node.Kind == JsonKind.Array;
        text.Append(isArray ? "[\n" : "{\n");
        int count = isArray ? node.Items.Count : node.Members.Count;
        for (int at = 0; at < count; at++)
        {
            text.Append(' ', (depth + 1) * 4);
            if (!isArray)
            {
                JsonText.AppendString(text, node.Members[at].Key);
                text.Append(": ");
            }

            Indent(isArray ? node.Items[at] : node.Members[at].Value, depth + 1, text);
            text.Append(at + 1 < count ? ",\n" : "\n");
        }

        text.Append(' ', depth * 4).Append(isArray ? ']' : '}');
    }
}
