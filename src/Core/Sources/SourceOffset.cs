namespace ActorStreams.Authoring;

/// <summary>A place in a partition.</summary>
/// <param name="Value">A number that grows along the partition (index, byte, line, log sequence number), 0 to 2^48 - 1.</param>
/// <param name="State">Anything else the reader needs to go on from there; null if nothing.</param>
public readonly record struct SourceOffset(long Value, byte[]? State = null);
