using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Regions;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>How rules are to be matched.</summary>
internal sealed record RuleSettings<TKey, T>(Func<string, Pattern<T>> PatternOf)
{
    public LateRows<T> Late { get; init; }

    public bool IsOnArrival { get; init; }

    public bool RefusesIncompatible { get; init; }

    public ISideOutput<TimedOutRuleMatch<TKey, T>>? TimedOut { get; init; }

    public ErrorPolicy? Errors { get; init; }
}
