using System.Runtime.InteropServices;
using ActorStreams.Core.Journal;
using ActorStreams.Core.Process;

namespace ActorStreams;

/// <summary>Joins of two tables by a key that the left value names.</summary>
public static class ForeignKeyJoinOperator
{
    /// <summary>Each left value with the right value that it refers to; changes with either.</summary>
    /// <param name="left">The left table.</param>
    /// <param name="name">Stable and unique in the pipeline: stored under it, under <c>name-pairs</c> and in the metrics.</param>
    /// <param name="right">The right table.</param>
    /// <param name="foreignKeyOf">The key of the right table that a left value refers to; null: none.</param>
    /// <param name="type"><see cref="JoinType.Inner"/>, <see cref="JoinType.Left"/>, <see cref="JoinType.Semi"/> or
    /// <see cref="JoinType.Anti"/>.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>A table by the left key.</returns>
    /// <remarks>
    /// Keeps the present values of both tables, and the pairs. A right value that many left ones refer to changes all of their pairs at
    /// once. A left value that refers to another right key moves there; between the two its pair may be gone for a moment, but never at the
    /// end of an epoch.
    /// </remarks>
    /// <exception cref="PipelineException">The type is another one, the name is taken, or the two belong to two pipelines.</exception>
    /// <seealso href="https://cwiki.apache.org/confluence/display/KAFKA/KIP-213+Support+non-key+joining+in+KTable">KIP-213, whose result
    /// this gives. What arrives out of order is put right by adding up weights instead of hashes of the left value.</seealso>
    public static Table<TKey, Joined<TLeft, TRight>> ForeignKeyJoin<TKey, TLeft, TForeign, TRight>(
        this Table<TKey, TLeft> left, string name, Table<TForeign, TRight> right, Func<TLeft, TForeign?> foreignKeyOf,
        JoinType type = JoinType.Inner, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(foreignKeyOf);
        if (type is JoinType.Right or JoinType.Full)
        {
            throw new PipelineException(
                $"Pipeline '{left.Pipeline.Name}', operator '{name}': a {type.ToString().ToLowerInvariant()} foreign-key join is not possible, " +
                "because a right row without partner has no left key. Use inner, left, semi or anti.");
        }

        KeyedStream<TForeign, Reference<TForeign, TKey, TLeft>> references = left.Stream
            .FlatMap(change => ReferencesOf(change, foreignKeyOf), errors: errors)
            .KeyBy(static reference => reference.To);
        Stream<Change<TableRow<TKey, Joined<TLeft, TRight>>>> pairs = TwoInputs.Add(references, right.Keyed, name,
            (first, second) => new ForeignKeyNode<TForeign, TKey, TLeft, TRight>(name, first, second, type) { Errors = errors });
        return pairs.ToTable($"{name}-pairs", static row => row.Key, static row => row.Value, errors);
    }

    private static IEnumerable<Reference<TForeign, TKey, TLeft>> ReferencesOf<TForeign, TKey,
        TLeft>(TableChange<TKey, TLeft> change, Func<TLeft, TForeign?> foreignKeyOf)
    {
        if (change.HadBefore)
            yield return new Reference<TForeign, TKey, TLeft>(foreignKeyOf(change.Before!)!, change.Key, false, change.Before!);
        if (change.HasAfter)
            yield return new Reference<TForeign, TKey, TLeft>(foreignKeyOf(change.After!)!, change.Key, true, change.After!);
    }
}

/// <summary>A left value comes to the key it refers to, or leaves it.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct Reference<TForeign, TKey, TLeft>(TForeign To, TKey From, bool Comes, TLeft Value);

/// <summary>A key inside a map, where it must not be null by itself.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct InnerKey<TKey>(TKey Value);

/// <summary>What a foreign-key join keeps: right values, and who refers to them.</summary>
internal sealed class ReferenceStates<TForeign, TKey, TLeft, TRight> : EntityStates<TForeign>
{
    private readonly IShardedState[] _journaled;

    public ReferenceStates(ShardRange shards)
    {
        Values = new StoredMap<TForeign, TRight>("right", shards);
        References = new KeyedMap<TForeign, InnerKey<TKey>, TLeft>("references");
        _journaled = [Values, References.Bind(shards, Scope)];
    }

    public KeyScope<TForeign> Scope { get; } = new();

    public StoredMap<TForeign, TRight> Values { get; }

