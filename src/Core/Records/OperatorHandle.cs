namespace ActorStreams;

/// <summary>An operator, source or sink of a pipeline, for those who ask a running job about it: its counters, its conditions.</summary>
/// <remarks>
/// Streams give it (<see cref="Stream{T}.Operator"/>), and sinks when they are written to (<see cref="Stream{T}.Write"/>), so that the name
/// is said once. Where the pipeline is not at hand, it is made of the name.
/// </remarks>
/// <param name="Name">The name in the pipeline.</param>
public sealed record OperatorHandle(string Name)
{
    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
