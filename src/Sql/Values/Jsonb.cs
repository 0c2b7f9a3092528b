namespace ActorStreams.Sql.Values;

/// <summary>A JSON value in the one form that all texts of the same value share.</summary>
/// <param name="Text">The form.</param>
internal readonly record struct Jsonb(string Text)
{
    /// <exception cref="SqlFault">It is no JSON (22P02).</exception>
    public static Jsonb Parse(string text) => Of(JsonNode.Parse(text));

    public static Jsonb Of(JsonNode node) => new(node.Normal().ToString());

    public JsonNode ToNode() => JsonNode.Parse(Text);

    public override string ToString() => Text;
}