    public KeyedMap<TForeign, InnerKey<TKey>, TLeft> References { get; }

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => ["right"];

    public override object? Read(TForeign key, string name) => Values.TryGet(key, Values.HashOf(key), out TRight value) ? value : null;
}

internal sealed class ForeignKeyNode<TForeign, TKey, TLeft, TRight>(
    string name, SideInput<TForeign, Reference<TForeign, TKey, TLeft>> left, SideInput<TForeign, TableChange<TForeign, TRight>> right,
        JoinType type)
    : TwoInputNode<TForeign, Reference<TForeign, TKey, TLeft>, TableChange<TForeign, TRight>, Change<TableRow<TKey, Joined<TLeft, TRight>>>>(name, "foreign-key-join", left, right)
{
    public override string Detail => type.ToString().ToLowerInvariant();

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TKey>(pipeline, "left key");
        Require<TLeft>(pipeline, "left value");
        Require<TRight>(pipeline, "right value");
    }

    public override EntityStates<TForeign> CreateEntities(ShardRange shards) => new ReferenceStates<TForeign, TKey, TLeft, TRight>(shards);

    protected override TwoInputOperator<
        TForeign, Reference<TForeign, TKey, TLeft>, TableChange<TForeign, TRight>, Change<TableRow<TKey, Joined<TLeft, TRight>>>> Build(
        StageBuild build, TwoInputSite<TForeign, Reference<TForeign, TKey, TLeft>, TableChange<TForeign, TRight>> site) =>
        new ForeignKeyJoin<TForeign, TKey, TLeft, TRight>(site, build.Downstream(this),
            new ReferenceStates<TForeign, TKey, TLeft, TRight>(site.Shards), type);
}

/// <summary>One region of a foreign-key join, by the foreign key.</summary>
internal sealed class ForeignKeyJoin<TForeign, TKey, TLeft, TRight>(
    TwoInputSite<TForeign, Reference<TForeign, TKey, TLeft>, TableChange<TForeign, TRight>> site,
    Receiver<Change<TableRow<TKey, Joined<TLeft, TRight>>>> output, ReferenceStates<TForeign, TKey, TLeft, TRight> states, JoinType type)
    : RowByRowTwoInputOperator<
        TForeign, Reference<TForeign, TKey, TLeft>, TableChange<TForeign, TRight>, Change<TableRow<TKey, Joined<TLeft, TRight>>>>(site,
            output)
{
    public override EntityStates<TForeign> Entities => states;

    protected override void OnLeft(in Reference<TForeign, TKey, TLeft> row, TForeign key, ulong hash, long time)
    {
        states.Scope.Enter(key, hash);
        TRight? right = default;
        bool hasRight = key is not null && states.Values.TryGet(key, hash, out right);
        Tell(row.From, row.Value, hasRight, right, row.Comes ? 1 : -1, time);
        if (key is null)
            return;
        if (row.Comes)
            states.References.Put(new InnerKey<TKey>(row.From), row.Value);
        else
            Leave(row.From);
    }

    protected override void OnRight(in TableChange<TForeign, TRight> row, TForeign key, ulong hash, long time)
    {
        if (key is null)
            return;
        states.Scope.Enter(key, hash);
        if (row.HasAfter)
            states.Values.Touch(key, hash) = row.After!;
        else
            states.Values.Remove(key, hash);
        bool isShownAlike = type is JoinType.Semi or JoinType.Anti && row.HadBefore == row.HasAfter;
        if (isShownAlike)
            return;
        foreach ((InnerKey<TKey> from, TLeft value) in states.References.Entries)
        {
            Tell(from.Value, value, row.HadBefore, row.Before, -1, time);
            Tell(from.Value, value, row.HasAfter, row.After, 1, time);
        }
    }

    private void Leave(TKey from)
    {
        states.References.Remove(new InnerKey<TKey>(from));
        if (states.References.Entries.Count == 0)
            states.References.Clear();
    }

    private void Tell(TKey from, TLeft value, bool hasRight, TRight? right, int weight, long time)
    {
        var both = new BothSides<TLeft, TRight>(true, hasRight, value, right);
        if (both.IsShown(type))
            Emit(new Change<TableRow<TKey, Joined<TLeft, TRight>>>(new TableRow<TKey, Joined<TLeft, TRight>>(from, both.Show(type)),
                weight), time);
    }
}
