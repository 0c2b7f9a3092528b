using ActorStreams.Core.Process;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Regions;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>Rules in the graph: rows come in by key, changes go to every region.</summary>
internal sealed class RuleNode<TKey, T, TOut> : StreamNode<TOut>, IEntityNode<TKey>
{
    /// <summary>Rules come later than the plan is made, so the steps of event time cannot follow from their bounds.</summary>
    private const long Step = 100_000;

    private readonly SideInput<TKey, T> _rows;
    private readonly RuleSettings<TKey, T> _settings;
    private readonly Func<RuleMatch<TKey, T>, TOut>? _one;
    private readonly Func<RuleMatch<TKey, T>, IEnumerable<TOut>>? _many;

    public RuleNode(string name, SideInput<TKey, T> rows, SideInput<TKey, RuleChange> changes, RuleSettings<TKey, T> settings,
        Func<RuleMatch<TKey, T>, TOut>? one, Func<RuleMatch<TKey, T>, IEnumerable<TOut>>? many)
        : base(name, "rules", rows, changes)
    {
        (_rows, _settings, _one, _many) = (rows, settings, one, many);
        Late = new LateSide<T>(settings.Late);
        rows.BelongTo(this, build => InputsOf(build).Rows);
        changes.BelongTo(this, build => InputsOf(build).Changes);
    }

    public LateSide<T> Late { get; }

    public override string Detail => _settings.IsOnArrival ? "changes on arrival" : "changes in event time";

    /// <summary>For changes that are refused, whatever the error policy is.</summary>
    public override bool NeedsDeadLetters => true;

    public override long WatermarkGranularity => Step;

    public override EventTimeNeed EventTimeNeed => new(
        "rows are matched in the order of their event times, once the watermark has passed them" +
            (_settings.IsOnArrival ? "" : ", and a change is in force from its event time on"),
        _settings.IsOnArrival ? null : "if it is the changes that have no times, say .ChangesOnArrival()");

    public override IReadOnlyList<StreamNode> EventTimeNeededFrom => EventTimesFrom;

    public override IReadOnlyList<StreamNode> EventTimesFrom => _settings.IsOnArrival ? [_rows] : Inputs;

    public override void Validate(string pipeline)
    {
        Require<TKey>(pipeline, "key");
        Require<T>(pipeline, "row");
    }

    public EntityStates<TKey> CreateEntities(ShardRange shards) =>
        new RuleEntities<TKey, T>(_settings, shards, _rows.KeyOf, Step, withPositions: false);

    private RuleInputs<TKey, T> InputsOf(StageBuild build) => build.SharedOf(this, () =>
    {
        var site = new RegionSite<TKey, T>(Name, build.Context, build.HostedShards, _rows.KeyOf, build.ErrorsOf(this), build.WithPositions);
        var matches = new MatchSink<RuleMatch<TKey, T>, TOut>(_one, _many, new RowOutput<TOut>(build.Context, build.Downstream(this)));
        var outputs = new MatchOutputs<T, RuleMatch<TKey, T>, TimedOutRuleMatch<TKey, T>>(
            Late.Output(build, site.Errors), matches, _settings.TimedOut?.Sink(build));
        var entities = new RuleEntities<TKey, T>(_settings, site.Shards, site.KeyOf, Step, site.WithPositions);
        var region = new RuleRegion<TKey, T>(site, entities, outputs, _settings, Step);
        return new RuleInputs<TKey, T>(build.Host(region), _settings.IsOnArrival);
    });
}
