using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Core.Process;

namespace ActorStreams;

/// <summary>Aggregates over all rows of a key, without windows.</summary>
public static class RunningAggregateOperator
{
    /// <summary>Folds all rows of each key, and gives a new value with each of them.</summary>
    /// <param name="source">The rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the accumulators are stored under it.</param>
    /// <param name="aggregate">What to compute of a key's rows.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say. A skipped row is in no
    /// result.</param>
    /// <returns>
    /// (TKey, T) → a table by key: one change for each row, from the value before to the value after it. Its event time is that of the
    /// row, or of the key's latest row where the row is older: the changes of a key never go back in time.
    /// </returns>
    /// <remarks>
    /// <para>No row is late: one that comes out of order counts as any other, when it comes. Aggregates that go by the order of rows go by
    /// that of arrival; <c>First</c> and <c>Last</c> go by event time.</para>
    /// <para>Keeps an accumulator for each key, for good. Rows without a key (null) are ignored and counted as <c>null_keys</c>. Of rows
    /// that are <see cref="Change{T}"/> the weight would be lost, so they are refused.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, or the rows are changes: <c>GroupBy(…).Aggregate</c> takes rows
    /// back.</exception>
    /// <seealso href="https://kafka.apache.org/documentation/streams/">Kafka Streams: a grouped
    /// stream, aggregated, is a table. Flink's <c>KeyedStream.reduce</c> gives the values after: <c>ToStream()</c>.</seealso>
    public static Table<TKey, TOut> Aggregate<TKey, T, TOut>(
        this KeyedStream<TKey, T> source, string name, Aggregate<T, TOut> aggregate, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(aggregate);
        if (typeof(T) is { IsGenericType: true } row && row.GetGenericTypeDefinition() == typeof(Change<>))
        {
            throw new PipelineException($"Pipeline '{source.Stream.Pipeline.Name}', operator '{name}': its rows are changes, and an " +
                "aggregate by key does not take rows back. Use GroupBy(row => …) in the place of KeyBy: its Aggregate does.");
        }

        return aggregate.Use(new Running<TKey, T, TOut>(source, name, errors));
    }

    /// <inheritdoc cref="Aggregate{TKey, T, TOut}(KeyedStream{TKey, T}, string, Aggregate{T, TOut}, ErrorPolicy?)"/>
    /// <param name="source">The rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the accumulators are stored under it.</param>
    /// <param name="aggregates">What to compute: <c>a => a.Count().Max(order => order.Total)</c>.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    public static Table<TKey, TOut> Aggregate<TKey, T, TOut>(
        this KeyedStream<TKey, T> source, string name, Func<AggregateStart<T>, Aggregate<T, TOut>> aggregates,
            ErrorPolicy? errors = null) =>
        source.Aggregate(name, ActorStreams.Aggregate.Of<T>().And(aggregates), errors);

    /// <summary>Makes one row of all rows of each key, two by two, and gives it anew with each of them.</summary>
    /// <param name="source">The rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows are stored under it.</param>
    /// <param name="reduce">(so far, row) → T; a new row, which changes neither. The first row of a key is its first value.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say. A skipped row is in no
    /// result.</param>
    /// <returns>(TKey, T) → a table by key: one change for each row, as of <c>Aggregate</c>.</returns>
    /// <remarks>Keeps a row for each key, for good.</remarks>
    /// <exception cref="PipelineException">The name is taken, or the rows are changes: <c>GroupBy(…).Aggregate</c> takes rows
    /// back.</exception>
    public static Table<TKey, T> Reduce<TKey, T>(
        this KeyedStream<TKey, T> source, string name, Func<T, T, T> reduce, ErrorPolicy? errors = null) =>
        source.Aggregate(name, ActorStreams.Aggregate.Of<T>().Reduce(reduce), errors);

    private sealed class Running<TKey, T, TOut>(KeyedStream<TKey, T> source, string name, ErrorPolicy? errors)
        : IAggregateUse<T, TOut, Table<TKey, TOut>>
    {
        public Table<TKey, TOut> Of<TAgg, TAcc>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<T, TAcc, TOut> =>
            new(source.Stream.Add(new RunningAggregateNode<TKey, T, TAgg, TAcc, TOut>(name, source, aggregate) { Errors = errors }));
    }
}

/// <summary>What is kept for a key: what its rows add up to, and the time of the latest.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct RunningCell<TAcc>(bool HasRows, long Time, TAcc Accumulator);

