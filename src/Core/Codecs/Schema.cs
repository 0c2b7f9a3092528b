namespace ActorStreams.Authoring;

/// <summary>What encoded bytes mean: a canonical text, stored once beside the data and compared by value.</summary>
/// <param name="Text">The canonical description.</param>
public sealed record Schema(string Text)
{
    /// <summary>For messages: all of it on one line.</summary>
    internal string ToLine() => string.Join("; ", Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        .Replace("; ---; ", " + ", StringComparison.Ordinal);
}
