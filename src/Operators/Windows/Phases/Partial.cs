namespace ActorStreams.Operators.Windows.Phases;

/// <summary>What an upstream actor sends for a key and a stretch of time: an accumulator of several rows, or one row as it is.</summary>
/// <param name="Key">The key.</param>
/// <param name="Accumulator">What the rows add up to.</param>
/// <param name="Rows">How many rows; 0: it is <paramref name="Row"/> alone, not accumulated.</param>
/// <param name="Row">A row that may be late.</param>
internal readonly record struct Partial<TKey, T, TAcc>(TKey Key, TAcc Accumulator, int Rows, T Row)
{
    public bool IsRow => Rows == 0;

    /// <summary>For dead letters.</summary>
    public override string ToString() => IsRow ? $"{Row}" : $"{Rows} rows of key '{Key}'";
}

/// <summary>Adds partial accumulators up.</summary>
internal struct PartialAggregator<TKey, T, TAgg, TAcc, TOut>(TAgg aggregator) : IAggregator<Partial<TKey, T, TAcc>, TAcc, TOut>,
    IMergeable<TAcc>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private TAgg _aggregator = aggregator;

    public bool CanUnmerge => _aggregator.CanUnmerge;

    public void Add(ref TAcc accumulator, in Partial<TKey, T, TAcc> row)
    {
        if (row.IsRow)
            _aggregator.Add(ref accumulator, row.Row);
        else
            _aggregator.Merge(ref accumulator, row.Accumulator);
    }

    public void Check(in TAcc accumulator, in Partial<TKey, T, TAcc> row)
    {
        if (row.IsRow)
            _aggregator.Check(accumulator, row.Row);
    }

    public void Merge(ref TAcc accumulator, in TAcc other) => _aggregator.Merge(ref accumulator, other);

    public void Unmerge(ref TAcc accumulator, in TAcc other) => _aggregator.Unmerge(ref accumulator, other);

    public TOut Result(in TAcc accumulator) => _aggregator.Result(accumulator);
}