/// <summary>A running aggregate in the graph.</summary>
internal sealed class RunningAggregateNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : KeyedNode<TKey, T, TableChange<TKey, TOut>>(name, "aggregate", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public override string Detail => aggregate.Description;

    public override string Definition => aggregate.Definition;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TAcc>(pipeline, "accumulator");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site) =>
        new RunningAggregate<TKey, T, TAgg, TAcc, TOut>(site, aggregate.Aggregator, EntitiesOf(site.Shards), build.Downstream(this));

    private StoredEntities<TKey, RunningCell<TAcc>> EntitiesOf(ShardRange shards)
    {
        TAgg aggregator = aggregate.Aggregator;
        return new(shards, "value", cell => cell.HasRows ? aggregator.Result(cell.Accumulator) : null);
    }
}

/// <summary>One region of a running aggregate.</summary>
internal sealed class RunningAggregate<TKey, T, TAgg, TAcc, TOut>(
    RegionSite<TKey, T> site, TAgg aggregator, StoredEntities<TKey, RunningCell<TAcc>> entities, Receiver<TableChange<TKey, TOut>> output)
    : RowByRowOperator<TKey, T, TableChange<TKey, TOut>>(site, output)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly StoredMap<TKey, RunningCell<TAcc>> _cells = entities.States;
    private readonly BlobWriter _copied = new();
    private readonly Codec<TAcc> _codec = RecordCodec.Of<TAcc>();
    private long _nullKeys;

    public override EntityStates<TKey> Entities => entities;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("null_keys", _nullKeys)];

    protected override void RestoreCounters(Func<string, long> counter) => _nullKeys = counter("null_keys");

    protected override void OnRows(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        _cells.Map.Reserve(chunk.Count - row);
        _cells.Map.Prefetch(hashes[row..]);
        if (Errors.Skips)
            base.OnRows(chunk, keys, hashes, ref row);
        else
            AddAll(chunk, keys, hashes, ref row);
    }

    /// <summary>A row that throws ends the attempt, and with it what it has begun to change: no row needs to be tried first.</summary>
    private void AddAll(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        StateMap<TKey, RunningCell<TAcc>> map = _cells.Map;
        ReadOnlySpan<T> rows = chunk.Rows;
        ReadOnlySpan<long> times = chunk.Times;
        for (; row < rows.Length && !IsOutputFull; row++)
        {
            BeginRow(chunk.PositionOf(row));
            TKey key = keys[row];
            if (key is null)
            {
                _nullKeys++;
                continue;
            }

            ref RunningCell<TAcc> cell = ref map.Touch(key, hashes[row]);
            bool had = cell.HasRows;
            TAcc accumulator = cell.Accumulator;
            TOut? before = had ? aggregator.Result(accumulator) : default;
            aggregator.Add(ref accumulator, rows[row]);
            long latest = had ? Math.Max(cell.Time, times[row]) : times[row];
            cell = new RunningCell<TAcc>(true, latest, accumulator);
            Emit(new TableChange<TKey, TOut>(key, had, before, true, aggregator.Result(accumulator)), latest);
        }
    }

    /// <summary>A row that throws, also when its result is made, must leave no trace: it is added to a copy.</summary>
    protected override void OnRow(in T row, TKey key, ulong hash, long time)
    {
        if (key is null)
        {
            _nullKeys++;
            return;
        }

        bool had = _cells.TryGet(key, hash, out RunningCell<TAcc> cell);
        TOut? before = had ? aggregator.Result(cell.Accumulator) : default;
        TAcc accumulator = had ? Copy(cell.Accumulator) : default!;
        aggregator.Add(ref accumulator, row);
        TOut after = aggregator.Result(accumulator);
        long latest = had ? Math.Max(cell.Time, time) : time;
        _cells.Touch(key, hash) = new RunningCell<TAcc>(true, latest, accumulator);
        Emit(new TableChange<TKey, TOut>(key, had, before, true, after), latest);
    }

    protected override bool FireOne(long watermark) => false;

    protected override void RollBack()
    {
        // User code runs before anything changes.
    }

    private TAcc Copy(in TAcc accumulator)
    {
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
            return accumulator;
        _copied.Clear();
        _codec.Write(_copied, accumulator);
        var reader = new BlobReader(_copied.Written);
        return _codec.Read(ref reader);
    }
}
