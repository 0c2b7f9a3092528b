namespace ActorStreams.Operators.Aggregates;

/// <summary>Counts rows.</summary>
/// <typeparam name="T">The row.</typeparam>
internal readonly struct CountOf<T> : IAggregator<T, long, long>, IMergeable<long>, IRetractable<T, long>
{
    /// <inheritdoc/>
    public void Add(ref long accumulator, in T row) => accumulator++;

    /// <inheritdoc/>
    public void Merge(ref long accumulator, in long other) => accumulator += other;

    /// <inheritdoc/>
    public void Retract(ref long accumulator, in T row) => accumulator--;

    /// <inheritdoc/>
    public bool CanUnmerge => true;

    /// <inheritdoc/>
    public void Unmerge(ref long accumulator, in long other) => accumulator -= other;

    /// <inheritdoc/>
    public long Result(in long accumulator) => accumulator;
}
