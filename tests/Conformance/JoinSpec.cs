using System.Text.Json;

namespace ActorStreams.Conformance.Tests;

/// <summary>The operator of a join case.</summary>
/// <param name="Json">The case's <c>spec</c>.</param>
internal sealed record JoinSpec(JsonElement Json)
{
    public string Kind => Json.GetProperty("kind").GetString()!;

    public JoinType Type => Json.GetProperty("type").GetString() switch
    {
        "inner" => JoinType.Inner,
        "left" => JoinType.Left,
        "right" => JoinType.Right,
        "outer" or "full" => JoinType.Full,
        "semi" => JoinType.Semi,
        "anti" => JoinType.Anti,
        string other => throw new NotSupportedException($"Joins of type '{other}' are not known."),
        null => JoinType.Inner,
    };

    public bool IsSelf => Flag("self");

    public bool IsLeftVersioned => Flag("leftVersioned");

    public bool IsRightVersioned => Flag("rightVersioned");

    /// <summary>Whether results are a table's: what counts is what the table is at the end of a step.</summary>
    public bool IsTable => Kind is "table-table" or "table-table-fk";

    /// <summary>Whether time is the largest timestamp that was fed.</summary>
    public bool HasStreamTime => Kind is "stream-stream" or "stream-table" or "table-table" or "table-table-fk";

    /// <summary>Whether only left rows make time.</summary>
    public bool HasLeftTime => Kind == "stream-table" && Json.TryGetProperty("grace", out _);

    public TimeSpan AllowedLateness => Json.TryGetProperty("grace", out JsonElement grace) ? Millis(grace) : TimeSpan.Zero;

    public Interval Interval
    {
        get
        {
            if (Json.TryGetProperty("window", out JsonElement window))
                return Interval.Between(-Millis(window.GetProperty("before")), Millis(window.GetProperty("after")));
            JsonElement bounds = Json.GetProperty("bounds");
            return Interval.Between(Millis(bounds.GetProperty("lower")), Millis(bounds.GetProperty("upper")), Is(bounds, "lowerInclusive"),
                Is(bounds, "upperInclusive"));
        }
    }

    private static bool Is(JsonElement bounds, string name) => !bounds.TryGetProperty(name, out JsonElement value) || value.GetBoolean();

    private static TimeSpan Millis(JsonElement value) => TimeSpan.FromMilliseconds(value.GetInt64());

    private bool Flag(string name) => Json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
