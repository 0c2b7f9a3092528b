using System.Runtime.InteropServices;
using ActorStreams.Core.Process;
using ActorStreams.Operators.Tables;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams;

/// <summary>What an epoch comes to, without the detours.</summary>
public static class ConsolidateOperator
{
    /// <summary>At the end of each epoch every row that changed, once, with the sum of its weights; rows whose weights sum to zero are not
    /// seen at all.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <returns>What is taken away first, then what is added; each at the latest event time of its changes.</returns>
    /// <remarks>
    /// For sinks and services that should not see a row come and go. Keeps each row that changes until the epoch ends, and holds the
    /// watermark back as long; nothing is stored. Rows are the same if they are equal and stored alike, so classes need an equality of
    /// their own (records have one).
    /// </remarks>
    /// <seealso href="https://www.vldb.org/pvldb/vol16/p1601-budiu.pdf">DBSP: the sum of Z-sets, here over an epoch.</seealso>
    public static Stream<Change<T>> Consolidate<T>(this Stream<Change<T>> changes, string name)
    {
        ArgumentNullException.ThrowIfNull(changes);
        return changes.Add(new ConsolidateNode<T>(name, changes.KeyBy(static change => change.Row)));
    }

    /// <summary>At the end of each epoch every key that changed, once: from what it was when the epoch began to what it is at its
    /// end.</summary>
    /// <param name="table">The table.</param>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <returns>The same table, with fewer changes on the way.</returns>
    /// <remarks>Keeps each key that changes until the epoch ends, and holds the watermark back as long; nothing is stored.</remarks>
    public static Table<TKey, TValue> Consolidate<TKey, TValue>(this Table<TKey, TValue> table, string name)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new Table<TKey, TValue>(table.Stream.Add(new ConsolidateTableNode<TKey, TValue>(name, table.Keyed)));
    }
}

internal sealed class ConsolidateNode<T>(string name, KeyedStream<T, Change<T>> input)
    : KeyedNode<T, Change<T>, Change<T>>(name, "consolidate", input)
{
    public override ChangelogMode Changelog => InputsChangelog;

    public override EntityStates<T> CreateEntities(ShardRange shards) => new NothingStored<T>();

    protected override KeyedOperator<T, Change<T>> Build(StageBuild build, RegionSite<T, Change<T>> site)
    {
        return new Consolidate<T>(site, build.Downstream(this));
    }
}

/// <summary>One region: sums by row.</summary>
internal sealed class Consolidate<T>(
    RegionSite<T, Change<T>> site, Receiver<Change<T>> output)
    : EpochEndOperator<T, Change<T>, Change<T>, Consolidate<T>.Sum>(site, output)
{
    protected override int Passes => 2;

    protected override void Take(ref Sum sum, in Change<T> row, long time) =>
        sum = sum.IsKnown ? new Sum(true, checked(sum.Weight + row.Weight), Math.Max(sum.Time, time)) : new Sum(true, row.Weight, time);

    protected override bool TryEmit(int pass, T key, in Sum sum, out Change<T> row, out long time)
    {
        (row, time) = (new Change<T>(key, sum.Weight), sum.Time);
        return pass == 0 ? sum.Weight < 0 : sum.Weight > 0;
    }

    /// <summary>What a row's changes come to.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Sum(bool IsKnown, int Weight, long Time);
}

internal sealed class ConsolidateTableNode<TKey, TValue>(string name, KeyedStream<TKey, TableChange<TKey, TValue>> input)
    : KeyedNode<TKey, TableChange<TKey, TValue>, TableChange<TKey, TValue>>(name, "consolidate", input)
{
    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new NothingStored<TKey>();

    protected override KeyedOperator<TKey, TableChange<TKey, TValue>> Build(
        StageBuild build, RegionSite<TKey, TableChange<TKey, TValue>> site)
    {
        return new ConsolidateTable<TKey, TValue>(site, build.Downstream(this));
    }
}

/// <summary>One region: the first before and the last after of each key.</summary>
internal sealed class ConsolidateTable<TKey, TValue>(
    RegionSite<TKey, TableChange<TKey, TValue>> site, Receiver<TableChange<TKey, TValue>> output)
    : EpochEndOperator<TKey, TableChange<TKey, TValue>, TableChange<TKey, TValue>, ConsolidateTable<TKey, TValue>.Net>(site, output)
{
    private readonly RowEquality<TValue> _equality = new();

    protected override void Take(ref Net net, in TableChange<TKey, TValue> row, long time) => net = net.IsKnown
        ? new Net(true, new TableChange<TKey, TValue>(row.Key, net.Change.HadBefore, net.Change.Before, row.HasAfter, row.After),
            Math.Max(net.Time, time))
        : new Net(true, row, time);

    protected override bool TryEmit(int pass, TKey key, in Net net, out TableChange<TKey, TValue> row, out long time)
    {
        (row, time) = (net.Change, net.Time);
        return row.HadBefore != row.HasAfter || (row.HadBefore && !_equality.AreSame(row.Before!, row.After!));
    }

    /// <summary>What a key's changes come to.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Net(bool IsKnown, TableChange<TKey, TValue> Change, long Time);
}
