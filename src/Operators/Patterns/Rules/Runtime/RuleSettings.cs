using ActorStreams.Core.Jobs;
using ActorStreams.Operators.Patterns.Runtime;
using ActorStreams.Operators.Windows.Runtime;

namespace ActorStreams.Operators.Patterns.Rules.Runtime;

/// <summary>How rules are to be matched.</summary>
internal sealed record RuleSettings<TKey, T>(Func<string, Pattern<T>> PatternOf)
{
    public LateRows<T> Late { get; init; }

    public bool IsOnArrival { get; init; }

    public bool RefusesIncompatible { get; init; }

    public ISideOutput<TimedOutRuleMatch<TKey, T>>? TimedOut { get; init; }

    public ErrorPolicy? Errors { get; init; }
}
