using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams;

/// <summary>A match of a rule.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The stream's rows.</typeparam>
public sealed class RuleMatch<TKey, T> : Match<TKey, T>
{
    internal RuleMatch(TKey key, Automaton<T> automaton, MatchedEvents<T> events, string rule, long version)
        : base(key, automaton, events) =>
        (Rule, Version) = (rule, version);

    /// <summary>The rule's id.</summary>
    public string Rule { get; }

    /// <summary>The rule's version when the match was found; it may have begun under an older one.</summary>
    public long Version { get; }
}

/// <summary>A partial match of a rule whose time is over.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The stream's rows.</typeparam>
public sealed class TimedOutRuleMatch<TKey, T> : TimedOutMatch<TKey, T>
{
    internal TimedOutRuleMatch(TKey key, Automaton<T> automaton, MatchedEvents<T> events, int waitedFor, long deadline, string rule,
        long version)
        : base(key, automaton, events, waitedFor, deadline) =>
        (Rule, Version) = (rule, version);

    /// <summary>The rule's id.</summary>
    public string Rule { get; }

    /// <summary>The rule's version when the time was over.</summary>
    public long Version { get; }
}

/// <summary>A partial match of a key, as a question about the key shows it: <c>job.Entity&lt;TKey,
/// IReadOnlyList&lt;RuleProgress&lt;T&gt;&gt;&gt;(name, key).AskAsync()</c>.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Version">The rule's version.</param>
/// <param name="Stage">The last stage that has taken a row; empty in the state of a past epoch, which is read without the rules.</param>
/// <param name="WaitsFor">The stage whose row is waited for; empty in the state of a past epoch.</param>
/// <param name="Start">The event time of its first row.</param>
/// <param name="Rows">Its rows, in order.</param>
/// <typeparam name="T">The row.</typeparam>
public sealed record RuleProgress<T>(string Rule, long Version, string Stage, string WaitsFor, DateTimeOffset Start, IReadOnlyList<T> Rows);
