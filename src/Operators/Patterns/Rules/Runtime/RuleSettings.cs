using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Operators.Patterns.Runtime;
using ActorStreams.Operators.Windows;

namespace ActorStreams.Operators.Patterns.Rules.Runtime;

/// <summary>How rules are to be matched.</summary>
internal sealed record RuleSettings<TKey, T>(Func<string, Pattern<T>> PatternOf)
{
    public LateRows Late { get; init; } = LateRows.DeadLetter;

    public LateStream<T>? LateStream { get; init; }

    public bool IsOnArrival { get; init; }

    public bool RefusesIncompatible { get; init; }

    public ITimedOutRules<TKey, T>? TimedOut { get; init; }

    public ErrorPolicy? Errors { get; init; }
}

/// <summary>An output of timed-out matches, whatever its rows are.</summary>
internal interface ITimedOutRules<TKey, T>
{
    void Open(Pipeline pipeline, string name, StreamNode owner);

    MatchSink<TimedOutRuleMatch<TKey, T>> Sink(ActorBuild build);
}

internal sealed class TimedOutRules<TKey, T, TOut>(Func<TimedOutRuleMatch<TKey, T>, TOut> select, TimedOutStream<TOut> stream) : ITimedOutRules<TKey, T>
{
    private SideNode<TOut>? _node;

    public void Open(Pipeline pipeline, string name, StreamNode owner)
    {
        _node = new SideNode<TOut>($"{name}-timed-out", owner);
        pipeline.Add(_node);
        stream.Stream = new Stream<TOut>(pipeline, _node);
    }

    public MatchSink<TimedOutRuleMatch<TKey, T>> Sink(ActorBuild build) =>
        new MatchSink<TimedOutRuleMatch<TKey, T>, TOut>(select, null, build.Downstream(_node!));
}
