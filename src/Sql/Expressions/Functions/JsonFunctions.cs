using System.Globalization;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>JSON, looked into.</summary>
internal static class JsonFunctions
{
    [SqlOperator("->", MayBeNull = true), SqlFunction("json_object_field", MayBeNull = true)]
    public static Json? Field(Json json, string key) => Of(json, JsonNode.Parse(json.Text).Member(key));

    [SqlOperator("->", MayBeNull = true), SqlFunction("json_array_element", MayBeNull = true)]
    public static Json? Item(Json json, int at) => Of(json, JsonNode.Parse(json.Text).Item(at));

    [SqlOperator("->", MayBeNull = true), SqlFunction("jsonb_object_field", MayBeNull = true)]
    public static Jsonb? Field(Jsonb json, string key) => Of(json.ToNode().Member(key));

    [SqlOperator("->", MayBeNull = true), SqlFunction("jsonb_array_element", MayBeNull = true)]
    public static Jsonb? Item(Jsonb json, int at) => Of(ItemOf(json.ToNode(), at));

    [SqlOperator("->>", MayBeNull = true)]
    public static string? FieldText(Json json, string key) => Text(json, JsonNode.Parse(json.Text).Member(key));

    [SqlOperator("->>", MayBeNull = true)]
    public static string? ItemText(Json json, int at) => Text(json, JsonNode.Parse(json.Text).Item(at));

    [SqlOperator("->>", MayBeNull = true)]
    public static string? FieldText(Jsonb json, string key) => Text(json.ToNode().Member(key));

    [SqlOperator("->>", MayBeNull = true)]
    public static string? ItemText(Jsonb json, int at) => Text(ItemOf(json.ToNode(), at));

    [SqlOperator("#>", MayBeNull = true)]
    public static Json? Path(Json json, SqlArray<string> path) => Of(json, Follow(JsonNode.Parse(json.Text), path));

    [SqlOperator("#>", MayBeNull = true)]
    public static Jsonb? Path(Jsonb json, SqlArray<string> path) => Of(Follow(json.ToNode(), path));

    [SqlOperator("#>>", MayBeNull = true)]
    public static string? PathText(Json json, SqlArray<string> path) => Text(json, Follow(JsonNode.Parse(json.Text), path));

    [SqlOperator("#>>", MayBeNull = true)]
    public static string? PathText(Jsonb json, SqlArray<string> path) => Text(Follow(json.ToNode(), path));

    [SqlFunction("json_extract_path", MayBeNull = true, IsVariadic = true)]
    public static Json? Extract(Json json, params string[] path) => Path(json, new SqlArray<string>(path));

    [SqlFunction("jsonb_extract_path", MayBeNull = true, IsVariadic = true)]
    public static Jsonb? Extract(Jsonb json, params string[] path) => Path(json, new SqlArray<string>(path));

    [SqlFunction("json_extract_path_text", MayBeNull = true, IsVariadic = true)]
    public static string? ExtractText(Json json, params string[] path) => PathText(json, new SqlArray<string>(path));

    [SqlFunction("jsonb_extract_path_text", MayBeNull = true, IsVariadic = true)]
    public static string? ExtractText(Jsonb json, params string[] path) => PathText(json, new SqlArray<string>(path));

    [SqlFunction("json_typeof")]
    public static string TypeOf(Json json) => Kind(JsonNode.Parse(json.Text));

    [SqlFunction("jsonb_typeof", IsSafe = true)]
    public static string TypeOf(Jsonb json) => Kind(json.ToNode());

    [SqlFunction("json_array_length")]
    public static int Length(Json json) => LengthOf(JsonNode.Parse(json.Text));

    [SqlFunction("jsonb_array_length")]
    public static int Length(Jsonb json) => LengthOf(json.ToNode());

    [SqlOperator("?", IsSafe = true), SqlFunction("jsonb_exists", IsSafe = true)]
    public static bool Has(Jsonb json, string key)
    {
        JsonNode node = json.ToNode();
        return node.Kind switch
        {
            JsonKind.Object => node.Member(key) is not null,
            JsonKind.Array => node.Items.Any(item => item.Kind == JsonKind.String && item.Text == key),
            JsonKind.String => node.Text == key,
            _ => false,
        };
    }

    [SqlOperator("?|", IsSafe = true)]
    public static bool HasAny(Jsonb json, SqlArray<string> keys) =>
        Enumerable.Range(0, keys.Count).Any(at => !keys.IsNull(at) && Has(json, keys.Items[at]));

    [SqlOperator("?&", IsSafe = true)]
    public static bool HasAll(Jsonb json, SqlArray<string> keys) =>
        Enumerable.Range(0, keys.Count).All(at => keys.IsNull(at) || Has(json, keys.Items[at]));

