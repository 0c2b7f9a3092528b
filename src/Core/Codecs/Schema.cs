namespace ActorStreams.Core.Codecs;

/// <summary>What encoded bytes mean: a canonical text, stored once beside the data and compared by value.</summary>
/// <param name="Text">The canonical description.</param>
public sealed record Schema(string Text);
