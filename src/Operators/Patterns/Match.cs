using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams;

/// <summary>A match: its rows by stage.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The stream's rows.</typeparam>
[SuppressMessage("Design", "MA0053:Make class or record sealed", Justification = "A timed-out match is a partial match with more to tell.")]
public class Match<TKey, T>
{
    private readonly Automaton<T> _automaton;
    private readonly MatchedEvents<T> _events;

    internal Match(TKey key, Automaton<T> automaton, MatchedEvents<T> events) => (Key, _automaton, _events) = (key, automaton, events);

    /// <summary>The key.</summary>
    public TKey Key { get; }

    /// <summary>All rows of the match in order.</summary>
    public IReadOnlyList<T> Rows => _events.Rows;

    /// <summary>The event time of the first row.</summary>
    public DateTimeOffset Start => EventTime.ToDateTimeOffset(_events.FirstTime);

    /// <summary>The event time of the last row.</summary>
    public DateTimeOffset End => EventTime.ToDateTimeOffset(_events.LastTime);

    /// <summary>The event time of each row in microseconds, in order.</summary>
    public IReadOnlyList<long> Times => Array.ConvertAll(_events.At, row => row.Time);

    /// <summary>Where each row came from, in order (see <see cref="Position"/>); empty unless the pipeline carries positions.</summary>
    public IReadOnlyList<long> Positions => _events.Positions;

    /// <summary>The stage of each row, in order.</summary>
    public IReadOnlyList<string> Stages => Array.ConvertAll(_events.At, row => _automaton.Stages[row.Stage]);

    /// <summary>The rows of a stage where its rows are those of the stream.</summary>
    /// <exception cref="PipelineException">The pattern has no such stage.</exception>
    public MatchedRows<T> this[Pattern<T, T> stage] => Of(stage);

    /// <summary>The rows of a stage, by its name.</summary>
    /// <exception cref="PipelineException">The pattern has no such stage.</exception>
    public MatchedRows<T> this[string stage] => RowsOf<T>(stage);

    /// <summary>The rows of a stage.</summary>
    /// <exception cref="PipelineException">The pattern has no such stage.</exception>
    public MatchedRows<TStage> Of<TStage>(Pattern<T, TStage> stage)
        where TStage : T
    {
        ArgumentNullException.ThrowIfNull(stage);
        return RowsOf<TStage>(stage.StageName);
    }

    private MatchedRows<TStage> RowsOf<TStage>(string name)
        where TStage : T
    {
        int stage = _automaton.StageOf(name);
        if (stage < 0)
            throw new PipelineException(
                $"The match was asked for stage '{name}', which the pattern does not have. Its stages: {string.Join(", ", _automaton.Stages)}.");
        int count = 0;
        foreach (MatchedAt one in _events.At)
            count += one.Stage == stage ? 1 : 0;
        var rows = new TStage[count];
        for (int i = 0, next = 0; next < count; i++)
        {
            if (_events.At[i].Stage == stage)
                rows[next++] = (TStage)_events.Rows[i]!;
        }

        return new MatchedRows<TStage>(name, rows);
    }
}

/// <summary>A partial match whose time is over.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The stream's rows.</typeparam>
public class TimedOutMatch<TKey, T> : Match<TKey, T>
{
    internal TimedOutMatch(TKey key, Automaton<T> automaton, MatchedEvents<T> events, int waitedFor, long deadline)
        : base(key, automaton, events) =>
        (Stage, WaitedFor, Deadline) = (automaton.Stages[events.LastStage], waitedFor < 0 ? "" : automaton.Stages[waitedFor],
            EventTime.ToDateTimeOffset(deadline));

    /// <summary>The last stage that was reached.</summary>
    public string Stage { get; }

    /// <summary>The stage whose row did not come in time.</summary>
    public string WaitedFor { get; }

    /// <summary>When its time was over.</summary>
    public DateTimeOffset Deadline { get; }
}

/// <summary>The rows of one stage of a match, in order.</summary>
/// <typeparam name="T">The stage's rows.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly struct MatchedRows<T> : IReadOnlyList<T>, IEquatable<MatchedRows<T>>
{
    private readonly string _stage;
    private readonly T[] _rows;

    internal MatchedRows(string stage, T[] rows) => (_stage, _rows) = (stage, rows);

    /// <summary>The number of rows; 0 if the stage was absent.</summary>
    public int Count => _rows?.Length ?? 0;

    /// <summary>Whether the stage was absent.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The first row.</summary>
    /// <exception cref="InvalidOperationException">The stage was absent.</exception>
    public T First => IsEmpty ? throw Empty() : _rows[0];

    /// <summary>The last row.</summary>
    /// <exception cref="InvalidOperationException">The stage was absent.</exception>
    public T Last => IsEmpty ? throw Empty() : _rows[^1];

    /// <summary>A row by its number, from 0.</summary>
    public T this[int index] => _rows[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)(_rows ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(MatchedRows<T> other) => this.SequenceEqual(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MatchedRows<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Count == 0 ? 0 : HashCode.Combine(Count, _rows[0]);

    /// <summary>Whether the rows are equal.</summary>
    public static bool operator ==(MatchedRows<T> left, MatchedRows<T> right) => left.Equals(right);

    /// <summary>Whether the rows differ.</summary>
    public static bool operator !=(MatchedRows<T> left, MatchedRows<T> right) => !left.Equals(right);

    private InvalidOperationException Empty() =>
        new($"Stage '{_stage}' has no row in this match: it is optional. Ask {nameof(IsEmpty)} first.");
}