    [SqlOperator("@>", IsSafe = true)]
    public static bool Contains(Jsonb json, Jsonb part)
    {
        JsonNode whole = json.ToNode(), inner = part.ToNode();
        // An array holds a bare value; a bare value holds no array.
        if (whole.Kind == JsonKind.Array && inner.Kind is not (JsonKind.Array or JsonKind.Object))
            return whole.Items.Any(item => IsSame(item, inner));
        return Holds(whole, inner);
    }

    [SqlOperator("<@", IsSafe = true)]
    public static bool IsContained(Jsonb part, Jsonb json) => Contains(json, part);

    [SqlCast(CastContext.Assignment, IsSafe = true)]
    public static Json ToJson(Jsonb json) => new(json.Text);

    [SqlCast(CastContext.Assignment)]
    public static Jsonb ToJsonb(Json json) => Jsonb.Parse(json.Text);

    [SqlCast(CastContext.Explicit)]
    public static bool ToBoolean(Jsonb json) => json.ToNode() is { Kind: JsonKind.Boolean } node
        ? node.Flag : throw CannotCast(json, "boolean");

    [SqlCast(CastContext.Explicit)]
    public static Numeric ToNumeric(Jsonb json) => NumberOf(json, "numeric");

    [SqlCast(CastContext.Explicit)]
    public static short ToSmallInt(Jsonb json) => NumberCasts.ToSmallInt(NumberOf(json, "smallint"));

    [SqlCast(CastContext.Explicit)]
    public static float ToReal(Jsonb json) => NumberCasts.ToReal(NumberOf(json, "real"));

    [SqlCast(CastContext.Explicit)]
    public static int ToInteger(Jsonb json) => NumberCasts.ToInteger(NumberOf(json, "integer"));

    [SqlCast(CastContext.Explicit)]
    public static long ToBigInt(Jsonb json) => NumberCasts.ToBigInt(NumberOf(json, "bigint"));

    [SqlCast(CastContext.Explicit)]
    public static double ToDouble(Jsonb json) => NumberCasts.ToDouble(NumberOf(json, "double precision"));

    private static Numeric NumberOf(Jsonb json, string type) =>
        json.ToNode() is { Kind: JsonKind.Number } node ? node.Number : throw CannotCast(json, type);

    private static SqlFault CannotCast(Jsonb json, string type) =>
        new(SqlState.InvalidParameterValue, $"cannot cast jsonb {Kind(json.ToNode())} to type {type}");

    /// <summary>A bare value of jsonb counts as the only element of an array.</summary>
    private static JsonNode? ItemOf(JsonNode node, int at) =>
        node.Kind is JsonKind.Array or JsonKind.Object ? node.Item(at) : at is 0 or -1 ? node : null;

    private static JsonNode? Follow(JsonNode node, SqlArray<string> path)
    {
        JsonNode? at = node;
        for (int step = 0; step < path.Count && at is not null; step++)
        {
            if (path.IsNull(step))
                return null;
            string key = path.Items[step];
            at = at.Kind == JsonKind.Object ? at.Member(key)
                : at.Kind == JsonKind.Array && int.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index)
                    ? at.Item(index)
                : null;
        }

        return at;
    }

    private static bool Holds(JsonNode whole, JsonNode part)
    {
        if (whole.Kind != part.Kind)
            return false;
        return part.Kind switch
        {
            JsonKind.Object => part.Members.All(member => whole.Member(member.Key) is { } value && Holds(value, member.Value)),
            JsonKind.Array => part.Items.All(item => whole.Items.Any(other => Holds(other, item))),
            _ => IsSame(whole, part),
        };
    }

    private static bool IsSame(JsonNode left, JsonNode right) => left.Kind == right.Kind && left.Kind switch
    {
        JsonKind.Null => true,
        JsonKind.Boolean => left.Flag == right.Flag,
        JsonKind.Number => left.Number.CompareTo(right.Number) == 0,
        JsonKind.String => left.Text == right.Text,
        _ => left.ToString() == right.ToString(),
    };

    private static Json? Of(Json json, JsonNode? node) => node is null ? null : new Json(json.Text[node.Place.Start..node.Place.End]);

    private static Jsonb? Of(JsonNode? node) => node is null ? null : new Jsonb(node.ToString());

    public static string? Text(JsonNode? node) => node is null or { Kind: JsonKind.Null } ? null : node.ToPlainText();

    public static string? Text(Json json, JsonNode? node) => node is null or { Kind: JsonKind.Null } ? null
        : node.Kind == JsonKind.String ? node.Text : json.Text[node.Place.Start..node.Place.End];

    private static string Kind(JsonNode node) => node.Kind.ToString().ToLowerInvariant();

    private static int LengthOf(JsonNode node) => node.Kind switch
    {
        JsonKind.Array => node.Items.Count,
        JsonKind.Object => throw new SqlFault(SqlState.InvalidParameterValue, "cannot get array length of a non-array"),
        _ => throw new SqlFault(SqlState.InvalidParameterValue, "cannot get array length of a scalar"),
    };
}
