using ActorStreams.Core.Process;

namespace ActorStreams;

/// <summary>Joins of a stream with a table.</summary>
public static class StreamTableJoinOperator
{
    /// <summary>Gives every row the table's value of its key at the moment of its arrival (a processing-time temporal join).</summary>
    /// <param name="stream">The rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the table's values are stored under it.</param>
    /// <param name="table">The table.</param>
    /// <param name="type"><see cref="JoinType.Inner"/>, <see cref="JoinType.Left"/>, <see cref="JoinType.Semi"/> or
    /// <see cref="JoinType.Anti"/>.</param>
    /// <param name="options">Whether rows wait for what was there all along; null: they do.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>(TKey, T) → the row and the value, at the row's event time; the table's changes put out nothing.</returns>
    /// <remarks>
    /// Which change of the table has arrived when a row does is not promised: for results that follow from the data alone use
    /// <see cref="AsOfJoinOperator.AsOfJoin"/>. But if the table is made of sources with an initial snapshot, such as captured tables, the
    /// sources of the rows are not read before an epoch with all of it is committed; see
    /// <see cref="StreamTableJoinOptions.WaitForSnapshot"/>. Keeps the table's present values. A row without a
    /// key (null) finds none.
    /// </remarks>
    /// <exception cref="PipelineException">The type is another one, the name is taken, or the two belong to two pipelines.</exception>
    public static Stream<Joined<T, TValue>> Join<TKey, T, TValue>(this KeyedStream<TKey, T> stream, string name, Table<TKey, TValue> table,
        JoinType type = JoinType.Inner, StreamTableJoinOptions? options = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(table);
        options ??= new StreamTableJoinOptions();
        CheckType(stream.Stream.Pipeline, name, type);
        return TwoInputs.Add(stream, table.Keyed, name,
            (left, right) => new StreamTableNode<TKey, T, TValue>(name, left, right, type)
            {
                WaitsForSnapshot = options.WaitForSnapshot,
                Errors = errors,
            });
    }

    internal static void CheckType(Pipeline pipeline, string name, JoinType type)
    {
        if (type is JoinType.Right or JoinType.Full)
        {
            throw new PipelineException(
                $"Pipeline '{pipeline.Name}', operator '{name}': a {type.ToString().ToLowerInvariant()} join of a stream with a table is not possible, " +
                "because the table's rows never come out by themselves. Use inner, left, semi or anti, or make a table of the stream and join two tables.");
        }
    }
}

/// <summary>How a stream is joined with a table.</summary>
public sealed record StreamTableJoinOptions
{
    /// <summary>Whether the sources of the stream are not read before the initial snapshots of the table's sources are in, so that the
    /// first rows find what was there all along. Nothing is buffered: sources that are not read push back. A source of both the stream and
    /// the table does not wait for itself. Default: true.</summary>
    /// <remarks>Only sources that say that they have an initial snapshot are waited for (captured tables do), and only at first: a later
    /// start finds them in the store.</remarks>
    public bool WaitForSnapshot { get; init; } = true;

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new StreamTableJoinOptions());
}

internal sealed class StreamTableNode<TKey, T,
    TValue>(string name, SideInput<TKey, T> left, SideInput<TKey, TableChange<TKey, TValue>> right, JoinType type)
    : TwoInputNode<TKey, T, TableChange<TKey, TValue>, Joined<T, TValue>>(name, "stream-table-join", left, right)
{
    public override string Detail => type.ToString().ToLowerInvariant();

    public override IReadOnlyList<StreamNode> EventTimesFrom => [Inputs[0]];

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TValue>(pipeline, "table's value");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new StoredEntities<TKey, TValue>(shards, "value");

    protected override TwoInputOperator<TKey, T, TableChange<TKey, TValue>, Joined<T, TValue>> Build(
        StageBuild build, TwoInputSite<TKey, T, TableChange<TKey, TValue>> site) =>
        new StreamTableJoin<TKey, T, TValue>(site, build.Downstream(this),
            new StoredEntities<TKey, TValue>(site.Shards, "value"), type);
}

/// <summary>One region of a stream joined with a table: a look into a map per row.</summary>
internal sealed class StreamTableJoin<TKey, T, TValue>(
    TwoInputSite<TKey, T, TableChange<TKey, TValue>> site,
    Receiver<Joined<T, TValue>> output, StoredEntities<TKey, TValue> entities, JoinType type)
    : TwoInputOperator<TKey, T, TableChange<TKey, TValue>, Joined<T, TValue>>(site, output)
{
    private readonly StateMap<TKey, TValue> _map = entities.States.Map;
    private readonly bool _emitsFound = type is not JoinType.Anti;
    private readonly bool _emitsMissing = type.EmitsLeft();
    private readonly bool _emitsValue = type.EmitsPairs();

    public override EntityStates<TKey> Entities => entities;

    protected override void OnLeftRows(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        StateMap<TKey, TValue> map = _map;
        map.Prefetch(hashes[row..]);
        ReadOnlySpan<T> rows = chunk.Rows;
        ReadOnlySpan<long> times = chunk.Times;
        for (; row < rows.Length && !IsOutputFull; row++)
        {
            int slot = keys[row] is null ? -1 : map.Find(keys[row], hashes[row]);
            if (slot >= 0)
            {
                if (_emitsFound)
                    Emit(new Joined<T, TValue>(true, rows[row], _emitsValue, _emitsValue ? map.At(slot).State : default), times[row]);
            }
            else if (_emitsMissing)
            {
                Emit(Joined<T, TValue>.OfLeft(rows[row]), times[row]);
            }
        }
    }

    protected override void OnRightRows(in Chunk<TableChange<TKey, TValue>> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes,
        ref int row)
    {
        for (; row < chunk.Count; row++)
        {
            if (chunk.Rows[row].HasAfter)
                entities.States.Touch(keys[row], hashes[row]) = chunk.Rows[row].After!;
            else
                entities.States.Remove(keys[row], hashes[row]);
        }
    }
}
