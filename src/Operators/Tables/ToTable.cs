using System.Runtime.InteropServices;
using ActorStreams.Core.Process;

namespace ActorStreams;

/// <summary>Folds a stream into a table.</summary>
public static class ToTableOperator
{
    /// <summary>The last row of each key.</summary>
    /// <param name="source">The rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the values are stored under it.</param>
    /// <param name="options">When a row deletes, and which rows count; null: every row is the key's new value.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>(TKey, T) → a change per row that changes anything, at the row's event time.</returns>
    /// <remarks>Keeps the present value of every key. Rows without a key (null) are ignored and counted as <c>null_keys</c>.</remarks>
    /// <exception cref="PipelineException">The name is taken, or the time to live is not positive.</exception>
    public static Table<TKey, T> ToTable<TKey, T>(this KeyedStream<TKey, T> source, string name, TableOptions<T>? options = null,
        ErrorPolicy? errors = null) =>
        ToTable(source, name, static row => row, options, errors);

    /// <summary>A value made from the last row of each key.</summary>
    /// <param name="source">The rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: the values are stored under it.</param>
    /// <param name="valueOf">The value of a row that does not delete.</param>
    /// <param name="options">When a row deletes, and which rows count; null: every row gives the key's new value.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>(TKey, T) → a change per row that changes anything, at the row's event time.</returns>
    /// <remarks>Keeps the present value of every key. Rows without a key (null) are ignored and counted as <c>null_keys</c>.</remarks>
    /// <exception cref="PipelineException">The name is taken, or the time to live is not positive.</exception>
    public static Table<TKey, TValue> ToTable<TKey, T, TValue>(this KeyedStream<TKey, T> source, string name, Func<T, TValue> valueOf,
        TableOptions<T>? options = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(valueOf);
        options ??= new TableOptions<T>();
        if (options.TimeToLive is { } live && live <= TimeSpan.Zero)
            throw new PipelineException(
                $"Pipeline '{source.Stream.Pipeline.Name}', operator '{name}': {nameof(TableOptions<T>.TimeToLive)} is {live}; it must be positive.");
        var changes = source.Stream.Add(new ToTableNode<TKey, T, TValue>(name, source, valueOf, options) { Errors = errors });
        Func<T, TKey> keyOf = source.KeyOf;
        Func<T, bool>? isDelete = options.IsDelete;
        return new Table<TKey, TValue>(changes, () => source.Stream.Map(
            row => row is null || isDelete?.Invoke(row) == true
                ? new TableChange<TKey, TValue>(keyOf(row), false, default, false, default)
                : new TableChange<TKey, TValue>(keyOf(row), false, default, true, valueOf(row)),
            errors: errors));
    }
}

/// <summary>How a stream becomes a table.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed record TableOptions<T>
{
    /// <summary>Rows that delete their key's value. Null rows delete whatever is said here. Default: no others.</summary>
    public Func<T, bool>? IsDelete { get; init; }

    /// <summary>A row older (by event time) than the one that made the key's present state is ignored, counted as <c>outdated</c>; of equal
    /// ones the later arrival counts. The time of a deletion is remembered for that. With <see cref="TimeToLive"/> a row whose time is over
    /// when it comes is ignored, too, and counted alike:
    /// so nothing that is older than what was deleted by its time comes back. Default: false, the last row to arrive counts.</summary>
    public bool IgnoreOlder { get; init; }

    /// <summary>A value is deleted once the watermark has passed its row by this; such a deletion carries that time. Default: values
    /// stay.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new TableOptions<T>());
}

/// <summary>What a table keeps for a key.</summary>
/// <param name="Time">The event time of the row that made it.</param>
/// <param name="HasValue">False: it was deleted then.</param>
/// <param name="Value">The value.</param>
[StructLayout(LayoutKind.Auto)]
internal record struct TableCell<TValue>(long Time, bool HasValue, TValue? Value);

internal sealed class ToTableNode<TKey, T,
    TValue>(string name, KeyedStream<TKey, T> input, Func<T, TValue> valueOf, TableOptions<T> options)
    : KeyedNode<TKey, T, TableChange<TKey, TValue>>(name, "to-table", input)
{
    public override string Detail =>
        string.Join(", ",
        new[] { options.IgnoreOlder ? "ignores older rows" : "", options.TimeToLive is { } live ? $"lives {live}"
        : "" }.Where(one => one.Length > 0));

    public override long WatermarkGranularity => options.TimeToLive is null ? 0 : 1_000;

    public override EventTimeNeed? EventTimeNeed => options.TimeToLive is not null
        ? new("the time to live of a value is over when the watermark has passed its row by it")
        : options.IgnoreOlder ? new("which row is older follows from event times")
        : null;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TValue>(pipeline, "value");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards, new TimerQueue<TKey>("expiry", shards));

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        var expiry = new TimerQueue<TKey>("expiry", site.Shards);
        return new ToTable<TKey, T, TValue>(site, EntitiesOf(site.Shards, expiry), expiry, valueOf, options, build.Downstream(this));
    }

    private static StoredEntities<TKey, TableCell<TValue>> EntitiesOf(ShardRange shards, TimerQueue<TKey> expiry) =>
        new(shards, "value", static cell => cell.HasValue ? cell.Value : null, expiry);
}

