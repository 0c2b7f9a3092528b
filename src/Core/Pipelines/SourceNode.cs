using ActorStreams.Core.Exchange;
using ActorStreams.Core.Sources;

namespace ActorStreams.Core.Pipelines;

/// <summary>A source, as the plan sees it.</summary>
internal interface ISourceNode
{
    bool HasInitialSnapshot { get; }

    /// <summary>The ingress that it reads; null: it reads something else.</summary>
    ISharedIngress? SharedIngress { get; }

    ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation);

    bool KnowsItsEnd { get; }

    void OnJobEnded(SourceContext context, Exception? error);

    /// <summary>Whether rows get their event times here, and may be refused because of them.</summary>
    bool AssignsEventTimes { get; }

    /// <summary>Whether code tells it its rows (<see cref="Ingress{T}"/>).</summary>
    bool IsIngress { get; }

    /// <summary>The job is drained.</summary>
    /// <returns>Whether the source ends by itself.</returns>
    bool EndInput(SourceContext context);

    /// <summary>What can be done about a partition whose watermark stands still.</summary>
    string RemedyOf(SourcePosition position, JobOptions options);

    /// <summary>Builds the head of actor <see cref="StageContext.Instance"/>: every partition whose number leaves its own when divided by
    /// the number of actors.</summary>
    SourceHead Build(StageBuild build, IReadOnlyList<string> partitions, int firstNumber, long granularity);
}

internal sealed class SourceNode<T>(string name, Source<T> source) : StreamNode<T>(name, "source"), ISourceNode
{
    public EventTimes<T>? EventTimes { get; set; }

    public Source<T> Source => source;

    public ISharedIngress? SharedIngress => source as ISharedIngress;

    /// <summary>What the pipeline says, or else what the source brings.</summary>
    private EventTimes<T>? UsedTimes => EventTimes
        ?? (source.CarriesEventTimes ? new EventTimes<T>(null, null, Watermarks.FromSource()) : null);

    public bool CarriesEventTimes => source.CarriesEventTimes;

    public bool AssignsEventTimes => UsedTimes is { IsCarried: false };

    public bool HasInitialSnapshot => source.HasInitialSnapshot;

    public override bool BringsEventTime => UsedTimes is not null;

    public override string Detail => $"{source.Description}, {source.Guarantee.ToString().ToLowerInvariant()}" +
        (UsedTimes is not { } times ? ", no event time" : $", watermark {times.Strategy.Description}" + Waiting(times.Strategy) +
            Quiet(times.Strategy));

    private string Quiet(WatermarkStrategy strategy) =>
        strategy.Quiet is { Timeout: { } timeout } ? $", goes on with the clock when quiet for {timeout}"
        : strategy.Quiet is not null ? strategy.AllIdle.Timeout is null ? ", holds when quiet" : ""
        : !strategy.FollowsTimes || source.Silence == Silence.SaysNothing ? ""
        : source.Silence == Silence.IsDeclared ? ", goes on with its source when quiet" : ", goes on with the clock when quiet";

    private static string Waiting(WatermarkStrategy strategy) =>
        (strategy.IdleAfter is { } idle ? $", idle after {idle}" : "") +
        (strategy.AllIdle.Timeout is { } timeout ? $", when all are idle on by the clock after {timeout}" : "") +
        (strategy.MaxDrift is { } drift ? $", aligned within {drift}{(strategy.AlignmentGroup is { } group ? $" in group {group}" : "")}"
            : "");

    public override bool StartsStage => true;

    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => [];

    public ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        source.PartitionsAsync(context, cancellation);

    public bool KnowsItsEnd => source.KnowsItsEnd;

    public bool IsIngress => source is Ingress<T>;

    public void OnJobEnded(SourceContext context, Exception? error) => source.OnJobEnded(context, error);

    public bool EndInput(SourceContext context) => source.EndInput(context);

    public string RemedyOf(SourcePosition position, JobOptions options)
    {
        const string End = $"If no more rows are to come, end the source or call {nameof(Job)}.{nameof(Job.DrainAsync)}.";
        string goOn = $"{nameof(WatermarkStrategy.WithQuiet)}({nameof(WhenQuiet)}.{nameof(WhenQuiet.GoOnAfter)}(…))";
        WatermarkStrategy? strategy = UsedTimes?.Strategy;
        if (strategy is null)
            return "Give its rows event times: WithEventTime(…).";
        if (position.State is PartitionState.IsCutOff or PartitionState.IsAhead)
            return position.State == PartitionState.IsCutOff ? "Bring back what it reads."
                : $"See who writes such rows; {nameof(JobOptions)}.{nameof(JobOptions.MaxEventTimeAhead)} refuses them.";
        if (position.WaitsSince == EventTime.MaxValue)
            return $"Its watermark is '{strategy.Description}': see whether event times advance, and whether what says how far rows are complete comes.";
        if (strategy.Quiet == WhenQuiet.Hold)
            return $"The pipeline says that event time holds while it is quiet; {goOn} lets it go on with the clock. {End}";
        if (!strategy.FollowsTimes)
            return $"Its watermark is '{strategy.Description}', so nobody else says how far it is complete: see that this comes, or let event time go on without it: {goOn}. {End}";
        if (source.Silence == Silence.SaysNothing)
            return $"If its rows come as they happen, let event time go on while there are none: {goOn}, or say so in the source ({nameof(Source<>)}.{nameof(Silence)}); if others go on without it, {nameof(WatermarkStrategy.WithIdleness)}(…). {End}";
        return options.QuietAfter is null
            ? $"{nameof(JobOptions)}.{nameof(JobOptions.QuietAfter)} is null, so event time waits for rows; set it, or {goOn}. {End}"
            : $"{goOn} lets event time go on with the clock. {End}";
    }

    public SourceHead Build(StageBuild build, IReadOnlyList<string> partitions, int firstNumber, long granularity)
    {
        Receiver<T> output = build.Downstream(this);
        OperatorErrors errors = build.ErrorsOf(this);
        JobOptions options = build.Options;
        EventTimes<T>? eventTimes = UsedTimes;
        var quiet = QuietRule.Of(eventTimes?.Strategy, source.Silence, options);
        var readers = new List<PartitionReader<T>>();
        for (int i = build.Context.Instance; i < partitions.Count; i += build.Instances)
        {
            readers.Add(new PartitionReader<T>(
                partitions[i], firstNumber + i, eventTimes, granularity, build.WithPositions, build.CarriesSourceWatermarks(this), errors,
                    options, quiet));
        }

        WatermarkStrategy? strategy = eventTimes?.Strategy;
        AlignmentGroup? alignment = strategy?.MaxDrift is null ? null : build.AlignmentOf(this, strategy.AlignmentGroup);
        var clockwork = new SourceClockwork(strategy, granularity, readers.Count, build.Context.Inbox, build.SilenceOf(this), alignment);
        clockwork.AsksForEpochs = quiet.AsksForEpochs;
        SourceContext opened = new(build.Context.Pipeline, Name, options.Clock)
        {
            RequestEpoch = build.AskForEpoch,
            AvailableNow = options.AvailableNow
        };
        SnapshotGate snapshots = build.SnapshotGateOf(this, readers.Count);
        return build.Host(new SourceHead<T>(Name, source, opened, [.. readers], clockwork, snapshots, build.Context, output));
    }
}
