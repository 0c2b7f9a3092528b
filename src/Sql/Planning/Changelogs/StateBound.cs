namespace ActorStreams.Sql.Planning.Changelogs;

/// <summary>How far the state of a step grows.</summary>
internal enum StateGrowth
{
    /// <summary>It keeps nothing.</summary>
    None,

    /// <summary>It keeps an amount that does not depend on how many rows come.</summary>
    Bounded,

    /// <summary>What it keeps goes when the watermark has passed it.</summary>
    ByWatermark,

    /// <summary>It keeps more and more, as long as rows come that are new to it.</summary>
    ForEver,
}

/// <summary>What a step keeps.</summary>
/// <param name="Growth">How far it grows.</param>
/// <param name="Reason">Why, for people: <c>a group for each auction</c>.</param>
internal sealed record StateBound(StateGrowth Growth, string Reason)
{
    public static StateBound None { get; } = new(StateGrowth.None, "keeps nothing");

    public override string ToString() => Growth switch
    {
        StateGrowth.None => "none",
        StateGrowth.Bounded => $"bounded ({Reason})",
        StateGrowth.ByWatermark => $"bounded by the watermark ({Reason})",
        _ => $"grows for ever ({Reason})",
    };
}