/// <summary>One region of a table made from a stream.</summary>
internal sealed class ToTable<TKey, T, TValue>(
    RegionSite<TKey, T> site, StoredEntities<TKey, TableCell<TValue>> entities,
    TimerQueue<TKey> expiry, Func<T, TValue> valueOf, TableOptions<T> options, Receiver<TableChange<TKey, TValue>> output)
    : RowByRowOperator<TKey, T, TableChange<TKey, TValue>>(site, output)
{
    private readonly StoredMap<TKey, TableCell<TValue>> _cells = entities.States;
    private readonly Func<T, bool>? _isDelete = options.IsDelete;
    private readonly long? _live = options.TimeToLive?.ToMicros();
    private long _nullKeys;
    private long _outdated;

    public override EntityStates<TKey> Entities => entities;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("null_keys", _nullKeys), ("outdated", _outdated)];

    protected override void RestoreCounters(Func<string, long> counter) =>
        (_nullKeys, _outdated) = (counter("null_keys"), counter("outdated"));

    protected override void OnRows(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        _cells.Map.Reserve(chunk.Count - row);
        _cells.Map.Prefetch(hashes[row..]);
        if (_live is not null || options.IgnoreOlder)
            base.OnRows(chunk, keys, hashes, ref row);
        else
            SetAll(chunk, keys, hashes, ref row);
    }

    /// <summary>Every row counts and none expires: one look at the key's cell.</summary>
    private void SetAll(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        StateMap<TKey, TableCell<TValue>> map = _cells.Map;
        ReadOnlySpan<T> rows = chunk.Rows;
        ReadOnlySpan<long> times = chunk.Times;
        for (; row < rows.Length && !IsOutputFull; row++)
        {
            int at = row;
            BeginRow(chunk.PositionOf(at));
            if (keys[at] is null || rows[at] is null || (_isDelete is not null && _isDelete(rows[at])))
            {
                OnRow(rows[at], keys[at], hashes[at], times[at]);
                continue;
            }

            // User code first: should it throw, nothing has changed.
            TValue value = valueOf(rows[at]);
            ref TableCell<TValue> cell = ref map.Touch(keys[at], hashes[at]);
            Next(times[at]) = new TableChange<TKey, TValue>(keys[at], cell.HasValue, cell.Value, true, value);
            cell = new TableCell<TValue>(times[at], true, value);
        }
    }

    protected override void OnRow(in T row, TKey key, ulong hash, long time)
    {
        if (key is null)
        {
            _nullKeys++;
            return;
        }

        bool hasAfter = row is not null && (_isDelete is null || !_isDelete(row));
        TValue? after = hasAfter ? valueOf(row) : default;
        bool isKnown = _cells.TryGet(key, hash, out TableCell<TValue> cell);
        if (options.IgnoreOlder && ((isKnown && time < cell.Time) || IsOver(time)))
        {
            _outdated++;
            return;
        }

        bool isKept = hasAfter || options.IgnoreOlder;
        if (isKept)
            _cells.Touch(key, hash) = new TableCell<TValue>(time, hasAfter, after);
        else if (isKnown)
            _cells.Remove(key, hash);
        if (isKept && _live is { } live)
            expiry.Add(key, hash, EventTime.AddSaturated(time, live));
        if (hasAfter || cell.HasValue)
            Emit(new TableChange<TKey, TValue>(key, cell.HasValue, cell.Value, hasAfter, after), time);
    }

    protected override bool FireOne(long watermark)
    {
        // Every row sets a timer of its own; those of values that were replaced since find a younger row, and do nothing.
        while (expiry.TryTake(watermark, out TKey key, out ulong hash, out long time))
        {
            if (!_cells.TryGet(key, hash, out TableCell<TValue> cell) || EventTime.AddSaturated(cell.Time, _live ?? 0) > time)
                continue;
            _cells.Remove(key, hash);
            if (!cell.HasValue)
                continue;
            Emit(new TableChange<TKey, TValue>(key, true, cell.Value, false, default), time);
            return true;
        }

        return false;
    }

    protected override void RollBack()
    {
        // User code runs before anything changes.
    }

    /// <summary>Whether the time of a row's value is over before it comes. What was there in its time may be gone and forgotten: all that
    /// is known is that it does not count.</summary>
    private bool IsOver(long time) => _live is { } live && EventTime.AddSaturated(time, live) <= Watermark;
}
