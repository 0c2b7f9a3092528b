using System.Runtime.InteropServices;
using ActorStreams.Core.Process;
using ActorStreams.Operators.Tables;

namespace ActorStreams;

/// <summary>Folds rows with weights into a table.</summary>
public static class ChangesToTableOperator
{
    /// <summary>The row of each key, added by a positive weight and taken away by a negative one.</summary>
    /// <param name="changes">The changes; at the end of an epoch at most one row of a key is left.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows are stored under it.</param>
    /// <param name="keyOf">The key of a row.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>A table of rows.</returns>
    /// <remarks>
    /// Weights add up, so it does not matter in which order the changes of a key arrive: a row may be taken away before it comes. While
    /// several rows of a key are there, the last one to come counts.
    /// </remarks>
    public static Table<TKey, T> ToTable<TKey, T>(this Stream<Change<T>> changes, string name, Func<T, TKey> keyOf,
        ErrorPolicy? errors = null) =>
        ToTable(changes, name, keyOf, static row => row, errors);

    /// <summary>The value of each key, made from rows with weights.</summary>
    /// <inheritdoc cref="ToTable{TKey, T}(Stream{Change{T}}, string, Func{T, TKey}, ErrorPolicy?)"/>
    /// <param name="changes">The changes; at the end of an epoch at most one row of a key is left.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows are stored under it.</param>
    /// <param name="keyOf">The key of a row.</param>
    /// <param name="valueOf">The value of a row.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    public static Table<TKey, TValue> ToTable<TKey, T, TValue>(this Stream<Change<T>> changes, string name, Func<T, TKey> keyOf,
        Func<T, TValue> valueOf, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(keyOf);
        ArgumentNullException.ThrowIfNull(valueOf);
        KeyedStream<TKey, Change<T>> keyed = changes.KeyBy(change => keyOf(change.Row));
        return new Table<TKey, TValue>(changes.Add(new ChangesToTableNode<TKey, T, TValue>(name, keyed, valueOf) { Errors = errors }));
    }
}

/// <summary>A value and how often it is there; not at all, in between.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct Weighted<TValue>(TValue Value, int Weight);

internal sealed class ChangesToTableNode<TKey, T, TValue>(string name, KeyedStream<TKey, Change<T>> input, Func<T, TValue> valueOf)
    : KeyedNode<TKey, Change<T>, TableChange<TKey, TValue>>(name, "changes-to-table", input)
{
    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TValue>(pipeline, "value");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override KeyedOperator<TKey, Change<T>> Build(StageBuild build, RegionSite<TKey, Change<T>> site)
    {
        return new ChangesToTable<TKey, T, TValue>(site, EntitiesOf(site.Shards), valueOf, build.Downstream(this));
    }

    private static StoredEntities<TKey, List<Weighted<TValue>>> EntitiesOf(ShardRange shards) =>
        new(shards, "values", static values => ChangesToTable<TKey, T, TValue>.TryShow(values, out TValue? value) ? value : null);
}

/// <summary>One region of a table made from changes. A key mostly has one value, and more only within an epoch.</summary>
internal sealed class ChangesToTable<TKey, T, TValue>(
    RegionSite<TKey, Change<T>> site, StoredEntities<TKey, List<Weighted<TValue>>> entities,
    Func<T, TValue> valueOf, Receiver<TableChange<TKey, TValue>> output)
    : RowByRowOperator<TKey, Change<T>, TableChange<TKey, TValue>>(site, output)
{
    private readonly RowEquality<TValue> _equality = new();

    public override EntityStates<TKey> Entities => entities;

    public static bool TryShow(List<Weighted<TValue>> values, out TValue? value)
    {
        for (int i = values.Count - 1; i >= 0; i--)
        {
            if (values[i].Weight <= 0)
                continue;
            value = values[i].Value;
            return true;
        }

        value = default;
        return false;
    }

    protected override void OnRow(in Change<T> row, TKey key, ulong hash, long time)
    {
        TValue value = valueOf(row.Row);
        List<Weighted<TValue>> values = entities.States.Touch(key, hash) ??= [];
        bool had = TryShow(values, out TValue? before);
        Add(values, value, row.Weight);
        bool has = TryShow(values, out TValue? after);
        if (values.Count == 0)
            entities.States.Remove(key, hash);
        if (had != has || (had && !_equality.AreSame(before!, after!)))
            Emit(new TableChange<TKey, TValue>(key, had, before, has, after), time);
    }

    protected override bool FireOne(long watermark) => false;

    protected override void RollBack()
    {
        // User code runs before anything changes.
    }

    private void Add(List<Weighted<TValue>> values, TValue value, int weight)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (!_equality.AreSame(values[i].Value, value))
                continue;
            int sum = values[i].Weight + weight;
            values.RemoveAt(i);
            if (sum != 0)
                values.Insert(weight > 0 ? values.Count : i, new Weighted<TValue>(value, sum));
            return;
        }

        values.Add(new Weighted<TValue>(value, weight));
    }
}
