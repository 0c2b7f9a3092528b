using ActorStreams.Core.Actors;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Pipelines;

/// <summary>A source, as the plan sees it.</summary>
internal interface ISourceNode
{
    ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation);

    bool KnowsItsEnd { get; }

    void OnJobEnded(SourceContext context, Exception? error);

    /// <summary>Whether rows get their event times here, and may be refused because of them.</summary>
    bool AssignsEventTimes { get; }

    /// <summary>Builds the head of actor <see cref="ActorContext.Instance"/>: every so-manieth partition.</summary>
    SourceHead Build(ActorBuild build, IReadOnlyList<string> partitions, int firstNumber, long granularity);
}

internal sealed class SourceNode<T>(string name, Source<T> source) : StreamNode<T>(name, "source"), ISourceNode
{
    public EventTimes<T>? EventTimes { get; set; }

    /// <summary>What the pipeline says, or else what the source brings.</summary>
    private EventTimes<T>? UsedTimes => EventTimes ?? (source.CarriesEventTimes ? new EventTimes<T>(null, null, Watermarks.FromSource()) : null);

    public bool CarriesEventTimes => source.CarriesEventTimes;

    public bool AssignsEventTimes => UsedTimes is { IsCarried: false };

    public override string Detail => $"{source.Description}, {source.Guarantee.ToString().ToLowerInvariant()}" +
        (UsedTimes is not { } times ? ", no event time" : $", watermark {times.Strategy.Description}" + Waiting(times.Strategy));

    private static string Waiting(WatermarkStrategy strategy) =>
        (strategy.IdleAfter is { } idle ? $", idle after {idle}" : "") +
        (strategy.AllIdle.Timeout is { } timeout ? $", when all are idle on by the clock after {timeout}" : "") +
        (strategy.MaxDrift is { } drift ? $", aligned within {drift}{(strategy.AlignmentGroup is { } group ? $" in group {group}" : "")}" : "");

    public override bool StartsStage => true;

    public override IReadOnlyList<StreamNode> SourceWatermarksFrom => [];

    public ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        source.PartitionsAsync(context, cancellation);

    public bool KnowsItsEnd => source.KnowsItsEnd;

    public void OnJobEnded(SourceContext context, Exception? error) => source.OnJobEnded(context, error);

    public SourceHead Build(ActorBuild build, IReadOnlyList<string> partitions, int firstNumber, long granularity)
    {
        Receiver<T> output = build.Downstream(this);
        OperatorErrors errors = build.ErrorsOf(this);
        Jobs.JobOptions options = build.Options;
        EventTimes<T>? eventTimes = UsedTimes;
        var readers = new List<PartitionReader<T>>();
        for (int i = build.Context.Instance; i < partitions.Count; i += build.Instances)
        {
            readers.Add(new PartitionReader<T>(
                partitions[i], firstNumber + i, eventTimes, granularity, build.WithPositions, build.CarriesSourceWatermarks(this), errors, options));
        }

        WatermarkStrategy? strategy = eventTimes?.Strategy;
        AlignmentGroup? alignment = strategy?.MaxDrift is null ? null : build.AlignmentOf(this, strategy.AlignmentGroup);
        var clockwork = new SourceClockwork(strategy, granularity, readers.Count, build.Context.Mailbox, build.SilenceOf(this), alignment);
        SourceContext opened = new(build.Context.Pipeline, Name, options.Clock) { RequestEpoch = build.AskForEpoch, AvailableNow = options.AvailableNow };
        var head = new SourceHead<T>(Name, source, opened, [.. readers], clockwork, build.Context, output);

        // First in the order of the walk: its offsets are noted before any operator's state.
        build.Context.EpochParts.Insert(0, head);
        build.Context.ProcessingTimeParts.Add(head);
        return head;
    }
}
