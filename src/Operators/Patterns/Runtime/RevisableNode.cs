using ActorStreams.Core.Actors;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Operators.Windows;

namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>How a pattern is to be matched before the watermark.</summary>
internal sealed record RevisableSettings<TKey, T>(LateRows Late = LateRows.DeadLetter, LateStream<Change<T>>? LateStream = null)
{
    public int MaxRows { get; init; } = 10_000;

    public ISideOutput<TimedOutMatch<TKey, T>>? TimedOut { get; init; }

    public ISideOutput<Match<TKey, T>>? Confirmed { get; init; }

    public ErrorPolicy? Errors { get; init; }
}

/// <summary>A match that comes (+1) or is taken back (-1).</summary>
internal readonly record struct RevisedMatch<TKey, T>(Match<TKey, T> Match, int Weight);

/// <summary>An output beside the matches, whatever its rows are.</summary>
internal interface ISideOutput<TMatch>
{
    void Open(Pipeline pipeline, string name, StreamNode owner);

    MatchSink<TMatch> Sink(ActorBuild build);
}

/// <summary>Timed-out matches as rows.</summary>
internal sealed class TimedOutOutput<TKey, T, TOut>(Func<TimedOutMatch<TKey, T>, TOut> select, TimedOutStream<TOut> stream) : ISideOutput<TimedOutMatch<TKey, T>>
{
    private SideNode<TOut>? _node;

    public void Open(Pipeline pipeline, string name, StreamNode owner)
    {
        _node = new SideNode<TOut>($"{name}-timed-out", owner);
        pipeline.Add(_node);
        stream.Stream = new Stream<TOut>(pipeline, _node);
    }

    public MatchSink<TimedOutMatch<TKey, T>> Sink(ActorBuild build) => new MatchSink<TimedOutMatch<TKey, T>, TOut>(select, null, build.Downstream(_node!));
}

/// <summary>Confirmed matches as rows.</summary>
internal sealed class ConfirmedOutput<TKey, T, TOut>(Func<Match<TKey, T>, TOut> select, ConfirmedStream<TOut> stream) : ISideOutput<Match<TKey, T>>
{
    private SideNode<TOut>? _node;

    public void Open(Pipeline pipeline, string name, StreamNode owner)
    {
        _node = new SideNode<TOut>($"{name}-confirmed", owner);
        pipeline.Add(_node);
        stream.Stream = new Stream<TOut>(pipeline, _node);
    }

    public MatchSink<Match<TKey, T>> Sink(ActorBuild build) => new MatchSink<Match<TKey, T>, TOut>(select, null, build.Downstream(_node!));
}

/// <summary>A revisable pattern operator in the graph.</summary>
internal sealed class RevisableNode<TKey, T, TOut>(
    string name, KeyedStream<TKey, Change<T>> input, PatternShape<T> shape, RevisableSettings<TKey, T> settings,
    Func<RevisedMatch<TKey, T>, Change<TOut>>? one, Func<RevisedMatch<TKey, T>, IEnumerable<Change<TOut>>>? many)
    : KeyedNode<TKey, Change<T>, Change<TOut>>(name, "revisable match", input)
{
    private readonly Automaton<T> _automaton = PatternCompiler<T>.Compile(shape);
    private readonly long _step = TimeStep.Of(shape);

    public SideNode<Change<T>>? LateNode { get; set; }

    public override string Detail => $"{string.Join(", ", _automaton.Stages)}, {_automaton.Skip}";

    public override bool NeedsDeadLetters => settings.Late == LateRows.DeadLetter;

    public override long WatermarkGranularity => _step;

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new RevisableEntities<TKey, T>(_automaton, shards, KeyOf, _step, withPositions: false);

    protected override KeyedOperator<TKey, Change<T>> Build(ActorBuild build, ShardRange shards)
    {
        var matches = new MatchSink<RevisedMatch<TKey, T>, Change<TOut>>(one, many, build.Downstream(this));
        Receiver<Change<T>>? late = LateNode is null ? null : build.Downstream(LateNode);
        var outputs = new RevisableOutputs<TKey, T>(matches, settings.Confirmed?.Sink(build), settings.TimedOut?.Sink(build), settings.Late, late);
        var entities = new RevisableEntities<TKey, T>(_automaton, shards, KeyOf, _step, build.WithPositions);
        var region = new RevisableRegion<TKey, T>(Name, build.Context, shards, KeyOf, build.ErrorsOf(this), entities, outputs, _step, settings.MaxRows, build.WithPositions);
        build.Context.Resumables.Add(region);
        return region;
    }
}
