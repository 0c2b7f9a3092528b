using System.Runtime.InteropServices;
using ActorStreams.Core.Process;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams;

/// <summary>Joins of a stream with what a table was at each row's own time.</summary>
public static class AsOfJoinOperator
{
    /// <summary>Gives every row the value that the table had for its key at the row's event time (a row-time temporal join).</summary>
    /// <param name="stream">The rows, by key.</param>
    /// <param name="name">Stable and unique in the pipeline: versions and waiting rows are stored under it.</param>
    /// <param name="table">The table; each of its changes is a version from its event time on. Of two versions of one time the later
    /// arrival counts.</param>
    /// <param name="type"><see cref="JoinType.Inner"/>, <see cref="JoinType.Left"/>, <see cref="JoinType.Semi"/> or
    /// <see cref="JoinType.Anti"/>.</param>
    /// <param name="options">When rows come out, and what late ones still find; null: once the watermark has passed a row.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>(TKey, T) → the row and the value, at the row's event time.</returns>
    /// <remarks>
    /// <para>A row waits until the watermark (the least of both inputs') has passed it by <see cref="AsOfJoinOptions.AllowedLateness"/>, so
    /// its version is final and the result follows from the data alone. The watermark told downstream is held back by as much.</para>
    /// <para>Keeps the waiting rows, and of each key the version that is valid at the watermark less
    /// <see cref="AsOfJoinOptions.RetainFor"/> and all later ones. That a key
    /// was deleted is such a version, and is kept: a value from before it that comes late is not valid again. A row that is late is joined
    /// at once with what is kept, and counted as <c>late</c>. A row without a key (null) finds no value.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The type or a time is not possible, the name is taken, or the two belong to two
    /// pipelines.</exception>
    /// <seealso href="https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/queries/joins/#temporal-joins">Flink's
    /// event-time temporal join.</seealso>
    public static Stream<Joined<T, TValue>> AsOfJoin<TKey, T, TValue>(
        this KeyedStream<TKey, T> stream, string name, Table<TKey, TValue> table, JoinType type = JoinType.Inner,
        AsOfJoinOptions? options = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(table);
        options ??= new AsOfJoinOptions();
        StreamTableJoinOperator.CheckType(stream.Stream.Pipeline, name, type);
        if (options.AllowedLateness < TimeSpan.Zero || options.RetainFor < TimeSpan.Zero)
        {
            throw new PipelineException(
                $"Pipeline '{stream.Stream.Pipeline.Name}', operator '{name}': {nameof(AsOfJoinOptions.AllowedLateness)} is " +
                $"{options.AllowedLateness} and {nameof(AsOfJoinOptions.RetainFor)} is {options.RetainFor}; neither may be negative.");
        }

        KeyedStream<TKey, TableChange<TKey, TValue>> versions = table.Versions.KeyBy(static change => change.Key);
        return TwoInputs.Add(stream, versions, name,
            (left, right) => new AsOfNode<TKey, T, TValue>(name, left, right, type, options) { Errors = errors });
    }
}

/// <summary>When an as-of join puts rows out, and what late ones still find.</summary>
public sealed record AsOfJoinOptions
{
    /// <summary>Whether rows wait for the watermark. If not, a row is joined when it arrives, with what is known then of its own time.
    /// Default: true.</summary>
    public bool Waits { get; init; } = true;

    /// <summary>How long after the watermark has passed it a row goes on waiting, for versions that are late. Default: zero.</summary>
    public TimeSpan AllowedLateness { get; init; } = TimeSpan.Zero;

    /// <summary>How long behind the watermark versions are kept for rows that are late. Default: zero.</summary>
    public TimeSpan RetainFor { get; init; } = TimeSpan.Zero;

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new AsOfJoinOptions());
}

/// <summary>What a key was from a time on.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct TableVersion<TValue>(long Time, bool HasValue, TValue? Value);

/// <summary>A row that waits for its version.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct AsOfRow<T>(long Time, T Row);

/// <summary>What an as-of join keeps for a key: versions and rows, each in order of time.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct AsOfCell<T, TValue>(List<TableVersion<TValue>>? Versions, List<AsOfRow<T>>? Waiting, long Due);

internal sealed class AsOfNode<TKey, T, TValue>(string name, SideInput<TKey, T> left, SideInput<TKey, TableChange<TKey, TValue>> right,
    JoinType type, AsOfJoinOptions options)
    : TwoInputNode<TKey, T, TableChange<TKey, TValue>, Joined<T, TValue>>(name, "as-of-join", left, right)
{
    public override string Detail => type.ToString().ToLowerInvariant() + (options.Waits ? "" : ", at arrival");

    public override long WatermarkGranularity => 1_000;

    public override EventTimeNeed EventTimeNeed => new(
        "each row gets the value that was valid at its event time, a change is valid from its event time on, and the watermark says when that is final",
        "use Join, which takes the value that is there when the row arrives");

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
        Require<TValue>(pipeline, "table's value");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override TwoInputOperator<TKey, T, TableChange<TKey, TValue>, Joined<T, TValue>> Build(
        StageBuild build, TwoInputSite<TKey, T, TableChange<TKey, TValue>> site) =>
        new AsOfJoin<TKey, T, TValue>(site, build.Downstream(this), EntitiesOf(site.Shards), type, options);

    private static StoredEntities<TKey, AsOfCell<T, TValue>> EntitiesOf(ShardRange shards) =>
        new(shards, "versions",
            static cell => cell.Versions is { Count: > 0 } versions && versions[^1].HasValue ? versions[^1].Value : null);
}
