using System.Runtime.InteropServices;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Text;
using ActorStreams.Operators.Tables;

namespace ActorStreams.Operators.Patterns.Revisable;

/// <summary>A row that the watermark has not passed.</summary>
internal readonly record struct UnconfirmedRow<T>(T Row, Place Place, long Position);

/// <summary>A match, and by what it is told from others of its key: the numbers and stages of its rows, and when it was found.</summary>
internal sealed class EarlyMatch<T>(MatchedEvents<T> events, long[] numbers, long time) : IEquatable<EarlyMatch<T>>
{
    public MatchedEvents<T> Events { get; } = events;

    public long[] Numbers { get; } = numbers;

    public long Time { get; } = time;

    public static EarlyMatch<T> Of(MatchBuffer<T> buffer, int node, long time, bool withPositions)
    {
        var events = MatchedEvents<T>.Of(buffer, node, withPositions);
        var numbers = new long[events.Rows.Length];
        for (int i = numbers.Length - 1; i >= 0; i--, node = buffer.Node(node).Previous)
            numbers[i] = buffer.Event(buffer.Node(node).Event).Number;
        return new EarlyMatch<T>(events, numbers, time);
    }

    public bool Equals(EarlyMatch<T>? other) => other is not null && Time == other.Time
        && Numbers.AsSpan().SequenceEqual(other.Numbers) && Events.At.AsSpan().SequenceEqual(other.Events.At);

    public override bool Equals(object? obj) => Equals(obj as EarlyMatch<T>);

    public override int GetHashCode() => HashCode.Combine(Time, Numbers.Length, Numbers[0], Numbers[^1], Events.LastStage);
}

/// <summary>What was found early of one key: its rows after the watermark, the partial matches behind the last of them, and the matches in
/// between.</summary>
/// <remarks>All of it follows from the partial matches as the watermark has them and from the rows that wait.</remarks>
internal sealed class Revision<T>
{
    private readonly List<UnconfirmedRow<T>> _rows = [];
    private int _taken;

    public KeyRuns Runs = KeyRuns.None;

    /// <summary>The rows that wait, in the order in which they are matched.</summary>
    public ReadOnlySpan<UnconfirmedRow<T>> Rows => CollectionsMarshal.AsSpan(_rows)[_taken..];

    /// <summary>Retractions whose rows have not come.</summary>
    public List<UnconfirmedRow<T>> Unmatched { get; } = [];

    /// <summary>The matches that are out and not confirmed, in the order in which they were found.</summary>
    public List<EarlyMatch<T>> Early { get; set; } = [];

    /// <summary>Rows and retractions that wait for the watermark, those that cancel each other too.</summary>
    public int Waiting { get; set; }

    /// <summary>Adds a row behind all of its time.</summary>
    /// <returns>Whether it is the last of all.</returns>
    public bool Insert(in UnconfirmedRow<T> row)
    {
        int at = EndOf(row.Place.Time);
        _rows.Insert(at, row);
        return at == _rows.Count - 1;
    }

    /// <summary>Removes the newest row of the time that is the same.</summary>
    public bool TryRemove(T row, long time, RowEquality<T> equality)
    {
        for (int at = EndOf(time) - 1; at >= _taken && _rows[at].Place.Time == time; at--)
        {
            if (!equality.AreSame(_rows[at].Row, row))
                continue;
            _rows.RemoveAt(at);
            return true;
        }

        return false;
    }

    /// <summary>Takes the first row away if it is the one at <paramref name="place"/>.</summary>
    public bool TryTakeFirst(Place place)
    {
        if (_taken == _rows.Count || _rows[_taken].Place != place)
            return false;
        if (++_taken > _rows.Count / 2)
        {
            _rows.RemoveRange(0, _taken);
            _taken = 0;
        }

        return true;
    }

    /// <summary>Where the rows after a time begin.</summary>
    private int EndOf(long time)
    {
        int low = _taken, high = _rows.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = _rows[middle].Place.Time <= time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
