using ActorStreams.Core.Journal;
using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;

namespace ActorStreams;

/// <summary>Joins of a stream with a small one that every actor knows whole: rules, settings, exchange rates.</summary>
public static class BroadcastJoinOperator
{
    /// <summary>Shows every row all that the other stream has said so far, the last row of each of its keys.</summary>
    /// <param name="stream">The rows; they need no key, and stay where they are.</param>
    /// <param name="name">Stable and unique in the pipeline: the rules are stored under it.</param>
    /// <param name="rules">The other stream; goes to every actor.</param>
    /// <param name="ruleKeyOf">The key of a rule; a later one replaces the one before.</param>
    /// <param name="apply">What becomes of a row. The dictionary must not be kept.</param>
    /// <param name="options">Which rules delete, and whether rows wait for those that were there all along; null: none, and they
    /// do.</param>
    /// <param name="errors">What becomes of a row on which <paramref name="apply"/> throws; null: as the job's options say.</param>
    /// <returns>T × rules → whatever <paramref name="apply"/> gives, at the row's event time. Rules put out nothing.</returns>
    /// <remarks>Keeps all rules in every actor, but stores each once. Which rules have come when a row does is not promised.</remarks>
    /// <exception cref="PipelineException">The name is taken, or the streams belong to two pipelines.</exception>
    public static Stream<TOut> WithBroadcast<T, TRuleKey, TRule, TOut>(
        this Stream<T> stream, string name, Stream<TRule> rules, Func<TRule, TRuleKey> ruleKeyOf,
            Func<T, IReadOnlyDictionary<TRuleKey, TRule>, IEnumerable<TOut>> apply,
        BroadcastOptions<TRule>? options = null, ErrorPolicy? errors = null)
        where TRuleKey : notnull
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(ruleKeyOf);
        ArgumentNullException.ThrowIfNull(apply);
        options ??= new BroadcastOptions<TRule>();
        return TwoInputs.Add(
            stream.KeyBy(static _ => default(TRuleKey)!), rules.KeyBy(ruleKeyOf), name,
            (left, right) => new BroadcastNode<T, TRuleKey, TRule, TOut>(name, left, right, apply, options.IsDelete)
            {
                Errors = errors,
                WaitsForSnapshot = options.WaitForSnapshot,
            },
            SideRouting.ToOne, SideRouting.ToAll);
    }
}

/// <summary>How rules are broadcast.</summary>
/// <typeparam name="TRule">The rule.</typeparam>
public sealed record BroadcastOptions<TRule>
{
    /// <summary>Rules that delete the one of their key. Default: none.</summary>
    public Func<TRule, bool>? IsDelete { get; init; }

    /// <summary>Whether the sources of the rows are not read before the initial snapshots of the rules' sources are in, where these have
    /// some (captured tables do). Default: true.</summary>
    public bool WaitForSnapshot { get; init; } = true;

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new BroadcastOptions<TRule>());
}

internal sealed class BroadcastNode<T, TRuleKey, TRule, TOut>(
    string name, SideInput<TRuleKey, T> left, SideInput<TRuleKey, TRule> right,
        Func<T, IReadOnlyDictionary<TRuleKey, TRule>, IEnumerable<TOut>> apply, Func<TRule, bool>? isDelete)
    : TwoInputNode<TRuleKey, T, TRule, TOut>(name, "broadcast-join", left, right)
    where TRuleKey : notnull
{
    public override IReadOnlyList<StreamNode> EventTimesFrom => [Inputs[0]];

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TRule>(pipeline, "rule");
    }

    public override EntityStates<TRuleKey> CreateEntities(ShardRange shards) => new StoredEntities<TRuleKey, TRule>(shards, "rule");

    protected override TwoInputOperator<TRuleKey, T, TRule, TOut> Build(StageBuild build, TwoInputSite<TRuleKey, T, TRule> site)
    {
        // Every region holds all shards, and stores its own.
        var all = new ShardRange(0, site.Shards.Map.Count, site.Shards.Map);
        return new BroadcastJoin<T, TRuleKey, TRule, TOut>(site, build.Downstream(this),
            new StoredEntities<TRuleKey, TRule>(all, "rule"), apply, isDelete);
    }
}

/// <summary>One region of a broadcast join: all rules, the changes of its own shards of which it journals.</summary>
internal sealed class BroadcastJoin<T, TRuleKey, TRule, TOut>(
    TwoInputSite<TRuleKey, T, TRule> site, Receiver<TOut> output,
    StoredEntities<TRuleKey, TRule> entities, Func<T, IReadOnlyDictionary<TRuleKey, TRule>, IEnumerable<TOut>> apply,
        Func<TRule, bool>? isDelete)
    : RowByRowTwoInputOperator<TRuleKey, T, TRule, TOut>(site, output)
    where TRuleKey : notnull
{
    private readonly Dictionary<TRuleKey, TRule> _rules = [];

    public override EntityStates<TRuleKey> Entities => entities;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        await RestoreAsync(opening, new ShardRange(0, Shards.First, Shards.Map), cancellation);
        await RestoreAsync(opening, new ShardRange(Shards.End, Shards.Map.Count - Shards.End, Shards.Map), cancellation);
        StateMap<TRuleKey, TRule> map = entities.States.Map;
        foreach (int slot in map.Live)
            _rules[map.At(slot).Key] = map.At(slot).State;
    }

    protected override void OnLeft(in T row, TRuleKey key, ulong hash, long time)
    {
        foreach (TOut result in apply(row, _rules))
            Emit(result, time);
    }

    protected override void OnRight(in TRule row, TRuleKey key, ulong hash, long time)
    {
        if (isDelete is not null && isDelete(row))
        {
            _rules.Remove(key);
            entities.States.Remove(key, hash);
        }
        else
        {
            _rules[key] = row;
            entities.States.Touch(key, hash) = row;
        }
    }

    private async ValueTask RestoreAsync(StageOpening opening, ShardRange range, CancellationToken cancellation)
    {
        if (range.Count > 0)
            await new RegionJournal(Context.Pipeline, OperatorName, range, Entities.Journaled, Context.Snapshots).RestoreAsync(opening,
                cancellation);
    }
}
